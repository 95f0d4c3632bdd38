// SPDX-License-Identifier: Apache-2.0
// From a coronary tree with radii to the network of the reduced solver.
#pragma once

#include <vector>

#include "ctffr/data/flow.hpp"
#include "ctffr/data/tree.hpp"
#include "flow/network.hpp"

namespace ctffr {

// Geometry and blood; outlet resistances and leaks are left at 0. `radius_mm` and `shape` are per branch and
// point.
Network network_of(const CoronaryTree& tree, const std::vector<std::vector<double>>& radius_mm,
                   const std::vector<std::vector<double>>& shape, const Hyperaemia& hyperaemia);

// Cosine of the angle between the end of the parent and the start of a branch, from chords a few radii long:
// the first points of a centerline still lie inside the parent.
double turn_cosine(const Branch& parent, const Branch& child, double parent_radius_mm);

}  // namespace ctffr
