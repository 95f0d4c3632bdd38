// SPDX-License-Identifier: Apache-2.0
#include "ctffr/kernels/linear.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::kernels {

namespace {

// finish(i, (A x)_i without the diagonal term)
template <class Exec, class Real, class Finish>
void for_rows(const Exec& exec, const char* name, const SparseView<Real>& a, View<const Real> x,
              const Finish& finish, double bytes) {
    const SparseView<Real> m = a;
    parallel_rows<Real>(
        exec, name, a.rows, a.tail, a.row_start.data,
        CTFFR_LAMBDA(Index, std::int32_t k) { return m.value[k] * x[m.column[k]]; }, finish, bytes);
}

// Bytes of one pass over the matrix with `vectors` vectors of the same length.
template <class Real>
double matrix_bytes(const SparseView<Real>& a, int vectors) {
    return static_cast<double>(a.value.size) * (sizeof(Real) + 4) +
           static_cast<double>(a.rows) * (4 + (1 + vectors) * sizeof(Real));
}

}  // namespace

template <class Exec, class Real>
void multiply(const Exec& exec, const SparseView<Real>& a, View<const Real> x, View<Real> y) {
    const SparseView<Real> m = a;
    for_rows<Exec, Real>(
        exec, "matrix product", a, x,
        CTFFR_LAMBDA(Index i, Real others) { y[i] = m.diagonal[i] * x[i] + others; }, matrix_bytes(a, 2));
}

template <class Exec, class Real>
void residual(const Exec& exec, const SparseView<Real>& a, View<const Real> b, View<const Real> x,
              View<Real> r) {
    const SparseView<Real> m = a;
    for_rows<Exec, Real>(
        exec, "residual", a, x,
        CTFFR_LAMBDA(Index i, Real others) { r[i] = b[i] - m.diagonal[i] * x[i] - others; },
        matrix_bytes(a, 3));
}

template <class Exec>
void chebyshev_step(const Exec& exec, const SparseView<float>& a, View<const float> b, View<const float> x,
                    float c_d, float c_r, View<float> d, View<float> x_new) {
    const SparseView<float> m = a;
    for_rows<Exec, float>(
        exec, "chebyshev step", a, x,
        CTFFR_LAMBDA(Index i, float others) {
            const float r = b[i] - m.diagonal[i] * x[i] - others;
            const float step = c_d * d[i] + c_r * r / m.diagonal[i];
            d[i] = step;
            x_new[i] = x[i] + step;
        },
        matrix_bytes(a, 5));
}

template <class Exec>
void chebyshev_start(const Exec& exec, View<const float> diagonal, View<const float> b, float c_r,
                     View<float> d, View<float> x) {
    parallel_for(
        exec, "chebyshev start", b.size,
        CTFFR_LAMBDA(Index i) {
            const float step = c_r * b[i] / diagonal[i];
            d[i] = step;
            x[i] = step;
        },
        16.0 * static_cast<double>(b.size));
}

template <class Exec>
void prolong_add(const Exec& exec, View<const std::int32_t> aggregate, View<const float> coarse, float factor,
                 View<float> x) {
    parallel_for(
        exec, "prolong", x.size, CTFFR_LAMBDA(Index i) { x[i] += factor * coarse[aggregate[i]]; },
        12.0 * static_cast<double>(x.size));
}

template <class Exec>
void segmented_sum(const Exec& exec, View<const std::int32_t> start, View<const std::int32_t> index,
                   View<const float> source, bool add, View<float> target) {
    parallel_for(
        exec, "segmented sum", target.size,
        CTFFR_LAMBDA(Index k) {
            // Double: on coarse levels the sums run over many entries of different size.
            double sum = add ? static_cast<double>(target[k]) : 0.0;
            for (std::int32_t j = start[k]; j < start[k + 1]; ++j)
                sum += static_cast<double>(source[index[j]]);
            target[k] = static_cast<float>(sum);
        },
        8.0 * static_cast<double>(index.size + target.size));
}

template <class Exec>
void dense_multiply(const Exec& exec, View<const float> m, View<const float> x, View<float> y) {
    const Index n = x.size;
    // M is its own transpose: threads side by side on a GPU read side by side.
    const Index row = Exec::kind == DeviceKind::cpu ? n : 1, entry = Exec::kind == DeviceKind::cpu ? 1 : n;
    parallel_for(
        exec, "coarse inverse", y.size,
        CTFFR_LAMBDA(Index i) {
            float sum = 0;
            for (Index j = 0; j < n; ++j) sum += m[i * row + j * entry] * x[j];
            y[i] = sum;
        },
        4.0 * static_cast<double>(m.size));
}

template void multiply<CTFFR_EXEC, double>(const CTFFR_EXEC&, const SparseView<double>&, View<const double>,
                                           View<double>);
template void multiply<CTFFR_EXEC, float>(const CTFFR_EXEC&, const SparseView<float>&, View<const float>,
                                          View<float>);
template void residual<CTFFR_EXEC, double>(const CTFFR_EXEC&, const SparseView<double>&, View<const double>,
                                           View<const double>, View<double>);
template void residual<CTFFR_EXEC, float>(const CTFFR_EXEC&, const SparseView<float>&, View<const float>,
                                          View<const float>, View<float>);
template void chebyshev_step<CTFFR_EXEC>(const CTFFR_EXEC&, const SparseView<float>&, View<const float>,
                                         View<const float>, float, float, View<float>, View<float>);
template void chebyshev_start<CTFFR_EXEC>(const CTFFR_EXEC&, View<const float>, View<const float>, float,
                                          View<float>, View<float>);
template void prolong_add<CTFFR_EXEC>(const CTFFR_EXEC&, View<const std::int32_t>, View<const float>, float,
                                      View<float>);
template void segmented_sum<CTFFR_EXEC>(const CTFFR_EXEC&, View<const std::int32_t>, View<const std::int32_t>,
                                        View<const float>, bool, View<float>);
template void dense_multiply<CTFFR_EXEC>(const CTFFR_EXEC&, View<const float>, View<const float>,
                                         View<float>);

}  // namespace ctffr::kernels
