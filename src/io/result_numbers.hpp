// SPDX-License-Identifier: Apache-2.0
// Numbers of result.json.
#pragma once

#include <cmath>

#include <nlohmann/json.hpp>

namespace ctffr {

inline nlohmann::ordered_json number_json(double value) {
    return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

// To a millionth: far below the error of any figure there, and a third of the file size.
inline nlohmann::ordered_json rounded_json(double value) {
    if (!std::isfinite(value)) return nullptr;
    const double scaled = std::round(value * 1e6);
    return std::abs(scaled) < 1e15 ? nlohmann::ordered_json(scaled == 0 ? 0.0 : scaled / 1e6)
                                   : nlohmann::ordered_json(value);
}

}  // namespace ctffr
