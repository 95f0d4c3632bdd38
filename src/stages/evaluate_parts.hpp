// SPDX-License-Identifier: Apache-2.0
// The parts of the evaluation stage, one file each, and how true and found points are paired.
#pragma once

#include <optional>
#include <vector>

#include "ctffr/stages/evaluate.hpp"

namespace ctffr::evaluation {

// A point of a tree by branch and index.
struct PointRef {
    int branch = 0, point = 0;
};

const CenterlinePoint& at(const CoronaryTree& tree, PointRef ref);
double value_at(const std::vector<std::vector<double>>& values, PointRef ref);
bool is_flagged(const CoronaryTree& tree, PointRef ref, BranchFlag::Kind kind);
// The result says itself that its radius there is no measurement: not analysable, or occluded.
bool is_without_radius(const CoronaryTree& tree, PointRef ref);

// The point of the tree nearest to a place; empty beyond `tolerance_mm`.
std::optional<PointRef> nearest(const CoronaryTree& tree, Vec3 lps_mm, double tolerance_mm);
// The same for a point of the true tree: the tolerance is its radius, but at least 0.75 mm, the resolution of
// the scan.
std::optional<PointRef> match(const CoronaryTree& found, const CenterlinePoint& true_point);

// True where two branches' lumens overlap, so that "the" radius of a section is a matter of definition.
bool near_junction(const CoronaryTree& tree, const Branch& branch, const CenterlinePoint& point,
                   double margin);

// evaluate_radius.cpp: fills radius and radius_classes.
void compare_radii(const EvaluationSide& found, const EvaluationSide& truth, const EvaluateOptions& options,
                   const Run& run, Evaluation& out);
// evaluate_calcium.cpp: degrees of the wall's circumference with calcium, at every point of the tree; from
// the calcium voxels of the labels. Empty without labels.
std::vector<std::vector<double>> calcium_arc_deg(const EvaluationSide& truth, const Run& run);
// evaluate_lesions.cpp: fills lesions.
void compare_lesions(const EvaluationSide& found, const EvaluationSide& truth, Evaluation& out);
// evaluate_findings.cpp: listed lesions, plaque, CAD-RADS and calcium; after compare_lesions.
void compare_findings(const EvaluationSide& found, const EvaluationSide& truth,
                      const EvaluateOptions& options, Evaluation& out);
// 0 to 6 for categories 0, 1, 2, 3, 4A, 4B, 5; -1 for N and for none.
int cad_rads_rank(const std::string& category);
// evaluate_ffr.cpp: FFR of a vessel; decisions over all that `out.vessels` holds.
void compare_vessel_ffr(const EvaluationSide& found, const EvaluationSide& truth, const Vessel& vessel,
                        const EvaluateOptions& options, VesselFigures& figures);
void count_decisions(const EvaluateOptions& options, Evaluation& out);
// evaluate_image.cpp: masks, organs and surfaces.
void compare_labels_and_surfaces(const EvaluationSide& found, const EvaluationSide& truth,
                                 const EvaluateOptions& options, const Run& run, Evaluation& out);

}  // namespace ctffr::evaluation
