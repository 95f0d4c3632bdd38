// SPDX-License-Identifier: Apache-2.0
#include "anatomy/pullback_index.hpp"

#include <algorithm>
#include <cmath>

namespace ctffr {

namespace {

constexpr double window_mm = 20, slope_window_mm = 1, diseased_per_mm = 0.0015;

// Linear between the points, constant beyond the ends.
double value_at(const std::vector<double>& arc_mm, const std::vector<double>& ffr, double at_mm) {
    const auto above = std::lower_bound(arc_mm.begin(), arc_mm.end(), at_mm);
    if (above == arc_mm.begin()) return ffr.front();
    if (above == arc_mm.end()) return ffr.back();
    const auto i = static_cast<std::size_t>(above - arc_mm.begin());
    const double t = (at_mm - arc_mm[i - 1]) / (arc_mm[i] - arc_mm[i - 1]);
    return ffr[i - 1] + t * (ffr[i] - ffr[i - 1]);
}

}  // namespace

double pullback_index(const std::vector<double>& arc_mm, const std::vector<double>& ffr) {
    if (arc_mm.size() < 2 || arc_mm.size() != ffr.size()) return std::nan("");
    const double start = arc_mm.front(), end = arc_mm.back(), length = end - start;
    const double fall = ffr.front() - ffr.back();
    if (!(length > 0) || !(fall > 0)) return std::nan("");
    double largest = 0;
    for (std::size_t i = 0; i < arc_mm.size(); ++i)
        largest = std::max(largest, ffr[i] - value_at(arc_mm, ffr, std::min(end, arc_mm[i] + window_mm)));
    double diseased = 0;
    for (std::size_t i = 0; i + 1 < arc_mm.size(); ++i) {
        const double middle = 0.5 * (arc_mm[i] + arc_mm[i + 1]);
        const double from = std::max(start, middle - slope_window_mm / 2),
                     to = std::min(end, middle + slope_window_mm / 2);
        const double slope = (value_at(arc_mm, ffr, from) - value_at(arc_mm, ffr, to)) / (to - from);
        if (slope >= diseased_per_mm) diseased += arc_mm[i + 1] - arc_mm[i];
    }
    // Behind a throat pressure recovers, so that the largest fall can be more than that of the vessel.
    return 0.5 * (std::min(1.0, largest / fall) + 1 - diseased / length);
}

}  // namespace ctffr
