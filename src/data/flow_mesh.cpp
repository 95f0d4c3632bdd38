// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/flow_mesh.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "ctffr/core/units.hpp"
#include "ctffr/data/mesh_regions.hpp"

namespace ctffr {

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// Area vector and centroid of a polygon.
void polygon(const FlowMesh& mesh, Index face, Vec3& area, Vec3& centre) {
    const std::int32_t first = mesh.face_start[at(face)], last = mesh.face_start[at(face) + 1];
    const auto point = [&](std::int32_t k) { return mesh.points[at(mesh.face_point[at(k)])]; };
    Vec3 mean;
    for (std::int32_t k = first; k < last; ++k) mean += point(k);
    mean = mean / static_cast<double>(last - first);
    area = {};
    for (std::int32_t k = first; k < last; ++k)
        area += 0.5 * cross(point(k) - mean, point(k + 1 < last ? k + 1 : first) - mean);
    // Triangles count by their area along the mean normal, so that warped faces have a stable centroid.
    const Vec3 normal = normalized(area);
    Vec3 moment;
    double total = 0;
    for (std::int32_t k = first; k < last; ++k) {
        const Vec3 a = point(k), b = point(k + 1 < last ? k + 1 : first);
        const double weight = dot(0.5 * cross(a - mean, b - mean), normal);
        moment += weight / 3 * (a + b + mean);
        total += weight;
    }
    centre = total > 0 ? moment / total : mean;
}

}  // namespace

void compute_geometry(FlowMesh& mesh) {
    const Index faces = mesh.faces();
    mesh.face_area.resize(at(faces));
    mesh.face_centre.resize(at(faces));
    for (Index f = 0; f < faces; ++f) polygon(mesh, f, mesh.face_area[at(f)], mesh.face_centre[at(f)]);
    // The mean of the face centres is the apex of the pyramids of a cell.
    std::vector<Vec3> apex(at(mesh.cells));
    std::vector<int> count(at(mesh.cells), 0);
    const auto each_side = [&](auto&& body) {
        for (Index f = 0; f < faces; ++f) {
            body(mesh.owner[at(f)], f, 1.0);
            if (f < mesh.internal_faces()) body(mesh.neighbour[at(f)], f, -1.0);
        }
    };
    each_side([&](std::int32_t cell, Index f, double) {
        apex[at(cell)] += mesh.face_centre[at(f)];
        ++count[at(cell)];
    });
    for (Index c = 0; c < mesh.cells; ++c) apex[at(c)] = apex[at(c)] / std::max(1, count[at(c)]);
    mesh.cell_volume.assign(at(mesh.cells), 0);
    mesh.cell_centre.assign(at(mesh.cells), {});
    each_side([&](std::int32_t cell, Index f, double sign) {
        const double pyramid =
            sign * dot(mesh.face_area[at(f)], mesh.face_centre[at(f)] - apex[at(cell)]) / 3;
        mesh.cell_volume[at(cell)] += pyramid;
        mesh.cell_centre[at(cell)] += pyramid * (0.75 * mesh.face_centre[at(f)] + 0.25 * apex[at(cell)]);
    });
    for (Index c = 0; c < mesh.cells; ++c)
        mesh.cell_centre[at(c)] =
            mesh.cell_volume[at(c)] > 0 ? mesh.cell_centre[at(c)] / mesh.cell_volume[at(c)] : apex[at(c)];
}

FlowMeshQuality quality_of(const FlowMesh& mesh) {
    FlowMeshQuality quality;
    std::vector<Vec3> sum(at(mesh.cells));
    std::vector<double> length(at(mesh.cells), 0);
    double angles = 0;
    for (Index f = 0; f < mesh.faces(); ++f) {
        const Vec3 area = mesh.face_area[at(f)];
        const std::int32_t p = mesh.owner[at(f)];
        sum[at(p)] += area, length[at(p)] += norm(area);
        if (f >= mesh.internal_faces()) continue;
        const std::int32_t n = mesh.neighbour[at(f)];
        sum[at(n)] -= area, length[at(n)] += norm(area);
        const Vec3 d = mesh.cell_centre[at(n)] - mesh.cell_centre[at(p)];
        const double cosine = dot(d, area) / (norm(d) * norm(area));
        const double angle = std::acos(std::clamp(cosine, -1.0, 1.0)) * 180 / pi;
        angles += angle;
        quality.max_non_orthogonality_deg = std::max(quality.max_non_orthogonality_deg, angle);
        const Vec3 offset = mesh.face_centre[at(f)] - mesh.cell_centre[at(p)];
        const double t = dot(offset, area) / dot(d, area);
        quality.max_skewness = std::max(quality.max_skewness, norm(offset - t * d) / norm(d));
    }
    if (mesh.internal_faces() > 0)
        quality.mean_non_orthogonality_deg = angles / static_cast<double>(mesh.internal_faces());
    for (Index c = 0; c < mesh.cells; ++c) {
        if (length[at(c)] > 0)
            quality.max_openness = std::max(quality.max_openness, norm(sum[at(c)]) / length[at(c)]);
        quality.volume += mesh.cell_volume[at(c)];
    }
    return quality;
}

namespace {

// Number of regions connected through internal faces; with inlets, only those that no inlet opens and one
// more.
Index loose_regions(const FlowMesh& mesh) {
    const std::vector<std::int32_t> region = region_of_cells(mesh);
    const Index count = region.empty() ? 0 : 1 + *std::max_element(region.begin(), region.end());
    std::vector<char> fed(at(count), 0);
    Index inlets = 0;
    for (const FlowPatch& patch : mesh.patches)
        for (Index f = patch.first_face; f < patch.first_face + patch.faces; ++f)
            if (patch.kind == FlowPatch::Kind::inlet &&
                !std::exchange(fed[at(region[at(mesh.owner[at(f)])])], 1))
                ++inlets;
    return inlets > 0 ? count - inlets + 1 : count;
}

}  // namespace

std::vector<std::string> check(const FlowMesh& mesh) {
    std::vector<std::string> broken;
    const Index faces = mesh.faces();
    if (static_cast<Index>(mesh.face_start.size()) != faces + 1 || mesh.internal_faces() > faces) {
        broken.push_back(fmt::format("{} faces, {} polygons, {} internal", faces, mesh.face_start.size() - 1,
                                     mesh.internal_faces()));
        return broken;
    }
    Index next = mesh.internal_faces();
    for (const FlowPatch& patch : mesh.patches) {
        if (patch.first_face != next)
            broken.push_back(
                fmt::format("patch '{}' starts at face {}, expected {}", patch.name, patch.first_face, next));
        next = patch.first_face + patch.faces;
    }
    if (next != faces) broken.push_back(fmt::format("patches end at face {}, the mesh has {}", next, faces));
    for (Index c = 0; c < mesh.cells; ++c)
        if (!(mesh.cell_volume[at(c)] > 0)) {
            const Vec3 p = 1e3 * mesh.cell_centre[at(c)];
            broken.push_back(fmt::format("cell {} at ({:.2f}, {:.2f}, {:.2f}) mm has volume {:.3g} mm3", c,
                                         p.x, p.y, p.z, 1e9 * mesh.cell_volume[at(c)]));
            break;
        }
    const FlowMeshQuality quality = quality_of(mesh);
    if (!(quality.max_openness < 1e-6))
        broken.push_back(fmt::format("a cell is not closed: its area vectors sum to {:.2g} of their length",
                                     quality.max_openness));
    if (const Index count = loose_regions(mesh); count != 1)
        broken.push_back(fmt::format("the mesh falls into {} unconnected regions", count));
    return broken;
}

}  // namespace ctffr
