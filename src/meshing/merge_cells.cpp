// SPDX-License-Identifier: Apache-2.0
#include "meshing/merge_cells.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ctffr/parallel/parallel.hpp"
#include "meshing/poly_geometry.hpp"

namespace ctffr::meshing {

namespace {

using Ids = std::vector<std::int32_t>;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

// Union of items with a measure that adds up.
class Groups {
   public:
    explicit Groups(std::vector<double> measure) : root_(measure.size()), measure_(std::move(measure)) {
        std::iota(root_.begin(), root_.end(), 0);
    }
    std::int32_t find(std::int32_t i) {
        while (root_[at(i)] != i) i = root_[at(i)] = root_[at(root_[at(i)])];
        return i;
    }
    double measure(std::int32_t i) { return measure_[at(find(i))]; }
    void join(std::int32_t a, std::int32_t b) {
        a = find(a), b = find(b);
        if (a == b) return;
        if (b < a) std::swap(a, b);
        root_[at(b)] = a;
        measure_[at(a)] += measure_[at(b)];
    }

   private:
    Ids root_;
    std::vector<double> measure_;
};

struct Link {
    std::int32_t from, to;
    double weight;  // larger is better
};

// Each item whose group is below its limit joins along its heaviest link to another group; smallest first.
void join_small(Groups& groups, const std::vector<double>& limit, const std::vector<double>& measure,
                std::vector<Link> links) {
    std::sort(links.begin(), links.end(), [](const Link& a, const Link& b) {
        if (a.from != b.from) return a.from < b.from;
        return a.weight != b.weight ? a.weight > b.weight : a.to < b.to;
    });
    Ids small;
    for (std::size_t i = 0; i < links.size(); ++i)
        if (i == 0 || links[i].from != links[i - 1].from) small.push_back(static_cast<std::int32_t>(i));
    std::stable_sort(small.begin(), small.end(), [&](std::int32_t a, std::int32_t b) {
        return measure[at(links[at(a)].from)] < measure[at(links[at(b)].from)];
    });
    for (std::int32_t first : small) {
        const std::int32_t item = links[at(first)].from;
        if (groups.measure(item) >= limit[at(item)]) continue;
        for (std::size_t k = at(first); k < links.size() && links[k].from == item; ++k)
            if (groups.find(links[k].to) != groups.find(item)) {
                groups.join(item, links[k].to);
                break;
            }
    }
}

void group_core(const PolyMesh& mesh, const WallLayers& walls, double part, Ids& root, const Run& run) {
    // Only cells that were cut can be small: they lie at the surface of the core or at an opening.
    std::vector<char> cut(at(walls.core_cells), 0);
    for (std::int32_t f = 0; f < mesh.faces(); ++f)
        if (mesh.owner[at(f)] < walls.core_cells &&
            (mesh.neighbour[at(f)] < 0 || mesh.neighbour[at(f)] >= walls.core_cells))
            cut[at(mesh.owner[at(f)])] = 1;
    const CellFaces cell_faces(mesh);
    std::vector<double> volume(at(walls.core_cells), 1e9), limit(at(walls.core_cells), 0);
    parallel_for(Cpu{run.profiler}, "mesh cut cells", walls.core_cells, [&](Index i) {
        const auto c = static_cast<std::int32_t>(i);
        if (!cut[at(c)]) return;
        double size = 1e9;
        for (std::int32_t f : cell_faces.of(c))
            for (std::int32_t k = mesh.start[at(f)]; k < mesh.start[at(f) + 1]; ++k)
                size = std::min(size, static_cast<double>(mesh.size_mm[at(mesh.corner[at(k)])]));
        volume[at(c)] = cell_volume(mesh, cell_faces, c);
        limit[at(c)] = part * size * size * size;
    });
    std::vector<Link> links;
    for (std::int32_t f = 0; f < mesh.faces(); ++f) {
        const std::int32_t a = mesh.owner[at(f)], b = mesh.neighbour[at(f)];
        if (a >= walls.core_cells || b < 0 || b >= walls.core_cells) continue;
        const bool small_a = volume[at(a)] < limit[at(a)], small_b = volume[at(b)] < limit[at(b)];
        if (!small_a && !small_b) continue;
        const double area = norm(area_vector(mesh, f));
        if (small_a) links.push_back({a, b, area});
        if (small_b) links.push_back({b, a, area});
    }
    Groups groups(volume);
    join_small(groups, limit, volume, std::move(links));
    for (std::int32_t c = 0; c < walls.core_cells; ++c) root[at(c)] = groups.find(c);
}

void group_columns(const PolyMesh& mesh, const WallLayers& walls, double part, Ids& root) {
    const auto columns = static_cast<std::int32_t>(walls.core_cell.size()) / walls.layers;
    std::vector<double> area(at(columns)), limit(at(columns));
    std::vector<Vec3> normal(at(columns));
    const auto column = [&](std::int32_t cell) { return (cell - walls.core_cells) / walls.layers; };
    const auto layer = [&](std::int32_t cell) { return (cell - walls.core_cells) % walls.layers; };
    for (std::int32_t f = 0; f < mesh.faces(); ++f) {
        const std::int32_t a = mesh.owner[at(f)], b = mesh.neighbour[at(f)];
        if (a >= walls.core_cells || b < walls.core_cells) continue;
        double size = 1e9;
        for (std::int32_t k = mesh.start[at(f)]; k < mesh.start[at(f) + 1]; ++k)
            size = std::min(size, static_cast<double>(mesh.size_mm[at(mesh.corner[at(k)])]));
        normal[at(column(b))] = area_vector(mesh, f);
        area[at(column(b))] = norm(normal[at(column(b))]);
        limit[at(column(b))] = part * size * size;
    }
    std::vector<Link> links;
    for (std::int32_t f = 0; f < mesh.faces(); ++f) {
        const std::int32_t a = mesh.owner[at(f)], b = mesh.neighbour[at(f)];
        if (a < walls.core_cells || b < walls.core_cells || layer(a) != 0 || layer(b) != 0) continue;
        const std::int32_t p = column(a), q = column(b);
        const double side = distance(mesh.points[at(mesh.corner[at(mesh.start[at(f)])])],
                                     mesh.points[at(mesh.corner[at(mesh.start[at(f)] + 1)])]);
        // Across a fold the joint column would have a bent base.
        const double flat = dot(normal[at(p)], normal[at(q)]) / std::max(area[at(p)] * area[at(q)], 1e-300);
        const double weight = side * std::max(0.1, flat);
        if (area[at(p)] < limit[at(p)]) links.push_back({p, q, weight});
        if (area[at(q)] < limit[at(q)]) links.push_back({q, p, weight});
    }
    Groups groups(area);
    join_small(groups, limit, area, std::move(links));
    for (std::int32_t p = 0; p < columns; ++p)
        for (int l = 0; l < walls.layers; ++l)
            root[at(walls.core_cells + p * walls.layers + l)] =
                walls.core_cells + groups.find(p) * walls.layers + l;
}

}  // namespace

Ids group_small_cells(const PolyMesh& mesh, const WallLayers& walls, const MergeOptions& options,
                      const Run& run) {
    Ids root(at(mesh.cells));
    group_core(mesh, walls, options.core_volume, root, run);
    group_columns(mesh, walls, options.column_area, root);
    return root;
}

}  // namespace ctffr::meshing
