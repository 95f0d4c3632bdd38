// SPDX-License-Identifier: Apache-2.0
// The discrete incompressible flow problem on one device, and its outer iteration: momentum over a
// pseudo-time step, then the pressure correction that makes the flow divergence-free. This is SIMPLEC (Van
// Doormaal and Raithby, Numer. Heat Transfer 7 (1984)) written as a projection: with the neighbour sum taken
// out of the momentum diagonal, the correction coefficient away from walls is the pseudo-time step over the
// density, so the pressure matrix stays the same from one iteration to the next. docs/theory/flow-solver.md.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow_mesh.hpp"
#include "ctffr/linear/conjugate_gradient.hpp"
#include "flow/fv_mesh.hpp"
#include "flow/time_scale.hpp"

namespace ctffr {

struct Fluid {
    double density = 1060;                    // kg/m3
    double viscosity = 3.5e-3;                // Pa s
    std::optional<kernels::Carreau> carreau;  // replaces the viscosity
};

struct OuterOptions {
    double pseudo_step = 0.012;  // s
    // Sweeps of the momentum equation, Gauss-Seidel in chunks on the CPU, until one changes its solution by
    // less than the tolerance; the limit is twice as high for Jacobi on the GPU. With a fixed number the
    // sweeps reach less far the finer the mesh is, and the outer iterations grow.
    int momentum_sweeps = 60;
    double momentum_tolerance = 0.02;
    double pressure_tolerance = 0.1;   // relative residual of the pressure correction
    int pressure_iterations = 10;      // limit per outer iteration
    double rhie_chow_factor = 1;       // weight of the momentum diagonal in the Rhie-Chow coefficient
    double upwind_share = 0.5;         // of second-order upwind in convection; the rest is central
    double extrapolation_bound = 0.7;  // see kernels::FvMomentumTerms
    bool aggregate_by_boxes = true;  // multigrid by octree boxes where they fit; else by strength of coupling
};

// Mean static pressure and flow of one patch.
struct OpeningState {
    double pressure = 0;  // Pa
    double outflow = 0;   // m3/s
};

// What one outer iteration found at the state it started from.
struct OuterReport {
    double momentum = 0;  // sum of |residual force| over the cells, N
    double mass = 0;      // sum of |net outflow| over the cells after the momentum step, m3/s
    int pressure_iterations = 0;
    bool finite = true;
};

template <class Exec>
class FlowSystem {
   public:
    FlowSystem(const Exec& exec, const FlowMesh& mesh, const std::vector<FlowCondition>& conditions,
               const Fluid& fluid, const OuterOptions& options);

    Index cells() const { return tables_.cells; }
    Index rows() const { return tables_.rows; }
    // Four values a row: u, v, w, p of each cell, then (0, 0, 0, P) of each pressure patch.
    Array<double, Exec>& state() { return state_; }
    // `cell_values`: four a cell. Patch pressures start at their base.
    void set_state(const std::vector<double>& cell_values, const std::vector<double>& patch_pressures);
    // Pseudo-time steps of `factor` times the local time scale of the present state; the old ones stay where
    // the mean of |log(new / old)| is below `least`. Returns whether they are new. Makes the pressure matrix
    // when there is none yet, for its multigrid hierarchy.
    bool rescale(double factor, double least);
    // Implicit time derivative rate * (u - reference), rate in 1/s, and the flux excess of old levels that
    // belongs to it (kernels::FvFluxMemory). The views stay in use. Rate zero: steady.
    void set_time_derivative(double rate, View<const double> reference, View<const float> face_memory,
                             View<const float> boundary_memory);
    // Force on the fluid, N/m3, three values a cell; empty: none.
    void set_body_force(const std::vector<float>& force);
    void set_wall_velocity(const std::vector<float>& boundary_velocity);
    void set_patch_base(std::size_t patch, double base_pressure, double resistance);
    // Leaks of a step, per boundary face as in FvTables: m/(s Pa) and Pa. From then on the pressure
    // correction knows them: beds take up flow so fast at the start of a step that leaks lagged by an
    // iteration would swing.
    void set_leak(const std::vector<float>& conductance, const std::vector<float>& pressure);
    // Puts the base pressures into the state where patches have neither resistance nor loss: the outer
    // iteration does not move those.
    void fix_pressures();

    // The potential flow that all openings drive from rest within one pseudo-time step, with its pressure: a
    // smooth start. (A uniform pressure between openings of different pressures is not: the jumps at the
    // openings make fluxes of thousands of times the flow.) Patches with a resistance already obey it.
    void start_from_rest();
    // From the present state: the change that the outer iteration makes, four values a row. Does not move the
    // state.
    OuterReport evaluate(Array<float, Exec>& change);

    // Excess of the present fluxes over the interpolated velocities, m3/s; makes the gradients of the state.
    void flux_excess(View<float> face, View<float> boundary);
    // Mean static pressure and outflow of each patch (zero for walls) and the largest net outflow of a cell,
    // m3/s; after evaluate() of the state before the change, after settle() of the present one.
    std::vector<OpeningState> openings();
    double worst_cell_imbalance();
    std::vector<double> boundary_outflow() const { return boundary_flux_.to_host(); }  // m3/s, each face
    // A last plain iteration with a tight pressure solve; its fluxes conserve mass in every cell.
    OuterReport settle();
    std::vector<float> gradients();   // [12 i + 3 c + a]: d(component c)/d(axis a), at the present state
    std::vector<float> wall_shear();  // three a boundary face, Pa: traction along walls, zero elsewhere
    const FvTables& tables() const { return tables_; }
    const FvMesh<Exec>& mesh() const { return mesh_; }

   private:
    OuterReport evaluate(Array<float, Exec>& change, double pressure_tolerance, int pressure_iterations);
    void update_patches();
    void take_gradients();
    void momentum();
    void rest_coefficients();
    // Pressure correction p' of the present fluxes with the velocity change in sweep_a_.
    linear::LinearStatus solve_pressure(double tolerance, int iterations);
    void refresh_pressure_matrix();

    Exec exec_;
    FvTables tables_;
    std::vector<FlowCondition> conditions_;
    Fluid fluid_;
    OuterOptions options_;
    FvMesh<Exec> mesh_;
    linear::RowGeometry geometry_;
    Array<double, Exec> state_, flux_, boundary_flux_, patch_flow_;
    Array<float, Exec> gradient_, reach_, rhie_chow_, simplec_, simplec_used_;
    Array<float, Exec> value_, diagonal_, residual_, sweep_a_, sweep_b_, source_, pressure_change_,
        pseudo_rate_, next_rate_, body_force_;
    Array<float, Exec> conductance_, inflow_velocity_, leak_conductance_, leak_pressure_;
    Array<double, Exec> patch_base_;
    std::vector<float> host_conductance_;
    std::vector<double>
        loss_resistance_;  // of each row beyond the cells: derivative of the inlet loss, lagged
    std::unique_ptr<linear::Multigrid<Exec>> multigrid_;
    std::unique_ptr<LocalTimeScale<Exec>> time_scale_;
    double radius_;
    linear::ConjugateGradient<Exec, float> solver_;
    kernels::FvMomentumTerms terms_;
    kernels::FvFluxMemory memory_;
    bool first_ = true, matrix_stale_ = true, implicit_leak_ = false;
};

}  // namespace ctffr
