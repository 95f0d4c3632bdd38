// SPDX-License-Identifier: Apache-2.0
// Stage: a known lumen and its image -> samples on which the networks are trained.
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
    int variants = 2;        // passes over the tree, each with its own displacement and scale
    Range scale{0.65, 1.3};  // everything stretched by 1 / scale: a vessel of another size under another blur
    Range shift_mm{0.05, 0.35};  // standard deviation of the centres' displacement, and every so far ...
    double excursion_every_mm = 20, excursion_mm = 2;  // ... one to the side by up to this
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

struct HeartSampleOptions {
    std::uint64_t seed = 1;
    Range enlarged_mm{0, 6};  // each side of the heart box is moved out by so much
};

// What the heart network sees of one patient and what it shall give, voxel by voxel on one grid (i fastest).
// A patient is 4 million voxels; all but the image is in one byte, and an array is empty where nothing is
// known.
struct HeartSamples {
    ImageGeometry geometry;
    double muscle_hu = 0, blood_hu = 0;  // of myocardium and aorta
    // Image = image_hu + noise. `noise` is the part known to be noise, 128 = 0, steps of 2 HU; empty in a
    // user's case.
    std::vector<std::int32_t> image_hu;
    std::vector<std::uint8_t> noise;
    std::vector<std::uint8_t> lumen_left, lumen_right;  // share of the voxel within the lumen, 255 = all
    std::vector<std::uint8_t> centerline;               // distance, 255 = 4 mm and more
    // Signed distance, 128 + 31.75 per mm, cut at +-4 mm: blood of the aorta; blood of the left ventricle
    // with the papillary muscles; outer surface of the left ventricle's muscle with the septum.
    std::vector<std::uint8_t> aorta, lv_blood, lv_outer;
    std::vector<std::uint8_t>
        look_alike;                   // 255 in coronary veins and in the left atrium with appendage and veins
    std::vector<std::uint8_t> dense;  // share of the voxel within calcium or stent
    // Bits: 1, 2 the centerline of a left, right artery passes through; 4, 8 it does so within 1.2 mm.
    std::vector<std::uint8_t> skeleton;
    std::vector<float> ostia;  // [ostium][4]: side (0 left, 1 right), voxel i, j, k
    // [place][4]: voxel i, j, k, kind: 0 a centerline point, 1 ostium, 2 bifurcation, 3 diseased.
    std::vector<std::int32_t> places;

    static constexpr double reach_mm = 4;
};

// Samples of a virtual patient, rendered at the network's spacing. Its tree is taken as the centerlines.
HeartSamples run_heart_samples(const PhantomOptions& patient, const HeartSampleOptions& options,
                               const Run& run);
// Samples of a case whose lumen and tree were checked or corrected by a reader. Only these are taken as
// known: what the program itself found of aorta and ventricle is no truth.
HeartSamples run_heart_samples(const Volume& volume, const ScanModel& scan, const HeartFrame& heart,
                               const LumenSurface& lumen, const CoronaryTree& tree,
                               const HeartSampleOptions& options, const Run& run);

}  // namespace ctffr
