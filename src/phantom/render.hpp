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

// Width of the cube over which the renderer averages attenuation: the in-plane voxel size, in all directions.
// The scanner's blur is reduced by the variance of this box, width^2 / 12, so that the image has the drawn
// sharpness.
double render_box_mm(const ImageGeometry& image);

// The image grid: centred on the heart, slices along z, wide and high enough for the ostia and the apex.
// Spacings grow beyond the drawn ones when the heart would not fit.
ImageGeometry scan_geometry(const HeartAnatomy& heart, const DrawnScan& scan, const ScannerOptions& options);

// Coverage and mean attenuation of the voxels that coronary arteries touch, by sampling the box of each voxel
// 2x2x2, and 3x3x3 more where those disagree. Samples of vessel wall inside the aorta's blood do not count.
std::vector<kernels::Patch> artery_patches(const VesselField& field, const ImageGeometry& image,
                                           double calcium_factor, const Run& run);

// The same for plain tubes of one attenuation, by their distance.
std::vector<kernels::Patch> tube_patches(const std::vector<Tube>& tubes, const ImageGeometry& image,
                                         double hu, Label label, const Run& run);

}  // namespace ctffr::phantom
