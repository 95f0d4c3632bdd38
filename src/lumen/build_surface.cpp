// SPDX-License-Identifier: Apache-2.0
#include "lumen/build_surface.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "lumen/adaptive_surface.hpp"
#include "lumen/caps.hpp"
#include "lumen/lumen_field.hpp"
#include "lumen/manifold.hpp"

namespace ctffr::lumen {

namespace {

// Neighbours of each vertex as one array with offsets, each listed once per triangle corner (all once or
// twice).
struct Neighbours {
    std::vector<std::int32_t> start, list;
};
Neighbours neighbours_of(const TriangleMesh& mesh) {
    Neighbours n;
    n.start.assign(mesh.points_lps_mm.size() + 1, 0);
    for (const auto& t : mesh.triangles)
        for (std::int32_t v : t) ++n.start[static_cast<std::size_t>(v) + 1];
    for (std::size_t v = 1; v < n.start.size(); ++v) n.start[v] += n.start[v - 1];
    n.list.resize(3 * mesh.triangles.size());
    std::vector<std::int32_t> fill(n.start.begin(), n.start.end() - 1);
    for (const auto& t : mesh.triangles)
        for (std::size_t k = 0; k < 3; ++k)
            n.list[static_cast<std::size_t>(fill[static_cast<std::size_t>(t[k])]++)] = t[(k + 1) % 3];
    return n;
}

// Evens out the triangles: each vertex to the mean of its neighbours, then back to the wall.
void relax(TriangleMesh& mesh, const LumenField& field, int rounds, const Cpu& exec) {
    const Neighbours n = neighbours_of(mesh);
    std::vector<Vec3> moved(mesh.points_lps_mm.size());
    for (int round = 0; round < rounds; ++round) {
        parallel_for(exec, "lumen relax", static_cast<Index>(moved.size()), [&](Index i) {
            const auto v = static_cast<std::size_t>(i);
            const Vec3 p = mesh.points_lps_mm[v];
            Vec3 mean;
            double longest = 0;
            const double count = n.start[v + 1] - n.start[v];
            for (std::int32_t k = n.start[v]; k < n.start[v + 1]; ++k) {
                const Vec3 q =
                    mesh.points_lps_mm[static_cast<std::size_t>(n.list[static_cast<std::size_t>(k)])];
                mean += q / count;
                longest = std::max(longest, distance(p, q));
            }
            moved[v] = count > 0 ? project_to_level(field, lerp(p, mean, 0.6), 0.0, 0.5 * longest) : p;
        });
        mesh.points_lps_mm = moved;
    }
}

// Edges between the wall and a cap.
std::vector<std::pair<std::size_t, std::size_t>> rim_edges(const TriangleMesh& mesh) {
    std::vector<std::pair<std::size_t, std::size_t>> of_caps, rims;
    const auto each = [&](bool caps, auto&& body) {
        for (std::size_t f = 0; f < mesh.triangles.size(); ++f)
            for (std::size_t k = 0; k < 3 && (mesh.patch[f] > 0) == caps; ++k)
                body(static_cast<std::size_t>(mesh.triangles[f][k]),
                     static_cast<std::size_t>(mesh.triangles[f][(k + 1) % 3]));
    };
    each(true, [&](std::size_t a, std::size_t b) { of_caps.emplace_back(b, a); });
    std::sort(of_caps.begin(), of_caps.end());
    each(false, [&](std::size_t a, std::size_t b) {
        if (std::binary_search(of_caps.begin(), of_caps.end(), std::pair{a, b})) rims.emplace_back(a, b);
    });
    return rims;
}

// A mesh with its vertices on the wall is inscribed: on a convex wall its volume is too small by (edge /
// radius)^2. Moves each wall vertex out by the mean depth of its triangles below the wall (field at the edge
// midpoints: exact for a quadratic wall), which leaves an error of fourth order. Vertices of caps move within
// their plane, by the chords of the rim alone: where the tube flares towards its end, the depth of the
// triangles behind the rim says nothing about the cap.
void compensate_chords(TriangleMesh& mesh, const LumenField& field, const std::vector<Cap>& caps,
                       const Cpu& exec) {
    const std::size_t points = mesh.points_lps_mm.size();
    std::vector<double> depth(mesh.triangles.size(), 0.0), area(mesh.triangles.size(), 0.0);
    parallel_for(exec, "lumen chord depth", static_cast<Index>(mesh.triangles.size()), [&](Index i) {
        const auto f = static_cast<std::size_t>(i);
        if (mesh.patch[f] != 0) return;
        const auto p = [&](std::size_t k) {
            return mesh.points_lps_mm[static_cast<std::size_t>(mesh.triangles[f][k])];
        };
        for (std::size_t k = 0; k < 3; ++k) depth[f] -= field.value(0.5 * (p(k) + p((k + 1) % 3))) / 3;
        area[f] = 0.5 * norm(cross(p(1) - p(0), p(2) - p(0)));
    });
    std::vector<double> shift(points, 0.0), weight(points, 0.0);
    std::vector<std::int32_t> cap_of(points, 0);
    for (std::size_t f = 0; f < mesh.triangles.size(); ++f)
        for (std::int32_t v : mesh.triangles[f]) {
            const auto at = static_cast<std::size_t>(v);
            shift[at] += area[f] * depth[f], weight[at] += area[f];
            if (mesh.patch[f] > 0) cap_of[at] = mesh.patch[f];
        }
    // Newton's step in the plane from the middle of each rim edge; the mean over the edge is 2/3 of it.
    std::vector<double> rim_shift(points, 0.0), rim_length(points, 0.0);
    for (const auto& [a, b] : rim_edges(mesh)) {
        const Vec3 p = mesh.points_lps_mm[a], q = mesh.points_lps_mm[b], middle = 0.5 * (p + q);
        const Vec3 normal = caps[static_cast<std::size_t>(cap_of[a] - 1)].normal;
        const Vec3 g = field.gradient(middle), within = g - dot(g, normal) * normal;
        const double by = -2.0 / 3 * field.value(middle) / std::max(norm(within), 0.2),
                     length = distance(p, q);
        for (const std::size_t v : {a, b}) rim_shift[v] += length * by, rim_length[v] += length;
    }
    for (std::size_t v = 0; v < points; ++v)
        if (rim_length[v] > 0) shift[v] = rim_shift[v], weight[v] = rim_length[v];
    parallel_for(exec, "lumen chord shift", static_cast<Index>(points), [&](Index i) {
        const auto v = static_cast<std::size_t>(i);
        if (weight[v] <= 0) return;
        Vec3 direction = field.gradient(mesh.points_lps_mm[v]);
        if (cap_of[v] > 0) {
            const Vec3 normal = caps[static_cast<std::size_t>(cap_of[v] - 1)].normal;
            direction -= dot(direction, normal) * normal;
        }
        // Creases between touching tubes have no wall distance to measure; the limit keeps them in place.
        const double by = std::clamp(shift[v] / weight[v], -0.02, 0.02);
        mesh.points_lps_mm[v] += by * normalized(direction);
    });
}

void measure_caps(const TriangleMesh& mesh, std::vector<Cap>& caps) {
    for (Cap& cap : caps) cap.area_mm2 = 0, cap.center_lps_mm = {};
    for (std::size_t f = 0; f < mesh.triangles.size(); ++f) {
        if (mesh.patch[f] == 0) continue;
        Cap& cap = caps[static_cast<std::size_t>(mesh.patch[f] - 1)];
        const auto p = [&](std::size_t k) {
            return mesh.points_lps_mm[static_cast<std::size_t>(mesh.triangles[f][k])];
        };
        const double area = 0.5 * dot(cross(p(1) - p(0), p(2) - p(0)), cap.normal);
        cap.area_mm2 += area;
        cap.center_lps_mm += area / 3 * (p(0) + p(1) + p(2));
    }
    for (Cap& cap : caps) cap.center_lps_mm = cap.center_lps_mm / cap.area_mm2;
}

}  // namespace

void build_surface(LumenSurface& lumen, const CoronaryTree& tree, const SurfaceOptions& options,
                   const Run& run) {
    run.progress("lumen surface", 0.0);
    const Cpu exec{run.profiler};
    FieldOptions field_options;
    field_options.blend_fraction = options.blend_fraction;
    const LumenField field(lumen.branches, tree, field_options);
    AdaptiveOptions adaptive;
    adaptive.spacing_mm = options.spacing_mm;
    TriangleMesh mesh = extract_surface(field, adaptive, run);
    run.progress("lumen surface", 0.6);
    relax(mesh, field, 2, exec);
    run.progress("lumen surface", 0.8);
    lumen.caps = cut_and_cap(mesh, field, tree, 0.05, run);
    compensate_chords(mesh, field, lumen.caps, exec);
    measure_caps(mesh, lumen.caps);
    lumen.mesh = std::move(mesh);
    const Topology topology = topology_of(lumen.mesh);
    const std::vector<int> roots = tree.roots();
    const std::vector<bool> flows = open_tree(tree).flows;
    const auto trees = static_cast<int>(std::count_if(
        roots.begin(), roots.end(), [&](int root) { return flows[static_cast<std::size_t>(root)]; }));
    if (topology.components != trees || topology.handles != 0)
        run.warn("The lumen surface has {} parts and {} handles where the tree has {} parts and none.",
                 topology.components, topology.handles, trees);
    run.progress("lumen surface", 1.0);
}

}  // namespace ctffr::lumen
