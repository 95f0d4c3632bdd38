// SPDX-License-Identifier: Apache-2.0
// Pieces of arteries that the heart network sees and no path follows: behind a subtotal narrowing no lumen
// shows over a centimetre or two, longer than a gap may be, and all that lies beyond would be lost.
#pragma once

#include <string>
#include <vector>

#include "imaging/heart_maps.hpp"
#include "imaging/tree_growth.hpp"

namespace ctffr::imaging {

struct FarPieceOptions {
    double least_volume_mm3 = 60;  // of a piece, as far as no path follows it: 12 mm of a vessel of 2.5 mm
    double longest_mm = 25;        // of the straight way from what is followed
    double least_seen = 0.5;       // probability of lumen of the network
};

// The straight way from an artery that a path follows to a piece that none does, both of one side.
struct Crossing {
    Vec3 from_lps_mm, to_lps_mm;
    double length_mm() const { return norm(to_lps_mm - from_lps_mm); }
};

// Volume of the pieces that no path follows (mm3).
double far_volume_mm3(const HeartMaps& maps, const std::vector<GrownPath>& paths,
                      const FarPieceOptions& options, const Run& run);

// The shortest way to every such piece, and those from the ends of paths. `side`: per path.
std::vector<Crossing> crossings_to_far_pieces(const HeartMaps& maps, const std::vector<GrownPath>& paths,
                                              const std::vector<Side>& side, const FarPieceOptions& options,
                                              const Run& run);

// Voxels about the crossings, where an artery may run that is not seen.
Mask mask_of(const std::vector<Crossing>& crossings, const ImageGeometry& geometry);

// A sentence for every crossing that the paths took.
std::vector<std::string> remarks_on_crossings(const std::vector<Crossing>& crossings,
                                              const std::vector<GrownPath>& paths);

}  // namespace ctffr::imaging
