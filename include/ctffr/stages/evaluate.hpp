// SPDX-License-Identifier: Apache-2.0
// Stage: a result against the truth of a virtual patient (or an annotated case): ostia, tree overlap, lumen
// voxels, surface and radius, lesions, FFR. Used by `ctffr evaluate`, by tests and by the validation. Every
// figure is defined in docs/theory/evaluation.md.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/plaque.hpp"
#include "ctffr/data/quality.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/stages/phantom.hpp"

namespace ctffr {

struct EvaluateOptions {
    double min_true_radius_mm = 0.75;  // radius, surface and FFR figures count true points at least this wide
    double min_class_radius_mm = 0.5;  // those of calcium, stents, junctions and flags count down to here
    double junction_margin =
        1.0;  // points nearer to a bifurcation than this many radii do not count for radius
    double significant_stenosis_pct = 50;                // of the diameter, for detection
    double treat_at_ffr = 0.80;                          // a vessel is treated at or below
    double grey_zone_low = 0.75, grey_zone_high = 0.85;  // of true FFR
};

// What of a case is compared. All but the tree may be empty: its figures are then left out.
struct EvaluationSide {
    CoronaryTree tree;                     // radius_mm = area-equivalent lumen radius
    std::vector<std::vector<double>> ffr;  // [branch][point] or empty; NaN where FFR is not read
    std::vector<Lesion> lesions;
    std::vector<PlaqueTruth> plaque;  // used on the truth side
    PlaqueReport plaque_report;
    CadRads cad_rads;
    CalciumScore calcium;
    ScanModel scan;        // blood_hu 0: not known
    TriangleMesh surface;  // lumen with caps, LPS mm
    Segmentation labels;
};

// A value that does not exist here.
inline constexpr double no_figure = std::numeric_limits<double>::quiet_NaN();

struct VesselFigures {
    std::string name;               // LM, LAD, LCX, RCA and the side branches
    double relevant_length_mm = 0;  // true length of at least 1.5 mm diameter
    double overlap = 0, relevant_overlap = 0, until_first_error = 0, inside_mm = 0;
    double true_ffr = -1, found_ffr = -1;  // at the most distal relevant point that was found; -1: none
    double true_distal_ffr = -1;           // at the most distal relevant point, found or not; -1: none
    // The most distal relevant point lies beyond an occlusion: no FFR there, and treated.
    bool true_occluded = false, found_occluded = false;
};

// Treat or not, over vessels with a true distal FFR or an occlusion.
struct DecisionFigures {
    int vessels = 0, agree = 0;
    int missed = 0;     // treated in truth alone
    int excess = 0;     // treated in the result alone
    int undecided = 0;  // the result has no FFR along the vessel
};

struct LesionFigures {
    std::string segment;
    std::string kind = "unknown";  // soft (with fibrous), calcified, mixed, stent
    double true_mld_mm = 0,
           found_mld_mm = -1;  // area-equivalent, over the extent of the true lesion; -1: not covered
    // Percent, from the MLDs and the true reference diameter.
    double true_area_stenosis_pct = no_figure, found_area_stenosis_pct = no_figure;
    bool found_calcified = false, found_not_analysable = false;        // flags of the result along the lesion
    double true_distal_ffr = no_figure, found_distal_ffr = no_figure;  // 20 mm below the lesion, or nearer
    double distal_read_mm = no_figure;
    // As the result lists it; `listed` is false where it has no lesion there.
    bool listed = false;
    double true_stenosis_pct = no_figure, found_stenosis_pct = no_figure;
    double listed_mld_mm = no_figure, reference_error_mm = no_figure;
    double true_remodelling = no_figure, found_remodelling = no_figure;
};

// Listed lesions with a significant stenosis in vessels of at least 1.5 mm.
struct DetectionFigures {
    bool measured = false;
    int significant = 0, detected = 0, nearly_detected = 0;  // of the truth; nearly: less 5 points
    int found = 0, right = 0, nearly_right = 0;              // of the result
    int found_nowhere = 0;                                   // where the truth has no lesion at all
};

// Volumes of one true plaque and of what was found there, mm3.
struct PlaqueFigures {
    std::string kind;
    double true_mm3 = 0, found_mm3 = 0, true_calcified_mm3 = 0, found_calcified_mm3 = 0, found_low_mm3 = 0;
};

// Error of the radius over true points of one class.
struct RadiusFigures {
    std::string name;  // part of the figure's name; empty: all
    long points = 0, not_found = 0;
    double mean_abs_mm = no_figure, bias_pct = no_figure, p95_abs_mm = no_figure;
};

struct SegmentFigures {
    std::string segment;
    bool counts = false, found = false, named = false;  // counts: long enough in truth to be missed
    double true_mm = 0, covered_mm = 0;
    int false_branches = 0;
    // anatomy::SegmentMatch: in the truth, of these most of the length under the same name in the result; in
    // the truth and found at all, of these most of what was found under the same name; in the result, of
    // these right.
    bool label_true = false, label_recalled = false, label_reached = false, label_named = false,
         label_found = false, label_right = false;
};

// Overlap, border distance, skeleton and topology of one mask of the coronary lumen.
struct MaskFigures {
    std::string
        name;  // "left", "right", "both", "relevant" (both, without true vessels below min_true_radius_mm)
    double found_mm3 = 0, true_mm3 = 0;
    double dice = no_figure, hd95_mm = no_figure, assd_mm = no_figure, cl_dice = no_figure;
    long betti0_error = 0, betti1_error = 0;  // found less true
};

// Distance between the walls. `extent`: "covered" (see docs/theory/evaluation.md) or "whole".
struct SurfaceFigures {
    std::string extent;
    double mean_mm = no_figure, p95_mm = no_figure, max_mm = no_figure, signed_mean_mm = no_figure;
    double true_area_mm2 = 0;
};

struct OrganFigures {
    std::string name;
    double dice = no_figure;
};

struct Evaluation {
    double left_ostium_mm = -1,
           right_ostium_mm = -1;  // error; -1: no true ostium on this side; inf: not found
    std::vector<VesselFigures> vessels;
    double tree_overlap = 0, tree_relevant_overlap = 0, tree_until_first_error = 0, tree_inside_mm = 0;
    double false_positive_fraction = 0, false_positive_mm = 0, found_length_mm = 0;
    std::vector<SegmentFigures> segments;
    RadiusFigures radius;
    std::vector<RadiusFigures> radius_classes;
    std::vector<LesionFigures> lesions;
    double label_agreement = 0;
    double label_recall = no_figure, label_precision = no_figure, label_f1 = no_figure,
           label_named_f1 = no_figure;  // over segments
    bool dominance_right = false;
    double dominance_confidence = 0;  // as the result states it
    std::vector<MaskFigures> masks;
    std::vector<OrganFigures> organs;
    std::vector<SurfaceFigures> surfaces;
    DetectionFigures detection;
    bool plaque_compared = false;
    std::vector<PlaqueFigures> plaque;  // per true plaque
    PlaqueVolumes found_plaque, true_plaque;
    double false_plaque_mm3 = 0;                // away from every true plaque
    std::string found_cad_rads, true_cad_rads;  // categories; empty: not graded
    double found_agatston = no_figure, true_agatston = no_figure;
    DecisionFigures decisions, main_decisions, grey_decisions;  // main: LAD, LCX, RCA
    ScanModel found_scan, true_scan;                            // blood_hu 0: not known
    std::vector<std::string> remarks;                           // what a reader of the figures must know
};

// Deterministic. Throws Error(input_geometry) when two label volumes do not overlap, Error(interrupted).
Evaluation run_evaluate(const EvaluationSide& found, const EvaluationSide& truth,
                        const EvaluateOptions& options, const Run& run);

// One number as it is printed and written. NaN: the figure does not exist in this case.
struct Figure {
    std::string section;  // heading of the table
    std::string name, unit;
    double value = 0;
};
std::vector<Figure> figures_of(const Evaluation& evaluation);
// One line per figure, `CASE FIGURE VALUE UNIT - info`, the form that validation/run reads.
std::string evaluation_lines(const Evaluation& evaluation, const std::string& case_name);
// The same for people, with headings.
std::string evaluation_table(const Evaluation& evaluation, const std::string& case_name);

}  // namespace ctffr
