// SPDX-License-Identifier: Apache-2.0
// Unsteady laminar flow on a finite-volume mesh: second-order backward differences in time, each step
// iterated to convergence on the operators of the steady solver. docs/theory/flow-solver.md.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "flow/coronary_outlet.hpp"
#include "flow/flow_system.hpp"
#include "flow/windkessel.hpp"

namespace ctffr {

// A coronary bed and how hard the heart muscle presses on it.
struct MuscleBed {
    std::optional<CoronaryOutletState> state;  // at the start of the run; none: a tight face
    double muscle_share = 1;                   // intramyocardial over left ventricular pressure
};

// What one patch prescribes over time; one per FlowMesh patch, same order. Times in s.
struct TransientCondition {
    FlowCondition fixed;  // kind, and what does not change
    // Wall and velocity patches: velocity at a face centre, m/s; replaces fixed.velocity.
    std::function<Vec3(Vec3 face_centre, double time)> velocity;
    // Pressure patches: base pressure, Pa; replaces fixed.base_pressure.
    std::function<double(double time)> pressure;
    // Pressure patches: replaces base pressure and resistance.
    std::optional<Windkessel> windkessel;
    // Pressure patches: one bed, which replaces base pressure and resistance. Velocity patches: one bed per
    // face behind a wall that leaks, which replaces fixed.leak_conductance and leak_pressure. Empty: none.
    std::vector<MuscleBed> beds;
    std::function<double(double time)> ventricle_pressure;  // Pa; needed with beds
};

// What is known after a step; valid during the call.
struct TransientMoment {
    double time = 0;                   // s
    int step = 0;                      // of the cycle, from 0
    const std::vector<double>& state;  // u, v, w, p of each cell
    const std::vector<OpeningState>& openings;
    // Per boundary face, with TransientOptions::observe_walls; else empty.
    const std::vector<float>& wall_shear;         // three values, Pa
    const std::vector<double>& boundary_outflow;  // m3/s
};

struct TransientOptions {
    double step = 0;        // s, > 0
    int steps = 0;          // > 0; of one cycle when max_cycles > 1
    double start_time = 0;  // s
    // Periodic flow: the steps are repeated until pressure and flow at the openings change from one cycle to
    // the next by less than `cycle_tolerance` of their largest range; no convergence after max_cycles.
    int max_cycles = 1;
    double cycle_tolerance = 1e-3;
    // A step has converged when an outer iteration changes velocity and pressure by less than this, root mean
    // square over the largest met in the run.
    double tolerance = 1e-5;
    int max_iterations = 60;         // of one step
    double time_scale_factor = 1.5;  // pseudo-time step over the local time scale, as in the steady solver
    int mixing_depth = 6;
    // Iterations of a step after which the acceleration forgets what it knows, again and again: bounded
    // convection has kinks, and differences from before a kink mislead it. 0: never.
    int forget_after = 0;
    double pressure_tolerance = 0.1;
    std::vector<float> body_force;  // N/m3, three values a cell; empty: none
    OuterOptions outer;
    // Called after every step. May be empty.
    std::function<void(const TransientMoment&)> observe;
    bool observe_walls = false;
};

struct TransientStep {
    double time = 0;                          // s
    std::vector<OpeningState> openings;       // one per patch of the mesh
    std::vector<double> capacitor_pressures;  // Pa, one per patch: P_c or P_a; 0 without
    int iterations = 0;                       // outer
};

struct TransientResult {
    // iterations: outer, all steps; residual: the largest last change of a step; mass_imbalance: the largest
    // net outflow of all openings over the largest inflow.
    SolveStatus status;
    std::vector<TransientStep> steps;  // of all cycles
    int cycles = 0;
    double cycle_change = 0;        // of the last cycle against the one before
    std::vector<double> state;      // u, v, w, p of each cell at the last time
    double cell_imbalance = 0;      // largest net outflow of a cell at the last time over the largest inflow
    std::vector<float> wall_shear;  // three values a boundary face, Pa, at the last time
};

// `start`: u, v, w, p of each cell, or empty for a start at rest. Throws Error(mesh_failed) when conditions
// and mesh do not fit, Error(usage) for steps, Windkessels, beds, prescribed values or a start that make no
// sense; a step or cycle that does not converge is a status, and then there is no state.
TransientResult solve_transient(const FlowMesh& mesh, const std::vector<TransientCondition>& conditions,
                                const Fluid& fluid, const TransientOptions& options,
                                const std::vector<double>& start, const Run& run);

}  // namespace ctffr
