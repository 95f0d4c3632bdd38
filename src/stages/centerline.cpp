// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/centerline.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "anatomy/label_tree.hpp"
#include "imaging/coronaries.hpp"
#include "imaging/tree_build.hpp"

namespace ctffr {

namespace {

using namespace imaging;

double side_length_mm(const CoronaryTree& tree, Side side) {
    double sum = 0;
    for (const Branch& branch : tree.branches)
        if (branch.side == side) sum += branch.length_mm();
    return sum;
}

double longest_path_mm(const CoronaryTree& tree, Side side) {
    double best = 0;
    for (const Branch& branch : tree.branches) {
        if (branch.side != side) continue;
        double length = 0;
        for (int id : tree.path_to(branch.id))
            length += tree.branches[static_cast<std::size_t>(id)].length_mm();
        best = std::max(best, length);
    }
    return best;
}

// Share of the tree whose radius does not grow downstream by more than a fifth over 10 mm.
double taper_score(const CoronaryTree& tree) {
    double fine = 0, all = 0;
    for (const Branch& branch : tree.branches)
        for (std::size_t i = 0; i + 20 < branch.points.size(); ++i) {
            all += 1;
            fine += branch.points[i + 20].radius_mm < 1.2 * branch.points[i].radius_mm ? 1 : 0;
        }
    return all > 0 ? fine / all : 0;
}

// 0..1: both ostia, lengths that a human heart has (LAD path 80 mm, RCA path 60 mm), plausible taper.
void score_tree(CenterlineResult& result) {
    const auto has = [&](Side side) {
        return std::any_of(result.ostia.begin(), result.ostia.end(),
                           [&](const Ostium& o) { return o.side == side; });
    };
    const double left = longest_path_mm(result.tree, Side::left),
                 right = longest_path_mm(result.tree, Side::right);
    result.quality_score = 0.2 * (has(Side::left) ? 1 : 0) + 0.2 * (has(Side::right) ? 1 : 0) +
                           0.2 * std::min(1.0, left / 80) + 0.2 * std::min(1.0, right / 60) +
                           0.2 * taper_score(result.tree);
    if (has(Side::left) && left < 80)
        result.remarks.push_back(fmt::format(
            "The longest left artery is {:.0f} mm long, at least 80 mm are expected: it may be cut short.",
            left));
    if (has(Side::right) && right < 60)
        result.remarks.push_back(fmt::format(
            "The right artery is {:.0f} mm long, at least 60 mm are expected: it may be small or cut short.",
            right));
}

void remark_flags(CenterlineResult& result) {
    for (const Branch& branch : result.tree.branches)
        for (const BranchFlag& flag : branch.flags)
            if (flag.kind == BranchFlag::Kind::gap_bridged)
                result.remarks.push_back(
                    fmt::format("A gap of {:.1f} mm without visible lumen was bridged in {}.",
                                flag.end_mm - flag.start_mm, segment_name(branch.segment)));
}

GrowthOptions growth_options(const CenterlineOptions& options) {
    GrowthOptions growth;
    growth.min_branch_mm = options.min_branch_mm;
    growth.min_radius_mm = options.min_radius_mm;
    growth.max_gap_mm = options.max_gap_mm;
    return growth;
}

}  // namespace

CenterlineResult run_centerline(const Volume& volume, const SegmentResult& segment,
                                const CenterlineOptions& options, const Run& run) {
    CoronaryOptions coronary;
    coronary.growth = growth_options(options);
    CoronaryPaths found =
        find_coronaries(volume, segment.segmentation, segment.heart, segment.scan, coronary, run);
    run.progress("centerline: smoothing", 0.8);
    BuildOptions build;
    build.point_spacing_mm = options.point_spacing_mm;
    CenterlineResult result;
    result.tree = build_tree(found.paths, found.side, image_probe(volume, segment.scan), build, run);
    result.ostia = std::move(found.ostia);
    result.remarks = std::move(found.remarks);
    flag_branches(result.tree, volume, segment.scan, found.evidence, coronary.growth.weak_evidence);
    label_segments(result.tree, segment.heart);
    score_tree(result);
    remark_flags(result);
    run.debug("tree: left {:.0f} mm, right {:.0f} mm, {} branches", side_length_mm(result.tree, Side::left),
              side_length_mm(result.tree, Side::right), result.tree.branches.size());
    run.progress("centerline", 1.0);
    return result;
}

void label_segments(CoronaryTree& tree, const HeartFrame& heart) { anatomy::label_tree(tree, heart); }

}  // namespace ctffr
