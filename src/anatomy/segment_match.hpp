// SPDX-License-Identifier: Apache-2.0
// How well the segment names of a found tree agree with those of the true one: precision, recall and F1.
#pragma once

#include <vector>

#include "ctffr/data/tree.hpp"

namespace ctffr::anatomy {

struct SegmentMatchOptions {
    double relevant_radius_mm = 0.75;  // SCCT grades segments of at least 1.5 mm diameter
    double min_length_mm = 5;          // a segment with less relevant length does not count
    double tolerance_mm = 2;           // also of the place of a border between two segments
};

// One segment name in both trees. Relevant is where the vessel, or any of it farther down the same branch,
// has the relevant radius: a narrowing stays in, a thin end does not.
struct SegmentMatch {
    Segment segment = Segment::unknown;
    double true_mm = 0, found_mm = 0;  // relevant length under this name
    double true_near_mm = 0;           // of true_mm: within the tolerance of a found point of this name
    double true_covered_mm = 0;        // of true_mm: within the tolerance of any found point
    double found_near_mm = 0;          // of found_mm: within the tolerance of a true point of this name
    bool in_truth = false, in_found = false;  // long enough to count
    double min_length_mm = 0;                 // as asked for

    bool recalled() const { return in_truth && true_near_mm >= 0.5 * true_mm; }
    // The name alone: how much of the vessel was found at all does not count, if it was as long as counts.
    bool reached() const { return in_truth && true_covered_mm >= min_length_mm; }
    bool named() const { return reached() && true_near_mm >= 0.5 * true_covered_mm; }
    bool precise() const { return in_found && found_near_mm >= 0.5 * found_mm; }
};

// Sums over segments, and over cases when added up.
struct SegmentScore {
    int in_truth = 0, recalled = 0, reached = 0, named = 0, in_found = 0, precise = 0;

    void add(const SegmentMatch& match);
    double recall() const;     // NaN without true segments
    double precision() const;  // NaN without found segments
    double f1() const;         // harmonic mean of both; NaN when either does not exist
    double named_f1() const;   // the same of named among reached, and precision
};

// The segments that count in either tree, in the order of their SCCT numbers. Branches without a name are
// left out. LPS mm.
std::vector<SegmentMatch> match_segments(const CoronaryTree& found, const CoronaryTree& truth,
                                         const SegmentMatchOptions& options = {});

}  // namespace ctffr::anatomy
