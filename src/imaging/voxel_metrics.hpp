// SPDX-License-Identifier: Apache-2.0
// How far two masks on one grid agree: overlap, distance of their borders, skeletons, topology.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "imaging/grid.hpp"

namespace ctffr::imaging {

// Components, tunnels and cavities of a mask: 26-connected mask, 6-connected background. Tunnels come from
// the Euler characteristic of the union of the closed voxels: chi = components - tunnels + cavities.
struct Betti {
    long components = 0, tunnels = 0, cavities = 0;
};
Betti betti_numbers(Int3 size, const Mask& mask);

struct MaskAgreement {
    long found_voxels = 0, true_voxels = 0;
    double dice = std::numeric_limits<double>::quiet_NaN();  // NaN here and below: a mask is empty
    // Of the voxels with a face towards the outside: the larger of the two 95th percentiles of the distance
    // to the other border, and the mean over both borders. mm.
    double hd95_mm = dice, assd_mm = dice;
    // Share of the found skeleton inside the true mask, of the true skeleton inside the found mask, and their
    // harmonic mean (Shit et al., "clDice", CVPR 2021).
    double skeleton_precision = dice, skeleton_sensitivity = dice, cl_dice = dice;
    Betti found_betti, true_betti;
};

// Which labels make the mask, one bit each.
using LabelSet = std::uint64_t;
constexpr LabelSet label_set(std::initializer_list<Label> labels) {
    LabelSet set = 0;
    for (Label label : labels) set |= LabelSet{1} << static_cast<int>(label);
    return set;
}

// Compares the voxels whose label is in `set`. Both volumes lie on `geometry`; work and memory go with the
// box around the two masks. Throws Error(internal) when a size does not agree.
MaskAgreement compare_masks(const ImageGeometry& geometry, std::span<const std::uint8_t> found,
                            std::span<const std::uint8_t> truth, LabelSet set, const Run& run);
// Overlap alone, for large organs; NaN when either is empty.
double dice_of(std::span<const std::uint8_t> found, std::span<const std::uint8_t> truth, Label label);

}  // namespace ctffr::imaging
