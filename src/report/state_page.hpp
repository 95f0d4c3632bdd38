// SPDX-License-Identifier: Apache-2.0
// The page of a run at rest or in exercise.
#pragma once

#include <string>

#include "ctffr/data/result.hpp"

namespace ctffr::report {

// A page of its own, with the words, names and thresholds of its ratio, and without the colours, classes and
// pictures of the page of FFR, which a reader knows: nobody shall take one for the other. Needs no script.
std::string make_state_page(const CaseResult& result, const std::string& title);

}  // namespace ctffr::report
