// SPDX-License-Identifier: Apache-2.0
#include "meshing/poly_geometry.hpp"

#include "ctffr/parallel/parallel.hpp"

namespace ctffr::meshing {

namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

Vec3 centre_of(const PolyMesh& mesh, std::int32_t face, Vec3 area) {
    const std::int32_t first = mesh.start[at(face)], last = mesh.start[at(face) + 1];
    const auto point = [&](std::int32_t k) { return mesh.points[at(mesh.corner[at(k < last ? k : first)])]; };
    Vec3 mean, moment;
    for (std::int32_t k = first; k < last; ++k) mean += point(k);
    mean = mean / (last - first);
    const Vec3 normal = normalized(area);
    double total = 0;
    for (std::int32_t k = first; k < last; ++k) {
        const Vec3 a = point(k), b = point(k + 1);
        const double weight = 0.5 * dot(cross(a - mean, b - mean), normal);
        moment += weight / 3 * (a + b - 2 * mean);
        total += weight;
    }
    return total > 0 ? mean + moment / total : mean;
}

}  // namespace

CellFaces::CellFaces(const PolyMesh& mesh) : start(at(mesh.cells) + 1, 0) {
    const auto each = [&](auto&& body) {
        for (std::int32_t f = 0; f < mesh.faces(); ++f) {
            body(mesh.owner[at(f)], f);
            if (mesh.neighbour[at(f)] >= 0) body(mesh.neighbour[at(f)], f);
        }
    };
    each([&](std::int32_t c, std::int32_t) { ++start[at(c) + 1]; });
    for (std::size_t c = 1; c < start.size(); ++c) start[c] += start[c - 1];
    face.resize(at(start.back()));
    std::vector<std::int32_t> fill(start.begin(), start.end() - 1);
    each([&](std::int32_t c, std::int32_t f) { face[at(fill[at(c)]++)] = f; });
}

Vec3 area_vector(const PolyMesh& mesh, std::int32_t face) {
    const std::int32_t first = mesh.start[at(face)], last = mesh.start[at(face) + 1];
    const Vec3 apex = mesh.points[at(mesh.corner[at(first)])];
    Vec3 twice;
    for (std::int32_t k = first + 1; k + 1 < last; ++k)
        twice +=
            cross(mesh.points[at(mesh.corner[at(k)])] - apex, mesh.points[at(mesh.corner[at(k + 1)])] - apex);
    return 0.5 * twice;
}

double cell_volume(const PolyMesh& mesh, const CellFaces& cell_faces, std::int32_t cell) {
    const auto faces = cell_faces.of(cell);
    const Vec3 origin = mesh.points[at(mesh.corner[at(mesh.start[at(faces[0])])])];
    double volume = 0;
    for (std::int32_t f : faces) {
        const Vec3 area = area_vector(mesh, f);
        volume += (mesh.owner[at(f)] == cell ? 1 : -1) * dot(area, centre_of(mesh, f, area) - origin) / 3;
    }
    return volume;
}

PolyGeometry geometry_of(const PolyMesh& mesh, const CellFaces& cell_faces, const Run& run) {
    const Cpu exec{run.profiler};
    PolyGeometry g;
    g.face_area.resize(at(mesh.faces())), g.face_centre.resize(at(mesh.faces()));
    parallel_for(exec, "mesh face geometry", mesh.faces(), [&](Index i) {
        const auto f = static_cast<std::int32_t>(i);
        g.face_area[at(f)] = area_vector(mesh, f);
        g.face_centre[at(f)] = centre_of(mesh, f, g.face_area[at(f)]);
    });
    g.cell_centre.resize(at(mesh.cells)), g.cell_volume.resize(at(mesh.cells));
    parallel_for(exec, "mesh cell geometry", mesh.cells, [&](Index i) {
        const auto c = static_cast<std::int32_t>(i);
        const auto faces = cell_faces.of(c);
        Vec3 apex, moment;
        double volume = 0;
        for (std::int32_t f : faces) apex += g.face_centre[at(f)] / static_cast<double>(faces.size());
        for (std::int32_t f : faces) {
            const double sign = mesh.owner[at(f)] == c ? 1 : -1;
            const double pyramid = sign * dot(g.face_area[at(f)], g.face_centre[at(f)] - apex) / 3;
            volume += pyramid;
            moment += 0.75 * pyramid * (g.face_centre[at(f)] - apex);
        }
        g.cell_volume[at(c)] = volume;
        g.cell_centre[at(c)] = volume > 0 ? apex + moment / volume : apex;
    });
    return g;
}

}  // namespace ctffr::meshing
