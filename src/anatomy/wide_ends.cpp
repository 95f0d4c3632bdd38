// SPDX-License-Identifier: Apache-2.0
#include "anatomy/wide_ends.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ctffr::anatomy {

namespace {

// Upper quartile of the radii over the last stretch of a branch.
double end_radius_mm(const Branch& branch, double last_mm) {
    std::vector<double> radii;
    for (const CenterlinePoint& point : branch.points)
        if (point.arc_mm > branch.length_mm() - last_mm) radii.push_back(point.radius_mm);
    if (radii.empty()) return 0;
    const auto at = radii.begin() + static_cast<std::ptrdiff_t>(3 * (radii.size() - 1) / 4);
    std::nth_element(radii.begin(), at, radii.end());
    return *at;
}

}  // namespace

std::vector<std::string> flag_wide_ends(CoronaryTree& tree, const WideEndOptions& options) {
    std::vector<std::string> ends;
    for (Branch& branch : tree.branches) {
        if (branch.segment == Segment::unknown || !tree.children_of(branch.id).empty()) continue;
        const double radius = end_radius_mm(branch, options.last_mm);
        if (radius <= options.wide_radius_mm) continue;
        ends.push_back(fmt::format("{} ({:.1f} mm)", segment_name(branch.segment), 2 * radius));
        if (radius > options.lost_radius_mm)
            branch.flags.push_back({BranchFlag::Kind::truncated,
                                    std::max(0.0, branch.length_mm() - options.last_mm), branch.length_mm(),
                                    "It ends while still wide: what lies beyond is not assessed."});
    }
    if (ends.empty()) return {};
    return {fmt::format(
        "Ends while still wide: {}. What lies beyond is not assessed, and a tight narrowing may follow: look "
        "there, and compare with the other --centerline-search.",
        fmt::join(ends, ", "))};
}

}  // namespace ctffr::anatomy
