// SPDX-License-Identifier: Apache-2.0
// Steady laminar flow on a finite-volume mesh: accelerated outer iterations until pressures and flows at all
// openings stand still. docs/theory/flow-solver.md.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "flow/flow_system.hpp"

namespace ctffr {

struct SteadyOptions {
    // Pseudo-time step over the local time scale radius / mean speed. That scale is what the pressure
    // correction needs: with one step for the whole mesh it is wrong by the ratio of scales in tube and
    // throat, and the iteration count grows by the same ratio.
    double time_scale_factor = 1.5;
    int mixing_depth = 6;
    double pressure_tolerance = 0.2;
    int max_iterations = 250;
    int min_iterations = 12;
    double tolerance = 5e-4;  // change of any opening's pressure over pressure_scale within `window`
    int window = 5;
    double residual_drop = 1e-2;  // momentum residual against the largest met
    double residual_scale = 0;    // N; above 0: against this, for a start that is near the solution
    bool keep_gradient = false;
    // Iterations of a block; 0: only a flow that comes to rest is a solution. Else also the mean over a block
    // is, when three blocks in a row leave less than `mean_tolerance` open and no opening deviates by more
    // than `most_unsteady` (standard deviation) from its mean; both relative like `tolerance`.
    int mean_block = 0;
    double mean_tolerance = 1e-3, most_unsteady = 3e-3;
    // When second-order convection does not converge, first-order upwind convection does as a rule. From its
    // solution convection is strengthened step by step, each from the solution before: damped, which is of
    // second order but extrapolates to faces by no more than `damped_bounds` (see kernels::FvMomentumTerms),
    // then second order; after a damped step that does not converge second order is tried at once. The
    // strongest that converges is the result (SteadyResult::convection) when `weaker_last`.
    std::vector<double> damped_bounds{0.2, 0.35, 0.5};
    bool weaker_last = false;
    bool from_first_order = false;  // the direct attempt only when that of first order fails
    double pressure_scale = 0;      // Pa; 0: the largest pressure difference between openings
    std::vector<float> body_force;  // N/m3, three values a cell; empty: none
    OuterOptions outer;
};

struct SteadyResult {
    SolveStatus status;
    std::vector<double> state;             // u, v, w, p of each cell
    std::vector<OpeningState> openings;    // one per patch of the mesh
    std::vector<double> residual_history;  // momentum residual of each iteration over the scale
    double residual_scale = 0;             // N: the largest met, or SteadyOptions::residual_scale
    std::vector<float> gradient;           // FlowSystem::gradients of the state, when asked for
    std::vector<std::vector<OpeningState>> opening_history;
    Convection convection = Convection::second_order;
    double unsteadiness = 0;        // of a mean: largest standard deviation of an opening, relative
    double remaining_error = 0;     // estimate, relative to the pressure scale
    double cell_imbalance = 0;      // largest net outflow of a cell over the inflow, of the final fluxes
    std::vector<float> wall_shear;  // three values a boundary face, Pa: traction along the wall
};

// `start`: u, v, w, p of each cell, or empty for a start from the potential flow through the openings. Throws
// Error(mesh_failed) when conditions and mesh do not fit; not converged is a status.
SteadyResult solve_steady(const FlowMesh& mesh, const std::vector<FlowCondition>& conditions,
                          const Fluid& fluid, const SteadyOptions& options, const std::vector<double>& start,
                          const Run& run);

}  // namespace ctffr
