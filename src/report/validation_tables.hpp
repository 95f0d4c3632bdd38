// SPDX-License-Identifier: Apache-2.0
// The tables of the page of a validation, as HTML.
#pragma once

#include <string>

#include "ctffr/stages/validate.hpp"

namespace ctffr::report {

std::string cohort_facts(const Validation& validation);
std::string accuracy_table(const Discrimination& vessel, const Discrimination& patient);
std::string agreement_table(const ReadoutAgreement& readout);
std::string bands_table(const ReadoutAgreement& readout);
std::string readouts_table(const Validation& validation);
std::string comparison_table(const StenosisAgreement& stenosis);
std::string rejected_table(const Validation& validation);
// The cohort's own figures, then what others published.
std::string published_table(const Validation& validation);

}  // namespace ctffr::report
