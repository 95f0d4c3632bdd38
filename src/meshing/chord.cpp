// SPDX-License-Identifier: Apache-2.0
#include "meshing/chord.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "meshing/poly_geometry.hpp"

namespace ctffr::meshing {

namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

constexpr double most = 0.1;  // of the local spacing: creases have no curvature to compensate

}  // namespace

void compensate_chords(PolyMesh& mesh, const WallLayers& walls, const ImplicitLumen& lumen,
                       const std::vector<std::int32_t>& opening_of_point, const Run& run) {
    const Cpu exec{run.profiler};
    std::vector<std::int32_t> faces;
    for (std::int32_t f = 0; f < mesh.faces(); ++f)
        if (mesh.neighbour[at(f)] == wall_code) faces.push_back(f);
    // For a quadratic function that vanishes at the corners of a regular n-gon the mean over the n-gon is
    // this part of the value in the middle: midpoint rule on the fan, (edges + 2 spokes) / 3 with spokes 3/4
    // and edges sin^2(pi / n) of it.
    const auto mean_part = [](std::int32_t n) {
        const double s = std::sin(pi / n);
        return (1.5 + s * s) / 3;
    };
    std::vector<double> depth(faces.size()), area(faces.size());
    parallel_for_uneven(exec, "mesh chord depth", static_cast<Index>(faces.size()), 256, [&](Index i) {
        const std::int32_t f = faces[static_cast<std::size_t>(i)];
        const std::int32_t first = mesh.start[at(f)], n = mesh.start[at(f) + 1] - first;
        Vec3 middle;
        for (std::int32_t k = first; k < first + n; ++k) middle += mesh.points[at(mesh.corner[at(k)])] / n;
        depth[static_cast<std::size_t>(i)] = -mean_part(n) * lumen.value(middle);
        area[static_cast<std::size_t>(i)] = norm(area_vector(mesh, f));
    });
    std::vector<double> shift(mesh.points.size(), 0), weight(mesh.points.size(), 0);
    for (std::size_t i = 0; i < faces.size(); ++i)
        for (std::int32_t k = mesh.start[at(faces[i])]; k < mesh.start[at(faces[i]) + 1]; ++k) {
            const auto p = at(mesh.corner[at(k)]);
            shift[p] += area[i] * depth[i], weight[p] += area[i];
        }
    // Rims: a function that vanishes at both ends of an edge has the mean 2/3 of its value in the middle.
    std::vector<double> rim_shift(mesh.points.size(), 0), rim_length(mesh.points.size(), 0);
    for (std::int32_t f : faces)
        for (std::int32_t first = mesh.start[at(f)], last = mesh.start[at(f) + 1], k = first; k < last; ++k) {
            const auto a = at(mesh.corner[at(k)]), b = at(mesh.corner[at(k + 1 < last ? k + 1 : first)]);
            if (opening_of_point[a] < 0 || opening_of_point[b] != opening_of_point[a]) continue;
            const double length = distance(mesh.points[a], mesh.points[b]);
            const double below = -2.0 / 3 * lumen.value(0.5 * (mesh.points[a] + mesh.points[b]));
            for (const std::size_t p : {a, b}) rim_shift[p] += length * below, rim_length[p] += length;
        }
    for (std::size_t p = 0; p < rim_length.size(); ++p)
        if (rim_length[p] > 0) shift[p] = rim_shift[p], weight[p] = rim_length[p];
    const auto stacks = static_cast<Index>(walls.base.size());
    parallel_for(exec, "mesh chord shift", stacks, [&](Index i) {
        const auto s = static_cast<std::int32_t>(i);
        const std::int32_t top = walls.first_raised + (s + 1) * walls.layers - 1;
        if (weight[at(top)] <= 0) return;
        const Vec3 below = mesh.points[walls.layers > 1 ? at(top - 1) : at(walls.base[at(s)])];
        const double limit = most * mesh.size_mm[at(top)];
        mesh.points[at(top)] += std::clamp(shift[at(top)] / weight[at(top)], -limit, limit) *
                                normalized(mesh.points[at(top)] - below);
    });
}

}  // namespace ctffr::meshing
