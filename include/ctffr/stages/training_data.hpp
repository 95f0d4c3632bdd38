// SPDX-License-Identifier: Apache-2.0
// Stage: a known lumen and its image -> samples on which the lumen network is trained.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/quality.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/stages/phantom_options.hpp"

namespace ctffr {

struct PolarSampleOptions {
    std::uint64_t seed = 1;
    int variants = 2;       // passes over the tree, each with its own displacement and scale
    Range scale{0.8, 1.3};  // everything stretched by 1 / scale: a vessel of another size under another blur
    Range shift_mm{0.05, 0.35};  // standard deviation of the centres' displacement
};

// Sections of one tree in order; chains lie one after another. All lengths are divided by the section's
// scale.
struct PolarSamples {
    static constexpr int angles = 32, steps = 32, conditions = 6;
    // [section][angle][step], HU. The image is `image_hu`; `noise_hu` is the part of it that is noise (zero
    // where that is not known, as in a user's case).
    std::vector<float> image_hu, noise_hu;
    // [section][6]: blood HU expected there, noise HU, blur covariance uu, uv, vv (mm2), blur along the
    // vessel (mm).
    std::vector<float> condition;
    // [section][angle]
    std::vector<float> radius_mm, cosine, outer_mm;
    std::vector<std::uint8_t> known, open, calcium, stent;
    // [chain]: first section; one more at the end.
    std::vector<std::int32_t> chain_start;
    std::vector<float> chain_scale;

    std::size_t sections() const { return condition.size() / conditions; }
};

// Samples of a virtual patient, with its true lumen, wall and plaque and the scan model measured as for any
// scan. Throws Error(anatomy_not_found) when the scan model cannot be measured.
PolarSamples run_polar_samples(const PhantomOptions& patient, const PolarSampleOptions& options,
                               const Run& run);
// Samples of a case whose lumen was checked or corrected by a reader; wall and plaque are unknown.
PolarSamples run_polar_samples(const Volume& volume, const ScanModel& scan, const LumenSurface& lumen,
                               const CoronaryTree& tree, const PolarSampleOptions& options, const Run& run);

}  // namespace ctffr
