// SPDX-License-Identifier: Apache-2.0
// Anderson mixing: speeds up a fixed-point iteration x <- x + f(x) by combining its last steps so that the
// linear part of their changes f cancels. Source: Walker and Ni, "Anderson acceleration for fixed-point
// iterations", SIAM J. Numer. Anal. 49 (2011).
#pragma once

#include <deque>

#include <Eigen/Dense>

namespace ctffr {

class Mixing {
   public:
    // A point of the iteration and the change that it asks for.
    void add(const Eigen::VectorXd& x, const Eigen::VectorXd& f) {
        x_.push_back(x), f_.push_back(f);
        if (x_.size() > depth + 1) x_.pop_front(), f_.pop_front();
    }
    void forget() { x_.clear(), f_.clear(); }
    bool ready() const { return x_.size() > 1; }

    Eigen::VectorXd next() const {
        const auto m = static_cast<Eigen::Index>(x_.size()) - 1;
        Eigen::MatrixXd dx(x_.back().size(), m), df(x_.back().size(), m);
        for (Eigen::Index k = 0; k < m; ++k) {
            const auto i = static_cast<std::size_t>(k);
            dx.col(k) = x_[i + 1] - x_[i], df.col(k) = f_[i + 1] - f_[i];
        }
        const Eigen::VectorXd weight = df.colPivHouseholderQr().solve(f_.back());
        return x_.back() + f_.back() - (dx + df) * weight;
    }

   private:
    static constexpr std::size_t depth = 8;  // steps kept
    std::deque<Eigen::VectorXd> x_, f_;
};

}  // namespace ctffr
