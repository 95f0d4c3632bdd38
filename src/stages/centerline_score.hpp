// SPDX-License-Identifier: Apache-2.0
// How plausible a tree is.
#pragma once

#include "ctffr/stages/centerline.hpp"

namespace ctffr {

// Fills quality_score (0..1: both ostia, lengths that a human heart has, plausible taper).
void score_tree(CenterlineResult& result);

}  // namespace ctffr
