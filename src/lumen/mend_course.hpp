// SPDX-License-Identifier: Apache-2.0
// Puts a centerline back into its lumen. Along dense calcium a path runs as easily beside the lumen, in the
// blur of the calcium, as in it; rays from there see next to nothing, and a moderate stenosis would be read
// as a tight one.
#pragma once

#include <cstddef>
#include <vector>

#include "lumen/fit_chain.hpp"
#include "lumen/polar_network.hpp"

namespace ctffr::lumen {

struct MendOptions {
    double doubtful_share = 0.3;      // stated deviation over radius from which on a section is in doubt
    double least_reference_mm = 0.7;  // radius of the vessel around; thinner ones are always in doubt
    double least_mm = 0.5;            // stretches shorter than this are left alone ...
    double join_mm = 10;              // ... and nearer to each other than this are one
    double margin_mm = 4;             // over which a shift fades in and out
    std::vector<double> shifts_mm{1.0, 1.8};  // to all sides, so many that ...
    double spacing_mm = 1.1;                  // neighbours are no farther apart
    double gain = 0.75;       // a course counts when the doubt along it falls to this share ...
    double clear_gain = 0.5;  // ... and farther ones are not tried when it falls to this
};

// Sections [first, last] of the chain whose centres were moved.
struct MendedStretch {
    std::size_t first = 0, last = 0;
};

// `rays`: what the network says of the chain as it is, [section][angle]; `blood_hu`: per section. Courses
// shifted to all sides are shown to the network; the one along which it is sure of its contours, and that
// runs on smoothly from the sound sections on both sides, counts. Moves centres only; frames are to be
// updated.
std::vector<MendedStretch> mend_course(FitChain& chain, const std::vector<RayEstimate>& rays,
                                       const ImageWindow& window, const std::vector<double>& blood_hu,
                                       const ScanFacts& scan, const PolarNetwork& network,
                                       const MendOptions& options, const Run& run);

}  // namespace ctffr::lumen
