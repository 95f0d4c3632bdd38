// SPDX-License-Identifier: Apache-2.0
// The page of a validation.
#pragma once

#include <optional>
#include <string>

#include "ctffr/data/result.hpp"
#include "ctffr/stages/validate.hpp"

namespace ctffr::report {

// One HTML document with style and plots inside, which loads nothing; the same bytes for the same validation.
std::string make_validation_page(const Validation& validation, const std::optional<Seal>& seal,
                                 const SoftwareFacts& software);

}  // namespace ctffr::report
