// SPDX-License-Identifier: Apache-2.0
// The plots of a validation, each a standalone SVG document.
#pragma once

#include <string>

#include "ctffr/stages/validate.hpp"

namespace ctffr::report {

// FFR-CT per vessel and per patient, and diameter stenosis where there is one.
std::string roc_figure(const Validation& validation);
// Computed against measured with the identity and the Passing-Bablok line.
std::string scatter_figure(const Validation& validation, const ReadoutAgreement& readout);
// Difference against mean with bias and limits of agreement.
std::string bland_altman_figure(const Validation& validation, const ReadoutAgreement& readout);
// Accuracy in bands of computed FFR with clustered intervals.
std::string bands_figure(const ReadoutAgreement& readout);

// "0.75-0.80", "up to 0.60", "above 0.90".
std::string band_name(const statistics::BandAccuracy& band);

}  // namespace ctffr::report
