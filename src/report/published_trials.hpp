// SPDX-License-Identifier: Apache-2.0
// Published accuracy of CT-FFR against invasive FFR, to stand beside a cohort's own figures. Only values read
// in the primary source; a value that was not is left out (NaN).
#pragma once

#include <span>

namespace ctffr::report {

struct PublishedTrial {
    const char* name;
    int year;
    int patients, vessels;  // 0: not stated
    const char* level;      // "vessel" or "patient"
    double sensitivity_pct, specificity_pct, ppv_pct, npv_pct, accuracy_pct, auc;
    double bias, bias_sd;  // measured minus computed FFR
    const char* note;      // what is not invasive FFR against CT-FFR, or ""
    const char* source;
};

std::span<const PublishedTrial> published_trials();

}  // namespace ctffr::report
