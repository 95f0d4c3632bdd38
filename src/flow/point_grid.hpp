// SPDX-License-Identifier: Apache-2.0
// Points in boxes of equal size, for "what lies around here".
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "ctffr/core/vec3.hpp"

namespace ctffr {

// The points are not copied and must outlive the grid. Thread-safe after construction.
class PointGrid {
   public:
    PointGrid(const std::vector<Vec3>& points, double side);

    // Calls visit(index) for every point within `reach` of `centre`, in an order that depends on the points
    // alone.
    template <class Visit>
    void within(Vec3 centre, double reach, Visit&& visit) const {
        const Int3 low = box_of(centre - Vec3{reach, reach, reach}),
                   high = box_of(centre + Vec3{reach, reach, reach});
        for (int k = low.z; k <= high.z; ++k)
            for (int j = low.y; j <= high.y; ++j) {
                const auto [first, last] = row(j, k, low.x, high.x);
                for (std::size_t n = first; n < last; ++n) {
                    const std::int32_t i = index_[n];
                    const Vec3 d = points_[static_cast<std::size_t>(i)] - centre;
                    if (dot(d, d) <= reach * reach) visit(i);
                }
            }
    }
    // The nearest points, nearest first, at most `count` of them; none when there are no points.
    std::vector<std::int32_t> nearest(Vec3 centre, int count) const;

   private:
    Int3 box_of(Vec3 p) const;
    // Positions in index_ of the boxes i_first .. i_last of a row.
    std::pair<std::size_t, std::size_t> row(int j, int k, int i_first, int i_last) const;
    std::int64_t key(int i, int j, int k) const;

    const std::vector<Vec3>& points_;
    double side_;
    Vec3 low_;
    Int3 size_;
    std::vector<std::int64_t> key_;    // sorted
    std::vector<std::int32_t> index_;  // point of each key
};

}  // namespace ctffr
