// SPDX-License-Identifier: Apache-2.0
#include "ctffr/kernels/linear.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::kernels {

template <class Exec, class Real>
double dot_product(const Exec& exec, View<const Real> x, View<const Real> y) {
    return parallel_sum<double>(
        exec, "dot", x.size,
        CTFFR_LAMBDA(Index i) { return static_cast<double>(x[i]) * static_cast<double>(y[i]); },
        2.0 * sizeof(Real) * static_cast<double>(x.size));
}

template <class Exec, class Real>
double dot_difference(const Exec& exec, View<const float> z, View<const Real> r, View<const Real> r_old) {
    return parallel_sum<double>(
        exec, "dot difference", z.size,
        CTFFR_LAMBDA(Index i) { return static_cast<double>(z[i]) * static_cast<double>(r[i] - r_old[i]); },
        (4.0 + 2 * sizeof(Real)) * static_cast<double>(z.size));
}

template <class Exec, class Real>
double dot_mixed(const Exec& exec, View<const float> z, View<const Real> r) {
    return parallel_sum<double>(
        exec, "dot mixed", z.size,
        CTFFR_LAMBDA(Index i) { return static_cast<double>(z[i]) * static_cast<double>(r[i]); },
        (4.0 + sizeof(Real)) * static_cast<double>(z.size));
}

template <class Exec, class Real>
void cg_update(const Exec& exec, double alpha, View<const Real> p, View<const Real> q, View<Real> x,
               View<Real> r, View<Real> r_old) {
    const Real step = static_cast<Real>(alpha);
    parallel_for(
        exec, "cg update", x.size,
        CTFFR_LAMBDA(Index i) {
            x[i] += step * p[i];
            const Real before = r[i];
            r_old[i] = before;
            r[i] = before - step * q[i];
        },
        7.0 * sizeof(Real) * static_cast<double>(x.size));
}

template <class Exec, class Real>
void cg_direction(const Exec& exec, double scale, View<const float> z, double beta, View<Real> p) {
    const Real a = static_cast<Real>(scale), b = static_cast<Real>(beta);
    parallel_for(
        exec, "cg direction", p.size,
        CTFFR_LAMBDA(Index i) { p[i] = a * static_cast<Real>(z[i]) + (b != 0 ? b * p[i] : Real{0}); },
        (4.0 + 2 * sizeof(Real)) * static_cast<double>(p.size));
}

template <class Exec, class Real>
void fill_zero(const Exec& exec, View<Real> x) {
    parallel_for(
        exec, "fill zero", x.size, CTFFR_LAMBDA(Index i) { x[i] = Real{0}; },
        static_cast<double>(sizeof(Real)) * static_cast<double>(x.size));
}

template <class Exec, class From, class To>
void convert(const Exec& exec, View<const From> from, double factor, View<To> to) {
    parallel_for(
        exec, "convert", to.size,
        CTFFR_LAMBDA(Index i) { to[i] = static_cast<To>(factor * static_cast<double>(from[i])); },
        static_cast<double>(to.size) * (sizeof(From) + sizeof(To)));
}

#define CTFFR_VECTOR_KERNELS(Real)                                                                           \
    template double dot_product<CTFFR_EXEC, Real>(const CTFFR_EXEC&, View<const Real>, View<const Real>);    \
    template double dot_difference<CTFFR_EXEC, Real>(const CTFFR_EXEC&, View<const float>, View<const Real>, \
                                                     View<const Real>);                                      \
    template double dot_mixed<CTFFR_EXEC, Real>(const CTFFR_EXEC&, View<const float>, View<const Real>);     \
    template void cg_update<CTFFR_EXEC, Real>(const CTFFR_EXEC&, double, View<const Real>, View<const Real>, \
                                              View<Real>, View<Real>, View<Real>);                           \
    template void cg_direction<CTFFR_EXEC, Real>(const CTFFR_EXEC&, double, View<const float>, double,       \
                                                 View<Real>);                                                \
    template void fill_zero<CTFFR_EXEC, Real>(const CTFFR_EXEC&, View<Real>);
CTFFR_VECTOR_KERNELS(double)
CTFFR_VECTOR_KERNELS(float)
#undef CTFFR_VECTOR_KERNELS
template void convert<CTFFR_EXEC, double, float>(const CTFFR_EXEC&, View<const double>, double, View<float>);
template void convert<CTFFR_EXEC, float, double>(const CTFFR_EXEC&, View<const float>, double, View<double>);
template void convert<CTFFR_EXEC, double, double>(const CTFFR_EXEC&, View<const double>, double,
                                                  View<double>);
template void convert<CTFFR_EXEC, float, float>(const CTFFR_EXEC&, View<const float>, double, View<float>);

}  // namespace ctffr::kernels
