// SPDX-License-Identifier: Apache-2.0
#include "meshing/poly_geometry.hpp"

#include "ctffr/parallel/parallel.hpp"

namespace ctffr::meshing {

namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
}  // namespace

Vec3 area_vector(const PolyMesh& mesh, std::int32_t face) {
    const std::int32_t first = mesh.start[at(face)], last = mesh.start[at(face) + 1];
    const Vec3 apex = mesh.points[at(mesh.corner[at(first)])];
    Vec3 twice;
    for (std::int32_t k = first + 1; k + 1 < last; ++k)
        twice +=
            cross(mesh.points[at(mesh.corner[at(k)])] - apex, mesh.points[at(mesh.corner[at(k + 1)])] - apex);
    return 0.5 * twice;
}

std::vector<double> cell_volumes(const PolyMesh& mesh, const Run& run) {
    // Sum over the faces of the volume between face and a point of the cell: its first corner, so that the
    // terms stay as small as the cell.
    std::vector<Vec3> base(at(mesh.cells));
    std::vector<char> known(at(mesh.cells), 0);
    const auto cells_of = [&](std::int32_t f, auto&& body) {
        body(mesh.owner[at(f)], 1.0);
        if (mesh.neighbour[at(f)] >= 0) body(mesh.neighbour[at(f)], -1.0);
    };
    for (std::int32_t f = 0; f < mesh.faces(); ++f)
        cells_of(f, [&](std::int32_t c, double) {
            if (known[at(c)]) return;
            known[at(c)] = 1;
            base[at(c)] = mesh.points[at(mesh.corner[at(mesh.start[at(f)])])];
        });
    struct Part {
        double owner = 0, neighbour = 0;
    };
    std::vector<Part> parts(at(mesh.faces()));
    parallel_for(Cpu{run.profiler}, "mesh volumes", mesh.faces(), [&](Index i) {
        const auto f = static_cast<std::int32_t>(i);
        const std::int32_t first = mesh.start[at(f)], last = mesh.start[at(f) + 1];
        const auto point = [&](std::int32_t k) {
            return mesh.points[at(mesh.corner[at(k < last ? k : first)])];
        };
        Vec3 mean;
        for (std::int32_t k = first; k < last; ++k) mean += point(k);
        mean = mean / (last - first);
        cells_of(f, [&](std::int32_t c, double sign) {
            double six = 0;
            for (std::int32_t k = first; k < last; ++k)
                six += dot(cross(point(k) - base[at(c)], point(k + 1) - base[at(c)]), mean - base[at(c)]);
            (sign > 0 ? parts[at(f)].owner : parts[at(f)].neighbour) = sign * six / 6;
        });
    });
    std::vector<double> volume(at(mesh.cells), 0);
    for (std::int32_t f = 0; f < mesh.faces(); ++f)
        cells_of(f, [&](std::int32_t c, double sign) {
            volume[at(c)] += sign > 0 ? parts[at(f)].owner : parts[at(f)].neighbour;
        });
    return volume;
}

}  // namespace ctffr::meshing
