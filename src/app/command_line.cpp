// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.hpp"

#include <algorithm>
#include <sstream>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/pipeline/nearest.hpp"

namespace ctffr {

namespace {

std::string name_part(const std::string& word) { return word.substr(0, word.find('=')); }

bool is_long_option(const std::string& word) { return word.size() > 2 && word.rfind("--", 0) == 0; }

std::string with_dashes(std::string key) {
    std::replace(key.begin(), key.end(), '_', '-');
    return key;
}

// The flag that a config key means, or empty.
std::string flag_of(const std::string& section, const std::string& key,
                    const std::vector<std::string>& valid) {
    std::vector<std::string> candidates{"--" + with_dashes(key)};
    if (!section.empty())
        candidates.insert(candidates.begin(), "--" + with_dashes(section) + "-" + with_dashes(key));
    for (const std::string& candidate : candidates)
        if (std::find(valid.begin(), valid.end(), candidate) != valid.end()) return candidate;
    return {};
}

// Line of the file that holds the key, for the message; 0 when it cannot be told.
int line_of(const std::string& text, const std::string& key) {
    std::istringstream lines(text);
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        const auto first = line.find_first_not_of(" \t");
        if (first != std::string::npos && line.compare(first, key.size(), key) == 0) return number;
    }
    return 0;
}

}  // namespace

void add_global_options(CLI::App& app, GlobalOptions& options) {
    const std::string group = "Global";
    app.add_option("--device", options.device, "where kernels run: auto, cpu or cuda")
        ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
        ->capture_default_str()
        ->group(group);
    app.add_option("--threads", options.threads, "CPU threads; 0: all. Changes speed, never results")
        ->check(CLI::Range(0, 4096))
        ->capture_default_str()
        ->group(group);
    app.add_option("--progress", options.progress, "auto, bar, lines or off")
        ->check(CLI::IsMember({"auto", "bar", "lines", "off"}))
        ->capture_default_str()
        ->group(group);
    app.add_flag("--profile", options.profile, "print the kernel table at the end")->group(group);
    const auto verbose = app.add_flag("--verbose", options.verbose, "more messages")->group(group);
    app.add_flag("--quiet", options.quiet, "only errors")->excludes(verbose)->group(group);
    app.add_option("--config", options.config, "TOML file with the same keys as the options")->group(group);
}

std::vector<std::string> option_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

void check_option_names(const CLI::App& app, const std::vector<std::string>& words) {
    const std::vector<std::string> valid = option_names(app);
    for (const std::string& word : words)
        if (is_long_option(word) && std::find(valid.begin(), valid.end(), name_part(word)) == valid.end())
            throw Error(ExitCode::usage, "Unknown option {}; did you mean {}? See 'ctffr {} --help'.",
                        name_part(word), nearest_name(name_part(word), valid), app.get_name());
}

std::string value_among(const std::vector<std::string>& words, const std::string& flag) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == flag && i + 1 < words.size()) return words[i + 1];
        if (words[i].rfind(flag + "=", 0) == 0) return words[i].substr(flag.size() + 1);
    }
    return {};
}

std::vector<std::string> words_from_config(const std::filesystem::path& path, const CLI::App& app,
                                           const std::vector<std::string>& words) {
    const std::string text = read_text(path);
    std::vector<CLI::ConfigItem> items;
    try {
        std::istringstream in(text);
        items = CLI::ConfigTOML().from_config(in);
    } catch (const CLI::Error& error) {
        throw Error(ExitCode::usage, "The config file {} cannot be understood: {}.", path.string(),
                    error.what());
    }
    std::vector<std::string> valid = option_names(app), result, keys;
    std::erase_if(valid, [](const std::string& flag) { return flag == "--help" || flag == "--config"; });
    for (const std::string& flag : valid) keys.push_back(flag.substr(2));
    for (const CLI::ConfigItem& item : items) {
        if (item.name == "++" || item.name == "--")
            continue;  // CLI11's marks of an opened and a closed section
        const std::string section = item.parents.empty() ? "" : item.parents.back();
        const std::string flag = flag_of(section, item.name, valid);
        if (flag.empty()) {
            const std::string wanted = with_dashes(section.empty() ? item.name : section + "-" + item.name);
            throw Error(ExitCode::usage, "{}:{}: unknown key '{}'{}; did you mean '{}'?", path.string(),
                        line_of(text, item.name), item.name, section.empty() ? "" : " in [" + section + "]",
                        nearest_name(wanted, keys));
        }
        const bool on_command_line = std::any_of(
            words.begin(), words.end(), [&](const std::string& word) { return name_part(word) == flag; });
        if (on_command_line || item.inputs.empty()) continue;
        result.push_back(flag + "=" + item.inputs.front());
        result.insert(result.end(), item.inputs.begin() + 1, item.inputs.end());
    }
    return result;
}

}  // namespace ctffr
