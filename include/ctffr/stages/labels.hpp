// SPDX-License-Identifier: Apache-2.0
// Segment names and dominance that a reader gives, over those that were found.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ctffr/data/tree.hpp"

namespace ctffr {

struct LabelOptions {
    std::string segments;   // "7=D1; 12.5,-40,88=OM2"
    std::string dominance;  // empty: as found
};

// One name: of a branch by its number, or of the branch nearest to a point (LPS mm).
struct GivenLabel {
    std::variant<int, Vec3> where;
    Segment segment = Segment::unknown;
};
struct GivenLabels {
    std::vector<GivenLabel> segments;
    std::optional<Dominance> dominance;
};

// Throws Error(usage) naming what cannot be understood and the names there are.
GivenLabels parse_labels(const LabelOptions& options);

// Names the branches, each alone, with confidence 1. Throws Error(usage) for a number the tree does not have
// and for a point with no centerline within 5 mm. Returns one sentence per change.
std::vector<std::string> apply_labels(const GivenLabels& labels, CoronaryTree& tree);

// What the user must know of the names, one sentence each: names and dominance below
// `sure_label`, a left main that is not there, an artery from an unusual side.
std::vector<std::string> remarks_on_labels(const CoronaryTree& tree);
inline constexpr double sure_label = 0.6;

}  // namespace ctffr
