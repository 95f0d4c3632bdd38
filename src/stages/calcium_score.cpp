// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>

#include "anatomy/territories.hpp"
#include "ctffr/core/error.hpp"
#include "ctffr/data/tree_place.hpp"
#include "ctffr/data/vessel_wall.hpp"
#include "ctffr/stages/plaque.hpp"
#include "imaging/agatston.hpp"
#include "imaging/grid.hpp"

namespace ctffr {

namespace {

// Blood without contrast has 35 to 60 HU; the lowest enhancement of any phase of a CTA is well above this.
constexpr double most_blood_hu = 110;
constexpr const char* unnamed_artery = "coronary";
constexpr double least_coverage = 0.95;  // of the tree's points

void check_patient(const Acquisition& calcium, const Acquisition& cta) {
    if (!calcium.patient_id.empty() && !cta.patient_id.empty() && calcium.patient_id != cta.patient_id)
        throw Error(ExitCode::input_ambiguous,
                    "The calcium series is of patient '{}', the angiogram of patient '{}': give a calcium "
                    "series of the same patient.",
                    calcium.patient_id, cta.patient_id);
}

// How the two scans were brought together, for the reader.
std::string check_frame(const Acquisition& calcium, const Acquisition& cta, const FindingOptions& options) {
    if (!calcium.frame_of_reference_uid.empty() &&
        calcium.frame_of_reference_uid == cta.frame_of_reference_uid)
        return "distance to the coronary tree of the angiogram, same frame of reference";
    if (options.calcium_frame_agrees)
        return "distance to the coronary tree of the angiogram, frames of reference agree by the user's word";
    throw Error(ExitCode::input_geometry,
                "The calcium series and the angiogram do not state the same frame of reference, so coronary "
                "calcium cannot be told from other calcium: give a series of the same examination, or, when "
                "their coordinates do agree, say --calcium-frame-agrees true.");
}

// Mean over the aorta as the angiogram shows it.
void check_contrast(const Volume& calcium, const Segmentation& heart) {
    std::vector<double> values;
    for (std::size_t v = 0; v < heart.labels.size(); v += 97) {
        if (heart.labels[v] != static_cast<std::uint8_t>(Label::aorta)) continue;
        const auto at = static_cast<Index>(v);
        const Int3 size = heart.geometry.size;
        const Vec3 p = heart.geometry.lps_from_index({1.0 * static_cast<double>(at % size.x),
                                                      1.0 * static_cast<double>(at / size.x % size.y),
                                                      1.0 * static_cast<double>(at / size.x / size.y)});
        if (calcium.geometry.contains(calcium.geometry.index_from_lps(p)))
            values.push_back(imaging::sample_hu(calcium, p));
    }
    if (values.size() < 20) return;
    if (const double blood = imaging::median_of(std::move(values)); blood > most_blood_hu)
        throw Error(
            ExitCode::input_not_ct,
            "The calcium series has {:.0f} HU in the aorta, so it was made with contrast: the Agatston "
            "score needs a scan without.",
            blood);
}

void check_coverage(const Volume& calcium, const CoronaryTree& tree) {
    double points = 0, inside = 0;
    for (const Branch& branch : tree.branches)
        for (const CenterlinePoint& p : branch.points) {
            points += 1;
            inside += calcium.geometry.contains(calcium.geometry.index_from_lps(p.position_lps_mm)) ? 1 : 0;
        }
    if (inside < least_coverage * points)
        throw Error(ExitCode::input_geometry,
                    "The calcium series covers {:.0f} % of the coronary tree (at least {:.0f} % are needed): "
                    "give one that covers the heart.",
                    100 * inside / std::max(points, 1.0), 100 * least_coverage);
}

bool in_aorta(const Segmentation& heart, Vec3 p) {
    if (heart.labels.empty()) return false;
    const Vec3 ijk = heart.geometry.index_from_lps(p);
    if (!heart.geometry.contains(ijk)) return false;
    const auto voxel =
        heart.geometry.offset(static_cast<int>(std::lround(ijk.x)), static_cast<int>(std::lround(ijk.y)),
                              static_cast<int>(std::lround(ijk.z)));
    return heart.labels[static_cast<std::size_t>(voxel)] == static_cast<std::uint8_t>(Label::aorta);
}

Vec3 center_of(const ImageGeometry& g, Index voxel) {
    const Index nx = g.size.x, ny = g.size.y;
    return g.lps_from_index({static_cast<double>(voxel % nx), static_cast<double>(voxel / nx % ny),
                             static_cast<double>(voxel / nx / ny)});
}

struct BoundingBox {
    Vec3 low{1e300, 1e300, 1e300}, high{-1e300, -1e300, -1e300};
};
BoundingBox box_of(const CoronaryTree& tree, double margin_mm) {
    BoundingBox box;
    for (const Branch& branch : tree.branches)
        for (const CenterlinePoint& p : branch.points)
            for (int axis = 0; axis < 3; ++axis) {
                const double reach = p.radius_mm + margin_mm;
                box.low[axis] = std::min(box.low[axis], p.position_lps_mm[axis] - reach);
                box.high[axis] = std::max(box.high[axis], p.position_lps_mm[axis] + reach);
            }
    return box;
}

// The bright voxels near an artery and not in the aorta, and the artery of each.
struct Coronary {
    std::vector<Index> voxels;
    std::vector<std::string> vessel;
};
Coronary coronary_voxels(const Volume& calcium, const imaging::CalciumThresholds& thresholds,
                         const Segmentation& heart, const CoronaryTree& tree, double reach_mm,
                         const Run& run) {
    constexpr double thickest_wall_mm = 1;
    const BoundingBox box = box_of(tree, reach_mm + thickest_wall_mm);
    std::vector<Index> near;
    std::vector<Vec3> points;
    for (Index voxel : imaging::bright_voxels(calcium, thresholds)) {
        const Vec3 p = center_of(calcium.geometry, voxel);
        const bool inside = p.x >= box.low.x && p.y >= box.low.y && p.z >= box.low.z && p.x <= box.high.x &&
                            p.y <= box.high.y && p.z <= box.high.z;
        if (inside && !in_aorta(heart, p)) near.push_back(voxel), points.push_back(p);
    }
    Coronary found;
    const std::vector<TreePlace> places = places_in_tree(points, tree, run);
    for (std::size_t i = 0; i < near.size(); ++i) {
        const Branch& branch = tree.branches[places[i].branch];
        const CenterlinePoint &a = branch.points[places[i].point],
                              &b = branch.points[std::min(places[i].point + 1, branch.points.size() - 1)];
        const double radius = a.radius_mm + places[i].fraction * (b.radius_mm - a.radius_mm);
        const Vec3 axis = lerp(a.position_lps_mm, b.position_lps_mm, places[i].fraction);
        if (distance(points[i], axis) > radius + healthy_wall_mm(radius) + reach_mm) continue;
        found.voxels.push_back(near[i]);
        const std::string name = territory_of(branch.segment);
        found.vessel.push_back(name.empty() ? unnamed_artery : name);
    }
    return found;
}

}  // namespace

CalciumScore run_calcium_score(const Volume& given, const Acquisition& cta, const Segmentation& heart,
                               const CoronaryTree& tree, const FindingOptions& options, const Run& run) {
    run.progress("calcium score", 0);
    check_patient(given.acquisition, cta);
    CalciumScore score;
    score.restricted_by = check_frame(given.acquisition, cta, options);
    check_coverage(given, tree);
    check_contrast(given, heart);
    const imaging::CalciumThresholds thresholds = imaging::calcium_thresholds(given.acquisition.kvp);
    const Volume calcium = imaging::calcium_slices(given);
    score.measured = true;
    score.kvp = given.acquisition.kvp, score.threshold_hu = thresholds.calcium_hu;
    score.slice_mm = calcium.geometry.spacing_mm.z, score.series_hash = given.hash;
    if (!(score.kvp > 0))
        score.remarks.push_back("The tube voltage of the calcium series is not known: taken as 120 kV.");
    if (calcium.geometry.size.z != given.geometry.size.z)
        score.remarks.push_back(fmt::format("Slices {:.2f} mm apart were averaged to {:.2f} mm.",
                                            given.geometry.spacing_mm.z, score.slice_mm));
    if (heart.labels.empty())
        score.remarks.push_back("The aorta is not known: calcium of its wall beside an ostium counts.");
    const Coronary coronary =
        coronary_voxels(calcium, thresholds, heart, tree, options.calcium_reach_mm, run);
    for (const char* name : {"LM", "LAD", "LCX", "RCA", unnamed_artery}) score.vessels.push_back({name});
    for (const imaging::CalciumRegion& region :
         imaging::calcium_regions(calcium, coronary.voxels, thresholds)) {
        // A region belongs to the artery of its brightest voxel.
        const auto at = std::lower_bound(coronary.voxels.begin(), coronary.voxels.end(), region.peak_voxel);
        const std::string& name = coronary.vessel[static_cast<std::size_t>(at - coronary.voxels.begin())];
        const auto vessel = std::find_if(score.vessels.begin(), score.vessels.end(),
                                         [&](const CalciumVessel& v) { return v.name == name; });
        vessel->agatston += region.agatston, vessel->volume_mm3 += region.volume_mm3, ++vessel->regions;
        score.agatston += region.agatston, score.volume_mm3 += region.volume_mm3, ++score.regions;
    }
    if (score.vessels.back().regions == 0) score.vessels.pop_back();
    run.info("calcium score: Agatston {:.0f}, {:.0f} mm3 in {} areas", score.agatston, score.volume_mm3,
             score.regions);
    run.progress("calcium score", 1);
    return score;
}

}  // namespace ctffr
