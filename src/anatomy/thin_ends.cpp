// SPDX-License-Identifier: Apache-2.0
#include "anatomy/thin_ends.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace ctffr::anatomy {

namespace {

// The widest radius over the 10 mm that end at point i.
double width_before(const Branch& leaf, std::size_t i) {
    double widest = 0;
    for (std::size_t j = i; j-- > 0 && leaf.points[i].arc_mm - leaf.points[j].arc_mm < 10;)
        widest = std::max(widest, leaf.points[j].radius_mm);
    return widest;
}

// Of the first `keep` points those before the radius falls at once and stays low to the end.
std::size_t before_abrupt_fall(const Branch& leaf, std::size_t keep, const ThinEndOptions& options) {
    if (keep == 0) return 0;
    const double end_mm = leaf.points[keep - 1].arc_mm;
    std::size_t result = keep;
    double widest_beyond = 0;
    for (std::size_t i = keep; i-- > 1 && end_mm - leaf.points[i].arc_mm <= options.abrupt_tail_mm;) {
        widest_beyond = std::max(widest_beyond, leaf.points[i].radius_mm);
        if (widest_beyond >= options.relevant_radius_mm) break;
        if (widest_beyond < options.abrupt_ratio * width_before(leaf, i)) result = i;
    }
    return result;
}

// How many points of a leaf are a vessel.
std::size_t points_to_keep(const Branch& leaf, const ThinEndOptions& options) {
    std::size_t keep = leaf.points.size();
    while (keep > 0 && leaf.points[keep - 1].radius_mm < options.min_radius_mm) --keep;
    double widest_beyond = 0;
    for (std::size_t i = keep; i-- > 0;) {
        const double radius = leaf.points[i].radius_mm;
        if (widest_beyond >= options.relevant_radius_mm) break;
        if (radius < options.lost_radius_mm) keep = i;
        widest_beyond = std::max(widest_beyond, radius);
    }
    return before_abrupt_fall(leaf, keep, options);
}

}  // namespace

std::vector<std::string> trim_thin_ends(CoronaryTree& tree, const ThinEndOptions& options) {
    std::vector<std::string> remarks;
    std::vector<bool> dropped(tree.branches.size(), false);
    std::vector<int> children(tree.branches.size(), 0);
    for (const Branch& branch : tree.branches)
        if (branch.parent >= 0) ++children[static_cast<std::size_t>(branch.parent)];
    // Children come after parents: going backwards, a branch that loses all its children is looked at as a
    // leaf.
    for (std::size_t b = tree.branches.size(); b-- > 0;) {
        Branch& branch = tree.branches[b];
        if (children[b] > 0) continue;
        const std::size_t keep = points_to_keep(branch, options);
        if (keep == branch.points.size()) continue;
        const bool too_short = keep < 2 || branch.points[keep - 1].arc_mm < options.min_piece_mm;
        if (!too_short) {
            branch.points.resize(keep);
            for (BranchFlag& flag : branch.flags) flag.end_mm = std::min(flag.end_mm, branch.length_mm());
            std::erase_if(branch.flags,
                          [&](const BranchFlag& f) { return f.start_mm >= branch.length_mm(); });
            continue;
        }
        // A root without any lumen stays: the user must see that the artery was found and could not be
        // measured.
        if (branch.parent < 0) continue;
        remarks.push_back(
            fmt::format("A side path of {:.0f} mm was dropped: no lumen of at least {:.1f} mm diameter was "
                        "measured in it.",
                        branch.length_mm(), 2 * options.min_radius_mm));
        dropped[b] = true;
        --children[static_cast<std::size_t>(branch.parent)];
    }
    std::vector<int> number(tree.branches.size(), -1);
    std::vector<Branch> kept;
    for (Branch& branch : tree.branches) {
        const auto old = static_cast<std::size_t>(branch.id);
        if (dropped[old]) continue;
        branch.id = number[old] = static_cast<int>(kept.size());
        if (branch.parent >= 0) branch.parent = number[static_cast<std::size_t>(branch.parent)];
        kept.push_back(std::move(branch));
    }
    tree.branches = std::move(kept);
    return remarks;
}

}  // namespace ctffr::anatomy
