// SPDX-License-Identifier: Apache-2.0
#include "flow/flow_system.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr {

namespace {

using kernels::FvPatchKind;

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// Cells inside one chunk are swept in order; on the GPU every cell is a chunk of its own, and it takes
// twice the sweeps to reach as far.
constexpr Index chunk_of(DeviceKind kind) { return kind == DeviceKind::cpu ? 4096 : 1; }
constexpr int sweeps_for_one(DeviceKind kind) { return kind == DeviceKind::cpu ? 1 : 2; }

linear::RowGeometry geometry_of(const FlowMesh& mesh, Index rows) {
    linear::RowGeometry g;
    g.centre = mesh.cell_centre;
    g.size.resize(at(mesh.cells));
    parallel_for(Cpu{}, "cell sizes", mesh.cells,
                 [&](Index i) { g.size[at(i)] = std::cbrt(mesh.cell_volume[at(i)]); });
    g.centre.resize(at(rows));
    g.size.resize(at(rows), 0);
    return g;
}

}  // namespace

template <class Exec>
FlowSystem<Exec>::FlowSystem(const Exec& exec, const FlowMesh& mesh,
                             const std::vector<FlowCondition>& conditions, const Fluid& fluid,
                             const OuterOptions& options)
    : exec_(exec),
      tables_(mesh, conditions),
      conditions_(conditions),
      fluid_(fluid),
      options_(options),
      mesh_(exec, tables_,
            std::vector<float>(fluid.carreau ? at(mesh.cells) : 1, static_cast<float>(fluid.viscosity)),
            fluid.density),
      geometry_(geometry_of(mesh, tables_.rows)),
      state_(exec, 4 * tables_.rows),
      flux_(exec, mesh.internal_faces()),
      boundary_flux_(exec, mesh.faces() - mesh.internal_faces()),
      patch_flow_(exec, tables_.rows - tables_.cells),
      gradient_(exec, 12 * tables_.cells),
      reach_(exec, tables_.cells),
      rhie_chow_(exec, tables_.cells),
      simplec_(exec, tables_.cells),
      simplec_used_(exec, tables_.cells),
      value_(exec, static_cast<Index>(tables_.column.size())),
      diagonal_(exec, tables_.rows),
      residual_(exec, 4 * tables_.cells),
      sweep_a_(exec, 4 * tables_.cells),
      sweep_b_(exec, 4 * tables_.cells),
      source_(exec, tables_.rows),
      pressure_change_(exec, tables_.rows),
      pseudo_rate_(exec, std::vector<float>(at(mesh.cells), static_cast<float>(1 / options.pseudo_step))),
      next_rate_(exec, mesh.cells),
      body_force_(exec, 0),
      conductance_(exec, tables_.rows - tables_.cells),
      inflow_velocity_(exec, 3 * static_cast<Index>(mesh.patches.size())),
      leak_conductance_(exec, tables_.leak_conductance),
      leak_pressure_(exec, tables_.leak_pressure),
      patch_base_(exec, tables_.rows - tables_.cells),
      host_conductance_(tables_.pressure_patch.size(), -1.0f),
      loss_resistance_(tables_.pressure_patch.size(), 0.0),
      radius_(hydraulic_radius(mesh)),
      solver_(exec, tables_.rows) {
    tables_.drop_uploaded();
    terms_.pseudo_rate = std::as_const(pseudo_rate_).view();
    terms_.upwind_share = static_cast<float>(options.upwind_share);
    terms_.extrapolation_bound = static_cast<float>(options.extrapolation_bound);
    terms_.rhie_chow_factor = static_cast<float>(options.rhie_chow_factor);
    conductance_.copy_from(host_conductance_);
    kernels::fill_zero<Exec>(exec_, inflow_velocity_.view());
    kernels::fill_zero<Exec>(exec_, state_.view());
}

template <class Exec>
void FlowSystem<Exec>::set_state(const std::vector<double>& cell_values,
                                 const std::vector<double>& patch_pressures) {
    CTFFR_CHECK_OP(static_cast<Index>(cell_values.size()), ==, 4 * cells());
    CTFFR_CHECK_OP(static_cast<Index>(patch_pressures.size()), ==, rows() - cells());
    std::vector<double> all;
    all.reserve(4 * at(rows()));
    all.assign(cell_values.begin(), cell_values.end());
    for (double p : patch_pressures) all.insert(all.end(), {0.0, 0.0, 0.0, p});
    state_.copy_from(all);
    first_ = true;
}

template <class Exec>
bool FlowSystem<Exec>::rescale(double factor, double least) {
    const bool first = !time_scale_;
    take_gradients();
    if (first) {
        rest_coefficients();
        refresh_pressure_matrix();
        time_scale_ = std::make_unique<LocalTimeScale<Exec>>(
            exec_, *multigrid_, mesh_.view().volume, fluid_.viscosity / fluid_.density, radius_, factor);
    }
    kernels::convert<Exec, float, float>(exec_, std::as_const(pseudo_rate_).view(), 1.0, next_rate_.view());
    const double moved = time_scale_->update(*multigrid_, std::as_const(gradient_).view(), next_rate_.view());
    if (!first && moved < least) return false;
    std::swap(pseudo_rate_, next_rate_);
    terms_.pseudo_rate = std::as_const(pseudo_rate_).view();
    matrix_stale_ = true;
    return true;
}

template <class Exec>
void FlowSystem<Exec>::set_time_derivative(double rate, View<const double> reference,
                                           View<const float> face_memory, View<const float> boundary_memory) {
    if (static_cast<float>(rate) != terms_.physical_rate) matrix_stale_ = true;
    terms_.physical_rate = static_cast<float>(rate);
    terms_.reference = reference;
    memory_ = {static_cast<float>(rate * fluid_.density), face_memory, boundary_memory};
}

template <class Exec>
void FlowSystem<Exec>::set_body_force(const std::vector<float>& force) {
    if (!force.empty()) CTFFR_CHECK_OP(static_cast<Index>(force.size()), ==, 3 * cells());
    body_force_ = Array<float, Exec>(exec_, force);
    terms_.body_force = std::as_const(body_force_).view();
}

template <class Exec>
void FlowSystem<Exec>::refresh_pressure_matrix() {
    kernels::convert<Exec, float, float>(exec_, std::as_const(simplec_).view(), 1.0, simplec_used_.view());
    if (tables_.pressure_patch.empty()) conductance_ = Array<float, Exec>(exec_, Index{0});
    kernels::fv_pressure_matrix<Exec>(exec_, mesh_.view(), std::as_const(simplec_used_).view(),
                                      std::as_const(conductance_).view(), value_.view(), diagonal_.view());
    if (implicit_leak_)
        kernels::fv_leak_diagonal<Exec>(exec_, mesh_.view(), std::as_const(leak_conductance_).view(),
                                        diagonal_.view());
    if (tables_.pressure_patch.empty()) {
        // Nothing fixes the level of the pressure: the first cell holds its own.
        std::vector<float> d = diagonal_.to_host();
        d[0] *= 2;
        diagonal_.copy_from(d);
    }
    if (!multigrid_) {
        linear::Pattern pattern{std::move(tables_.row_start), std::move(tables_.column)};
        linear::MultigridOptions options;
        options.coarsest_rows = 200;
        multigrid_ = std::make_unique<linear::Multigrid<Exec>>(
            exec_, std::move(pattern), value_.to_host(), diagonal_.to_host(),
            options_.aggregate_by_boxes ? std::move(geometry_) : linear::RowGeometry{}, options);
        geometry_ = {};
    } else {
        multigrid_->set_values(std::as_const(value_).view(), std::as_const(diagonal_).view());
    }
    matrix_stale_ = false;
}

template <class Exec>
void FlowSystem<Exec>::take_gradients() {
    kernels::fv_gradients<Exec>(exec_, mesh_.view(), std::as_const(state_).view(), gradient_.view(),
                                reach_.view());
}

template <class Exec>
void FlowSystem<Exec>::momentum() {
    kernels::fv_momentum<Exec>(exec_, mesh_.view(), std::as_const(state_).view(),
                               std::as_const(gradient_).view(), std::as_const(reach_).view(),
                               std::as_const(flux_).view(), std::as_const(boundary_flux_).view(),
                               std::as_const(inflow_velocity_).view(), terms_, value_.view(),
                               diagonal_.view(), residual_.view(), simplec_.view(), rhie_chow_.view());
}

// There is no momentum matrix yet: its coefficients without convection serve for the first fluxes.
template <class Exec>
void FlowSystem<Exec>::rest_coefficients() {
    kernels::fill_zero<Exec>(exec_, flux_.view());
    kernels::fill_zero<Exec>(exec_, boundary_flux_.view());
    update_patches();
    momentum();
    first_ = false;
}

template <class Exec>
linear::LinearStatus FlowSystem<Exec>::solve_pressure(double tolerance, int iterations) {
    kernels::fv_pressure_source<Exec>(exec_, mesh_.view(), std::as_const(state_).view(),
                                      std::as_const(flux_).view(), std::as_const(boundary_flux_).view(),
                                      std::as_const(sweep_a_).view(), std::as_const(conductance_).view(),
                                      std::as_const(patch_base_).view(), source_.view());
    kernels::fill_zero<Exec>(exec_, pressure_change_.view());
    return solver_.solve(multigrid_->finest(), *multigrid_, std::as_const(source_).view(),
                         pressure_change_.view(), tolerance, iterations);
}

template <class Exec>
void FlowSystem<Exec>::start_from_rest() {
    // Fixed pressures act from the start; a patch with a resistance begins at their mean, without a jump.
    double level = 0;
    int fixed = 0;
    for (std::int32_t q : tables_.pressure_patch)
        if (conditions_[at(q)].resistance <= 0) level += conditions_[at(q)].base_pressure, ++fixed;
    if (fixed > 0) level /= fixed;
    std::vector<double> cell_values(4 * at(cells()), 0.0), patch_pressures;
    for (std::size_t i = 3; i < cell_values.size(); i += 4) cell_values[i] = level;
    for (std::int32_t q : tables_.pressure_patch)
        patch_pressures.push_back(conditions_[at(q)].resistance > 0 ? level
                                                                    : conditions_[at(q)].base_pressure);
    set_state(cell_values, patch_pressures);
    const kernels::FvMeshView m = mesh_.view();
    kernels::fill_zero<Exec>(exec_, gradient_.view());
    kernels::fill_zero<Exec>(exec_, reach_.view());
    rest_coefficients();
    refresh_pressure_matrix();
    // With the coefficients of the pressure matrix and without gradients, the fluxes are those of the jumps
    // at the fixed pressures; the solution p' then brings the sum of both to a divergence of zero.
    kernels::fv_fluxes<Exec>(exec_, m, std::as_const(state_).view(), std::as_const(gradient_).view(),
                             std::as_const(simplec_used_).view(), {}, flux_.view(), boundary_flux_.view());
    kernels::fill_zero<Exec>(exec_, sweep_a_.view());
    const linear::LinearStatus status = solve_pressure(1e-4, 40);
    if (status.reason == linear::LinearStatus::Reason::not_finite)
        kernels::fill_zero<Exec>(exec_, pressure_change_.view());
    kernels::fv_raise_pressure<Exec>(exec_, std::as_const(pressure_change_).view(), state_.view());
    take_gradients();
    kernels::fv_potential_velocity<Exec>(exec_, std::as_const(simplec_used_).view(),
                                         std::as_const(gradient_).view(), state_.view());
}

template <class Exec>
OuterReport FlowSystem<Exec>::evaluate(Array<float, Exec>& change) {
    return evaluate(change, options_.pressure_tolerance, options_.pressure_iterations);
}

template <class Exec>
OuterReport FlowSystem<Exec>::evaluate(Array<float, Exec>& change, double pressure_tolerance,
                                       int pressure_iterations) {
    OuterReport report;
    const kernels::FvMeshView m = mesh_.view();
    const View<const double> state = std::as_const(state_).view();
    const View<const float> gradient = std::as_const(gradient_).view();
    // Gradients, viscosity, fluxes of the present state.
    take_gradients();
    if (fluid_.carreau)
        kernels::fv_carreau<Exec>(exec_, cells(), gradient, *fluid_.carreau, mesh_.viscosity().view());
    if (leak_conductance_.size() > 0)
        kernels::fv_leak<Exec>(exec_, m, state, gradient, std::as_const(leak_conductance_).view(),
                               std::as_const(leak_pressure_).view(), mesh_.boundary_velocity().view());
    if (first_) rest_coefficients();
    kernels::fv_fluxes<Exec>(exec_, m, state, gradient, std::as_const(rhie_chow_).view(), memory_,
                             flux_.view(), boundary_flux_.view());
    update_patches();
    // Momentum: (rho V / step + A) delta = residual.
    momentum();
    report.momentum = std::sqrt(kernels::dot_product<Exec, float>(exec_, std::as_const(residual_).view(),
                                                                  std::as_const(residual_).view()));
    kernels::fill_zero<Exec>(exec_, sweep_a_.view());
    constexpr Index chunk = chunk_of(Exec::kind);
    constexpr int check_every = 5;
    for (int sweep = 1; sweep <= sweeps_for_one(Exec::kind) * options_.momentum_sweeps; ++sweep) {
        kernels::fv_sweep<Exec>(exec_, m, std::as_const(value_).view(), std::as_const(diagonal_).view(),
                                std::as_const(residual_).view(), chunk, sweep % 2 == 0,
                                std::as_const(sweep_a_).view(), sweep_b_.view());
        std::swap(sweep_a_, sweep_b_);
        if (sweep % check_every == 0 &&
            kernels::fv_sweep_change<Exec>(exec_, std::as_const(sweep_b_).view(),
                                           std::as_const(sweep_a_).view()) < options_.momentum_tolerance)
            break;
    }
    // Pressure: divergence of the fluxes with the new velocity.
    if (matrix_stale_) refresh_pressure_matrix();
    const linear::LinearStatus status = solve_pressure(pressure_tolerance, pressure_iterations);
    report.mass = std::sqrt(kernels::dot_product<Exec, float>(exec_, std::as_const(source_).view(),
                                                              std::as_const(source_).view()));
    report.pressure_iterations = status.iterations;
    report.finite = std::isfinite(report.momentum) && std::isfinite(report.mass) &&
                    status.reason != linear::LinearStatus::Reason::not_finite;
    kernels::fv_correction<Exec>(exec_, m, std::as_const(sweep_a_).view(),
                                 std::as_const(pressure_change_).view(), std::as_const(simplec_used_).view(),
                                 change.view());
    return report;
}

template <class Exec>
OuterReport FlowSystem<Exec>::settle() {
    Array<float, Exec> change(exec_, 4 * rows()), step(exec_, 4 * rows());
    const auto apply = [&] {
        kernels::mixing_update<Exec>(exec_, std::as_const(change).view(), {}, {}, step.view(), state_.view());
        kernels::fv_correct_fluxes<Exec>(
            exec_, mesh_.view(), std::as_const(sweep_a_).view(), std::as_const(pressure_change_).view(),
            std::as_const(simplec_used_).view(), flux_.view(), boundary_flux_.view());
        if (implicit_leak_)
            kernels::fv_correct_leak<Exec>(exec_, mesh_.view(), std::as_const(leak_conductance_).view(),
                                           std::as_const(pressure_change_).view(), boundary_flux_.view());
    };
    const OuterReport report = evaluate(change, 1e-6, 60);
    apply();
    // Further pressure corrections for what the first left over in single precision: mostly one.
    kernels::fill_zero<Exec>(exec_, sweep_a_.view());
    for (int correction = 0; correction < 6; ++correction) {
        if (solve_pressure(1e-4, 30).reason == linear::LinearStatus::Reason::not_finite) return report;
        kernels::fv_correction<Exec>(exec_, mesh_.view(), std::as_const(sweep_a_).view(),
                                     std::as_const(pressure_change_).view(),
                                     std::as_const(simplec_used_).view(), change.view());
        apply();
        double inflow = 0, net = 0;
        for (const OpeningState& o : openings()) inflow += std::max(0.0, -o.outflow), net += o.outflow;
        if (std::abs(net) <= 1e-9 * inflow && worst_cell_imbalance() <= 1e-10 * inflow) break;
    }
    return report;
}

template <class Exec>
void FlowSystem<Exec>::flux_excess(View<float> face, View<float> boundary) {
    take_gradients();
    kernels::fv_flux_excess<Exec>(exec_, mesh_.view(), std::as_const(state_).view(),
                                  std::as_const(gradient_).view(), std::as_const(flux_).view(),
                                  std::as_const(boundary_flux_).view(), face, boundary);
}

template class FlowSystem<Cpu>;
#if defined(CTFFR_HAVE_CUDA)
template class FlowSystem<Cuda>;
#endif

}  // namespace ctffr
