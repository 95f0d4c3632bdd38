// SPDX-License-Identifier: Apache-2.0
#include "io/dicom_dataset.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace ctffr::dicom {

namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    return text;
}

double number_from(std::string_view text) {
    text = trimmed(text);
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole ? value : std::numeric_limits<double>::quiet_NaN();
}

template <class T>
std::vector<double> binary_numbers(const std::string& bytes) {
    std::vector<double> out(bytes.size() / sizeof(T));
    for (std::size_t i = 0; i < out.size(); ++i) {
        T value;
        std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
        out[i] = static_cast<double>(value);
    }
    return out;
}

// Length in bytes of a valid UTF-8 character at `at`; 0 when it is not one.
std::size_t utf8_length(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xC2 && lead < 0xE0 ? 2
                               : lead >= 0xE0 && lead < 0xF0 ? 3
                               : lead >= 0xF0 && lead < 0xF5 ? 4
                                                             : 0;
    if (length == 0 || at + length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80) return 0;
    const auto second = length > 1 ? static_cast<unsigned char>(text[at + 1]) : 0;
    const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool outside = (lead == 0xED && second >= 0xA0) || (lead == 0xF4 && second >= 0x90);
    return overlong || outside ? 0 : length;
}

}  // namespace

const Element* Dataset::find(Tag tag) const {
    const auto found = elements.find(tag);
    return found == elements.end() ? nullptr : &found->second;
}

bool Dataset::has_value(Tag tag) const {
    const Element* element = find(tag);
    return element && (!trimmed(element->value).empty() || !element->items.empty());
}

std::string Dataset::text(Tag tag) const {
    const Element* element = find(tag);
    return element ? std::string(trimmed(element->value)) : std::string();
}

std::vector<std::string> Dataset::texts(Tag tag) const {
    std::vector<std::string> out;
    const std::string all = text(tag);
    if (all.empty()) return out;
    std::string_view rest = all;
    while (true) {
        const std::size_t cut = rest.find('\\');
        out.emplace_back(trimmed(rest.substr(0, cut)));
        if (cut == std::string_view::npos) return out;
        rest.remove_prefix(cut + 1);
    }
}

std::vector<double> Dataset::numbers(Tag tag) const {
    const Element* element = find(tag);
    if (!element) return {};
    if (element->vr == "FD") return binary_numbers<double>(element->value);
    if (element->vr == "FL") return binary_numbers<float>(element->value);
    if (element->vr == "US") return binary_numbers<std::uint16_t>(element->value);
    if (element->vr == "SS") return binary_numbers<std::int16_t>(element->value);
    if (element->vr == "UL") return binary_numbers<std::uint32_t>(element->value);
    if (element->vr == "SL") return binary_numbers<std::int32_t>(element->value);
    std::vector<double> out;
    for (const std::string& part : texts(tag)) out.push_back(number_from(part));
    return out;
}

std::optional<double> Dataset::number(Tag tag) const {
    const std::vector<double> all = numbers(tag);
    if (all.empty() || !std::isfinite(all.front())) return std::nullopt;
    return all.front();
}

std::optional<int> Dataset::integer(Tag tag) const {
    const std::optional<double> value = number(tag);
    if (!value || *value != std::floor(*value) || std::abs(*value) > std::numeric_limits<int>::max())
        return std::nullopt;
    return static_cast<int>(*value);
}

const Dataset* Dataset::first_item(Tag tag) const {
    const Element* element = find(tag);
    return element && !element->items.empty() ? &element->items.front() : nullptr;
}

std::string to_utf8(std::string_view text, std::string_view character_set) {
    const bool latin1 = character_set.find("ISO_IR 100") != std::string_view::npos;
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (latin1 && byte >= 0xA0) {
            out += static_cast<char>(0xC0 | byte >> 6);
            out += static_cast<char>(0x80 | (byte & 0x3F));
            ++i;
            continue;
        }
        const std::size_t length = utf8_length(text, i);
        if (length == 0 || byte < 0x20 || byte == 0x7F)
            out += '?';
        else
            out += text.substr(i, length);
        i += std::max<std::size_t>(length, 1);
    }
    return out;
}

}  // namespace ctffr::dicom
