// SPDX-License-Identifier: Apache-2.0
// Which SCCT segments of the true tree were found, which were missed, and which found branches are none.
#pragma once

#include <vector>

#include "ctffr/data/tree.hpp"

namespace ctffr::anatomy {

struct DetectionOptions {
    double relevant_radius_mm = 0.75;  // of a true segment only the length of at least this radius counts
    double min_length_mm = 5;          // shorter pieces are neither missed nor false
    double min_tolerance_mm = 0.75;    // tolerance is max(true radius, this)
};

// One segment name. A true segment is found when most of its relevant length has a found centerline within
// the tolerance, whatever its label, and named when the nearest label is its own along most of what is
// covered. A found branch is false when most of its length has no true centerline within the tolerance.
struct SegmentDetection {
    Segment segment = Segment::unknown;  // unknown: found branches without a name that are false
    double true_mm = 0, covered_mm = 0, named_mm = 0;
    int false_branches = 0;
    double false_mm = 0;  // length of these branches

    bool counts = false;  // true_mm is long enough to be missed
    bool found() const { return counts && covered_mm >= 0.5 * true_mm; }
    bool missed() const { return counts && !found(); }
    bool named() const { return found() && named_mm >= 0.5 * covered_mm; }
};

// In the order of the SCCT numbers, only those that either tree gives a figure for. LPS mm.
std::vector<SegmentDetection> detect_segments(const CoronaryTree& found, const CoronaryTree& truth,
                                              const DetectionOptions& options = {});

}  // namespace ctffr::anatomy
