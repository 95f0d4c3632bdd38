// SPDX-License-Identifier: Apache-2.0
// Text for the page: escaping of what comes from outside, numbers, the wording of FFR.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace ctffr::report {

// Shown in place of a number that is not known.
inline constexpr std::string_view not_available = "not available";
inline constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// Valid UTF-8 without control characters (line feeds and tabs stay); broken bytes become U+FFFD. Header
// fields of images come in other encodings and may hold anything.
std::string clean_text(std::string_view text);
// Cleaned, with & < > " ' as entities: safe as element content and as quoted attribute.
std::string escape_html(std::string_view text);
// JSON that may stand inside <script type="application/json">: no "<", ">", "&", U+2028 or U+2029.
std::string json_for_script(std::string_view json);
std::string base64(std::span<const std::uint8_t> bytes);

// "1.25 mm", "1.25" without unit; "not available" when not finite. Never "-0.0".
std::string number(double value, int digits, std::string_view unit = {});

// Classes of lesion FFR by the shown (rounded) value: <= 0.75, 0.76-0.80 grey zone, > 0.80.
// Source: Norgaard et al. 2019, expert recommendations on the interpretation of FFRct.
enum class FfrClass { missing, low, grey, high };
FfrClass ffr_class(double ffr);
const char* ffr_class_name(FfrClass kind);  // CSS class: "low", ...
const char* ffr_class_words(FfrClass kind);
// Two digits; "< 0.50" below 0.50, where the models claim no more than that; "not available".
std::string ffr_text(double ffr);
// Drop of FFR over a lesion; a lower bound ("> 0.32") when the distal value is only known to be below 0.50.
std::string delta_ffr_text(double ffr_proximal, double ffr_distal, double delta);

}  // namespace ctffr::report
