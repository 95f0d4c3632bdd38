// SPDX-License-Identifier: Apache-2.0
#include "imaging/smoothing.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"

namespace ctffr::imaging {

double length_of(const std::vector<Vec3>& line) {
    double sum = 0;
    for (std::size_t i = 1; i < line.size(); ++i) sum += distance(line[i], line[i - 1]);
    return sum;
}

std::vector<Vec3> resampled(const std::vector<Vec3>& line, double spacing_mm) {
    if (line.size() < 2) return line;
    const double total = length_of(line);
    const int pieces = std::max(1, static_cast<int>(std::lround(total / spacing_mm)));
    std::vector<Vec3> out{line.front()};
    std::size_t i = 1;
    double passed = 0;
    for (int n = 1; n < pieces; ++n) {
        const double target = total * n / pieces;
        while (i + 1 < line.size() && passed + distance(line[i], line[i - 1]) < target)
            passed += distance(line[i], line[i - 1]), ++i;
        const double step = distance(line[i], line[i - 1]);
        out.push_back(lerp(line[i - 1], line[i], step > 0 ? (target - passed) / step : 0));
    }
    out.push_back(line.back());
    return out;
}

namespace {

// The matrix W + lambda D'D is pentadiagonal: L D L' with two sub-diagonals.
struct BandFactor {
    std::vector<double> d, l1, l2;

    BandFactor(const std::vector<double>& weights, double lambda) {
        const std::size_t n = weights.size();
        std::vector<double> a0 = weights, a1(n, 0.0), a2(n, 0.0);  // a1[i]: entry (i, i+1)
        for (std::size_t i = 0; i + 2 < n; ++i) {
            a0[i] += lambda, a0[i + 1] += 4 * lambda, a0[i + 2] += lambda;
            a1[i] -= 2 * lambda, a1[i + 1] -= 2 * lambda;
            a2[i] += lambda;
        }
        d.resize(n), l1.assign(n, 0.0), l2.assign(n, 0.0);
        for (std::size_t i = 0; i < n; ++i) {
            d[i] = a0[i];
            if (i >= 1) d[i] -= l1[i - 1] * l1[i - 1] * d[i - 1];
            if (i >= 2) d[i] -= l2[i - 2] * l2[i - 2] * d[i - 2];
            double next = a1[i];
            if (i >= 1) next -= l2[i - 1] * l1[i - 1] * d[i - 1];
            l1[i] = next / d[i];
            l2[i] = a2[i] / d[i];
        }
    }

    template <class T>
    void solve(std::vector<T>& x) const {
        const std::size_t n = x.size();
        for (std::size_t i = 0; i < n; ++i) {
            if (i >= 1) x[i] = x[i] - l1[i - 1] * x[i - 1];
            if (i >= 2) x[i] = x[i] - l2[i - 2] * x[i - 2];
        }
        for (std::size_t i = n; i-- > 0;) {
            x[i] = x[i] / d[i];
            if (i + 1 < n) x[i] = x[i] - l1[i] * x[i + 1];
            if (i + 2 < n) x[i] = x[i] - l2[i] * x[i + 2];
        }
    }
};

template <class T>
std::vector<T> smooth_any(const std::vector<T>& points, const std::vector<double>& weights, double lambda) {
    CTFFR_CHECK_OP(points.size(), ==, weights.size());
    if (points.size() < 3) return points;
    std::vector<T> x(points.size());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = weights[i] * points[i];
    BandFactor(weights, lambda).solve(x);
    return x;
}

}  // namespace

std::vector<Vec3> smoothed(const std::vector<Vec3>& points, const std::vector<double>& weights,
                           double lambda) {
    return smooth_any(points, weights, lambda);
}

std::vector<double> smoothed(const std::vector<double>& values, const std::vector<double>& weights,
                             double lambda) {
    return smooth_any(values, weights, lambda);
}

}  // namespace ctffr::imaging
