// SPDX-License-Identifier: Apache-2.0
#include "lumen/surface_distance.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ctffr/data/triangle_tree.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::lumen {

namespace {

bool is_wall(const TriangleMesh& mesh, std::size_t t) { return mesh.patch.empty() || mesh.patch[t] == 0; }

// The wall of a mesh as a tree, and the number in the mesh of each of its triangles.
struct Wall {
    TriangleTree tree;
    std::vector<std::int32_t> triangle;

    explicit Wall(const TriangleMesh& mesh) {
        std::vector<TriangleTree::Triangle> chosen;
        for (std::size_t t = 0; t < mesh.triangles.size(); ++t)
            if (is_wall(mesh, t))
                chosen.push_back(mesh.triangles[t]), triangle.push_back(static_cast<std::int32_t>(t));
        tree = TriangleTree(mesh.points_lps_mm, std::move(chosen));
    }
};

Vec3 corner(const TriangleMesh& mesh, std::size_t t, std::size_t k) {
    return mesh.points_lps_mm[static_cast<std::size_t>(mesh.triangles[t][k])];
}

std::vector<double> areas_of(const TriangleMesh& mesh) {
    std::vector<double> areas;
    for (std::size_t t = 0; t < mesh.triangles.size(); ++t)
        areas.push_back(0.5 * norm(cross(corner(mesh, t, 1) - corner(mesh, t, 0),
                                         corner(mesh, t, 2) - corner(mesh, t, 0))));
    return areas;
}

// body(t, middle) for every wall triangle.
template <class Body>
void for_wall(const TriangleMesh& mesh, const std::vector<Vec3>& middles, const Run& run, const Body& body) {
    constexpr Index grain = 1024;
    parallel_for_uneven(Cpu{run.profiler}, "distance between surfaces",
                        static_cast<Index>(mesh.triangles.size()), grain, [&](Index n) {
                            const auto t = static_cast<std::size_t>(n);
                            if (is_wall(mesh, t)) body(t, middles[t]);
                        });
}

}  // namespace

std::vector<Vec3> triangle_middles(const TriangleMesh& mesh) {
    std::vector<Vec3> middles;
    for (std::size_t t = 0; t < mesh.triangles.size(); ++t)
        middles.push_back((corner(mesh, t, 0) + corner(mesh, t, 1) + corner(mesh, t, 2)) / 3);
    return middles;
}

SurfaceDistances surfaces_apart(const TriangleMesh& found, const TriangleMesh& truth, const Run& run) {
    SurfaceDistances out;
    out.found_area_mm2 = areas_of(found), out.true_area_mm2 = areas_of(truth);
    const float none = std::numeric_limits<float>::quiet_NaN();
    out.found_signed_mm.assign(found.triangles.size(), none);
    out.nearest_true.assign(found.triangles.size(), -1);
    out.true_mm.assign(truth.triangles.size(), none);
    const Wall found_wall(found), true_wall(truth);
    if (found_wall.tree.empty() || true_wall.tree.empty()) return out;
    for_wall(found, triangle_middles(found), run, [&](std::size_t t, Vec3 middle) {
        const TriangleTree::Nearest near = true_wall.tree.nearest(middle);
        out.found_signed_mm[t] = static_cast<float>(true_wall.tree.signed_distance(middle, near));
        out.nearest_true[t] = true_wall.triangle[static_cast<std::size_t>(near.triangle)];
    });
    run.check_cancel();
    for_wall(truth, triangle_middles(truth), run, [&](std::size_t t, Vec3 middle) {
        out.true_mm[t] = static_cast<float>(std::sqrt(found_wall.tree.nearest(middle).square));
    });
    return out;
}

SurfaceAgreement agreement(const SurfaceDistances& distances, const SurfaceExtent& extent) {
    SurfaceAgreement out;
    const auto counts = [](const std::vector<std::uint8_t>& part, std::size_t t) {
        return part.empty() || part[t] != 0;
    };
    std::vector<std::pair<float, double>> samples;  // distance, area
    double sum = 0, signed_sum = 0;
    for (std::size_t t = 0; t < distances.found_signed_mm.size(); ++t) {
        const float d = distances.found_signed_mm[t];
        if (std::isnan(d) || !counts(extent.found, t) ||
            !counts(extent.truth, static_cast<std::size_t>(distances.nearest_true[t])))
            continue;
        const double area = distances.found_area_mm2[t];
        samples.emplace_back(std::abs(d), area);
        out.found_area_mm2 += area, sum += area * std::abs(d), signed_sum += area * d;
    }
    for (std::size_t t = 0; t < distances.true_mm.size(); ++t) {
        const float d = distances.true_mm[t];
        if (std::isnan(d) || !counts(extent.truth, t)) continue;
        samples.emplace_back(d, distances.true_area_mm2[t]);
        out.true_area_mm2 += distances.true_area_mm2[t], sum += distances.true_area_mm2[t] * d;
    }
    const double area = out.found_area_mm2 + out.true_area_mm2;
    if (area <= 0) return out;
    out.mean_mm = sum / area;
    if (out.found_area_mm2 > 0) out.signed_mean_mm = signed_sum / out.found_area_mm2;
    std::sort(samples.begin(), samples.end());
    out.max_mm = samples.back().first;
    double below = 0;
    for (const auto& [d, weight] : samples) {
        out.p95_mm = d;
        if ((below += weight) >= 0.95 * area) break;
    }
    return out;
}

}  // namespace ctffr::lumen
