// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/flow_mesh.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "ctffr/core/units.hpp"
#include "ctffr/data/cell_faces.hpp"
#include "ctffr/data/mesh_regions.hpp"
#include "ctffr/parallel/parallel.hpp"

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

CellFaces::CellFaces(const FlowMesh& mesh) : start(at(mesh.cells) + 1, 0) {
    const Index inner = mesh.internal_faces(), faces = mesh.faces();
    for (std::int32_t c : mesh.owner) ++start[at(c) + 1];
    for (std::int32_t c : mesh.neighbour) ++start[at(c) + 1];
    for (std::size_t c = 1; c < start.size(); ++c) start[c] += start[c - 1];
    face.resize(at(start.back()));
    std::vector<std::int32_t> next(start.begin(), start.end() - 1);
    for (Index f = 0; f < faces; ++f) {
        face[at(next[at(mesh.owner[at(f)])]++)] = static_cast<std::int32_t>(f);
        if (f < inner) face[at(next[at(mesh.neighbour[at(f)])]++)] = static_cast<std::int32_t>(f);
    }
}

void compute_geometry(FlowMesh& mesh) {
    mesh.face_area.resize(at(mesh.faces()));
    mesh.face_centre.resize(at(mesh.faces()));
    parallel_for(Cpu{}, "face geometry", mesh.faces(),
                 [&](Index f) { polygon(mesh, f, mesh.face_area[at(f)], mesh.face_centre[at(f)]); });
    mesh.cell_volume.resize(at(mesh.cells));
    mesh.cell_centre.resize(at(mesh.cells));
    const CellFaces sides(mesh);
    parallel_for(Cpu{}, "cell geometry", mesh.cells, [&](Index c) {
        const std::int32_t first = sides.start[at(c)], last = sides.start[at(c) + 1];
        // The mean of the face centres is the apex of the pyramids.
        Vec3 apex;
        for (std::int32_t k = first; k < last; ++k) apex += mesh.face_centre[at(sides.face[at(k)])];
        apex = apex / std::max(1, last - first);
        double volume = 0;
        Vec3 moment;
        for (std::int32_t k = first; k < last; ++k) {
            const std::size_t f = at(sides.face[at(k)]);
            const double sign = mesh.owner[f] == c ? 1.0 : -1.0;
            const double pyramid = sign * dot(mesh.face_area[f], mesh.face_centre[f] - apex) / 3;
            volume += pyramid;
            moment += pyramid * (0.75 * mesh.face_centre[f] + 0.25 * apex);
        }
        mesh.cell_volume[at(c)] = volume;
        mesh.cell_centre[at(c)] = volume > 0 ? moment / volume : apex;
    });
}

namespace {

// What some of the faces, or cells, say about the quality; parts join by sum and maximum.
struct Part {
    double angles = 0, angle = 0, skewness = 0, openness = 0, volume = 0;
    Part& operator+=(const Part& b) {
        angles += b.angles, volume += b.volume;
        angle = std::max(angle, b.angle);
        skewness = std::max(skewness, b.skewness);
        openness = std::max(openness, b.openness);
        return *this;
    }
    friend Part operator+(Part a, const Part& b) { return a += b; }
};

Part face_part(const FlowMesh& mesh, std::size_t f) {
    const auto p = at(mesh.owner[f]), n = at(mesh.neighbour[f]);
    const Vec3 area = mesh.face_area[f], d = mesh.cell_centre[n] - mesh.cell_centre[p];
    const double cosine = dot(d, area) / (norm(d) * norm(area));
    const Vec3 offset = mesh.face_centre[f] - mesh.cell_centre[p];
    const double t = dot(offset, area) / dot(d, area);
    Part part;
    part.angles = part.angle = std::acos(std::clamp(cosine, -1.0, 1.0)) * 180 / pi;
    part.skewness = norm(offset - t * d) / norm(d);
    return part;
}

Part cell_part(const FlowMesh& mesh, const CellFaces& sides, Index c) {
    Vec3 sum;
    double length = 0;
    for (std::int32_t k = sides.start[at(c)]; k < sides.start[at(c) + 1]; ++k) {
        const std::size_t f = at(sides.face[at(k)]);
        sum += mesh.owner[f] == c ? mesh.face_area[f] : -mesh.face_area[f];
        length += norm(mesh.face_area[f]);
    }
    Part part;
    if (length > 0) part.openness = norm(sum) / length;
    part.volume = mesh.cell_volume[at(c)];
    return part;
}

}  // namespace

FlowMeshQuality quality_of(const FlowMesh& mesh) {
    const Part faces = parallel_sum<Part>(Cpu{}, "face quality", mesh.internal_faces(),
                                          [&](Index f) { return face_part(mesh, at(f)); });
    const CellFaces sides(mesh);
    const Part cells = parallel_sum<Part>(Cpu{}, "cell quality", mesh.cells,
                                          [&](Index c) { return cell_part(mesh, sides, c); });
    FlowMeshQuality quality;
    quality.volume = cells.volume;
    quality.max_openness = cells.openness;
    quality.max_non_orthogonality_deg = faces.angle;
    quality.max_skewness = faces.skewness;
    if (mesh.internal_faces() > 0)
        quality.mean_non_orthogonality_deg = faces.angles / static_cast<double>(mesh.internal_faces());
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
