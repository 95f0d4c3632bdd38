// SPDX-License-Identifier: Apache-2.0
// What FlowSystem takes from its patches: velocities, leaks, and the pressures of openings.
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "ctffr/core/error.hpp"
#include "flow/flow_system.hpp"

namespace ctffr {

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

}  // namespace

template <class Exec>
void FlowSystem<Exec>::set_wall_velocity(const std::vector<float>& boundary_velocity) {
    mesh_.boundary_velocity().copy_from(boundary_velocity);
}

template <class Exec>
void FlowSystem<Exec>::set_patch_base(std::size_t patch, double base_pressure, double resistance) {
    if (conditions_[patch].resistance != resistance) matrix_stale_ = true;
    conditions_[patch].base_pressure = base_pressure;
    conditions_[patch].resistance = resistance;
}

template <class Exec>
void FlowSystem<Exec>::set_leak(const std::vector<float>& conductance, const std::vector<float>& pressure) {
    CTFFR_CHECK_OP(conductance.size(), ==, tables_.leak_conductance.size());
    CTFFR_CHECK_OP(pressure.size(), ==, conductance.size());
    if (!implicit_leak_ || conductance != tables_.leak_conductance) matrix_stale_ = true;
    implicit_leak_ = true;
    tables_.leak_conductance = conductance;
    leak_conductance_.copy_from(conductance);
    leak_pressure_.copy_from(pressure);
}

template <class Exec>
void FlowSystem<Exec>::fix_pressures() {
    std::vector<std::int32_t> fixed;
    std::vector<double> pressure;
    for (std::int32_t q : tables_.pressure_patch) {
        const FlowCondition& c = conditions_[at(q)];
        fixed.push_back(c.resistance > 0 || c.loss > 0 ? 0 : 1);
        pressure.push_back(c.base_pressure);
    }
    const Array<std::int32_t, Exec> which(exec_, fixed);
    const Array<double, Exec> value(exec_, pressure);
    kernels::fv_fix_pressures<Exec>(exec_, mesh_.view(), which.view(), value.view(), state_.view());
}

// Patch relations P = base - 1/2 rho loss (Q_in / A)^2 + R Q_out at the present flows, as P = base' + R'
// Q_out with R' held fixed while it is a fair derivative.
template <class Exec>
void FlowSystem<Exec>::update_patches() {
    const std::vector<std::int32_t>& patches = tables_.pressure_patch;
    if (patches.empty()) return;
    kernels::fv_patch_flows<Exec>(exec_, mesh_.view(), std::as_const(boundary_flux_).view(),
                                  patch_flow_.view());
    const std::vector<double> flow = patch_flow_.to_host();
    std::vector<double> base(patches.size());
    std::vector<float> conductance(patches.size());
    std::vector<float> enters(3 * tables_.patch_area.size(), 0.0f);
    for (std::size_t k = 0; k < patches.size(); ++k) {
        const auto q = static_cast<std::size_t>(patches[k]);
        const FlowCondition& c = conditions_[q];
        const double area = tables_.patch_area[q], inflow = std::max(0.0, -flow[k]);
        const double curvature = 0.5 * fluid_.density * c.loss / (area * area);
        // Unsteady flow may turn: with the slope of 1 mm/s at least, an opening with a loss stays free to
        // move.
        const double slope = 2 * curvature * std::max(inflow, terms_.physical_rate > 0 ? 1e-3 * area : 0.0);
        if (std::abs(slope - loss_resistance_[k]) > 0.3 * std::max(slope, loss_resistance_[k]))
            loss_resistance_[k] = slope;
        const double resistance = c.resistance + loss_resistance_[k];
        base[k] = c.base_pressure - curvature * inflow * inflow - loss_resistance_[k] * flow[k];
        conductance[k] = resistance > 0 ? static_cast<float>(1 / resistance) : -1.0f;
        if (c.flat_inflow && inflow > 0) {
            const Vec3 u = -(inflow / area) * tables_.patch_normal[q];
            for (int a = 0; a < 3; ++a)
                enters[3 * q + static_cast<std::size_t>(a)] = static_cast<float>(u[a]);
        }
    }
    patch_base_.copy_from(base);
    inflow_velocity_.copy_from(enters);
    if (conductance != host_conductance_) {
        host_conductance_ = conductance;
        conductance_.copy_from(conductance);
        matrix_stale_ = true;
    }
}

template void FlowSystem<Cpu>::set_wall_velocity(const std::vector<float>&);
template void FlowSystem<Cpu>::set_patch_base(std::size_t, double, double);
template void FlowSystem<Cpu>::set_leak(const std::vector<float>&, const std::vector<float>&);
template void FlowSystem<Cpu>::fix_pressures();
template void FlowSystem<Cpu>::update_patches();
#if defined(CTFFR_HAVE_CUDA)
template void FlowSystem<Cuda>::set_wall_velocity(const std::vector<float>&);
template void FlowSystem<Cuda>::set_patch_base(std::size_t, double, double);
template void FlowSystem<Cuda>::set_leak(const std::vector<float>&, const std::vector<float>&);
template void FlowSystem<Cuda>::fix_pressures();
template void FlowSystem<Cuda>::update_patches();
#endif

}  // namespace ctffr
