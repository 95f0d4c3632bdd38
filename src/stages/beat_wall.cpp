// SPDX-License-Identifier: Apache-2.0
#include "stages/beat_wall.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "ctffr/core/units.hpp"
#include "ctffr/data/tree_place.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "flow/cycle_shear.hpp"
#include "flow/point_tree.hpp"

namespace ctffr {

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

constexpr double below_mm = 10;  // where the flow behind a narrowing comes back to the wall

WallStretch summary(const BeatWall& wall, const std::vector<std::size_t>& points) {
    WallStretch s;
    if (points.empty()) return s;
    double shear = 0, oscillation = 0, residence = 0, index = 0, largest = 0, least = 1e300;
    for (std::size_t n : points) {
        const double t = static_cast<double>(wall.mean_shear[n]),
                     o = static_cast<double>(wall.oscillation[n]);
        shear += t, oscillation += o;
        largest = std::max(largest, t), least = std::min(least, t), index = std::max(index, o);
        residence = std::max(residence, static_cast<double>(wall.residence[n]));
    }
    const auto count = static_cast<double>(points.size());
    s.mean_shear = shear / count, s.largest_shear = largest, s.least_shear = least;
    s.mean_oscillation = oscillation / count, s.largest_oscillation = index;
    s.largest_residence = residence;
    return s;
}

}  // namespace

BeatWall beat_wall(const FlowMesh& mesh, int patch, const std::vector<double>& shear,
                   const std::vector<double>& shear_vector, const TriangleMesh& surface, const Run& run) {
    const FlowPatch& wall = mesh.patches[static_cast<std::size_t>(patch)];
    std::vector<Vec3> centre;
    for (Index f = wall.first_face; f < wall.first_face + wall.faces; ++f)
        centre.push_back(mesh.face_centre[at(f)]);
    const PointTree faces(centre);
    const std::size_t points = surface.points_lps_mm.size();
    BeatWall result;
    result.mean_shear.resize(points), result.oscillation.resize(points), result.residence.resize(points);
    parallel_for_uneven(Cpu{run.profiler}, "wall over a beat", static_cast<Index>(points), 256, [&](Index n) {
        const Vec3 point = m_per_mm * surface.points_lps_mm[at(n)];
        constexpr int around = 4;
        double weights = 0, magnitude = 0, vector = 0;
        for (std::int32_t k : faces.nearest(point, around)) {
            const double d = distance(centre[at(k)], point), weight = 1 / (d * d + 1e-12);
            weights += weight;
            magnitude += weight * shear[at(k)], vector += weight * shear_vector[at(k)];
        }
        result.mean_shear[at(n)] = static_cast<float>(magnitude / weights);
        result.oscillation[at(n)] = static_cast<float>(oscillatory_shear_index(vector, magnitude));
        result.residence[at(n)] = static_cast<float>(weights / vector);
    });
    return result;
}

std::vector<BeatLesion> beat_lesions(const std::vector<Lesion>& lesions, const BeatWall& wall,
                                     const TriangleMesh& surface, const CoronaryTree& tree, const Run& run) {
    std::vector<std::pair<std::size_t, double>> place;  // branch and arc of every point
    for (const TreePlace& p : places_in_tree(surface.points_lps_mm, tree, run)) {
        const auto& points = tree.branches[p.branch].points;
        const double from = points[p.point].arc_mm, to = points[p.point + 1].arc_mm;
        place.emplace_back(p.branch, from + p.fraction * (to - from));
    }
    std::vector<BeatLesion> all;
    for (const Lesion& lesion : lesions) {
        const auto stretch = [&](double from, double to) {
            std::vector<std::size_t> points;
            for (std::size_t n = 0; n < place.size(); ++n)
                if (place[n].first == static_cast<std::size_t>(lesion.branch) && place[n].second > from &&
                    place[n].second <= to)
                    points.push_back(n);
            return summary(wall, points);
        };
        all.push_back(
            {stretch(lesion.start_mm, lesion.end_mm), stretch(lesion.end_mm, lesion.end_mm + below_mm)});
    }
    return all;
}

}  // namespace ctffr
