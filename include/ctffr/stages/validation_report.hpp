// SPDX-License-Identifier: Apache-2.0
// Stage: figures of a validation -> one self-contained HTML page and its plots as SVG documents.
#pragma once

#include <optional>
#include <string>

#include "ctffr/data/result.hpp"
#include "ctffr/stages/validate.hpp"

namespace ctffr {

struct ValidationReport {
    std::string html;
    std::string roc_svg, scatter_svg, bland_altman_svg, bands_svg;  // of the read-out ffr_ct
};
ValidationReport run_validation_report(const Validation& validation, const std::optional<Seal>& seal,
                                       const SoftwareFacts& software, const Run& run);

}  // namespace ctffr
