// SPDX-License-Identifier: Apache-2.0
// Points in a balanced tree of boxes, for "what lies around here" where spacings differ a hundredfold: cells
// of a mesh that is fine in a throat. (With boxes of equal size a throat of 87 % made one search cost a
// thousand.)
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/vec3.hpp"

namespace ctffr {

// The points are not copied and must outlive the tree. Thread-safe after construction.
class PointTree {
   public:
    explicit PointTree(const std::vector<Vec3>& points);

    // Calls visit(index) for every point within `reach` of `centre`, in an order that depends on the points
    // alone.
    template <class Visit>
    void within(Vec3 centre, double reach, Visit&& visit) const {
        visit_within(0, index_.size(), 0, centre, reach * reach, visit);
    }
    // The nearest points, nearest first (of equals the lowest index), at most `count` of them; none when
    // there are no points.
    std::vector<std::int32_t> nearest(Vec3 centre, int count) const;

   private:
    static constexpr std::size_t leaf = 8;
    // A plane between the halves of a node's points [first, last); its children are 2 node + 1 and + 2.
    struct Split {
        int axis = 0;
        double at = 0;
    };
    static std::size_t middle(std::size_t first, std::size_t last) { return first + (last - first) / 2; }
    Vec3 point(std::size_t position) const { return points_[static_cast<std::size_t>(index_[position])]; }
    void build(std::size_t first, std::size_t last, std::size_t node);

    template <class Visit>
    void visit_within(std::size_t first, std::size_t last, std::size_t node, Vec3 centre, double reach2,
                      Visit& visit) const {
        if (last - first <= leaf) {
            for (std::size_t n = first; n < last; ++n) {
                const Vec3 d = point(n) - centre;
                if (dot(d, d) <= reach2) visit(index_[n]);
            }
            return;
        }
        const std::size_t mid = middle(first, last);
        const double side = centre[split_[node].axis] - split_[node].at;
        if (side <= 0 || side * side <= reach2) visit_within(first, mid, 2 * node + 1, centre, reach2, visit);
        if (side >= 0 || side * side <= reach2) visit_within(mid, last, 2 * node + 2, centre, reach2, visit);
    }

    struct Nearest;  // the best so far
    void find_nearest(std::size_t first, std::size_t last, std::size_t node, Vec3 centre,
                      Nearest& best) const;

    const std::vector<Vec3>& points_;
    std::vector<std::int32_t> index_;
    std::vector<Split> split_;  // by node
};

}  // namespace ctffr
