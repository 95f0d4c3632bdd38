// SPDX-License-Identifier: Apache-2.0
// Kernels of sparse linear algebra: matrix products, Chebyshev smoothing, transfer between multigrid levels.
#pragma once

#include <cstdint>

#include "ctffr/core/index.hpp"
#include "ctffr/parallel/array.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr::kernels {

// A square sparse matrix by rows, the diagonal kept apart:
// row i holds value[k] at column[k] for k in [row_start[i], row_start[i+1]).
template <class Real>
struct SparseView {
    Index rows = 0;
    View<const std::int32_t> row_start, column;
    View<const Real> value, diagonal;
    Index tail = 0;  // rows at the end with very many entries (outlets), see parallel_rows
};

// y = A x
template <class Exec, class Real>
void multiply(const Exec& exec, const SparseView<Real>& a, View<const Real> x, View<Real> y);

// r = b - A x
template <class Exec, class Real>
void residual(const Exec& exec, const SparseView<Real>& a, View<const Real> b, View<const Real> x,
              View<Real> r);

// One step of Chebyshev smoothing on D^-1 A: d = c_d d + c_r D^-1 (b - A x); x_new = x + d. x and x_new
// differ.
template <class Exec>
void chebyshev_step(const Exec& exec, const SparseView<float>& a, View<const float> b, View<const float> x,
                    float c_d, float c_r, View<float> d, View<float> x_new);

// The first step from x = 0: d = c_r D^-1 b; x = d.
template <class Exec>
void chebyshev_start(const Exec& exec, View<const float> diagonal, View<const float> b, float c_r,
                     View<float> d, View<float> x);

// x[i] += factor * coarse[aggregate[i]]
template <class Exec>
void prolong_add(const Exec& exec, View<const std::int32_t> aggregate, View<const float> coarse, float factor,
                 View<float> x);

// target[k] = sum of source[index[j]] for j in [start[k], start[k+1]) (+ the same of a second source)
template <class Exec>
void segmented_sum(const Exec& exec, View<const std::int32_t> start, View<const std::int32_t> index,
                   View<const float> source, bool add, View<float> target);

// y = M x, M dense and symmetric
template <class Exec>
void dense_multiply(const Exec& exec, View<const float> m, View<const float> x, View<float> y);

// Products are summed in double precision whatever Real is.
template <class Exec, class Real>
double dot_product(const Exec& exec, View<const Real> x, View<const Real> y);
// Sum of z (r - r_old): the flexible (Polak-Ribiere) numerator.
template <class Exec, class Real>
double dot_difference(const Exec& exec, View<const float> z, View<const Real> r, View<const Real> r_old);
template <class Exec, class Real>
double dot_mixed(const Exec& exec, View<const float> z, View<const Real> r);

// x += alpha p; r_old = r; r -= alpha q
template <class Exec, class Real>
void cg_update(const Exec& exec, double alpha, View<const Real> p, View<const Real> q, View<Real> x,
               View<Real> r, View<Real> r_old);
// p = scale z + beta p
template <class Exec, class Real>
void cg_direction(const Exec& exec, double scale, View<const float> z, double beta, View<Real> p);

template <class Exec, class Real>
void fill_zero(const Exec& exec, View<Real> x);

// to = (To)from
template <class Exec, class From, class To>
void convert(const Exec& exec, View<const From> from, double factor, View<To> to);

}  // namespace ctffr::kernels
