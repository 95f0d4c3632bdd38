// SPDX-License-Identifier: Apache-2.0
// What a patient's coronary tree is made of, before it has a shape: which vessels, how long, how wide, where
// they leave. Frequencies, lengths and diameters with their sources: docs/theory/phantom-tree.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ctffr/data/tree.hpp"
#include "ctffr/stages/phantom_options.hpp"
#include "phantom/heart_anatomy.hpp"

namespace ctffr::phantom {

// A course is a vessel that keeps its way through bifurcations: LM and LAD are one course, RCA and PLB are
// one.
enum class CourseKind {
    lad,
    lcx,
    rca,
    ramus,
    d1,
    d2,
    om1,
    om2,
    pda,
    plb,
    septal,
    conus,
    right_ventricular,
    acute_marginal,
};
const char* course_name(CourseKind kind);
// First stream number of the random numbers of the coronaries; the anatomy and the scanner have others.
inline constexpr std::uint64_t tree_stream = 0x7e0000;

// A vessel that leaves a main course. Positions are arc lengths (mm) from where the main course starts.
struct SideBranch {
    CourseKind kind = CourseKind::d1;
    CourseKind parent = CourseKind::lad;
    double position_mm = 0;       // on the parent; negative: where the anatomy says (crux, acute margin)
    double angle_deg = 55;        // between the parent's way on and the first stretch of the branch
    double diameter_mm = 2;       // at the origin
    double taper_per_mm = 0.008;  // relative
    double length_mm = 60;
    // Where on the heart it goes: HeartAnatomy::av_groove angle, for branches of the RCA counted from their
    // origin ...
    double target_angle_rad = 0;
    double target_height = 0.7;  // ... and share of the way from the groove to the apex
    double law_residual = 1;     // mother diameter over what the Huo-Kassab law gives
};

struct TreePlan {
    Dominance dominance = Dominance::right;
    bool absent_left_main = false;
    double tortuosity = 1;
    double scale = 1;            // of all diameters: patient size times individual variation
    double lm_length_mm = 10.5;  // 0 without left main
    double lad_length_mm = 140;  // from the end of the left main
    double lcx_length_mm = 80;
    double lm_angle_deg = 75;  // between LAD and LCX
    double lm_diameter_mm = 4.6, lad_diameter_mm = 3.6, lcx_diameter_mm = 3.25, rca_diameter_mm = 3.9;
    double lad_taper_per_mm = 0.004, lcx_taper_per_mm = 0.005,
           rca_taper_per_mm = 0.009;  // RCA: left dominance only
    // The artery that reaches the crux goes on as the posterolateral (right dominance) or posterior
    // descending artery.
    double pda_diameter_mm = 2.1, pda_length_mm = 45, plb_diameter_mm = 2.0, plb_length_mm = 50;
    double rca_share_to_margin = 0.55;  // of the way from ostium to crux
    bool bridge = false;
    double bridge_start_mm = 0, bridge_length_mm = 0, bridge_depth_mm = 0, bridge_compression = 0;
    std::vector<SideBranch> sides;  // in the order in which they are laid out

    const SideBranch* find(CourseKind kind) const;
};

TreePlan make_tree_plan(const TreeOptions& options, double bridge_chance, const BodySize& body,
                        std::uint64_t seed);

}  // namespace ctffr::phantom
