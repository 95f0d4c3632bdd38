// SPDX-License-Identifier: Apache-2.0
#include "meshing/edge_wedges.hpp"

#include <algorithm>
#include <tuple>

namespace ctffr::meshing {

const EdgeWedges::Edge* EdgeWedges::at_edge(std::int32_t low, std::int32_t high) const {
    const auto found = std::lower_bound(edges_.begin(), edges_.end(), std::pair{low, high},
                                        [](const Edge& e, const std::pair<std::int32_t, std::int32_t>& key) {
                                            return std::tie(e.low, e.high) < std::tie(key.first, key.second);
                                        });
    return found != edges_.end() && found->low == low && found->high == high ? &*found : nullptr;
}

void EdgeWedges::find(const PolyMesh& mesh) {
    if (edges_.empty()) return;
    std::vector<char> marked(mesh.points.size(), 0);
    const auto mark = [&](std::int32_t p) -> char& { return marked[static_cast<std::size_t>(p)]; };
    for (const Edge& e : edges_) mark(e.low) = mark(e.high) = 1;
    for (std::size_t f = 0; f < mesh.owner.size(); ++f) {
        if (mesh.neighbour[f] < 0) continue;
        const std::int32_t first = mesh.start[f], last = mesh.start[f + 1];
        for (std::int32_t k = first; k < last; ++k) {
            const std::int32_t a = mesh.corner[static_cast<std::size_t>(k)];
            const std::int32_t b = mesh.corner[static_cast<std::size_t>(k + 1 < last ? k + 1 : first)];
            if (!mark(a) || !mark(b)) continue;
            if (const Edge* e = at_edge(std::min(a, b), std::max(a, b)))
                edges_[static_cast<std::size_t>(e - edges_.data())].joined.push_back(
                    {mesh.owner[f], mesh.neighbour[f]});
        }
    }
}

std::int32_t EdgeWedges::wedge(std::int32_t low, std::int32_t high, std::int32_t cell) const {
    const Edge* e = at_edge(low, high);
    if (!e) return cell;
    std::vector<std::int32_t> reached{cell};
    for (std::size_t i = 0; i < reached.size(); ++i)
        for (const Pair& pair : e->joined)
            for (const auto& [from, to] : {std::pair{pair.a, pair.b}, std::pair{pair.b, pair.a}})
                if (from == reached[i] && std::find(reached.begin(), reached.end(), to) == reached.end())
                    reached.push_back(to);
    return *std::min_element(reached.begin(), reached.end());
}

}  // namespace ctffr::meshing
