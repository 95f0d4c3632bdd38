// SPDX-License-Identifier: Apache-2.0
// The whole page.
#pragma once

#include <string>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/result.hpp"

namespace ctffr::report {

// One HTML document with style, script, pictures and data inside; the same bytes for the same result. It
// loads nothing and its content security policy forbids it to. A rejected result gives state, reasons, input
// and quality, and no FFR, tree or curve. `volume` may be null. Throws Error(interrupted) between the parts
// when the run is cancelled.
std::string make_page(const CaseResult& result, const Volume* volume, const std::string& title,
                      const Run& run);

}  // namespace ctffr::report
