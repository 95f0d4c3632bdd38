// SPDX-License-Identifier: Apache-2.0
#include "meshing/assemble.hpp"

#include <algorithm>
#include <numeric>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::meshing {

namespace {

using Ids = std::vector<std::int32_t>;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

// 1 for cells in regions that an inlet opens.
std::vector<char> fed_cells(const PolyMesh& mesh, const std::vector<Opening>& openings) {
    Ids root(at(mesh.cells));
    std::iota(root.begin(), root.end(), 0);
    const auto find = [&](std::int32_t i) {
        while (root[at(i)] != i) i = root[at(i)] = root[at(root[at(i)])];
        return i;
    };
    for (std::int32_t f = 0; f < mesh.faces(); ++f) {
        if (mesh.neighbour[at(f)] < 0) continue;
        const std::int32_t a = find(mesh.owner[at(f)]), b = find(mesh.neighbour[at(f)]);
        root[at(std::max(a, b))] = std::min(a, b);
    }
    std::vector<char> fed(at(mesh.cells), 0);
    for (std::int32_t f = 0; f < mesh.faces(); ++f) {
        const std::int32_t code = mesh.neighbour[at(f)];
        if (code <= opening_code(0) && openings[at(opening_of(code))].inlet)
            fed[at(find(mesh.owner[at(f)]))] = 1;
    }
    for (std::int32_t c = 0; c < mesh.cells; ++c) fed[at(c)] = fed[at(find(c))];
    return fed;
}

}  // namespace

FlowMesh assemble(const PolyMesh& mesh, const Ids& order, const std::vector<Opening>& openings,
                  const Run& run) {
    const Cpu exec{run.profiler};
    const std::vector<char> fed = fed_cells(mesh, openings);
    Ids sorted(at(mesh.cells)), key(order);
    std::iota(sorted.begin(), sorted.end(), 0);
    parallel_sort(exec, "mesh order", View<std::int32_t>(key.data(), static_cast<Index>(key.size())),
                  View<std::int32_t>(sorted.data(), static_cast<Index>(sorted.size())));
    FlowMesh out;
    Ids number(at(mesh.cells), -1);
    for (std::int32_t c : sorted)
        if (fed[at(c)]) number[at(c)] = static_cast<std::int32_t>(out.cells++);
    if (out.cells == 0)
        throw Error(ExitCode::mesh_failed,
                    "The flow mesh has no cell that an inlet opens: check the lumen at its inlets.");
    // Faces by (patch, owner, neighbour); internal faces come as patch 0, the wall as 1.
    const auto faces = static_cast<std::size_t>(mesh.faces());
    std::vector<std::uint64_t> face_key;
    Ids face_list;
    std::vector<char> flip(faces, 0);
    const auto cells = static_cast<std::uint64_t>(out.cells);
    for (std::size_t f = 0; f < faces; ++f) {
        const std::int32_t a = number[at(mesh.owner[f])], other = mesh.neighbour[f];
        if (a < 0) continue;
        std::uint64_t low = static_cast<std::uint64_t>(a);
        if (other >= 0) {
            const std::int32_t b = number[at(other)];
            flip[f] = b < a;
            low = static_cast<std::uint64_t>(std::min(a, b)) * cells +
                  static_cast<std::uint64_t>(std::max(a, b));
        } else {
            low += cells * cells * static_cast<std::uint64_t>(other == wall_code ? 1 : 2 + opening_of(other));
        }
        face_key.push_back(low), face_list.push_back(static_cast<std::int32_t>(f));
    }
    parallel_sort(exec, "mesh face order",
                  View<std::uint64_t>(face_key.data(), static_cast<Index>(face_key.size())),
                  View<std::int32_t>(face_list.data(), static_cast<Index>(face_list.size())));
    out.patches.push_back({"wall", FlowPatch::Kind::wall});
    for (const Opening& opening : openings)
        out.patches.push_back(
            {opening.name, opening.inlet ? FlowPatch::Kind::inlet : FlowPatch::Kind::outlet});
    Ids point(mesh.points.size(), -1);
    for (std::int32_t f : face_list) {
        const std::int32_t other = mesh.neighbour[at(f)], a = number[at(mesh.owner[at(f)])];
        const auto first = mesh.corner.begin() + mesh.start[at(f)],
                   last = mesh.corner.begin() + mesh.start[at(f) + 1];
        const std::size_t begin = out.face_point.size();
        out.face_point.insert(out.face_point.end(), first, last);
        if (flip[at(f)])
            std::reverse(out.face_point.begin() + static_cast<std::ptrdiff_t>(begin), out.face_point.end());
        for (std::size_t k = begin; k < out.face_point.size(); ++k) {
            std::int32_t& p = out.face_point[k];
            if (point[at(p)] < 0) {
                point[at(p)] = static_cast<std::int32_t>(out.points.size());
                out.points.push_back(1e-3 * mesh.points[at(p)]);
            }
            p = point[at(p)];
        }
        out.face_start.push_back(static_cast<std::int32_t>(out.face_point.size()));
        if (other >= 0) {
            out.owner.push_back(flip[at(f)] ? number[at(other)] : a);
            out.neighbour.push_back(flip[at(f)] ? a : number[at(other)]);
        } else {
            out.owner.push_back(a);
            FlowPatch& patch = out.patches[other == wall_code ? 0 : at(opening_of(other)) + 1];
            if (patch.faces++ == 0) patch.first_face = out.faces() - 1;
        }
    }
    for (std::size_t k = 0; k < openings.size(); ++k)
        if (out.patches[k + 1].faces == 0) {
            const Vec3 p = openings[k].center_mm;
            throw Error(
                ExitCode::mesh_failed,
                "The flow mesh has no face on the opening '{}' at ({:.1f}, {:.1f}, {:.1f}) mm: the lumen "
                "is closed or cut off before it.",
                openings[k].name, p.x, p.y, p.z);
        }
    compute_geometry(out);
    return out;
}

}  // namespace ctffr::meshing
