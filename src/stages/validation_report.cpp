// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/validation_report.hpp"

#include "report/validation_figures.hpp"
#include "report/validation_page.hpp"

namespace ctffr {

ValidationReport run_validation_report(const Validation& validation, const std::optional<Seal>& seal,
                                       const SoftwareFacts& software, const Run& run) {
    const ReadoutAgreement& readout = validation.readouts.front();
    ValidationReport result;
    result.roc_svg = report::roc_figure(validation);
    result.scatter_svg = report::scatter_figure(validation, readout);
    result.bland_altman_svg = report::bland_altman_figure(validation, readout);
    result.bands_svg = report::bands_figure(readout);
    run.check_cancel();
    result.html = report::make_validation_page(validation, seal, software);
    return result;
}

}  // namespace ctffr
