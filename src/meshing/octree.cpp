// SPDX-License-Identifier: Apache-2.0
#include "meshing/octree.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::meshing {

namespace {

constexpr int reference_level = 3;  // of the spacing options.reference_mm
// Fields grow faster than the distance where contours are uneven: a node is dropped only beyond this factor.
constexpr double steepness = 1.3;

}  // namespace

Octree::Octree(const ImplicitLumen& lumen, const OctreeOptions& options, const Run& run)
    : lumen_(lumen), options_(options), exec_{run.profiler} {
    unit_mm_ = options.reference_mm / (1 << (max_level - reference_level));
    make_roots();
    refine(run);
    balance();
    order();
}

void Octree::make_roots() {
    const std::vector<Box> boxes = lumen_.boxes();
    const double root_mm = unit_mm_ * root_units;
    origin_mm_ = {1e9, 1e9, 1e9};
    for (const Box& box : boxes)
        for (int k = 0; k < 3; ++k) origin_mm_[k] = std::min(origin_mm_[k], box.low_mm[k] - 0.5 * root_mm);
    for (const Box& box : boxes) {
        std::int32_t from[3], to[3];
        for (int k = 0; k < 3; ++k) {
            from[k] = static_cast<std::int32_t>((box.low_mm[k] - origin_mm_[k]) / root_mm);
            to[k] = static_cast<std::int32_t>((box.high_mm[k] - origin_mm_[k]) / root_mm);
        }
        for (auto z = from[2]; z <= to[2]; ++z)
            for (auto y = from[1]; y <= to[1]; ++y)
                for (auto x = from[0]; x <= to[0]; ++x) {
                    const auto next = static_cast<std::int32_t>(nodes_.size());
                    if (root_of_.insert(lattice_key(x, y, z), next) != next) continue;
                    roots_.push_back(next);
                    nodes_.push_back({{x * root_units, y * root_units, z * root_units}});
                }
    }
}

void Octree::split(std::int32_t i) {
    if (nodes_.size() > (std::size_t{1} << 30))
        throw Error(ExitCode::mesh_failed,
                    "The flow mesh would need more than {} octree cells: ask for fewer cells per diameter.",
                    1 << 30);
    const Node parent = nodes_[static_cast<std::size_t>(i)];
    nodes_[static_cast<std::size_t>(i)].child = static_cast<std::int32_t>(nodes_.size());
    nodes_[static_cast<std::size_t>(i)].kind = Kind::split;
    const std::int32_t half = units(parent) / 2;
    for (int c = 0; c < 8; ++c)
        nodes_.push_back({{parent.at[0] + half * (c & 1), parent.at[1] + half * (c >> 1 & 1),
                           parent.at[2] + half * (c >> 2 & 1)},
                          static_cast<std::int8_t>(parent.level + 1),
                          parent.kind});
}

void Octree::refine(const Run& run) {
    // Level by level; the fate of a node is decided at its centre. Children that are small enough already are
    // not sampled again.
    struct Fate {
        Kind kind = Kind::outside;
        bool split = false, again = false;
    };
    std::vector<std::int32_t> open = roots_;
    while (!open.empty()) {
        run.check_cancel();
        std::vector<Fate> fates(open.size());
        parallel_for_uneven(exec_, "mesh octree", static_cast<Index>(open.size()), 64, [&](Index i) {
            const Node& node = nodes_[static_cast<std::size_t>(open[static_cast<std::size_t>(i)])];
            const double side = side_mm(node), reach = steepness * 0.5 * std::sqrt(3.0) * side;
            const Vec3 center = point(node.at) + 0.5 * side * Vec3{1, 1, 1};
            const auto sample = lumen_.sample(center);
            Fate& fate = fates[static_cast<std::size_t>(i)];
            if (sample.value_mm > reach) return;
            for (std::size_t k = 0; k < lumen_.openings().size(); ++k) {
                const Opening& opening = lumen_.openings()[k];
                const Vec3 w = center - opening.center_mm;
                const double above = dot(w, opening.normal);
                // Two more cells than needed lie beyond the plane: the snapping needs neighbours there.
                if (above > 2.5 * side && above < 12 * opening.radius_mm &&
                    norm(w - above * opening.normal) < 1.5 * opening.radius_mm + side &&
                    lumen_.leaves_through(k, center))
                    return;
            }
            fate.kind = sample.value_mm < -reach - options_.margin_mm ? Kind::inside : Kind::near_wall;
            const double wanted_mm = sample.diameter_mm / options_.cells_per_diameter;
            const int level =
                wanted_mm > 0
                    ? std::clamp(static_cast<int>(std::lround(std::log2(unit_mm_ * root_units / wanted_mm))),
                                 0, max_level)
                    : node.level + 2;
            fate.split = level > node.level && node.level < max_level;
            fate.again = level > node.level + 1 && node.level + 1 < max_level;
        });
        std::vector<std::int32_t> next;
        for (std::size_t i = 0; i < open.size(); ++i) {
            nodes_[static_cast<std::size_t>(open[i])].kind = fates[i].kind;
            if (!fates[i].split) continue;
            split(open[i]);
            const std::int32_t child = nodes_[static_cast<std::size_t>(open[i])].child;
            if (fates[i].again)
                for (std::int32_t c = 0; c < 8; ++c) next.push_back(child + c);
        }
        open = std::move(next);
    }
}

std::int32_t Octree::find(Place at, int level) const {
    if (at[0] < 0 || at[1] < 0 || at[2] < 0) return -1;
    std::int32_t i = root_of_.find(lattice_key(at[0] / root_units, at[1] / root_units, at[2] / root_units));
    if (i < 0) return -1;
    for (int l = 1; l <= level; ++l) {
        const Node& node = nodes_[static_cast<std::size_t>(i)];
        if (node.child < 0) return i;
        const int bit = max_level - l;
        i = node.child + (at[0] >> bit & 1) + 2 * (at[1] >> bit & 1) + 4 * (at[2] >> bit & 1);
    }
    return i;
}

// Splits leaves until those that touch (also in an edge or corner) differ by one level at most: around a
// split node there must be nodes of its own level.
void Octree::balance() {
    std::array<std::vector<std::int32_t>, max_level + 1> of_level;
    for (std::int32_t i = 0; i < nodes(); ++i)
        if (node(i).kind == Kind::split) of_level[static_cast<std::size_t>(node(i).level)].push_back(i);
    for (int level = max_level - 1; level >= 1; --level) {
        auto& list = of_level[static_cast<std::size_t>(level)];
        for (std::size_t k = 0; k < list.size(); ++k) {
            const Node here = node(list[k]);
            const std::int32_t u = units(here);
            for (int n = 0; n < 27; ++n) {
                if (n == 13) continue;
                const Place at{here.at[0] + u * (n % 3 - 1), here.at[1] + u * (n / 3 % 3 - 1),
                               here.at[2] + u * (n / 9 - 1)};
                for (;;) {
                    const std::int32_t other = find(at, level);
                    if (other < 0 || node(other).level >= level || node(other).kind == Kind::outside) break;
                    of_level[static_cast<std::size_t>(node(other).level)].push_back(other);
                    split(other);
                }
            }
        }
    }
}

void Octree::order() {
    std::vector<std::int32_t> stack(roots_.rbegin(), roots_.rend());
    while (!stack.empty()) {
        const std::int32_t i = stack.back();
        stack.pop_back();
        if (node(i).kind != Kind::split) {
            leaves_.push_back(i);
            continue;
        }
        for (std::int32_t c = 7; c >= 0; --c) stack.push_back(node(i).child + c);
    }
}

}  // namespace ctffr::meshing
