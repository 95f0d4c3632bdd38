// SPDX-License-Identifier: Apache-2.0
// Accuracy of a yes / no test against a yes / no truth: the table of four and what follows from it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ctffr/statistics/proportion.hpp"

namespace ctffr::statistics {

struct Accuracy {
    int true_positive = 0, false_positive = 0, true_negative = 0, false_negative = 0;
    Proportion sensitivity;  // TP / (TP + FN)
    Proportion specificity;  // TN / (TN + FP)
    Proportion ppv;          // TP / (TP + FP), at the prevalence of the cohort
    Proportion npv;          // TN / (TN + FN), the same
    Proportion accuracy;     // (TP + TN) / all
};

// One entry per item; `found` and `truth` hold 0 or 1, `cluster` a label of the patient. A rate without a
// denominator is not defined.
Accuracy accuracy_of(std::span<const int> found, std::span<const int> truth, std::span<const int> cluster,
                     double confidence = default_confidence);

// Accuracy in the bands (bounds[k-1], bounds[k]] of a value, the first and last one open: agreement of found
// and truth where `value` lies in the band.
struct BandAccuracy {
    double above = 0, up_to = 0;  // -inf and +inf at the ends
    Proportion agreement;
};
std::vector<BandAccuracy> accuracy_in_bands(std::span<const double> value, std::span<const double> bounds,
                                            std::span<const int> found, std::span<const int> truth,
                                            std::span<const int> cluster,
                                            double confidence = default_confidence);

}  // namespace ctffr::statistics
