// SPDX-License-Identifier: Apache-2.0
#include "report/text.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace ctffr::report {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

// Bytes of the well-formed UTF-8 sequence at the start of `text`; 0 when it is broken.
// Source: Unicode 15, table 3-7 (no overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    const auto follows = [&](std::size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xBF; };
    const unsigned first = byte(0), second = byte(1);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80, high = first == 0xED ? 0x9F : 0xBF;
        return second >= low && second <= high && follows(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned low = first == 0xF0 ? 0x90 : 0x80, high = first == 0xF4 ? 0x8F : 0xBF;
        return second >= low && second <= high && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

long hundredths(double ffr) { return std::lround(100 * ffr); }

}  // namespace

std::string clean_text(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = sequence_length(text.substr(i));
        const auto byte = static_cast<unsigned char>(text[i]);
        if (length == 0)
            clean += replacement;
        else if (length > 1 || (byte >= 0x20 && byte != 0x7F) || byte == '\n' || byte == '\t')
            clean += text.substr(i, length);
        i += length == 0 ? 1 : length;
    }
    return clean;
}

std::string escape_html(std::string_view text) {
    std::string escaped;
    for (const char c : clean_text(text)) {
        switch (c) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            case '\'': escaped += "&#39;"; break;
            default: escaped += c;
        }
    }
    return escaped;
}

std::string json_for_script(std::string_view json) {
    std::string safe;
    safe.reserve(json.size());
    for (std::size_t i = 0; i < json.size(); ++i) {
        const std::string_view next = json.substr(i, 3);
        if (json[i] == '<' || json[i] == '>' || json[i] == '&') {
            safe += fmt::format("\\u{:04x}", static_cast<unsigned>(json[i]));
        } else if (next == "\xE2\x80\xA8" || next == "\xE2\x80\xA9") {
            safe += next == "\xE2\x80\xA8" ? "\\u2028" : "\\u2029";
            i += 2;
        } else {
            safe += json[i];
        }
    }
    return safe;
}

std::string base64(std::span<const std::uint8_t> bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < count ? bytes[i + k] : 0u);
        for (std::size_t k = 0; k < 4; ++k) text += k <= count ? alphabet[group >> (18 - 6 * k) & 63u] : '=';
    }
    return text;
}

std::string number(double value, int digits, std::string_view unit) {
    if (!std::isfinite(value)) return std::string(not_available);
    std::string text =
        std::abs(value) < 1e9 ? fmt::format("{:.{}f}", value, digits) : fmt::format("{:.3g}", value);
    if (text.front() == '-' && text.find_first_of("123456789") == std::string::npos) text.erase(0, 1);
    return unit.empty() ? text : fmt::format("{} {}", text, unit);
}

FfrClass ffr_class(double ffr) {
    if (!std::isfinite(ffr)) return FfrClass::missing;
    return hundredths(ffr) <= 75 ? FfrClass::low : hundredths(ffr) <= 80 ? FfrClass::grey : FfrClass::high;
}

const char* ffr_class_name(FfrClass kind) {
    switch (kind) {
        case FfrClass::missing: return "missing";
        case FfrClass::low: return "low";
        case FfrClass::grey: return "grey";
        case FfrClass::high: return "high";
    }
    return "missing";
}

const char* ffr_class_words(FfrClass kind) {
    switch (kind) {
        case FfrClass::missing: return "not available";
        case FfrClass::low: return "0.75 or less";
        case FfrClass::grey:
            return "grey zone 0.76\xE2\x80\x93"
                   "0.80";
        case FfrClass::high: return "above 0.80";
    }
    return "not available";
}

std::string ffr_text(double ffr) {
    if (!std::isfinite(ffr)) return std::string(not_available);
    return hundredths(ffr) < 50 ? "< 0.50"
                                : fmt::format("{:.2f}", static_cast<double>(hundredths(ffr)) / 100);
}

std::string delta_ffr_text(double ffr_proximal, double ffr_distal, double delta) {
    if (!std::isfinite(ffr_proximal) || !std::isfinite(ffr_distal) || !std::isfinite(delta))
        return std::string(not_available);
    if (hundredths(ffr_proximal) < 50) return std::string(not_available);
    if (hundredths(ffr_distal) < 50) return fmt::format("> {:.2f}", std::max(0.0, ffr_proximal - 0.5));
    return number(delta, 2);
}

}  // namespace ctffr::report
