// SPDX-License-Identifier: Apache-2.0
// Flexible conjugate gradients in double precision with a single-precision preconditioner.
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
// Traffic per iteration beside the V-cycle: product 12 B/entry + 24 B/row, dots 16 + 20 B/row, updates 56 +
// 20 B/row.
template <class Exec>
class ConjugateGradient {
   public:
    ConjugateGradient(const Exec& exec, Index rows);

    // Solves A x = b from the given x until ||r|| <= tolerance ||b||. `history`, when given, receives the
    // residuals.
    LinearStatus solve(const kernels::SparseView<double>& a, Multigrid<Exec>& preconditioner,
                       View<const double> b, View<double> x, double tolerance, int max_iterations,
                       std::vector<double>* history = nullptr);

   private:
    Exec exec_;
    Array<double, Exec> r_, r_old_, p_, q_;
    Array<float, Exec> r_single_, z_;
};

}  // namespace ctffr::linear
