// SPDX-License-Identifier: Apache-2.0
// The findings of result.json: lesions, vessels, plaque, calcium, CAD-RADS, written and read.
#pragma once

#include <nlohmann/json.hpp>

#include "ctffr/data/result.hpp"

namespace ctffr {

nlohmann::ordered_json lesions_json(const CaseResult& result);
nlohmann::ordered_json vessels_json(const CaseResult& result);
nlohmann::ordered_json plaque_json(const CaseResult& result);
nlohmann::ordered_json calcium_json(const CaseResult& result);
nlohmann::ordered_json cad_rads_json(const CaseResult& result);

// Fills lesions, vessels, plaque (deposits, segments and total), calcium and CAD-RADS. What files of earlier
// versions lack stays empty.
void read_findings(const nlohmann::json& json, CaseResult& result);

}  // namespace ctffr
