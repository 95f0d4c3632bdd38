// SPDX-License-Identifier: Apache-2.0
#include "ctffr/kernels/flow.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::kernels {

template <class Exec, class Real>
void time_combination(const Exec& exec, double a, View<const Real> x, double b, View<const Real> y,
                      View<Real> out) {
    parallel_for(
        exec, "time combination", out.size,
        CTFFR_LAMBDA(Index i) {
            out[i] = static_cast<Real>(a * static_cast<double>(x[i]) + b * static_cast<double>(y[i]));
        },
        3.0 * sizeof(Real) * static_cast<double>(out.size));
}

template <class Exec>
void fv_fix_pressures(const Exec& exec, const FvMeshView& mesh, View<const std::int32_t> fixed,
                      View<const double> pressure, View<double> state) {
    const Index cells = mesh.cells;
    parallel_for(
        exec, "fv fix pressures", fixed.size, CTFFR_LAMBDA(Index r) {
            if (fixed[r]) state[4 * (cells + r) + 3] = pressure[r];
        });
}

template <class Exec, class Real>
FlowSums fv_flow_sums(const Exec& exec, const FvMeshView& mesh, View<const Real> state) {
    const FvMeshView m = mesh;
    return parallel_sum<FlowSums>(
        exec, "fv flow sums", m.cells,
        CTFFR_LAMBDA(Index i) {
            const double v = static_cast<double>(m.volume[i]);
            double u[4];
            for (int c = 0; c < 4; ++c) u[c] = static_cast<double>(state[4 * i + c]);
            FlowSums s;
            s.volume = v;
            s.speed2 = v * (u[0] * u[0] + u[1] * u[1] + u[2] * u[2]);
            s.pressure = v * u[3];
            s.pressure2 = v * u[3] * u[3];
            return s;
        },
        (4.0 + 4 * sizeof(Real)) * static_cast<double>(m.cells));
}

template void time_combination<CTFFR_EXEC, double>(const CTFFR_EXEC&, double, View<const double>, double,
                                                   View<const double>, View<double>);
template void time_combination<CTFFR_EXEC, float>(const CTFFR_EXEC&, double, View<const float>, double,
                                                  View<const float>, View<float>);
template void fv_fix_pressures<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const std::int32_t>,
                                           View<const double>, View<double>);
template FlowSums fv_flow_sums<CTFFR_EXEC, double>(const CTFFR_EXEC&, const FvMeshView&, View<const double>);
template FlowSums fv_flow_sums<CTFFR_EXEC, float>(const CTFFR_EXEC&, const FvMeshView&, View<const float>);

}  // namespace ctffr::kernels
