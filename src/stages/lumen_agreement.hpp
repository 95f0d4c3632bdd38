// SPDX-License-Identifier: Apache-2.0
// Two measurements of one lumen against each other.
#pragma once

#include <string>
#include <vector>

#include "ctffr/stages/lumen.hpp"
#include "lumen/psf_fit.hpp"

namespace ctffr {

// Per branch of the two fits (same tree, same points), in order.
std::vector<BranchAgreement> compare_fits(const lumen::PsfFit& chosen, const lumen::PsfFit& other);

// Adds half the difference of the two measurements, in squares, to the standard deviations of the chosen one:
// where they disagree, at least one is wrong, and nothing says which.
void widen_by_disagreement(lumen::PsfFit& chosen, const lumen::PsfFit& other);

// Where one measurement sees less than half the radius of the other, at most one of them follows an artery:
// the tree of the chosen one gets the smaller radius there, for the rules that cut what is no artery.
void doubt_gross_disagreement(lumen::PsfFit& chosen, const lumen::PsfFit& other);

// One sentence per named segment, and one for all unnamed branches, whose mean radii differ by more than
// their uncertainty and by more than a tenth.
std::vector<std::string> remarks_on_agreement(const std::vector<BranchAgreement>& agreement);

// How far a fit can be trusted, 0 to 1: share of the tree, weighted by length, that is analysable, less the
// mean relative standard deviation of its radii.
double fit_score(const lumen::PsfFit& fit);

}  // namespace ctffr
