// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/renumber.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr {

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

struct Neighbours {
    std::vector<std::int32_t> start, cell;
    std::int32_t degree(std::int32_t c) const { return start[at(c) + 1] - start[at(c)]; }
};

Neighbours neighbours_of(const FlowMesh& mesh) {
    Neighbours list;
    list.start.assign(at(mesh.cells) + 1, 0);
    const Index inner = mesh.internal_faces();
    for (Index f = 0; f < inner; ++f) {
        ++list.start[at(mesh.owner[at(f)]) + 1];
        ++list.start[at(mesh.neighbour[at(f)]) + 1];
    }
    std::partial_sum(list.start.begin(), list.start.end(), list.start.begin());
    list.cell.resize(at(2 * inner));
    std::vector<std::int32_t> next(list.start.begin(), list.start.end() - 1);
    for (Index f = 0; f < inner; ++f) {
        const std::int32_t a = mesh.owner[at(f)], b = mesh.neighbour[at(f)];
        list.cell[at(next[at(a)]++)] = b;
        list.cell[at(next[at(b)]++)] = a;
    }
    return list;
}

// Breadth-first order of the region of `root`, appended to `order`; neighbours by degree, then number.
// Returns the number of levels and where the last begins. `mark` is set to `stamp`.
struct Levels {
    Index count = 0;
    std::size_t last = 0;
};
Levels walk(const Neighbours& list, std::int32_t root, std::int32_t stamp, std::vector<std::int32_t>& mark,
            std::vector<std::int32_t>& order, bool sorted) {
    Levels levels;
    std::size_t level_end = order.size() + 1;
    levels.last = order.size();
    levels.count = 1;
    order.push_back(root);
    mark[at(root)] = stamp;
    for (std::size_t k = levels.last; k < order.size(); ++k) {
        if (k == level_end) {
            levels.last = k, level_end = order.size();
            ++levels.count;
        }
        const std::size_t first = order.size();
        const std::int32_t cell = order[k];
        for (std::int32_t j = list.start[at(cell)]; j < list.start[at(cell) + 1]; ++j) {
            const std::int32_t other = list.cell[at(j)];
            if (mark[at(other)] == stamp) continue;
            mark[at(other)] = stamp;
            order.push_back(other);
        }
        if (sorted)
            std::sort(order.begin() + static_cast<std::ptrdiff_t>(first), order.end(),
                      [&](std::int32_t a, std::int32_t b) {
                          const std::int32_t da = list.degree(a), db = list.degree(b);
                          return da != db ? da < db : a < b;
                      });
    }
    return levels;
}

}  // namespace

std::vector<std::int32_t> cuthill_mckee_order(const FlowMesh& mesh) {
    const Neighbours list = neighbours_of(mesh);
    std::vector<std::int32_t> order, trial, mark(at(mesh.cells), 0), done(at(mesh.cells), 0);
    order.reserve(at(mesh.cells));
    std::int32_t stamp = 0;
    for (std::int32_t seed = 0; seed < mesh.cells; ++seed) {
        if (done[at(seed)]) continue;
        // An end of the region: walk to the far side until that makes the walk no longer.
        std::int32_t root = seed;
        Index levels = 0;
        for (int tries = 0; tries < 6; ++tries) {
            trial.clear();
            const Levels found = walk(list, root, ++stamp, mark, trial, false);
            if (found.count <= levels) break;
            levels = found.count;
            root = *std::min_element(trial.begin() + static_cast<std::ptrdiff_t>(found.last), trial.end(),
                                     [&](std::int32_t a, std::int32_t b) {
                                         const std::int32_t da = list.degree(a), db = list.degree(b);
                                         return da != db ? da < db : a < b;
                                     });
        }
        walk(list, root, 1, done, order, true);
    }
    std::reverse(order.begin(), order.end());
    return order;
}

MeshOrder apply_cell_order(FlowMesh& mesh, std::vector<std::int32_t> old_cell) {
    CTFFR_CHECK_OP(static_cast<Index>(old_cell.size()), ==, mesh.cells);
    MeshOrder order;
    order.old_cell = std::move(old_cell);
    std::vector<std::int32_t> new_cell(order.old_cell.size(), -1);
    for (std::size_t c = 0; c < new_cell.size(); ++c)
        new_cell[at(order.old_cell[c])] = static_cast<std::int32_t>(c);

    const Index inner = mesh.internal_faces(), faces = mesh.faces();
    for (std::int32_t& cell : mesh.owner) cell = new_cell[at(cell)];
    for (std::int32_t& cell : mesh.neighbour) cell = new_cell[at(cell)];
    std::vector<char> turned(at(faces), 0);
    for (Index f = 0; f < inner; ++f)
        if (mesh.owner[at(f)] > mesh.neighbour[at(f)]) {
            std::swap(mesh.owner[at(f)], mesh.neighbour[at(f)]);
            turned[at(f)] = 1;
        }
    order.old_face.resize(at(faces));
    std::iota(order.old_face.begin(), order.old_face.end(), 0);
    const auto begin = order.old_face.begin();
    // By owner: counted; then the few faces of each owner by neighbour.
    std::vector<std::int32_t> start(at(mesh.cells) + 1, 0);
    for (Index f = 0; f < inner; ++f) ++start[at(mesh.owner[at(f)]) + 1];
    std::partial_sum(start.begin(), start.end(), start.begin());
    std::vector<std::int32_t> next(start.begin(), start.end() - 1);
    for (Index f = 0; f < inner; ++f)
        order.old_face[at(next[at(mesh.owner[at(f)])]++)] = static_cast<std::int32_t>(f);
    parallel_for(Cpu{}, "sort faces", mesh.cells, [&](Index c) {
        std::sort(begin + start[at(c)], begin + start[at(c) + 1], [&](std::int32_t a, std::int32_t b) {
            const std::int32_t na = mesh.neighbour[at(a)], nb = mesh.neighbour[at(b)];
            return na != nb ? na < nb : a < b;
        });
    });
    for (const FlowPatch& patch : mesh.patches)
        std::stable_sort(
            begin + patch.first_face, begin + patch.first_face + patch.faces,
            [&](std::int32_t a, std::int32_t b) { return mesh.owner[at(a)] < mesh.owner[at(b)]; });

    FlowMesh sorted;
    sorted.face_point.reserve(mesh.face_point.size());
    sorted.face_start.reserve(mesh.face_start.size());
    sorted.face_area.reserve(mesh.face_area.size());
    sorted.face_centre.reserve(mesh.face_area.size());
    order.face_turned.resize(at(faces));
    for (Index f = 0; f < faces; ++f) {
        const Index old = order.old_face[at(f)];
        const auto first = mesh.face_point.begin() + mesh.face_start[at(old)];
        const auto last = mesh.face_point.begin() + mesh.face_start[at(old) + 1];
        const auto start = static_cast<std::ptrdiff_t>(sorted.face_point.size());
        sorted.face_point.insert(sorted.face_point.end(), first, last);
        // The first corner stays the first.
        order.face_turned[at(f)] = turned[at(old)];
        if (turned[at(old)]) std::reverse(sorted.face_point.begin() + start + 1, sorted.face_point.end());
        sorted.face_start.push_back(static_cast<std::int32_t>(sorted.face_point.size()));
        sorted.owner.push_back(mesh.owner[at(old)]);
        if (f < inner) sorted.neighbour.push_back(mesh.neighbour[at(old)]);
        if (!mesh.face_area.empty()) {
            sorted.face_area.push_back(turned[at(old)] ? -mesh.face_area[at(old)] : mesh.face_area[at(old)]);
            sorted.face_centre.push_back(mesh.face_centre[at(old)]);
        }
    }
    if (!mesh.cell_volume.empty()) {
        sorted.cell_volume = order.renumbered(mesh.cell_volume);
        sorted.cell_centre = order.renumbered(mesh.cell_centre);
    }
    sorted.points = std::move(mesh.points);
    sorted.patches = std::move(mesh.patches);
    sorted.cells = mesh.cells;
    mesh = std::move(sorted);
    return order;
}

MeshOrder renumber_cells(FlowMesh& mesh) { return apply_cell_order(mesh, cuthill_mckee_order(mesh)); }

Index bandwidth(const FlowMesh& mesh) {
    Index most = 0;
    for (Index f = 0; f < mesh.internal_faces(); ++f)
        most = std::max<Index>(most, std::abs(mesh.owner[at(f)] - mesh.neighbour[at(f)]));
    return most;
}

}  // namespace ctffr
