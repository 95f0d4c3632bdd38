// SPDX-License-Identifier: Apache-2.0
// Which cells around an edge hang together.
#pragma once

#include <cstdint>
#include <vector>

#include "meshing/poly_mesh.hpp"

namespace ctffr::meshing {

// Around an edge where several sheets of the surface touch, the cells form wedges: cells of one wedge are
// joined by internal faces that have the edge as a side.
class EdgeWedges {
   public:
    // Edges of interest, low < high, in ascending order.
    void add(std::int32_t low, std::int32_t high) { edges_.push_back({low, high, {}}); }
    // One pass over the internal faces of `mesh`; none where there are no edges.
    void find(const PolyMesh& mesh);
    // The lowest cell of the wedge at edge (low, high) that `cell` belongs to.
    std::int32_t wedge(std::int32_t low, std::int32_t high, std::int32_t cell) const;

   private:
    struct Pair {
        std::int32_t a, b;
    };
    struct Edge {
        std::int32_t low, high;
        std::vector<Pair> joined;  // cells
    };
    std::vector<Edge> edges_;
    const Edge* at_edge(std::int32_t low, std::int32_t high) const;
};

}  // namespace ctffr::meshing
