// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/centerline.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "anatomy/label_tree.hpp"
#include "anatomy/widening.hpp"
#include "imaging/coronaries.hpp"
#include "imaging/mask_tree.hpp"
#include "imaging/tree_build.hpp"
#include "stages/centerline_score.hpp"

namespace ctffr {

namespace {

using namespace imaging;

double side_length_mm(const CoronaryTree& tree, Side side) {
    double sum = 0;
    for (const Branch& branch : tree.branches)
        if (branch.side == side) sum += branch.length_mm();
    return sum;
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
    for (std::string& remark : anatomy::cut_widening(result.tree))
        result.remarks.push_back(std::move(remark));
    flag_branches(result.tree, volume, segment.scan, found.evidence, coronary.growth.weak_evidence);
    label_segments(result.tree, segment.heart);
    score_tree(result);
    run.debug("tree: left {:.0f} mm, right {:.0f} mm, {} branches", side_length_mm(result.tree, Side::left),
              side_length_mm(result.tree, Side::right), result.tree.branches.size());
    run.progress("centerline", 1.0);
    return result;
}

CenterlineResult run_centerline_from_mask(const Segmentation& mask, const HeartFrame& heart,
                                          const CenterlineOptions& options, const Run& run) {
    MaskPaths found = find_paths_in_mask(mask, heart, growth_options(options), run);
    run.progress("centerline: smoothing", 0.8);
    BuildOptions build;
    build.point_spacing_mm = options.point_spacing_mm;
    CenterlineResult result;
    result.tree = build_tree(found.paths, found.side, field_probe(found.field), build, run);
    result.ostia = std::move(found.ostia);
    result.remarks = std::move(found.remarks);
    label_segments(result.tree, heart);
    score_tree(result);
    run.progress("centerline", 1.0);
    return result;
}

void label_segments(CoronaryTree& tree, const HeartFrame& heart) { anatomy::label_tree(tree, heart); }

}  // namespace ctffr
