// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/centerline.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "anatomy/label_tree.hpp"
#include "anatomy/widening.hpp"
#include "imaging/coronaries.hpp"
#include "imaging/mask_tree.hpp"
#include "imaging/tree_build.hpp"
#include "stages/centerline_score.hpp"
#include "stages/heart_network.hpp"
#include "stages/tree_support.hpp"

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

// Score of a tree (score_tree) that needs no second opinion.
constexpr double sound_tree = 0.8;

CenterlineResult search(const Volume& volume, const SegmentResult& segment, const HeartSight* sight,
                        const CenterlineOptions& options, const Run& run) {
    CoronaryOptions coronary;
    coronary.growth = growth_options(options);
    CoronaryPaths found = find_coronaries(volume, segment.segmentation, segment.heart, segment.scan,
                                          sight ? &sight->maps : nullptr, coronary, run);
    run.progress("centerline: smoothing", 0.8);
    BuildOptions build;
    build.point_spacing_mm = options.point_spacing_mm;
    CenterlineResult result;
    result.method = sight ? "network " + sight->network : "classical";
    result.tree = build_tree(found.paths, found.side, image_probe(volume, segment.scan), build, run);
    result.ostia = std::move(found.ostia);
    result.remarks = std::move(found.remarks);
    for (std::string& remark : anatomy::cut_widening(result.tree))
        result.remarks.push_back(std::move(remark));
    flag_branches(result.tree, volume, segment.scan, found.evidence, coronary.growth.weak_evidence);
    label_segments(result.tree, segment.heart);
    score_tree(result);
    if (sight) {
        result.support = support_of(result.tree, sight->maps);
        for (std::string& remark : remarks_on_support(result.support))
            result.remarks.push_back(std::move(remark));
    }
    run.debug("tree: {}, score {:.2f}, left {:.0f} mm, right {:.0f} mm, {} branches", result.method,
              result.quality_score, side_length_mm(result.tree, Side::left),
              side_length_mm(result.tree, Side::right), result.tree.branches.size());
    run.progress("centerline", 1.0);
    return result;
}

}  // namespace

CenterlineResult run_centerline(const Volume& volume, const SegmentResult& segment, const HeartSight* sight,
                                const CenterlineOptions& options, const Run& run) {
    if (!sight) return search(volume, segment, nullptr, options, run);
    if (!sees_both_trees(sight->maps)) {
        CenterlineResult result = search(volume, segment, nullptr, options, run);
        result.remarks.push_back(
            "The heart network sees next to no coronary artery in this image: the tree was found without "
            "it.");
        return result;
    }
    std::optional<CenterlineResult> guided, classical;
    std::string failure;
    try {
        guided = search(volume, segment, sight, options, run);
    } catch (const Error& error) {
        if (error.code() != ExitCode::anatomy_not_found) throw;
        failure = error.what();
    }
    if (guided && guided->quality_score >= sound_tree) return std::move(*guided);
    try {
        classical = search(volume, segment, nullptr, options, run);
    } catch (const Error& error) {
        if (!guided || error.code() != ExitCode::anatomy_not_found) throw;
    }
    if (!classical || (guided && guided->quality_score >= classical->quality_score))
        return std::move(*guided);
    classical->remarks.push_back(
        fmt::format("The tree was found without the heart network, whose guidance gave {}.",
                    guided ? fmt::format("a less plausible one (score {:.2f}, without it {:.2f})",
                                         guided->quality_score, classical->quality_score)
                           : "none: " + failure));
    return std::move(*classical);
}

CenterlineResult run_centerline_from_mask(const Segmentation& mask, const HeartFrame& heart,
                                          const CenterlineOptions& options, const Run& run) {
    MaskPaths found = find_paths_in_mask(mask, heart, growth_options(options), run);
    run.progress("centerline: smoothing", 0.8);
    BuildOptions build;
    build.point_spacing_mm = options.point_spacing_mm;
    CenterlineResult result;
    result.method = "mask";
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
