// SPDX-License-Identifier: Apache-2.0
// Normal and Student distributions and ranks: what the intervals are made of.
#pragma once

#include <span>
#include <vector>

namespace ctffr::statistics {

double normal_cdf(double x);
double normal_quantile(double probability);  // probability in (0, 1)

// `degrees` of freedom > 0.
double student_cdf(double t, double degrees);
double student_quantile(double probability, double degrees);

// z and t of a two-sided interval: 0.95 -> 1.96.
double two_sided_normal(double confidence);
double two_sided_student(double confidence, double degrees);

// Ranks from 1; ties share the mean of their ranks. Values may be infinite, not NaN.
std::vector<double> mid_ranks(std::span<const double> values);

double mean(std::span<const double> values);                // of at least one value
double standard_deviation(std::span<const double> values);  // n - 1 below; of at least two values
double median(std::vector<double> values);                  // of at least one value
bool all_finite(std::span<const double> values);
bool all_equal(std::span<const double> values);

// Cluster numbers 0..count-1 in order of first appearance, so that any labels will do.
struct Clusters {
    std::vector<int> of;  // one per value
    int count = 0;
};
Clusters number_clusters(std::span<const int> labels);

}  // namespace ctffr::statistics
