// SPDX-License-Identifier: Apache-2.0
// The rows that one result gives to the table of a cohort.
#pragma once

#include <vector>

#include "ctffr/data/result.hpp"
#include "pipeline/batch_record.hpp"

namespace ctffr {

// One row per vessel and lesion, and one per named segment with the FFR at its distal end, in the order of
// the result. Standard deviations of FFR are taken where the FFR is read.
std::vector<TableRow> cohort_rows(const CaseResult& result);

}  // namespace ctffr
