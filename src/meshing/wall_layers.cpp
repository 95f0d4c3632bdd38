// SPDX-License-Identifier: Apache-2.0
#include "meshing/wall_layers.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

#include "ctffr/core/error.hpp"
#include "meshing/blocks.hpp"
#include "meshing/edge_wedges.hpp"
#include "meshing/trouble.hpp"

namespace ctffr::meshing {

namespace {

using Ids = std::vector<std::int32_t>;

constexpr int smoothing_sweeps = 20;
// Part of their distance by which neighbouring columns may close up on the way to the wall: below `loose`
// directions are left alone, from `tight` on they are averaged fully.
constexpr double step_fraction = 0.4;  // of the spacing, for gradients
constexpr double loose = 0.25, tight = 0.5;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

// A side of a surface polygon: from point a to point b at corner k of polygon `face`.
struct Side {
    std::int32_t low, high, face, corner;
    bool operator<(const Side& o) const {
        return std::tie(low, high, face, corner) < std::tie(o.low, o.high, o.face, o.corner);
    }
};

class LayerBuilder {
   public:
    LayerBuilder(PolyMesh& mesh, const ImplicitLumen& lumen, Ids& opening, int layers, const Run& run)
        : mesh_(mesh), lumen_(lumen), opening_(opening), layers_(layers), exec_{run.profiler} {}

    WallLayers build() {
        find_sides();
        find_stacks();
        raise_stacks();
        return make_cells();
    }

   private:
    // Two polygons that share a side, or one at the rim of an opening (other = -1).
    struct Joint {
        Side side, other;
    };

    std::int32_t begin(std::int32_t polygon) const { return mesh_.start[at(surface_[at(polygon)])]; }
    std::int32_t size(std::int32_t polygon) const {
        return mesh_.start[at(surface_[at(polygon)]) + 1] - begin(polygon);
    }
    std::int32_t point(std::int32_t polygon, std::int32_t k) const {
        const std::int32_t n = size(polygon);
        return mesh_.corner[at(begin(polygon) + (k >= n ? k - n : k))];
    }
    std::int32_t slot(std::int32_t polygon, std::int32_t k) const {
        const std::int32_t n = size(polygon);
        return corner_start_[at(polygon)] + (k >= n ? k - n : k);
    }
    Vec3 center(std::int32_t polygon) const {
        Vec3 sum;
        for (std::int32_t k = 0; k < size(polygon); ++k) sum += mesh_.points[at(point(polygon, k))];
        return sum / size(polygon);
    }
    void find_sides();
    void pair_sides(const std::vector<Side>& sides, std::size_t first, std::size_t last);
    bool pair_wedges(const std::vector<Side>& sides, std::size_t first, const EdgeWedges& wedges);
    void pair_crowded(const std::vector<Side>& sides, std::size_t first, std::size_t last);
    void find_stacks();
    void raise_stacks();
    void smooth_ways(std::vector<Vec3>& ways, const std::vector<double>& height) const;
    Vec3 on_wall(Vec3 base, double f0, double height, Vec3 way, double size_mm) const;
    // The part of a direction in the plane of an opening.
    Vec3 within(Vec3 way, std::int32_t opening) const {
        const Vec3 normal = lumen_.openings()[at(opening)].normal;
        return normalized(way - dot(way, normal) * normal);
    }
    WallLayers make_cells();
    std::int32_t raised(std::int32_t slot, int layer) const {  // layer 0: base
        const std::int32_t s = stack_of_[at(slot)];
        return layer == 0 ? base_[at(s)] : first_raised_ + s * layers_ + layer - 1;
    }

    PolyMesh& mesh_;
    const ImplicitLumen& lumen_;
    Ids& opening_;
    int layers_;
    Cpu exec_;
    Ids surface_;       // faces of the core's surface
    Ids corner_start_;  // per polygon: its first slot (slot = corner of a surface polygon)
    std::vector<Joint> joints_;
    std::vector<Vec3> open_, folded_;  // places where sides find no partner
    Ids stack_of_, base_;              // stack of each slot; base point of each stack
    std::int32_t first_raised_ = 0;
};

void LayerBuilder::find_sides() {
    for (std::int32_t f = 0; f < mesh_.faces(); ++f)
        if (mesh_.neighbour[at(f)] == wall_code) surface_.push_back(f);
    corner_start_.push_back(0);
    std::vector<Side> sides;
    for (std::int32_t p = 0; p < static_cast<std::int32_t>(surface_.size()); ++p) {
        corner_start_.push_back(corner_start_.back() + size(p));
        for (std::int32_t k = 0; k < size(p); ++k) {
            const std::int32_t a = point(p, k), b = point(p, k + 1);
            sides.push_back({std::min(a, b), std::max(a, b), p, k});
        }
    }
    std::sort(sides.begin(), sides.end());
    std::vector<std::pair<std::size_t, std::size_t>> crowded;
    EdgeWedges wedges;
    for (std::size_t i = 0; i < sides.size();) {
        std::size_t j = i;
        while (j < sides.size() && sides[j].low == sides[i].low && sides[j].high == sides[i].high) ++j;
        if (j - i > 2)
            crowded.emplace_back(i, j), wedges.add(sides[i].low, sides[i].high);
        else
            pair_sides(sides, i, j);
        i = j;
    }
    wedges.find(mesh_);
    for (const auto& [first, last] : crowded)
        if (last - first != 4 || !pair_wedges(sides, first, wedges)) pair_crowded(sides, first, last);
    if (!open_.empty())
        throw MeshTrouble(fmt::format("The flow mesh is not closed at ({:.2f}, {:.2f}, {:.2f}) mm: the lumen "
                                      "ends there without an opening; check the surface near this place.",
                                      open_[0].x, open_[0].y, open_[0].z),
                          open_);
    if (!folded_.empty())
        throw MeshTrouble(fmt::format("The surface of the flow mesh is folded at ({:.2f}, {:.2f}, {:.2f}) "
                                      "mm: use more cells per diameter.",
                                      folded_[0].x, folded_[0].y, folded_[0].z),
                          folded_);
}

// Two wedges of core that touch along an edge: each polygon's partner is the one of the other wedge that runs
// the other way, whatever the angles are. False where the cells around the edge are not two such wedges.
bool LayerBuilder::pair_wedges(const std::vector<Side>& sides, std::size_t first, const EdgeWedges& wedges) {
    const Side& side = sides[first];
    std::size_t of[2][2] = {};  // by wedge and by whether the polygon runs from low to high
    int count[2][2] = {};
    const auto wedge_of = [&](std::size_t i) {
        return wedges.wedge(side.low, side.high, mesh_.owner[at(surface_[at(sides[i].face)])]);
    };
    for (std::size_t i = first; i < first + 4; ++i) {
        const int wedge = wedge_of(i) == wedge_of(first) ? 0 : 1;
        const int forward = point(sides[i].face, sides[i].corner) == side.low ? 1 : 0;
        of[wedge][forward] = i, ++count[wedge][forward];
    }
    for (const auto& row : count)
        for (const int n : row)
            if (n != 1) return false;
    joints_.push_back({sides[of[0][1]], sides[of[1][0]]});
    joints_.push_back({sides[of[1][1]], sides[of[0][0]]});
    return true;
}

void LayerBuilder::pair_sides(const std::vector<Side>& sides, std::size_t first, std::size_t last) {
    const std::size_t count = last - first;
    const Side& side = sides[first];
    if (count == 1) {
        const std::int32_t opening = opening_[at(side.low)];
        if (opening < 0 || opening_[at(side.high)] != opening) {
            open_.push_back(mesh_.points[at(side.low)]);
            return;
        }
        joints_.push_back({side, {0, 0, -1, 0}});
        return;
    }
    joints_.push_back({side, sides[first + 1]});
}

// Sheets that touch along an edge: turning around it from one polygon through the side of the wall, the next
// polygon met is its partner.
void LayerBuilder::pair_crowded(const std::vector<Side>& sides, std::size_t first, std::size_t last) {
    const Side& side = sides[first];
    const Vec3 a = mesh_.points[at(side.low)], axis = normalized(mesh_.points[at(side.high)] - a);
    const Vec3 u = any_normal(axis), v = cross(axis, u);
    struct Turn {
        double angle;
        bool forward;  // the polygon runs from low to high: the wall lies at larger angles
        std::size_t side;
    };
    std::vector<Turn> turns;
    for (std::size_t i = first; i < last; ++i) {
        const Vec3 w = center(sides[i].face) - a;
        turns.push_back(
            {std::atan2(dot(w, v), dot(w, u)), point(sides[i].face, sides[i].corner) == side.low, i});
    }
    std::sort(turns.begin(), turns.end(), [](const Turn& x, const Turn& y) {
        return std::tie(x.angle, x.side) < std::tie(y.angle, y.side);
    });
    const std::size_t n = turns.size();
    std::size_t begin = 0;
    while (begin < n && !turns[begin].forward) ++begin;
    for (std::size_t k = 0; k < n; k += 2) {
        const Turn &x = turns[(begin + k) % n], &y = turns[(begin + k + 1) % n];
        if (n % 2 != 0 || begin == n || !x.forward || y.forward) {
            folded_.push_back(a);
            return;
        }
        joints_.push_back({sides[x.side], sides[y.side]});
    }
}

// Polygons around a point that hang together by sides share one stack of raised points.
void LayerBuilder::find_stacks() {
    Ids root(at(corner_start_.back()));
    std::iota(root.begin(), root.end(), 0);
    const auto find = [&](std::int32_t i) {
        while (root[at(i)] != i) i = root[at(i)] = root[at(root[at(i)])];
        return i;
    };
    const auto join = [&](std::int32_t a, std::int32_t b) {
        a = find(a), b = find(b);
        root[at(std::max(a, b))] = std::min(a, b);
    };
    for (const Joint& joint : joints_) {
        if (joint.other.face < 0) continue;
        const Side &s = joint.side, &o = joint.other;
        const bool same = point(s.face, s.corner) == point(o.face, o.corner);
        join(slot(s.face, s.corner), slot(o.face, same ? o.corner : o.corner + 1));
        join(slot(s.face, s.corner + 1), slot(o.face, same ? o.corner + 1 : o.corner));
    }
    stack_of_.assign(root.size(), -1);
    for (std::int32_t p = 0; p < static_cast<std::int32_t>(surface_.size()); ++p)
        for (std::int32_t k = 0; k < size(p); ++k) {
            const std::int32_t r = find(slot(p, k));
            if (stack_of_[at(r)] < 0) {
                stack_of_[at(r)] = static_cast<std::int32_t>(base_.size());
                base_.push_back(point(p, k));
            }
            stack_of_[at(slot(p, k))] = stack_of_[at(r)];
        }
}

// Where neighbouring columns lean towards each other (the inner side of a ridge of the wall), their
// directions are averaged so that the columns do not cross on the way to the wall.
void LayerBuilder::smooth_ways(std::vector<Vec3>& ways, const std::vector<double>& height) const {
    std::vector<std::int32_t> start(ways.size() + 1, 0), list;
    const auto each = [&](auto&& body) {
        for (const Joint& joint : joints_) {
            const std::int32_t a = stack_of_[at(slot(joint.side.face, joint.side.corner))];
            const std::int32_t b = stack_of_[at(slot(joint.side.face, joint.side.corner + 1))];
            body(a, b), body(b, a);
        }
    };
    each([&](std::int32_t a, std::int32_t) { ++start[at(a) + 1]; });
    for (std::size_t i = 1; i < start.size(); ++i) start[i] += start[i - 1];
    list.resize(at(start.back()));
    std::vector<std::int32_t> fill(start.begin(), start.end() - 1);
    each([&](std::int32_t a, std::int32_t b) { list[at(fill[at(a)]++)] = b; });
    std::vector<Vec3> next(ways.size());
    for (int sweep = 0; sweep < smoothing_sweeps; ++sweep) {
        parallel_for(exec_, "mesh wall directions", static_cast<Index>(ways.size()), [&](Index i) {
            const auto s = static_cast<std::size_t>(i);
            Vec3 mean;
            double closing = 0;
            const Vec3 foot = mesh_.points[at(base_[s])];
            for (std::int32_t k = start[s]; k < start[s + 1]; ++k) {
                const auto o = at(list[at(k)]);
                const Vec3 step = mesh_.points[at(base_[o])] - foot;
                const double apart = std::max(dot(step, step), 0.01 * height[s] * height[s]);
                mean += ways[o] / apart;  // close neighbours may differ least
                // 1 for directions that meet, 1/2 for those that pass each other, 0 for those that part.
                const Vec3 turn = ways[s] - ways[o];
                closing =
                    std::max(closing, 0.5 * (norm(turn) * norm(step) + dot(step, turn)) * height[s] / apart);
            }
            const double weight = std::clamp((closing - loose) / (tight - loose), 0.0, 1.0);
            next[s] = ways[s];
            if (weight <= 0) return;
            next[s] = normalized(ways[s] + weight * normalized(mean));
            if (const std::int32_t o = opening_[at(base_[s])]; o >= 0) next[s] = within(next[s], o);
        });
        ways.swap(next);
    }
}

// The point of the wall above `base` in direction `way`: forward until the wall is crossed, then regula
// falsi. Where the wall is missed (beside a ridge) steps along the gradient lead to it.
Vec3 LayerBuilder::on_wall(Vec3 base, double f0, double height, Vec3 way, double size_mm) const {
    const double accuracy = 1e-5 * size_mm, longest = 2.5 * std::max(height, size_mm);
    const Vec3 foot = base;
    double t0 = 0, t1 = height, f1 = lumen_.value(base + t1 * way);
    for (int step = 0; step < 6 && f1 < -accuracy && t1 < longest; ++step) {
        const double next = f1 > f0 ? t1 - f1 * (t1 - t0) / (f1 - f0) : 2 * t1;
        t0 = t1, f0 = f1;
        t1 = std::clamp(next + 0.02 * size_mm, t1 + 0.02 * size_mm, 2 * t1);
        f1 = lumen_.value(base + t1 * way);
    }
    for (int step = 0; step < 8 && std::abs(f1) > accuracy && f0 < 0 && f1 > 0; ++step) {
        const double t = t0 + (t1 - t0) * std::clamp(f0 / (f0 - f1), 0.02, 0.98);
        const double f = lumen_.value(base + t * way);
        if (std::abs(f) <= accuracy) return base + t * way;
        (f < 0 ? t0 : t1) = t, (f < 0 ? f0 : f1) = f;
    }
    if (f1 >= -accuracy && t1 <= longest) return base + t1 * way;
    for (int step = 0; step < 10; ++step) {
        const double f = lumen_.value(base);
        if (std::abs(f) < 1e-3 * size_mm) break;
        const Vec3 g = lumen_.gradient(base, step_fraction * size_mm);
        base += std::clamp(-f / std::max(norm(g), 0.2), -0.5 * size_mm, 0.5 * size_mm) * normalized(g);
    }
    if (distance(base, foot) > longest) base = foot + height * way;
    return base;
}

void LayerBuilder::raise_stacks() {
    first_raised_ = static_cast<std::int32_t>(mesh_.points.size());
    const std::size_t total = mesh_.points.size() + base_.size() * static_cast<std::size_t>(layers_);
    mesh_.points.resize(total), mesh_.size_mm.resize(total), opening_.resize(total);
    std::vector<double> value(base_.size()), height(base_.size());
    std::vector<Vec3> way(base_.size());
    const auto count = static_cast<Index>(base_.size());
    parallel_for_uneven(exec_, "mesh wall gradients", count, 128, [&](Index i) {
        const auto s = static_cast<std::size_t>(i);
        const Vec3 foot = mesh_.points[at(base_[s])];
        value[s] = lumen_.value(foot);
        const Vec3 g = lumen_.gradient(foot, step_fraction * mesh_.size_mm[at(base_[s])]);
        way[s] = normalized(g);
        const double size = mesh_.size_mm[at(base_[s])];
        height[s] = std::clamp(-value[s] / std::max(norm(g), 0.2), 0.1 * size, 2 * size);
        if (const std::int32_t o = opening_[at(base_[s])]; o >= 0) way[s] = within(way[s], o);
    });
    smooth_ways(way, height);
    parallel_for_uneven(exec_, "mesh wall points", count, 128, [&](Index i) {
        const auto s = static_cast<std::int32_t>(i);
        const std::int32_t base = base_[at(s)];
        const Vec3 foot = mesh_.points[at(base)];
        const Vec3 top = on_wall(foot, value[at(s)], height[at(s)], way[at(s)], mesh_.size_mm[at(base)]);
        for (int l = 1; l <= layers_; ++l) {
            const std::int32_t p = first_raised_ + s * layers_ + l - 1;
            mesh_.points[at(p)] = lerp(foot, top, static_cast<double>(l) / layers_);
            mesh_.size_mm[at(p)] = mesh_.size_mm[at(base)];
            opening_[at(p)] = opening_[at(base)];
        }
    });
}

WallLayers LayerBuilder::make_cells() {
    WallLayers result;
    result.core_cells = mesh_.cells, result.layers = layers_;
    const auto prism = [&](std::int32_t polygon, int layer) {
        return result.core_cells + polygon * layers_ + layer;
    };
    for (std::int32_t p = 0; p < static_cast<std::int32_t>(surface_.size()); ++p) {
        mesh_.neighbour[at(surface_[at(p)])] = prism(p, 0);
        for (int l = 0; l < layers_; ++l) result.core_cell.push_back(mesh_.owner[at(surface_[at(p)])]);
    }
    const auto polygons = static_cast<std::int32_t>(surface_.size());
    Ids loop;
    for (std::int32_t p = 0; p < polygons; ++p)
        for (int l = 1; l <= layers_; ++l) {
            loop.clear();
            for (std::int32_t k = 0; k < size(p); ++k) loop.push_back(raised(slot(p, k), l));
            mesh_.add_face(loop, prism(p, l - 1), l < layers_ ? prism(p, l) : wall_code);
        }
    for (const Joint& joint : joints_) {
        const Side &s = joint.side, &o = joint.other;
        const std::int32_t a = slot(s.face, s.corner), b = slot(s.face, s.corner + 1);
        for (int l = 0; l < layers_; ++l)
            mesh_.add_face({raised(a, l), raised(b, l), raised(b, l + 1), raised(a, l + 1)}, prism(s.face, l),
                           o.face >= 0 ? prism(o.face, l) : opening_code(opening_[at(s.low)]));
    }
    mesh_.cells += polygons * layers_;
    result.base = std::move(base_), result.first_raised = first_raised_;
    return result;
}

}  // namespace

WallLayers add_wall_layers(PolyMesh& mesh, const ImplicitLumen& lumen,
                           std::vector<std::int32_t>& opening_of_point, int layers, const Run& run) {
    return LayerBuilder(mesh, lumen, opening_of_point, layers, run).build();
}

}  // namespace ctffr::meshing
