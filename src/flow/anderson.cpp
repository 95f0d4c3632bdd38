// SPDX-License-Identifier: Apache-2.0
#include "flow/anderson.hpp"

#include <cmath>
#include <cstddef>
#include <utility>

#include <Eigen/Dense>

#include "ctffr/core/error.hpp"
#include "ctffr/kernels/linear.hpp"

namespace ctffr {

template <class Exec>
Anderson<Exec>::Anderson(const Exec& exec, Index rows, View<const float> volume, int depth)
    : exec_(exec), volume_(volume), depth_(depth), f_old_(exec, 4 * rows) {
    CTFFR_CHECK_OP(depth, <=, kernels::mixing_depth_limit);
    // A slot more than the depth: the newest step waits for its difference.
    for (int n = 0; n < std::max(1, depth); ++n) {
        move_.emplace_back(exec, 4 * rows);
        difference_.emplace_back(exec, 4 * rows);
    }
    gram_.assign(move_.size(), std::vector<double>(move_.size(), 0.0));
}

template <class Exec>
void Anderson<Exec>::restart() {
    used_ = next_ = 0;
    have_old_ = false;
}

template <class Exec>
void Anderson<Exec>::advance(View<const float> f, View<double> state) {
    const auto slot_view = [&](int slot) {
        return std::as_const(difference_[static_cast<std::size_t>(slot)]).data();
    };
    if (depth_ > 0 && have_old_) {
        // The step taken last, in slot next_ of the moves, gets its difference of residuals.
        Array<float, Exec>& difference = difference_[static_cast<std::size_t>(next_)];
        kernels::mixing_difference<Exec>(exec_, f, f_old_.view(), difference.view(),
                                         move_[static_cast<std::size_t>(next_)].view());
        used_ = std::min(used_ + 1, depth_);
        kernels::MixingVectors all;
        for (int n = 0; n < used_; ++n) all.data[all.count++] = slot_view(n);
        const kernels::MixingSums with_new = kernels::mixing_products<Exec>(
            exec_, volume_, scale_u_, scale_p_, View<const float>(difference.data(), difference.size()), all);
        for (int n = 0; n < used_; ++n)
            gram_[static_cast<std::size_t>(n)][static_cast<std::size_t>(next_)] =
                gram_[static_cast<std::size_t>(next_)][static_cast<std::size_t>(n)] = with_new.value[n];
        next_ = (next_ + 1) % depth_;
    } else {
        // Velocity and pressure count alike in the first residual.
        const kernels::MixingSums u = kernels::mixing_products<Exec>(exec_, volume_, 1, 0, f, {});
        const kernels::MixingSums p = kernels::mixing_products<Exec>(exec_, volume_, 0, 1, f, {});
        const double su = u.value[kernels::mixing_depth_limit], sp = p.value[kernels::mixing_depth_limit];
        scale_u_ = su > 0 ? static_cast<float>(1 / std::sqrt(su)) : 1.0f;
        scale_p_ = sp > 0 ? static_cast<float>(1 / std::sqrt(sp)) : 0.0f;
        kernels::convert<Exec, float, float>(exec_, f, 1.0, f_old_.view());
        have_old_ = true;
    }
    kernels::MixingVectors moves, differences;
    kernels::MixingWeights weights;
    for (int n = 0; n < used_; ++n) {
        moves.data[moves.count++] = std::as_const(move_[static_cast<std::size_t>(n)]).data();
        differences.data[differences.count++] = slot_view(n);
    }
    const kernels::MixingSums products =
        kernels::mixing_products<Exec>(exec_, volume_, scale_u_, scale_p_, f, differences);
    norm_ = std::sqrt(products.value[kernels::mixing_depth_limit]);
    if (used_ > 0) {
        Eigen::MatrixXd g(used_, used_);
        Eigen::VectorXd b(used_), scale(used_);
        for (int i = 0; i < used_; ++i)
            scale[i] = 1 / std::sqrt(std::max(gram_[static_cast<std::size_t>(i)][static_cast<std::size_t>(i)],
                                              1e-300));
        for (int i = 0; i < used_; ++i) {
            b[i] = products.value[i] * scale[i];
            for (int j = 0; j < used_; ++j)
                g(i, j) =
                    gram_[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] * scale[i] * scale[j];
        }
        // Single-precision differences carry noise of about 1e-7: directions below that are left alone.
        g.diagonal().array() += 1e-6;
        const Eigen::VectorXd gamma = g.ldlt().solve(b);
        for (int i = 0; i < used_; ++i) weights.value[i] = static_cast<float>(gamma[i] * scale[i]);
    }
    kernels::mixing_update<Exec>(exec_, f, moves, weights,
                                 move_[static_cast<std::size_t>(depth_ > 0 ? next_ : 0)].view(), state);
}

template class Anderson<Cpu>;
#if defined(CTFFR_HAVE_CUDA)
template class Anderson<Cuda>;
#endif

}  // namespace ctffr
