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

template <class Exec>
void fv_gradient_magnitude(const Exec& exec, View<const float> volume, View<const float> gradient,
                           View<float> extent) {
    parallel_for(
        exec, "fv gradient magnitude", volume.size,
        CTFFR_LAMBDA(Index i) {
            double square = 0;  // velocities that overflow are to be found as such, not as a rate of zero
            for (int a = 0; a < 3; ++a)
                for (int c = 0; c < 3; ++c) {
                    const double g = static_cast<double>(gradient[12 * i + 4 * a + c]);
                    square += g * g;
                }
            extent[i] = volume[i] * static_cast<float>(sqrt(square));
        },
        56.0 * static_cast<double>(volume.size));
}

template <class Exec>
double fv_pseudo_rate(const Exec& exec, View<const std::int32_t> group, View<const float> sum,
                      View<const float> whole, float factor, float least, View<float> rate) {
    const double moved = parallel_sum<double>(
        exec, "fv pseudo rate", rate.size,
        CTFFR_LAMBDA(Index i) {
            const float before = rate[i], now = factor * sum[group[i]] / whole[group[i]] + least;
            rate[i] = now;
            return fabs(log(static_cast<double>(now / before)));
        },
        12.0 * static_cast<double>(rate.size));
    return moved / static_cast<double>(rate.size);
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
template void fv_gradient_magnitude<CTFFR_EXEC>(const CTFFR_EXEC&, View<const float>, View<const float>,
                                                View<float>);
template double fv_pseudo_rate<CTFFR_EXEC>(const CTFFR_EXEC&, View<const std::int32_t>, View<const float>,
                                           View<const float>, float, float, View<float>);
template void fv_fix_pressures<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const std::int32_t>,
                                           View<const double>, View<double>);
template FlowSums fv_flow_sums<CTFFR_EXEC, double>(const CTFFR_EXEC&, const FvMeshView&, View<const double>);
template FlowSums fv_flow_sums<CTFFR_EXEC, float>(const CTFFR_EXEC&, const FvMeshView&, View<const float>);

}  // namespace ctffr::kernels
