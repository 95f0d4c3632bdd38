// SPDX-License-Identifier: Apache-2.0
// Which place along the tree a point of the lumen belongs to.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

// Between centerline points `point` and `point` + 1 of a branch (index, which is its id).
struct TreePlace {
    std::size_t branch = 0, point = 0;
    double fraction = 0;
};

// For every point (LPS mm) the place whose wall is nearest: smallest distance minus radius, so that the
// inside of a vessel is its own even where a side branch's centerline runs in it.
std::vector<TreePlace> places_in_tree(const std::vector<Vec3>& points_lps_mm, const CoronaryTree& tree,
                                      const Run& run);

}  // namespace ctffr
