// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/validate_cohort.hpp"

#include <optional>
#include <utility>

#include "ctffr/core/error.hpp"
#include "ctffr/io/cohort_csv.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/pipeline/output_folder.hpp"
#include "ctffr/stages/validation_report.hpp"

namespace ctffr {

namespace {

struct Joined {
    Cohort cohort;
    std::optional<Seal> seal;
};

// The seal is checked before the measured values are looked at.
Joined read_joined(const ValidateRequest& request) {
    if (request.sealed.empty()) {
        Cohort cohort = read_cohort(request.cohort);
        if (!cohort.has_measured)
            throw Error(ExitCode::input_unreadable,
                        "{}: the column 'ffr_invasive' is missing: add the measured values, or seal the "
                        "computed ones "
                        "with --seal.",
                        request.cohort.string());
        return {std::move(cohort), std::nullopt};
    }
    SealedCohort sealed = read_sealed(request.sealed);
    join_measured(sealed.cohort, request.measured);
    return {std::move(sealed.cohort), sealed.seal};
}

}  // namespace

Validation run_validate_cohort(const ValidateRequest& request, const Run& run) {
    Joined joined = read_joined(request);
    for (const std::string& remark : joined.cohort.remarks) run.warn("{}", remark);
    const Validation validation = run_validate(std::move(joined.cohort), request.options, run);
    const ValidationReport report = run_validation_report(validation, joined.seal, request.software, run);
    // A megabyte holds thousands of rows with page and plots.
    const OutputFolder folder(request.out, 4'000'000);
    write_text_atomically(folder / "roc.svg", report.roc_svg);
    write_text_atomically(folder / "scatter.svg", report.scatter_svg);
    write_text_atomically(folder / "bland-altman.svg", report.bland_altman_svg);
    write_text_atomically(folder / "bands.svg", report.bands_svg);
    write_text_atomically(folder / "report.html", report.html);
    // Last: where it is, everything is.
    write_text_atomically(folder / "validation.json",
                          validation_json(validation, joined.seal, request.software));
    return validation;
}

}  // namespace ctffr
