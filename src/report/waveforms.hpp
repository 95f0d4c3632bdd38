// SPDX-License-Identifier: Apache-2.0
// The heart beat on the page: pressure and flow over time, and what is read from them.
#pragma once

#include <string>

#include "ctffr/data/pulsatile.hpp"

namespace ctffr::report {

// Two plots over the beat (pressures, flows of the vessels) and a table; a sentence instead when the flow did
// not become periodic.
std::string beat_section(const PulsatileFlow& beat);

}  // namespace ctffr::report
