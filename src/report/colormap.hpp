// SPDX-License-Identifier: Apache-2.0
// The FFR colour map of every picture of the page.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace ctffr::report {

using Rgb = std::array<std::uint8_t, 3>;  // sRGB

// Red below, yellow in the grey zone, blue above, from 0.50 to 1.00 (values outside are clamped; grey when
// not finite). Lightness rises to the grey zone and falls after it, with a step at 0.75 and at 0.80; blends
// are made in OKLab, so equal steps of FFR look equal. Red, yellow and blue stay distinct for readers with
// red-green colour blindness.
Rgb ffr_colour(double ffr);
std::string hex(Rgb colour);  // "rrggbb"

inline constexpr double colour_low = 0.50, colour_high = 1.00;
inline constexpr int colour_count = 101;  // entries of the table that the viewer gets
// All entries as one text of rrggbb.
std::string colour_table();

}  // namespace ctffr::report
