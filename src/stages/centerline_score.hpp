// SPDX-License-Identifier: Apache-2.0
// How plausible a tree is, and what the user must know of it.
#pragma once

#include "ctffr/stages/centerline.hpp"

namespace ctffr {

// Fills quality_score (0..1: both ostia, lengths that a human heart has, plausible taper) and adds remarks on
// arteries that look cut short.
void score_tree(CenterlineResult& result);

// Adds one remark per main artery (LAD, LCX, RCA) that every heart has and that was not found in a labelled
// tree.
void remark_missing_arteries(CenterlineResult& result);

// Adds one remark per bridged gap.
void remark_flags(CenterlineResult& result);

}  // namespace ctffr
