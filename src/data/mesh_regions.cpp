// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/mesh_regions.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace ctffr {

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

}  // namespace

std::vector<std::int32_t> region_of_cells(const FlowMesh& mesh) {
    std::vector<std::int32_t> link(at(mesh.cells));
    std::iota(link.begin(), link.end(), 0);
    const auto root = [&](std::int32_t i) {
        while (link[at(i)] != i) i = link[at(i)] = link[at(link[at(i)])];
        return i;
    };
    for (Index f = 0; f < mesh.internal_faces(); ++f) {
        const std::int32_t a = root(mesh.owner[at(f)]), b = root(mesh.neighbour[at(f)]);
        link[at(std::max(a, b))] = std::min(a, b);
    }
    std::vector<std::int32_t> region(link.size());
    std::int32_t count = 0;
    // The root of a region is its first cell.
    for (std::int32_t c = 0; c < static_cast<std::int32_t>(link.size()); ++c) {
        const std::int32_t first = root(c);
        region[at(c)] = first == c ? count++ : region[at(first)];
    }
    return region;
}

MeshRegion extract_region(const FlowMesh& mesh, const std::vector<std::int32_t>& region_of_cell,
                          std::int32_t region) {
    MeshRegion part;
    FlowMesh& out = part.mesh;
    std::vector<std::int32_t> number(at(mesh.cells), -1);
    const auto count =
        static_cast<std::size_t>(std::count(region_of_cell.begin(), region_of_cell.end(), region));
    part.cell.reserve(count), out.cell_centre.reserve(count), out.cell_volume.reserve(count);
    for (Index c = 0; c < mesh.cells; ++c) {
        if (region_of_cell[at(c)] != region) continue;
        number[at(c)] = static_cast<std::int32_t>(part.cell.size());
        part.cell.push_back(static_cast<std::int32_t>(c));
        out.cell_centre.push_back(mesh.cell_centre[at(c)]);
        out.cell_volume.push_back(mesh.cell_volume[at(c)]);
    }
    out.cells = static_cast<Index>(part.cell.size());
    // A region can be nearly the whole mesh: no vector may grow to twice what it needs.
    const auto inside = static_cast<std::size_t>(std::count_if(
        mesh.owner.begin(), mesh.owner.end(), [&](std::int32_t c) { return number[at(c)] >= 0; }));
    part.face.reserve(inside), out.owner.reserve(inside), out.neighbour.reserve(inside);
    out.face_area.reserve(inside), out.face_centre.reserve(inside);
    const auto add = [&](Index f) {
        part.face.push_back(static_cast<std::int32_t>(f));
        out.owner.push_back(number[at(mesh.owner[at(f)])]);
        out.face_area.push_back(mesh.face_area[at(f)]);
        out.face_centre.push_back(mesh.face_centre[at(f)]);
    };
    for (Index f = 0; f < mesh.internal_faces(); ++f) {
        if (number[at(mesh.owner[at(f)])] < 0) continue;
        add(f);
        out.neighbour.push_back(number[at(mesh.neighbour[at(f)])]);
    }
    for (std::size_t q = 0; q < mesh.patches.size(); ++q) {
        FlowPatch patch = mesh.patches[q];
        const Index first = patch.first_face, last = first + patch.faces;
        patch.first_face = out.faces();
        for (Index f = first; f < last; ++f)
            if (number[at(mesh.owner[at(f)])] >= 0) add(f);
        patch.faces = out.faces() - patch.first_face;
        if (patch.faces == 0) continue;
        out.patches.push_back(patch);
        part.patch.push_back(static_cast<std::int32_t>(q));
    }
    return part;
}

}  // namespace ctffr
