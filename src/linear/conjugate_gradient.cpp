// SPDX-License-Identifier: Apache-2.0
#include "ctffr/linear/conjugate_gradient.hpp"

#include <cmath>
#include <utility>

namespace ctffr::linear {

template <class Exec>
ConjugateGradient<Exec>::ConjugateGradient(const Exec& exec, Index rows)
    : exec_(exec),
      r_(exec, rows),
      r_old_(exec, rows),
      p_(exec, rows),
      q_(exec, rows),
      r_single_(exec, rows),
      z_(exec, rows) {}

template <class Exec>
LinearStatus ConjugateGradient<Exec>::solve(const kernels::SparseView<double>& a,
                                            Multigrid<Exec>& preconditioner, View<const double> b,
                                            View<double> x, double tolerance, int max_iterations,
                                            std::vector<double>* history) {
    using Reason = LinearStatus::Reason;
    LinearStatus status;
    const auto r = r_.view();
    const View<const double> r_const = std::as_const(r_).view();
    const double norm_b = std::sqrt(kernels::dot_product<Exec>(exec_, b, b));
    // r = b - A x
    kernels::residual<Exec, double>(exec_, a, b, x, r);
    double norm_r = std::sqrt(kernels::dot_product<Exec>(exec_, r_const, r_const));
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
        kernels::convert<Exec, double, float>(exec_, r_const, 1.0 / norm_r, r_single_.view());
        preconditioner.apply(std::as_const(r_single_).view(), z_.view());
        const View<const float> z = std::as_const(z_).view();
        // rho = z . r, beta = z . (r - r_old) / rho_old; z stands for (M r) / |r|
        const double rho = norm_r * kernels::dot_mixed<Exec>(exec_, z, r_const);
        if (!(rho > 0)) {
            status.reason = std::isfinite(rho) ? Reason::breakdown : Reason::not_finite;
            return status;
        }
        const double beta =
            iteration == 0
                ? 0.0
                : norm_r * kernels::dot_difference<Exec>(exec_, z, r_const, std::as_const(r_old_).view()) /
                      rho_old;
        // p = M r + beta p
        kernels::cg_direction<Exec>(exec_, norm_r, z, beta, p_.view());
        const View<const double> p = std::as_const(p_).view();
        // q = A p
        kernels::multiply<Exec, double>(exec_, a, p, q_.view());
        const View<const double> q = std::as_const(q_).view();
        const double curvature = kernels::dot_product<Exec>(exec_, p, q);
        if (!(curvature > 0)) {
            status.reason = std::isfinite(curvature) ? Reason::breakdown : Reason::not_finite;
            return status;
        }
        const double alpha = rho / curvature;
        // x += alpha p, r -= alpha q
        kernels::cg_update<Exec>(exec_, alpha, p, q, x, r, r_old_.view());
        rho_old = rho;
        norm_r = std::sqrt(kernels::dot_product<Exec>(exec_, r_const, r_const));
    }
}

template class ConjugateGradient<Cpu>;
#if defined(CTFFR_HAVE_CUDA)
template class ConjugateGradient<Cuda>;
#endif

}  // namespace ctffr::linear
