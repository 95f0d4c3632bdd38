// SPDX-License-Identifier: Apache-2.0
#include "ctffr/linear/conjugate_gradient.hpp"

#include <cmath>
#include <utility>

namespace ctffr::linear {

template <class Exec, class Real>
ConjugateGradient<Exec, Real>::ConjugateGradient(const Exec& exec, Index rows)
    : exec_(exec), r_(exec, rows), r_old_(exec, rows), p_(exec, rows), q_(exec, rows) {}

template <class Exec, class Real>
LinearStatus ConjugateGradient<Exec, Real>::solve(const kernels::SparseView<Real>& a,
                                                  Multigrid<Exec>& preconditioner, View<const Real> b,
                                                  View<Real> x, double tolerance, int max_iterations,
                                                  std::vector<double>* history) {
    using Reason = LinearStatus::Reason;
    LinearStatus status;
    const auto r = r_.view();
    const View<const Real> r_const = std::as_const(r_).view();
    const double norm_b = std::sqrt(kernels::dot_product<Exec, Real>(exec_, b, b));
    // r = b - A x
    kernels::residual<Exec, Real>(exec_, a, b, x, r);
    double norm_r = std::sqrt(kernels::dot_product<Exec, Real>(exec_, r_const, r_const));
    const double scale = norm_b > 0 ? norm_b : 1;
    double rho_old = 0;
    for (int iteration = 0;; ++iteration) {
        status.iterations = iteration;
        status.residual = norm_r / scale;
        if (history) history->push_back(status.residual);
        if (!std::isfinite(norm_r)) {
            status.reason = Reason::not_finite;
            return status;
        }
        if (status.residual <= tolerance) {
            status.reason = Reason::converged;
            return status;
        }
        if (iteration == max_iterations) return status;
        // z = M r, in single precision; r is scaled to 1 so that small residuals do not underflow.
        const View<const float> z = preconditioner.apply(r_const, 1.0 / norm_r);
        // rho = z . r, beta = z . (r - r_old) / rho_old; z stands for (M r) / |r|
        const double rho = norm_r * kernels::dot_mixed<Exec, Real>(exec_, z, r_const);
        if (!(rho > 0)) {
            status.reason = std::isfinite(rho) ? Reason::breakdown : Reason::not_finite;
            return status;
        }
        const double beta = iteration == 0 ? 0.0
                                           : norm_r *
                                                 kernels::dot_difference<Exec, Real>(
                                                     exec_, z, r_const, std::as_const(r_old_).view()) /
                                                 rho_old;
        // p = M r + beta p
        kernels::cg_direction<Exec, Real>(exec_, norm_r, z, beta, p_.view());
        const View<const Real> p = std::as_const(p_).view();
        // q = A p
        kernels::multiply<Exec, Real>(exec_, a, p, q_.view());
        const View<const Real> q = std::as_const(q_).view();
        const double curvature = kernels::dot_product<Exec, Real>(exec_, p, q);
        if (!(curvature > 0)) {
            status.reason = std::isfinite(curvature) ? Reason::breakdown : Reason::not_finite;
            return status;
        }
        const double alpha = rho / curvature;
        // x += alpha p, r -= alpha q
        kernels::cg_update<Exec, Real>(exec_, alpha, p, q, x, r, r_old_.view());
        rho_old = rho;
        norm_r = std::sqrt(kernels::dot_product<Exec, Real>(exec_, r_const, r_const));
    }
}

template class ConjugateGradient<Cpu, double>;
template class ConjugateGradient<Cpu, float>;
#if defined(CTFFR_HAVE_CUDA)
template class ConjugateGradient<Cuda, double>;
template class ConjugateGradient<Cuda, float>;
#endif

}  // namespace ctffr::linear
