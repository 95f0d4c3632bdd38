// SPDX-License-Identifier: Apache-2.0
#include "pipeline/batch_key.hpp"

#include <algorithm>
#include <chrono>
#include <type_traits>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "pipeline/case_inputs.hpp"

namespace ctffr {

namespace fs = std::filesystem;

namespace {

template <class T>
std::string word_of(const T& value) {
    if constexpr (std::is_same_v<T, std::string>)
        return value;
    else
        return fmt::format("{}", value);
}

// An empty value cannot be written after '='.
void add_option(std::vector<std::string>& words, const std::string& flag, const std::string& value) {
    if (value.empty()) {
        words.push_back(flag);
        words.emplace_back();
    } else {
        words.push_back(flag + "=" + value);
    }
}

void add_path(std::vector<std::string>& words, const char* flag, const fs::path& path) {
    if (!path.empty()) add_option(words, flag, fs::absolute(path).lexically_normal().string());
}

std::string with_dashes(std::string key) {
    std::replace(key.begin(), key.end(), '_', '-');
    return key;
}

// Whole seconds: some file systems forget the rest when a file leaves the cache.
std::string size_and_time(const fs::path& file) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error) return "no file";
    const auto time = fs::last_write_time(file, error).time_since_epoch();
    return fmt::format("{} {}", size, std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

std::string files_text(const fs::path& path) {
    std::error_code error;
    if (path.empty()) return {};
    if (!fs::is_directory(path, error)) {
        std::string text = size_and_time(path) + "\n";
        // The voxels of MetaImage and NRRD, the sidecar of a network.
        for (const char* ending : {".raw", ".zraw", ".raw.gz", ".json"}) {
            fs::path beside = path;
            beside.replace_extension(ending);
            if (fs::exists(beside, error)) text += fmt::format("{} {}\n", ending, size_and_time(beside));
        }
        return text;
    }
    std::vector<std::string> lines;
    const auto skip = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator entry(path, skip, error), end; !error && entry != end;
         entry.increment(error))
        if (!entry->is_directory(error))
            lines.push_back(entry->path().lexically_relative(path).string() + " " +
                            size_and_time(entry->path()));
    std::sort(lines.begin(), lines.end());
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

}  // namespace

void check_batch_options(const RunRequest& options) {
    // The table is of FFR, and may be joined and pooled with others.
    if (options.boundary.state != "hyperaemia")
        throw Error(
            ExitCode::usage,
            "A batch gathers FFR, and --state {} gives none: states are not pooled; run such cases with "
            "ctffr run.",
            options.boundary.state);
    RunRequest one = options;
    one.series = "/dev/null";  // stands in for a series that is no folder
    check_inputs(one);
}

std::vector<std::string> option_words(const RunRequest& options) {
    const RunRequest defaults;
    std::vector<std::string> words;
    if (options.flow != defaults.flow) add_option(words, "--flow", options.flow);
    add_path(words, "--network", options.network);
    add_path(words, "--lumen-network", options.lumen_network);
    add_path(words, "--heart-network", options.heart_network);
    std::vector<std::string> usual;
    visit_options(defaults, [&](auto, auto, const auto& value, auto...) { usual.push_back(word_of(value)); });
    std::size_t i = 0;
    visit_options(options, [&](auto, auto, const auto& value, const char* flag, auto) {
        const std::string word = word_of(value);
        if (word != usual[i++]) add_option(words, flag, word);
    });
    return words;
}

std::vector<std::string> case_words(const ManifestCase& item) {
    std::vector<std::string> words;
    if (!item.series.empty()) words.push_back(item.series.string());
    add_path(words, "--mask", item.mask);
    add_path(words, "--lumen", item.lumen);
    add_path(words, "--centerlines", item.centerlines);
    if (item.facts.sex) add_option(words, "--sex", std::string(1, *item.facts.sex));
    visit_facts(item.facts, [&](const char* key, const std::optional<double>& value, auto...) {
        if (value) add_option(words, "--" + with_dashes(key), fmt::format("{}", *value));
    });
    return words;
}

std::string batch_key(const BatchRequest& request, const ManifestCase& item) {
    std::string text =
        fmt::format("{} {}\n{}\n", request.software.version, request.software.commit, request.device);
    for (const std::vector<std::string>& words : {option_words(request.options), case_words(item)}) {
        for (const std::string& word : words) text += word + "\n";
        text += "\n";
    }
    for (const fs::path& path :
         {item.series, item.mask, item.lumen, item.centerlines, request.options.network,
          request.options.lumen_network, request.options.heart_network})
        text += files_text(path) + "\n";
    return sha256_hex(text);
}

}  // namespace ctffr
