// SPDX-License-Identifier: Apache-2.0
#include "io/header_text.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "ctffr/core/error.hpp"

namespace ctffr {

namespace {
bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
}  // namespace

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    return text;
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

std::vector<std::string_view> split_words(std::string_view text) {
    std::vector<std::string_view> words;
    for (text = trim(text); !text.empty(); text = trim(text)) {
        const auto end =
            static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_space) - text.begin());
        words.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return words;
}

std::optional<double> number_of(std::string_view text) {
    text = trim(text);
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::int64_t> whole_number_of(std::string_view text) {
    text = trim(text);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<double> numbers_of(std::string_view text, std::size_t count) {
    std::vector<double> out;
    for (const std::string_view word : split_words(text)) {
        const std::optional<double> value = number_of(word);
        if (!value) return {};
        out.push_back(*value);
    }
    return out.size() == count ? out : std::vector<double>{};
}

Int3 sides_of(std::string_view text, const std::string& where) {
    const std::vector<std::string_view> words = split_words(text);
    int sides[3] = {};
    for (std::size_t a = 0; a < 3; ++a) {
        const std::optional<std::int64_t> side = a < words.size() ? whole_number_of(words[a]) : std::nullopt;
        if (!side || *side < 1 || *side > 1'000'000'000)
            throw Error(ExitCode::input_geometry,
                        "The header of {} says the sizes '{}': the header is broken.", where, text);
        sides[a] = static_cast<int>(*side);
    }
    return {sides[0], sides[1], sides[2]};
}

std::filesystem::path beside(const std::filesystem::path& header, std::string_view name) {
    std::filesystem::path path{std::string(name)};
    if (path.is_relative()) path = header.parent_path() / path;
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
        throw Error(ExitCode::input_missing,
                    "The voxels of {} should be in {}, which is missing: copy both files to the same folder.",
                    header.string(), path.string());
    return path;
}

}  // namespace ctffr
