// SPDX-License-Identifier: Apache-2.0
// How sure the values of the page are: interval, probability, what would change the decision, and what each
// input does. As HTML.
#pragma once

#include <string>

#include "ctffr/data/result.hpp"

namespace ctffr::report {

// Empty where no uncertainty was asked for.
std::string uncertainty_section(const CaseResult& result);

}  // namespace ctffr::report
