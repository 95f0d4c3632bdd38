// SPDX-License-Identifier: Apache-2.0
// Balanced octree over an implicit lumen: cells as wide as the local diameter asks for, none far outside.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ctffr/core/index_map.hpp"
#include "ctffr/core/run.hpp"
#include "ctffr/parallel/exec.hpp"
#include "meshing/implicit_lumen.hpp"

namespace ctffr::meshing {

struct OctreeOptions {
    double cells_per_diameter = 16;
    double reference_mm = 0;  // spacing of the level at which the diameter is the reference diameter
    double margin_mm = 0;     // the lumen is wanted up to this distance inside the wall only
};

using Place = std::array<std::int32_t, 3>;  // lowest corner in units of the finest level

class Octree {
   public:
    enum class Kind : std::int8_t { split, outside, near_wall, inside };
    struct Node {
        Place at{};
        std::int8_t level = 0;
        Kind kind = Kind::near_wall;
        std::int32_t child = -1;  // first of eight
    };
    static constexpr int max_level = 9;
    static constexpr std::int32_t root_units = 1 << max_level;

    // Throws Error(mesh_failed) when there would be more than 2^30 nodes.
    Octree(const ImplicitLumen& lumen, const OctreeOptions& options, const Run& run);

    const Node& node(std::int32_t i) const { return nodes_[static_cast<std::size_t>(i)]; }
    std::int32_t nodes() const { return static_cast<std::int32_t>(nodes_.size()); }
    // Leaves (any kind but split) in the order of a space-filling curve.
    const std::vector<std::int32_t>& leaves() const { return leaves_; }
    static std::int32_t units(const Node& node) { return root_units >> node.level; }
    double side_mm(const Node& node) const { return unit_mm_ * units(node); }
    Vec3 point(Place at) const {
        return origin_mm_ + unit_mm_ * Vec3{static_cast<double>(at[0]), static_cast<double>(at[1]),
                                            static_cast<double>(at[2])};
    }
    // The node of at most `level` that holds the unit cell at `at`; -1: none.
    std::int32_t find(Place at, int level) const;

    // The node beside node i along an axis (side 0: low, 1: high) if both have the same parent, else -1.
    std::int32_t sibling(std::int32_t i, int axis, int side) const {
        const auto roots = static_cast<std::int32_t>(roots_.size());
        if (i < roots || ((i - roots) % 8 >> axis & 1) == side) return -1;
        return side ? i + (1 << axis) : i - (1 << axis);
    }

   private:
    void make_roots();
    void refine(const Run& run);
    void balance();
    void order();
    void split(std::int32_t i);

    const ImplicitLumen& lumen_;
    OctreeOptions options_;
    Cpu exec_;
    double unit_mm_ = 0;
    Vec3 origin_mm_;
    std::vector<Node> nodes_;
    IndexMap root_of_;
    std::vector<std::int32_t> roots_, leaves_;
};

}  // namespace ctffr::meshing
