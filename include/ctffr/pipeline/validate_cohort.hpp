// SPDX-License-Identifier: Apache-2.0
// `ctffr validate` on files: a cohort in, figures, page and plots out; seals of computed values.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "ctffr/core/run.hpp"
#include "ctffr/data/result.hpp"
#include "ctffr/stages/validate.hpp"

namespace ctffr {

// Values of the field `schema` of validation.json (docs/validation.schema.json) and of seal.json.
inline constexpr const char* validation_schema = "ctffr-validation-1";
inline constexpr const char* seal_schema = "ctffr-seal-1";

struct ValidateRequest {
    std::filesystem::path cohort;    // CSV; empty when `sealed` is given
    std::filesystem::path sealed;    // folder of an earlier seal
    std::filesystem::path measured;  // CSV of measured values for `sealed`
    std::filesystem::path out;
    ValidateOptions options;
    SoftwareFacts software;
};

// Writes the plots, report.html and, last, validation.json, and returns what they hold. With `sealed`, the
// computed values come from its sealed.csv and the measured ones from `measured`; throws
// Error(case_incompatible) when sealed.csv is no longer what was sealed.
Validation run_validate_cohort(const ValidateRequest& request, const Run& run);

// Writes sealed.csv (computed values only), then seal.json, into `out`. An `out` that holds a seal of other
// values is Error(case_incompatible): a seal is never replaced.
Seal seal_cohort(const ValidateRequest& request, const Run& run);
// The sealed values of a folder, from the very bytes whose hash was found to fit the seal.
struct SealedCohort {
    Seal seal;
    Cohort cohort;
};
SealedCohort read_sealed(const std::filesystem::path& folder);

std::string validation_json(const Validation& validation, const std::optional<Seal>& seal,
                            const SoftwareFacts& software);

}  // namespace ctffr
