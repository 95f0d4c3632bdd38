// SPDX-License-Identifier: Apache-2.0
// Stage: a result against the truth of a virtual patient (or an annotated case): ostia, tree overlap, lumen
// radius, lesions, FFR. Used by `ctffr evaluate`, by tests and by the validation.
#pragma once

#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

struct EvaluateOptions {
    double min_true_radius_mm = 0.75;  // radius figures count true points at least this wide
    double junction_margin =
        1.0;  // points nearer to a bifurcation than this many radii do not count for radius
};

// What of a case is compared. `ffr` may be empty (not solved).
struct EvaluationSide {
    CoronaryTree tree;                     // radius_mm = area-equivalent lumen radius
    std::vector<std::vector<double>> ffr;  // [branch][point] or empty
    std::vector<Lesion> lesions;           // used on the truth side: segment, branch, start_mm, end_mm
};

struct VesselFigures {
    std::string name;               // LM, LAD, LCX, RCA and the side branches
    double relevant_length_mm = 0;  // true length of at least 1.5 mm diameter
    double overlap = 0, relevant_overlap = 0, until_first_error = 0, inside_mm = 0;
    double true_ffr = -1, found_ffr = -1;  // at the most distal relevant point that was found; -1: none
};

struct LesionFigures {
    std::string segment;
    double true_mld_mm = 0,
           found_mld_mm = -1;  // area-equivalent, over the extent of the true lesion; -1: not covered
};

struct Evaluation {
    double left_ostium_mm = -1,
           right_ostium_mm = -1;  // error; -1: no true ostium on this side; inf: not found
    std::vector<VesselFigures> vessels;
    double false_positive_fraction = 0, false_positive_mm = 0, found_length_mm = 0;
    long radius_points = 0;
    double radius_mean_abs_mm = 0, radius_bias_pct = 0, radius_p95_abs_mm = 0;
    std::vector<LesionFigures> lesions;
    double label_agreement = 0;
    bool dominance_right = false;
};

Evaluation run_evaluate(const EvaluationSide& found, const EvaluationSide& truth,
                        const EvaluateOptions& options, const Run& run);

// One line per figure, `CASE FIGURE VALUE UNIT - info`, the form that validation/run reads.
std::string evaluation_lines(const Evaluation& evaluation, const std::string& case_name);

}  // namespace ctffr
