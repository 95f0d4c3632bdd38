// SPDX-License-Identifier: Apache-2.0
// Cohorts of computed and measured FFR as CSV. The columns are listed in docs/stages/validate.md.
#pragma once

#include <filesystem>
#include <string>

#include "ctffr/data/cohort.hpp"

namespace ctffr {

// Throws Error(input_missing) without a file and Error(input_unreadable) for a column that is missing or a
// cell that cannot be: file, line, column, what was found and what is expected.
Cohort read_cohort(const std::filesystem::path& path);
Cohort parse_cohort(std::string_view text, const std::string& name);

// The computed values alone, without ffr_invasive: the text that a seal covers. Same cohort, same bytes;
// `parse_cohort` of it gives the same rows.
std::string sealed_csv(const Cohort& cohort);

// Puts the column ffr_invasive of a file with case, vessel and ffr_invasive into the cohort. A row of the
// file without a partner in the cohort is Error(input_unreadable); a row of the cohort without a partner
// stays without a measured value.
void join_measured(Cohort& cohort, const std::filesystem::path& path);

}  // namespace ctffr
