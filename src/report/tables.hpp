// SPDX-License-Identifier: Apache-2.0
// The tables and fact lists of the page, as HTML.
#pragma once

#include <string>

#include "ctffr/data/result.hpp"

namespace ctffr::report {

std::string input_facts(const CaseResult& result);    // input, series, software
std::string patient_table(const CaseResult& result);  // values with origin, and the hyperaemia used
std::string quality_table(const CaseResult& result);  // figures of the gate with grades

std::string vessel_cards(
    const CaseResult& result);  // one card per vessel with a picture: its lowest lesion FFR
std::string lesion_table(const CaseResult& result);
std::string vessel_table(const CaseResult& result);
std::string branch_table(const CaseResult& result);

std::string solver_facts(const CaseResult& result);
std::string outlet_table(const CaseResult& result);
std::string timing_table(const CaseResult& result);

// "systolic_mmhg" -> "Systolic" and "mmHg".
struct NamedUnit {
    std::string name, unit;
};
NamedUnit words_from_key(const std::string& key);

}  // namespace ctffr::report
