// SPDX-License-Identifier: Apache-2.0
// Cholesky factorisation of a symmetric positive definite matrix with a narrow band, as chains of sections
// give.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace ctffr::lumen {

class BandedMatrix {
   public:
    // n unknowns; entries (i, j) with i - j <= band may differ from zero.
    BandedMatrix(std::size_t n, std::size_t band) : n_(n), band_(band), values_(n * (band + 1), 0.0) {}

    std::size_t size() const { return n_; }
    // Adds to entry (i, j) and, by symmetry, (j, i); call once per pair.
    void add(std::size_t i, std::size_t j, double value) {
        if (i < j) std::swap(i, j);
        at(i, j) += value;
    }
    double diagonal(std::size_t i) const { return values_[i * (band_ + 1) + band_]; }

    // Replaces the matrix by its Cholesky factor; false when it is not positive definite.
    bool factorise() {
        for (std::size_t i = 0; i < n_; ++i) {
            const std::size_t first = i > band_ ? i - band_ : 0;
            for (std::size_t j = first; j <= i; ++j) {
                const std::size_t from = std::max(first, j > band_ ? j - band_ : std::size_t{0});
                const double* a = &at(i, from);
                const double* b = &at(j, from);
                double sum = at(i, j);
                for (std::size_t k = 0; k < j - from; ++k) sum -= a[k] * b[k];
                if (i == j) {
                    if (!(sum > 0)) return false;
                    at(i, i) = std::sqrt(sum);
                } else {
                    at(i, j) = sum / at(j, j);
                }
            }
        }
        return true;
    }
    // Solves with the factor, in place; `rhs` is zero before index `start`.
    void solve(std::vector<double>& rhs, std::size_t start = 0) const {
        for (std::size_t i = start; i < n_; ++i) {
            const std::size_t first = std::max(start, i > band_ ? i - band_ : std::size_t{0});
            double sum = rhs[i];
            for (std::size_t k = first; k < i; ++k) sum -= at(i, k) * rhs[k];
            rhs[i] = sum / at(i, i);
        }
        for (std::size_t i = n_; i-- > 0;) {
            rhs[i] /= at(i, i);
            const std::size_t first = i > band_ ? i - band_ : 0;
            for (std::size_t k = first; k < i; ++k) rhs[k] -= at(i, k) * rhs[i];
        }
    }

   private:
    double& at(std::size_t i, std::size_t j) { return values_[i * (band_ + 1) + band_ - (i - j)]; }
    double at(std::size_t i, std::size_t j) const { return values_[i * (band_ + 1) + band_ - (i - j)]; }

    std::size_t n_, band_;
    std::vector<double> values_;
};

}  // namespace ctffr::lumen
