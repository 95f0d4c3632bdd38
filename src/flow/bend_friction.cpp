// SPDX-License-Identifier: Apache-2.0
#include "flow/bend_friction.hpp"

#include <algorithm>
#include <cmath>

namespace ctffr {

double bend_friction(double dean) {
    constexpr double straight = 11.6;
    if (!(dean > straight)) return 1;
    return 1 / (1 - std::pow(1 - std::pow(straight / dean, 0.45), 1 / 0.45));
}

double bend_turnover(double radius_over_bend) {
    constexpr double longest = 10;
    return std::min(longest, std::sqrt(2 / radius_over_bend));
}

}  // namespace ctffr
