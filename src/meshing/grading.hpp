// SPDX-License-Identifier: Apache-2.0
// Subdivisions of an interval by geometric series.
#pragma once

#include <cmath>
#include <vector>

namespace ctffr::meshing {

// n + 1 values from 0 to 1 with steps in geometric progression; `expansion` is the last step over the first.
inline std::vector<double> graded(int n, double expansion) {
    std::vector<double> t(static_cast<std::size_t>(n) + 1);
    const double ratio = n > 1 ? std::pow(expansion, 1.0 / (n - 1)) : 1;
    for (int i = 0; i <= n; ++i)
        t[static_cast<std::size_t>(i)] = std::abs(ratio - 1) < 1e-12
                                             ? static_cast<double>(i) / n
                                             : (1 - std::pow(ratio, i)) / (1 - std::pow(ratio, n));
    t.back() = 1;
    return t;
}

// Appends n steps from the last value of `stations` to `end`.
inline void append_graded(std::vector<double>& stations, double end, int n, double expansion) {
    const double start = stations.back();
    const std::vector<double> t = graded(n, expansion);
    for (std::size_t i = 1; i < t.size(); ++i)
        stations.push_back(i + 1 == t.size() ? end : start + (end - start) * t[i]);
}

}  // namespace ctffr::meshing
