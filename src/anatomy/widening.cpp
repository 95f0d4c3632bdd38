// SPDX-License-Identifier: Apache-2.0
#include "anatomy/widening.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace ctffr::anatomy {

namespace {

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// Radii of a path from the ostium to the end of a branch, with the arc length from the ostium.
struct PathRadii {
    std::vector<double> arc_mm, radius_mm;
};

PathRadii radii_to(const CoronaryTree& tree, int branch_id) {
    PathRadii path;
    double start = 0;
    for (int id : tree.path_to(branch_id)) {
        const Branch& branch = tree.branches[static_cast<std::size_t>(id)];
        for (std::size_t i = id == tree.path_to(branch_id).front() ? 0 : 1; i < branch.points.size(); ++i) {
            path.arc_mm.push_back(start + branch.points[i].arc_mm);
            path.radius_mm.push_back(branch.points[i].radius_mm);
        }
        start += branch.length_mm();
    }
    return path;
}

// Median over the window (from, to] of arc lengths; negative when it holds fewer than three points.
double window_median(const PathRadii& path, double from_mm, double to_mm) {
    std::vector<double> values;
    for (std::size_t i = 0; i < path.arc_mm.size(); ++i)
        if (path.arc_mm[i] > from_mm && path.arc_mm[i] <= to_mm) values.push_back(path.radius_mm[i]);
    return values.size() < 3 ? -1 : median(std::move(values));
}

// Where on the last branch of the path the widening begins: arc length from the ostium; negative: nowhere.
double widening_start(const PathRadii& path, double branch_start_mm, const WideningOptions& options) {
    constexpr double step_mm = 1;
    const double end = path.arc_mm.back();
    for (double s = std::max({branch_start_mm, options.first_mm, options.ostium_mm + 2 * options.ahead_mm});
         s + options.ahead_mm <= end; s += step_mm) {
        double widest = -1;
        for (double u = s; u - options.ahead_mm >= std::max(options.ostium_mm, s - options.behind_mm);
             u -= step_mm)
            widest = std::max(widest, window_median(path, u - options.ahead_mm, u));
        const double ahead = window_median(path, s, s + options.ahead_mm);
        if (widest > 0 && ahead > options.ratio * widest + options.margin_mm) return s;
    }
    return -1;
}

}  // namespace

std::vector<std::string> cut_widening(CoronaryTree& tree, const WideningOptions& options) {
    std::vector<std::string> remarks;
    std::vector<int> number(tree.branches.size(), -1);  // new id; -1: dropped
    std::vector<bool> ended(tree.branches.size(), false);
    CoronaryTree kept;
    kept.dominance = tree.dominance, kept.dominance_confidence = tree.dominance_confidence;
    for (const Branch& branch : tree.branches) {
        const auto id = static_cast<std::size_t>(branch.id);
        if (branch.parent >= 0) {
            const auto parent = static_cast<std::size_t>(branch.parent);
            if (number[parent] < 0 || ended[parent]) continue;
        }
        const PathRadii path = radii_to(tree, branch.id);
        const double branch_start = path.arc_mm.back() - branch.length_mm();
        const double at = widening_start(path, branch_start, options);
        Branch piece = branch;
        if (at >= 0) {
            const double keep_mm = at - branch_start;
            std::erase_if(piece.points, [&](const CenterlinePoint& p) { return p.arc_mm > keep_mm; });
            const Vec3 p =
                branch.points[std::min(piece.points.size(), branch.points.size() - 1)].position_lps_mm;
            remarks.push_back(
                fmt::format("A path was cut {:.0f} mm below its ostium at ({:.0f}, {:.0f}, {:.0f}) mm, where "
                            "it widens beyond what an "
                            "artery does: it runs into a vein or chamber, or the artery is ectatic there.",
                            at, p.x, p.y, p.z));
            ended[id] = true;
            if (piece.points.size() < 2 || piece.length_mm() < options.min_piece_mm) continue;
            for (BranchFlag& flag : piece.flags) flag.end_mm = std::min(flag.end_mm, piece.length_mm());
            std::erase_if(piece.flags, [&](const BranchFlag& f) { return f.start_mm >= piece.length_mm(); });
        }
        piece.id = number[id] = static_cast<int>(kept.branches.size());
        piece.parent = branch.parent < 0 ? -1 : number[static_cast<std::size_t>(branch.parent)];
        kept.branches.push_back(std::move(piece));
    }
    tree = std::move(kept);
    return remarks;
}

}  // namespace ctffr::anatomy
