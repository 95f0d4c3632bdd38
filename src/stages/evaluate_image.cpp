// SPDX-License-Identifier: Apache-2.0
// Voxels and surfaces of the lumen, found against true.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"
#include "ctffr/data/tree_place.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "imaging/voxel_metrics.hpp"
#include "lumen/surface_distance.hpp"
#include "stages/evaluate_parts.hpp"

namespace ctffr::evaluation {

namespace {

// The same voxels, up to the single precision in which label files hold their geometry.
bool same_grid(const ImageGeometry& a, const ImageGeometry& b) {
    if (!(a.size == b.size)) return false;
    const double voxel = std::min({a.spacing_mm.x, a.spacing_mm.y, a.spacing_mm.z});
    for (int corner = 0; corner < 8; ++corner) {
        const Vec3 index{corner & 1 ? a.size.x - 1.0 : 0, corner & 2 ? a.size.y - 1.0 : 0,
                         corner & 4 ? a.size.z - 1.0 : 0};
        if (distance(a.lps_from_index(index), b.lps_from_index(index)) > 0.05 * voxel) return false;
    }
    return true;
}

// The found labels at the true voxels, each that of the nearest found voxel; background where there is none.
std::vector<std::uint8_t> on_grid(const Segmentation& labels, const ImageGeometry& grid, const Run& run) {
    std::vector<std::uint8_t> out(static_cast<std::size_t>(grid.size.count()), 0);
    const ImageGeometry& from = labels.geometry;
    parallel_for(Cpu{run.profiler}, "labels on the true grid", grid.size.z, [&](Index k) {
        std::size_t v = static_cast<std::size_t>(k) * static_cast<std::size_t>(grid.size.x) *
                        static_cast<std::size_t>(grid.size.y);
        for (int j = 0; j < grid.size.y; ++j)
            for (int i = 0; i < grid.size.x; ++i, ++v) {
                const Vec3 at = from.index_from_lps(grid.lps_from_index({double(i), double(j), double(k)}));
                const auto x = std::lround(at.x), y = std::lround(at.y), z = std::lround(at.z);
                if (x < 0 || y < 0 || z < 0 || x >= from.size.x || y >= from.size.y || z >= from.size.z)
                    continue;
                out[v] = labels.labels[static_cast<std::size_t>(
                    from.offset(static_cast<int>(x), static_cast<int>(y), static_cast<int>(z)))];
            }
    });
    return out;
}

bool is_coronary(std::uint8_t label) {
    return label == static_cast<std::uint8_t>(Label::coronary_left) ||
           label == static_cast<std::uint8_t>(Label::coronary_right);
}

// Takes from both volumes the coronary voxels that belong to a true vessel thinner than what is relevant.
// What lies away from every true vessel stays.
void clear_thin_vessels(const ImageGeometry& grid, const CoronaryTree& tree, double min_radius_mm,
                        std::vector<std::uint8_t>& found, std::vector<std::uint8_t>& truth, const Run& run) {
    constexpr double beside_mm = 1;  // from the wall
    std::vector<std::size_t> voxels;
    std::vector<Vec3> positions;
    std::size_t v = 0;
    for (int k = 0; k < grid.size.z; ++k)
        for (int j = 0; j < grid.size.y; ++j)
            for (int i = 0; i < grid.size.x; ++i, ++v) {
                if (!is_coronary(found[v]) && !is_coronary(truth[v])) continue;
                voxels.push_back(v);
                positions.push_back(grid.lps_from_index({double(i), double(j), double(k)}));
            }
    const std::vector<TreePlace> places = places_in_tree(positions, tree, run);
    for (std::size_t n = 0; n < voxels.size(); ++n) {
        const auto& points = tree.branches[places[n].branch].points;
        const CenterlinePoint& point = points[places[n].point + (places[n].fraction > 0.5 ? 1 : 0)];
        if (point.radius_mm >= min_radius_mm ||
            distance(point.position_lps_mm, positions[n]) > point.radius_mm + beside_mm)
            continue;
        found[voxels[n]] = truth[voxels[n]] = 0;
    }
}

void compare_voxels(const EvaluationSide& found, const EvaluationSide& truth, const EvaluateOptions& options,
                    const Run& run, Evaluation& out) {
    if (found.labels.labels.empty() || truth.labels.labels.empty()) return;
    const ImageGeometry& grid = truth.labels.geometry;
    std::vector<std::uint8_t> moved;
    if (!same_grid(found.labels.geometry, grid)) {
        moved = on_grid(found.labels, grid, run);
        if (std::all_of(moved.begin(), moved.end(), [](std::uint8_t label) { return label == 0; }))
            throw Error(ExitCode::input_geometry,
                        "The found label volume and the true one do not overlap in space: they are of "
                        "different scans; give the truth of this scan.");
        out.remarks.push_back(
            "The found label volume lies on another grid than the true one; each true voxel took the label "
            "of "
            "the nearest found one, which costs up to half a voxel.");
    }
    const std::vector<std::uint8_t>& labels = moved.empty() ? found.labels.labels : moved;
    struct Lumen {
        const char* name;
        imaging::LabelSet set;
    };
    const auto add_mask = [&](const char* name, const imaging::MaskAgreement& a) {
        const double voxel = grid.spacing_mm.x * grid.spacing_mm.y * grid.spacing_mm.z;
        out.masks.push_back({name, static_cast<double>(a.found_voxels) * voxel,
                             static_cast<double>(a.true_voxels) * voxel, a.dice, a.hd95_mm, a.assd_mm,
                             a.cl_dice, a.found_betti.components - a.true_betti.components,
                             a.found_betti.tunnels - a.true_betti.tunnels});
    };
    const imaging::LabelSet both = imaging::label_set({Label::coronary_left, Label::coronary_right});
    for (const Lumen& lumen :
         {Lumen{"left", imaging::label_set({Label::coronary_left})},
          Lumen{"right", imaging::label_set({Label::coronary_right})}, Lumen{"both", both}}) {
        add_mask(lumen.name, imaging::compare_masks(grid, labels, truth.labels.labels, lumen.set, run));
    }
    std::vector<std::uint8_t> found_wide = labels, true_wide = truth.labels.labels;
    clear_thin_vessels(grid, truth.tree, options.min_true_radius_mm, found_wide, true_wide, run);
    add_mask("relevant", imaging::compare_masks(grid, found_wide, true_wide, both, run));
    struct Organ {
        const char* name;
        Label label;
    };
    for (const Organ& organ : {Organ{"aorta", Label::aorta}, Organ{"lv-cavity", Label::lv_cavity},
                               Organ{"lv-myocardium", Label::lv_myocardium}})
        out.organs.push_back({organ.name, imaging::dice_of(labels, truth.labels.labels, organ.label)});
}

using PointFlags = std::vector<std::vector<std::uint8_t>>;

// True points wide enough whose surroundings the found tree covers: no point that it lacks within a radius,
// so that neither the end of a found branch nor the mouth of a missing one counts as an error of the wall.
// Nor do the first millimetres of a root, where lumen passes into aorta.
PointFlags covered_points(const CoronaryTree& found, const CoronaryTree& truth,
                          const EvaluateOptions& options) {
    PointFlags flags;
    std::vector<Vec3> lacking;
    for (const Branch& branch : truth.branches) {
        flags.emplace_back();
        for (const CenterlinePoint& point : branch.points) {
            const bool covered = match(found, point).has_value();
            if (!covered) lacking.push_back(point.position_lps_mm);
            const bool root = branch.parent < 0 && point.arc_mm < 2 * branch.points.front().radius_mm;
            flags.back().push_back(covered && !root && point.radius_mm >= options.min_true_radius_mm);
        }
    }
    for (const Branch& branch : truth.branches)
        for (std::size_t i = 0; i < branch.points.size(); ++i) {
            const CenterlinePoint& point = branch.points[i];
            std::uint8_t& flag = flags[static_cast<std::size_t>(branch.id)][i];
            flag = flag && std::none_of(lacking.begin(), lacking.end(), [&](Vec3 p) {
                       return distance(p, point.position_lps_mm) <= point.radius_mm;
                   });
        }
    return flags;
}

// Found points that lie in the true tree.
PointFlags right_points(const CoronaryTree& found, const CoronaryTree& truth) {
    constexpr double resolution_mm = 0.75;
    PointFlags flags;
    for (const Branch& branch : found.branches) {
        flags.emplace_back();
        for (const CenterlinePoint& point : branch.points) {
            const auto inside = [&](const CenterlinePoint& t) {
                return distance(t.position_lps_mm, point.position_lps_mm) <=
                       std::max(t.radius_mm, resolution_mm);
            };
            flags.back().push_back(
                std::any_of(truth.branches.begin(), truth.branches.end(), [&](const Branch& other) {
                    return std::any_of(other.points.begin(), other.points.end(), inside);
                }));
        }
    }
    return flags;
}

// The flag of the centerline point nearest to each triangle.
std::vector<std::uint8_t> on_triangles(const TriangleMesh& mesh, const CoronaryTree& tree,
                                       const PointFlags& flags, const Run& run) {
    std::vector<std::uint8_t> out;
    for (const TreePlace& place : places_in_tree(lumen::triangle_middles(mesh), tree, run))
        out.push_back(flags[place.branch][place.point + (place.fraction > 0.5 ? 1 : 0)]);
    return out;
}

void compare_walls(const EvaluationSide& found, const EvaluationSide& truth, const EvaluateOptions& options,
                   const Run& run, Evaluation& out) {
    if (found.surface.triangles.empty() || truth.surface.triangles.empty()) return;
    const lumen::SurfaceDistances distances = lumen::surfaces_apart(found.surface, truth.surface, run);
    run.check_cancel();
    const lumen::SurfaceExtent covered{
        on_triangles(found.surface, found.tree, right_points(found.tree, truth.tree), run),
        on_triangles(truth.surface, truth.tree, covered_points(found.tree, truth.tree, options), run)};
    const auto add = [&](const char* extent, const lumen::SurfaceAgreement& a) {
        out.surfaces.push_back({extent, a.mean_mm, a.p95_mm, a.max_mm, a.signed_mean_mm, a.true_area_mm2});
    };
    add("covered", lumen::agreement(distances, covered));
    add("whole", lumen::agreement(distances, {}));
}

}  // namespace

void compare_labels_and_surfaces(const EvaluationSide& found, const EvaluationSide& truth,
                                 const EvaluateOptions& options, const Run& run, Evaluation& out) {
    compare_voxels(found, truth, options, run, out);
    run.progress("surfaces", 0.6);
    compare_walls(found, truth, options, run, out);
}

}  // namespace ctffr::evaluation
