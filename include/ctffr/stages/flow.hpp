// SPDX-License-Identifier: Apache-2.0
// Stages: boundary conditions, reduced-order solve, FFR with lesions.
#pragma once

#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/ffr_uncertainty.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/resting.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

struct BoundaryOptions {
    // 0 or NaN means: estimate from patient facts or take the default (docs/theory/hyperaemia.md).
    double aortic_pressure_mmhg = 0, total_flow_ml_min = 0, venous_pressure_mmhg = 5;
    double viscosity_mpa_s = 0, density_kg_m3 = 1060;
    double outlet_exponent = 2.4;  // R_i ~ 1 / d_ref^exponent
    double flow_factor = 16;       // Q_hyp = factor * M_LV^0.75, mL/min with M in g
    bool side_branch_leak = true;
    // Microvascular resistance over that which gives the hyperaemic flow: above 1 with microvascular disease.
    double microvascular_factor = 1;
    // Shares of the total flow, all three or none; they are scaled to sum to 100. 0: by dominance.
    double share_lad_pct = 0, share_lcx_pct = 0, share_rca_pct = 0;
    // How the flow is split: "dominance" (table) or "myocardium" (muscle nearest to each branch).
    std::string territories = "dominance";
    // "hyperaemia" (FFR), "rest" or "exercise". The pressure and flow above are those of hyperaemia in every
    // state; the others follow from them (docs/theory/flow-states.md).
    std::string state = "hyperaemia";
    double exercise_mets = 5;  // work of exercise over that of sitting still
};

// Hyperaemia and healthy-equivalent outlet resistances. `facts` are what image, config and command line gave.
// `labels`: what was segmented, for the muscle; null: no heart was imaged. At rest and in exercise the beds
// regulate against the lesions of `lumen`. Throws Error(physiology_out_of_range) with the value, the range
// and where it came from, and Error(not_converged) when the beds do not settle.
FlowProblem run_boundary(const CoronaryTree& tree, const LumenSurface& lumen, const HeartFrame& heart,
                         const PatientFacts& facts, const BoundaryOptions& options, const Run& run,
                         const Segmentation* labels = nullptr);

// How pressure falls along the vessels. `profile` marches the velocity profile and is the one to use; the
// others are textbook stenosis laws on developed flow, for comparison (docs/theory/reduced-flow.md).
enum class ReducedLaw { profile, young_tsai, itu, huo_kassab };

struct ReducedOptions {
    ReducedLaw law = ReducedLaw::profile;
    int max_iterations = 60;
    double tolerance = 1e-10;  // relative residual of mass and pressure balance
};

// Nonlinear network along the centerlines. Read `status` before anything else.
FlowSolution run_solve_reduced(const CoronaryTree& tree, const LumenSurface& lumen,
                               const FlowProblem& problem, const ReducedOptions& options, const Run& run);

struct FfrOptions {
    double min_reported_diameter_mm = 1.5;  // FFR is not read where the reference vessel is thinner
    double lesion_min_ds_pct = 25;          // narrowings below are not listed
    int uncertainty_samples = 4000;         // of the inputs; 0: no uncertainty is estimated
};

struct FfrOutcome {
    FfrMap map;
    std::vector<Lesion> lesions;
    std::vector<VesselSummary> vessels;
    std::vector<std::string> remarks;  // plausibility guards that were met
    bool excluded_segments = false;
    ReducedMisfit reduced_misfit;  // of a 3-D solution
    FfrUncertainty uncertainty;
    RestingRatio resting;  // estimated with the uncertainty
};

FfrOutcome run_ffr(const CoronaryTree& tree, const LumenSurface& lumen, const FlowProblem& problem,
                   const FlowSolution& solution, const FfrOptions& options, const Run& run);

}  // namespace ctffr
