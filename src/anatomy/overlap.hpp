// SPDX-License-Identifier: Apache-2.0
// How well a found coronary tree agrees with the true one: the measures of the CAT08 evaluation framework
// (Schaap et al., Medical Image Analysis 13:701, 2009), ostium errors and false-positive length.
#pragma once

#include <string>
#include <vector>

#include "ctffr/data/heart.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr::anatomy {

struct OverlapOptions {
    double relevant_radius_mm = 0.75;  // "clinically relevant": up to the most distal point of this radius
    double min_tolerance_mm = 0.75;    // tolerance of the false-positive length is max(true radius, this)
    double ignored_start_mm = 5;  // errors this close to the ostium do not end the overlap until first error
};

// Agreement along one vessel. A true point is found when the found path passes within the true radius of it;
// a found point is right when it lies within the true radius of the true path.
struct VesselOverlap {
    std::string name;
    double true_length_mm = 0;      // whole true vessel
    double relevant_length_mm = 0;  // its part down to relevant_radius_mm
    double overlap = 0;             // OV, 0..1: whole vessel
    double until_first_error = 0;   // OF, 0..1: fraction of the true vessel before the first miss
    double relevant_overlap = 0;    // OT, 0..1: OV of the relevant part
    double inside_mm = 0;      // AI: mean distance to the true path where found; 0 when nothing was found
    double max_inside_mm = 0;  // largest of these distances
    double last_found_mm = 0;  // arc length on the true vessel of the most distal found point
};

struct OstiumError {
    Side side = Side::left;
    double error_mm =
        0;  // from the true ostium to the nearest found root of that side; infinite when there is none
};

struct TreeOverlap {
    std::vector<VesselOverlap> vessels;
    std::vector<OstiumError> ostia;  // one per true root
    double found_length_mm = 0, true_length_mm = 0, relevant_true_length_mm = 0;
    double false_positive_mm = 0;  // found length away from every true centerline
    double missed_relevant_mm =
        0;  // true length of at least relevant_radius_mm away from every found centerline

    // The measures of a vessel over the whole tree, each stretch once: OV of all branches, OT of those of at
    // least relevant_radius_mm and what of the found tree is nearest to them, OF the share of the true length
    // that is reached from its ostium without an error on the way, AI the mean distance where found.
    double overlap = 0, relevant_overlap = 0, until_first_error = 0, inside_mm = 0;

    double false_positive_fraction() const {
        return found_length_mm > 0 ? false_positive_mm / found_length_mm : 0;
    }
    // The entry of a vessel ("LAD", "LCX", "RCA"); null when the true tree has none.
    const VesselOverlap* vessel(const std::string& name) const;
};

// Both trees in LPS mm; `truth` labelled and with true radii. The found path of a vessel is the one of all
// root-to-leaf paths that covers it best, cut where it leaves the end of the true vessel behind.
TreeOverlap compare_trees(const CoronaryTree& found, const CoronaryTree& truth,
                          const OverlapOptions& options = {});

// Share of the true length of each main segment (LM, LAD, LCX, RCA parts) whose nearest found point has the
// same label.
struct LabelAgreement {
    double right_mm = 0, compared_mm = 0;
    int segments = 0, segments_right = 0;  // a segment is right when most of its compared length is
    bool dominance_right = false;
    double fraction() const { return compared_mm > 0 ? right_mm / compared_mm : 0; }
};
LabelAgreement compare_labels(const CoronaryTree& found, const CoronaryTree& truth);

}  // namespace ctffr::anatomy
