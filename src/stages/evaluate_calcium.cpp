// SPDX-License-Identifier: Apache-2.0
// How much of the circumference is calcified, from the calcium voxels around the true centerlines.
#include <algorithm>
#include <bitset>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "ctffr/data/tree_place.hpp"
#include "stages/evaluate_parts.hpp"

namespace ctffr::evaluation {

namespace {

constexpr int bins = 72;        // of 5 degrees
constexpr double reach_mm = 4;  // of calcium from the lumen's wall: farther is another vessel's, or a valve's

// The calcium voxels within the box around the tree.
std::vector<Vec3> calcium_voxels(const Segmentation& labels, const CoronaryTree& tree) {
    const ImageGeometry& g = labels.geometry;
    Vec3 low{1e9, 1e9, 1e9}, high{-1e9, -1e9, -1e9};
    for (const Branch& branch : tree.branches)
        for (const CenterlinePoint& point : branch.points) {
            const double reach = point.radius_mm + reach_mm;
            for (int corner = 0; corner < 8; ++corner) {
                const Vec3 way{corner & 1 ? reach : -reach, corner & 2 ? reach : -reach,
                               corner & 4 ? reach : -reach};
                const Vec3 index = g.index_from_lps(point.position_lps_mm + way);
                for (int a = 0; a < 3; ++a)
                    low[a] = std::min(low[a], index[a]), high[a] = std::max(high[a], index[a]);
            }
        }
    const Int3 first{std::max(0, static_cast<int>(low.x)), std::max(0, static_cast<int>(low.y)),
                     std::max(0, static_cast<int>(low.z))};
    const Int3 last{std::min(g.size.x - 1, static_cast<int>(high.x) + 1),
                    std::min(g.size.y - 1, static_cast<int>(high.y) + 1),
                    std::min(g.size.z - 1, static_cast<int>(high.z) + 1)};
    std::vector<Vec3> voxels;
    for (int k = first.z; k <= last.z; ++k)
        for (int j = first.y; j <= last.y; ++j)
            for (int i = first.x; i <= last.x; ++i)
                if (labels.labels[static_cast<std::size_t>(g.offset(i, j, k))] ==
                    static_cast<std::uint8_t>(Label::calcium))
                    voxels.push_back(g.lps_from_index({double(i), double(j), double(k)}));
    return voxels;
}

}  // namespace

std::vector<std::vector<double>> calcium_arc_deg(const EvaluationSide& truth, const Run& run) {
    if (truth.labels.labels.empty()) return {};
    const CoronaryTree& tree = truth.tree;
    std::vector<std::vector<std::bitset<bins>>> covered;
    std::vector<std::vector<LumenSection>> frames;
    for (const Branch& branch : tree.branches) {
        covered.emplace_back(branch.points.size());
        frames.push_back(frames_along(branch));
    }
    const std::vector<Vec3> voxels = calcium_voxels(truth.labels, tree);
    const std::vector<TreePlace> places = places_in_tree(voxels, tree, run);
    const Vec3 spacing = truth.labels.geometry.spacing_mm;
    const double half_mm = 0.5 * std::max({spacing.x, spacing.y, spacing.z});
    for (std::size_t v = 0; v < voxels.size(); ++v) {
        const std::size_t b = places[v].branch;
        const auto& points = tree.branches[b].points;
        const double arc =
            points[places[v].point].arc_mm +
            places[v].fraction * (points[places[v].point + 1].arc_mm - points[places[v].point].arc_mm);
        // A voxel belongs to every point of the branch that it reaches along the vessel, else points between
        // two layers of voxels would have none.
        for (std::size_t i = 0; i < points.size(); ++i) {
            if (std::abs(points[i].arc_mm - arc) > half_mm) continue;
            const LumenSection& frame = frames[b][i];
            const Vec3 way = voxels[v] - points[i].position_lps_mm;
            const double u = dot(way, frame.normal), w = dot(way, frame.binormal), off = std::hypot(u, w);
            if (off > points[i].radius_mm + reach_mm || off < 1e-6) continue;
            const double middle = std::atan2(w, u) / (2 * pi) * bins;
            const double half = std::atan2(half_mm, off) / (2 * pi) * bins;
            // The bins whose middle the voxel hides, and the one it lies in.
            const auto hide = [&](int n) {
                covered[b][i].set(static_cast<std::size_t>((n % bins + bins) % bins));
            };
            hide(static_cast<int>(std::floor(middle)));
            for (int n = static_cast<int>(std::ceil(middle - half - 0.5)); n + 0.5 <= middle + half; ++n)
                hide(n);
        }
    }
    std::vector<std::vector<double>> arcs;
    for (const auto& branch : covered) {
        arcs.emplace_back();
        for (const auto& circle : branch)
            arcs.back().push_back(360.0 / bins * static_cast<double>(circle.count()));
    }
    return arcs;
}

}  // namespace ctffr::evaluation
