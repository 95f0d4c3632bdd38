// SPDX-License-Identifier: Apache-2.0
// Flexible conjugate gradients with a single-precision preconditioner; vectors and matrix in double
// precision, or in single precision where only a correction is wanted.
#pragma once

#include <vector>

#include "ctffr/linear/multigrid.hpp"

namespace ctffr::linear {

// How a linear solve ended. A solution is only to be used when `converged`.
struct [[nodiscard]] LinearStatus {
    enum class Reason { converged, max_iterations, not_finite, breakdown };
    Reason reason = Reason::max_iterations;
    int iterations = 0;
    double residual = 0;  // ||b - A x|| / ||b||, by recurrence

    bool converged() const { return reason == Reason::converged; }
};

// Preconditioned CG with the Polak-Ribiere beta, which tolerates a preconditioner that is symmetric only up
// to rounding (Notay, SIAM J. Sci. Comput. 22 (2000)). Work arrays are made in the constructor; solve()
// allocates nothing.
//
// Traffic per iteration beside the V-cycle in double (single) precision: product 12 (8) B/entry + 24 (12)
// B/row, dots 36 (20) B/row, updates 76 (40) B/row.
template <class Exec, class Real = double>
class ConjugateGradient {
   public:
    ConjugateGradient(const Exec& exec, Index rows);

    // Solves A x = b from the given x until ||r|| <= tolerance ||b||. `history`, when given, receives the
    // residuals.
    LinearStatus solve(const kernels::SparseView<Real>& a, Multigrid<Exec>& preconditioner,
                       View<const Real> b, View<Real> x, double tolerance, int max_iterations,
                       std::vector<double>* history = nullptr);

   private:
    Exec exec_;
    Array<Real, Exec> r_, r_old_, p_, q_;
};

}  // namespace ctffr::linear
