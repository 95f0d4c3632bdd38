// SPDX-License-Identifier: Apache-2.0
// The artery that a segment belongs to.
#pragma once

#include <string>

#include "ctffr/data/tree.hpp"

namespace ctffr {

// LM, LAD, LCX (with the ramus) or RCA; empty for an unnamed segment.
std::string territory_of(Segment segment);

}  // namespace ctffr
