// SPDX-License-Identifier: Apache-2.0
// Plaque, calcium and CAD-RADS on the page.
#pragma once

#include <string>

#include "ctffr/data/result.hpp"

namespace ctffr::report {

// CAD-RADS with what it rests on; empty where it was not graded.
std::string cad_rads_facts(const CaseResult& result);
std::string plaque_table(const CaseResult& result);   // lesions, segments, total
std::string calcium_table(const CaseResult& result);  // empty without a calcium series

}  // namespace ctffr::report
