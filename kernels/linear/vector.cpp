// SPDX-License-Identifier: Apache-2.0
#include "ctffr/kernels/linear.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::kernels {

template <class Exec>
double dot_product(const Exec& exec, View<const double> x, View<const double> y) {
    return parallel_sum<double>(
        exec, "dot", x.size, CTFFR_LAMBDA(Index i) { return x[i] * y[i]; },
        16.0 * static_cast<double>(x.size));
}

template <class Exec>
double dot_difference(const Exec& exec, View<const float> z, View<const double> r, View<const double> r_old) {
    return parallel_sum<double>(
        exec, "dot difference", z.size,
        CTFFR_LAMBDA(Index i) { return static_cast<double>(z[i]) * (r[i] - r_old[i]); },
        20.0 * static_cast<double>(z.size));
}

template <class Exec>
double dot_mixed(const Exec& exec, View<const float> z, View<const double> r) {
    return parallel_sum<double>(
        exec, "dot mixed", z.size, CTFFR_LAMBDA(Index i) { return static_cast<double>(z[i]) * r[i]; },
        12.0 * static_cast<double>(z.size));
}

template <class Exec>
void cg_update(const Exec& exec, double alpha, View<const double> p, View<const double> q, View<double> x,
               View<double> r, View<double> r_old) {
    parallel_for(
        exec, "cg update", x.size,
        CTFFR_LAMBDA(Index i) {
            x[i] += alpha * p[i];
            const double before = r[i];
            r_old[i] = before;
            r[i] = before - alpha * q[i];
        },
        56.0 * static_cast<double>(x.size));
}

template <class Exec>
void cg_direction(const Exec& exec, double scale, View<const float> z, double beta, View<double> p) {
    parallel_for(
        exec, "cg direction", p.size,
        CTFFR_LAMBDA(Index i) { p[i] = scale * static_cast<double>(z[i]) + (beta != 0 ? beta * p[i] : 0.0); },
        20.0 * static_cast<double>(p.size));
}

template <class Exec, class From, class To>
void convert(const Exec& exec, View<const From> from, double factor, View<To> to) {
    parallel_for(
        exec, "convert", to.size,
        CTFFR_LAMBDA(Index i) { to[i] = static_cast<To>(factor * static_cast<double>(from[i])); },
        static_cast<double>(to.size) * (sizeof(From) + sizeof(To)));
}

template double dot_product<CTFFR_EXEC>(const CTFFR_EXEC&, View<const double>, View<const double>);
template double dot_difference<CTFFR_EXEC>(const CTFFR_EXEC&, View<const float>, View<const double>,
                                           View<const double>);
template double dot_mixed<CTFFR_EXEC>(const CTFFR_EXEC&, View<const float>, View<const double>);
template void cg_update<CTFFR_EXEC>(const CTFFR_EXEC&, double, View<const double>, View<const double>,
                                    View<double>, View<double>, View<double>);
template void cg_direction<CTFFR_EXEC>(const CTFFR_EXEC&, double, View<const float>, double, View<double>);
template void convert<CTFFR_EXEC, double, float>(const CTFFR_EXEC&, View<const double>, double, View<float>);
template void convert<CTFFR_EXEC, float, double>(const CTFFR_EXEC&, View<const float>, double, View<double>);
template void convert<CTFFR_EXEC, float, float>(const CTFFR_EXEC&, View<const float>, double, View<float>);

}  // namespace ctffr::kernels
