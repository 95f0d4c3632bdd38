// SPDX-License-Identifier: Apache-2.0
// Newton direction without a Jacobian: GMRES on directional derivatives (Saad and Schultz 1986; Knoll and
// Keyes 2004).
#pragma once

#include <algorithm>
#include <vector>

#include <Eigen/Dense>

namespace ctffr {

// Step d with |f + J d| <= `reduction` |f|, or the best of `most` directions; derivative(v) is J v.
template <class Derivative>
Eigen::VectorXd newton_krylov(const Eigen::VectorXd& f, const Derivative& derivative, int most,
                              double reduction) {
    const double size = f.norm();
    std::vector<Eigen::VectorXd> basis{-f / size};
    Eigen::MatrixXd hessenberg = Eigen::MatrixXd::Zero(most + 1, most);
    Eigen::VectorXd weight;
    int used = 0;
    for (int k = 0; k < most; ++k) {
        Eigen::VectorXd w = derivative(basis.back());
        if (!w.allFinite()) break;
        for (int i = 0; i <= k; ++i) {
            hessenberg(i, k) = basis[static_cast<std::size_t>(i)].dot(w);
            w -= hessenberg(i, k) * basis[static_cast<std::size_t>(i)];
        }
        hessenberg(k + 1, k) = w.norm();
        used = k + 1;
        const Eigen::MatrixXd h = hessenberg.topLeftCorner(used + 1, used);
        const Eigen::VectorXd right = size * Eigen::VectorXd::Unit(used + 1, 0);
        weight = h.colPivHouseholderQr().solve(right);
        const bool enough = (h * weight - right).norm() <= reduction * size;
        if (enough || !(hessenberg(k + 1, k) > 1e-14 * size)) break;
        basis.push_back(w / hessenberg(k + 1, k));
    }
    Eigen::VectorXd step = Eigen::VectorXd::Zero(f.size());
    for (int i = 0; i < used; ++i) step += weight(i) * basis[static_cast<std::size_t>(i)];
    return step;
}

}  // namespace ctffr
