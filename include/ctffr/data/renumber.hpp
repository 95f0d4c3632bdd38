// SPDX-License-Identifier: Apache-2.0
// Order of cells and faces: neighbours near each other in memory, faces upper triangular.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/data/flow_mesh.hpp"

namespace ctffr {

// Where the cells and faces of a renumbered mesh were before.
struct MeshOrder {
    std::vector<std::int32_t> old_cell, old_face;
    std::vector<char> face_turned;  // the face points the other way: its flux changes sign

    // Cell values in the order before the renumbering, from values in the order after.
    template <class T>
    std::vector<T> restored(const std::vector<T>& values) const {
        std::vector<T> old(values.size());
        for (std::size_t c = 0; c < values.size(); ++c)
            old[static_cast<std::size_t>(old_cell[c])] = values[c];
        return old;
    }
    // Cell values in the order after, from values in the order before (a file's).
    template <class T>
    std::vector<T> renumbered(const std::vector<T>& old) const {
        std::vector<T> values(old.size());
        for (std::size_t c = 0; c < values.size(); ++c)
            values[c] = old[static_cast<std::size_t>(old_cell[c])];
        return values;
    }
};

// Reverse Cuthill-McKee order (George and Liu, "Computer solution of large sparse positive definite systems",
// 1981, chapter 4): old_cell[new]. Depends on nothing but the mesh.
std::vector<std::int32_t> cuthill_mckee_order(const FlowMesh& mesh);

// Puts the cells in the order given by old_cell[new] and sorts the faces: owner < neighbour, internal faces
// by owner then neighbour, boundary faces by patch then owner. Points and geometry stay as they are (a turned
// face's area changes sign).
MeshOrder apply_cell_order(FlowMesh& mesh, std::vector<std::int32_t> old_cell);

// Both.
MeshOrder renumber_cells(FlowMesh& mesh);

// Largest distance in memory between two neighbours, in cells.
Index bandwidth(const FlowMesh& mesh);

}  // namespace ctffr
