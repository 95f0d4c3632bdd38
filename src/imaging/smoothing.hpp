// SPDX-License-Identifier: Apache-2.0
// Smooth curves through noisy points.
#pragma once

#include <vector>

#include "ctffr/core/vec3.hpp"

namespace ctffr::imaging {

// Points every `spacing_mm` along a polyline, first and last point kept.
std::vector<Vec3> resampled(const std::vector<Vec3>& line, double spacing_mm);
double length_of(const std::vector<Vec3>& line);

// Discrete cubic smoothing spline (Whittaker 1923; Reinsch 1967): minimises
//   sum_i w_i |x_i - p_i|^2 + lambda sum_i |x_{i-1} - 2 x_i + x_{i+1}|^2
// for evenly spaced points. A wave of length L (in points) keeps 1 / (1 + lambda (2 pi / L)^4) of its height.
std::vector<Vec3> smoothed(const std::vector<Vec3>& points, const std::vector<double>& weights,
                           double lambda);
std::vector<double> smoothed(const std::vector<double>& values, const std::vector<double>& weights,
                             double lambda);

}  // namespace ctffr::imaging
