// SPDX-License-Identifier: Apache-2.0
// The table of a cohort, cohort.csv, and its sums, summary.json.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ctffr/pipeline/batch.hpp"
#include "pipeline/batch_record.hpp"

namespace ctffr {

const std::vector<std::string>& cohort_columns();

// The lines of one case, each as the columns say: one per vessel and lesion and per measured segment. A
// vessel that was measured and has no result has a line of its own, so that no measurement is lost; a case
// without vessels has a line of the kind "case". No record: the case has not been run as the manifest says
// now.
std::vector<std::vector<std::string>> cohort_lines(const ManifestCase& item,
                                                   const std::optional<BatchRecord>& record);

// Counts one case.
void count_case(const std::optional<BatchRecord>& record, BatchOutcome& outcome);

// The valid record of a case of the manifest, by its index; empty: none.
using RecordOf = std::function<std::optional<BatchRecord>(std::size_t)>;

// Writes both files, one case in memory at a time.
BatchOutcome write_cohort(const BatchRequest& request, const Manifest& manifest, const RecordOf& record_of);

}  // namespace ctffr
