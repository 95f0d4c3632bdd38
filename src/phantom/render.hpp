// SPDX-License-Identifier: Apache-2.0
// From implicit solids to voxels: where the image lies, and the exact patches of small vessels.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/kernels/phantom.hpp"
#include "phantom/heart_anatomy.hpp"
#include "phantom/implicit.hpp"
#include "phantom/patient.hpp"
#include "phantom/vessel_field.hpp"

namespace ctffr::phantom {

// Standard deviations (mm) of the Gaussian by which the renderer blurs before the image is sampled: the
// scanner's own blur, but at most 0.85 voxels in the slice and across. That is enough to sample without
// aliasing (the Gaussian's transform is below 0.001 at one cycle per voxel); the scanner adds what is missing
// on the grid.
struct RenderBlur {
    double xy_mm = 0, z_mm = 0;
};
// Variance (mm2) of a blur that comes after the scanner's: of reading its image onto another grid.
struct ReadingBlur {
    double xy_mm2 = 0, z_mm2 = 0;
};
RenderBlur render_blur(const ImageGeometry& image, const DrawnScan& scan, const ReadingBlur& reading = {});

// The image grid: centred on the heart, slices along z, wide and high enough for the ostia and the apex.
// Spacings grow beyond the drawn ones when the heart would not fit.
ImageGeometry scan_geometry(const HeartAnatomy& heart, const DrawnScan& scan, const ScannerOptions& options);

// Coverage and mean attenuation of the voxels that coronary arteries touch: means over 192 points spread
// about each voxel's centre like the Gaussian `blur`, or 24 of them where all are alike.
std::vector<kernels::Patch> artery_patches(const VesselField& field, const ImageGeometry& image,
                                           const RenderBlur& blur, double calcium_factor, const Run& run);

// The same for plain tubes of one attenuation, by their distance (blur as if flat: volumes grow by blur^2 /
// radius^2).
std::vector<kernels::Patch> tube_patches(const std::vector<Tube>& tubes, const ImageGeometry& image,
                                         const RenderBlur& blur, double hu, Label label, const Run& run);

}  // namespace ctffr::phantom
