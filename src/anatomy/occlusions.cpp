// SPDX-License-Identifier: Apache-2.0
#include "anatomy/occlusions.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace ctffr::anatomy {

namespace {

using PerPoint = std::vector<std::vector<double>>;

// How far the lumen is closed without a break around each point, along the longest way through it, and the
// largest radius from there on.
struct Closure {
    PerPoint length_mm, widest_mm;
};

Closure closure_of(const CoronaryTree& tree, double closed_radius_mm) {
    PerPoint before, beyond, widest;
    for (const Branch& branch : tree.branches) before.emplace_back(branch.points.size(), 0.0);
    beyond = widest = before;
    const auto closed = [&](const CenterlinePoint& p) { return p.radius_mm < closed_radius_mm; };
    for (const Branch& branch : tree.branches) {  // parents come first
        std::vector<double>& here = before[static_cast<std::size_t>(branch.id)];
        if (branch.parent >= 0 && closed(branch.points.front()))
            here.front() = before[static_cast<std::size_t>(branch.parent)].back();
        for (std::size_t i = 1; i < here.size(); ++i)
            if (closed(branch.points[i]) && closed(branch.points[i - 1]))
                here[i] = here[i - 1] + branch.points[i].arc_mm - branch.points[i - 1].arc_mm;
    }
    for (std::size_t b = tree.branches.size(); b-- > 0;) {
        const auto& points = tree.branches[b].points;
        for (int child : tree.children_of(static_cast<int>(b))) {
            const auto c = static_cast<std::size_t>(child);
            if (closed(points.back())) beyond[b].back() = std::max(beyond[b].back(), beyond[c].front());
            widest[b].back() = std::max(widest[b].back(), widest[c].front());
        }
        widest[b].back() = std::max(widest[b].back(), points.back().radius_mm);
        for (std::size_t i = points.size() - 1; i-- > 0;) {
            widest[b][i] = std::max(widest[b][i + 1], points[i].radius_mm);
            if (closed(points[i]) && closed(points[i + 1]))
                beyond[b][i] = beyond[b][i + 1] + points[i + 1].arc_mm - points[i].arc_mm;
        }
        for (std::size_t i = 0; i < points.size(); ++i) before[b][i] += beyond[b][i];
    }
    return {std::move(before), std::move(widest)};
}

}  // namespace

std::vector<std::string> flag_occlusions(CoronaryTree& tree, const OcclusionOptions& options) {
    const Closure closure = closure_of(tree, options.closed_radius_mm);
    std::vector<std::string> remarks;
    for (Branch& branch : tree.branches) {
        const auto b = static_cast<std::size_t>(branch.id);
        const auto occluded = [&](std::size_t i) {
            return closure.length_mm[b][i] >= options.least_mm &&
                   closure.widest_mm[b][i] >= options.open_radius_mm;
        };
        for (std::size_t i = 0; i < branch.points.size(); ++i) {
            if (!occluded(i)) continue;
            const double start = branch.points[i].arc_mm;
            while (i + 1 < branch.points.size() && occluded(i + 1)) ++i;
            const double end = branch.points[i].arc_mm;
            // That the lumen cannot be measured there is no second fault.
            std::erase_if(branch.flags, [&](const BranchFlag& flag) {
                return flag.kind == BranchFlag::Kind::not_analysable && flag.start_mm >= start - 1 &&
                       flag.end_mm <= end + 1;
            });
            branch.flags.push_back({BranchFlag::Kind::occluded, start, end,
                                    "No lumen can be seen here: it is closed, or nearly so."});
            remarks.push_back(fmt::format(
                "{} shows no lumen from {:.0f} to {:.0f} mm: it is occluded, or nearly so, or its course is "
                "lost in the image. There is no FFR beyond; what collaterals bring there is not part of the "
                "flow.",
                segment_name(branch.segment), start, end));
        }
    }
    return remarks;
}

}  // namespace ctffr::anatomy
