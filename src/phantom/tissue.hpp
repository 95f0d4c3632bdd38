// SPDX-License-Identifier: Apache-2.0
// The tissues of chest and heart as distance fields on a coarse grid, and the order in which they are
// painted.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/kernels/phantom.hpp"
#include "phantom/chest.hpp"
#include "phantom/heart_anatomy.hpp"
#include "phantom/patient.hpp"

namespace ctffr::phantom {

// Distance fields (mm) and textures (about N(0, 1)) of `CoarseFields`, in this order.
enum class Field : int {
    skin,
    cavity,
    mediastinum,
    diaphragm,
    liver,
    stomach,
    stomach_gas,
    bone,
    cartilage,
    disc,
    canal,
    oesophagus,
    sac,
    lv_outer,
    rv_outer,
    lv_cavity,
    rv_cavity,
    papillary,
    left_atrium,
    right_atrium,
    aorta,
    root,
    trunk,
    lung_vessels,
    fine_texture,
    soft_texture,
    broad_texture,
    count,
};

// All fields on one grid that encloses the image by at least one step.
struct CoarseFields {
    ImageGeometry geometry;
    std::vector<float> values;  // field after field
};

// Samples every field at steps of `step_mm`. The solids are smooth on the scale of the step: linear
// interpolation between the nodes is within step^2 / (8 radius of curvature) of the surface.
CoarseFields sample_fields(const HeartAnatomy& heart, const Chest& chest, const CoronaryTree& tree,
                           std::uint64_t seed, const ImageGeometry& image, double step_mm, const Run& run);

// Bottom to top: what comes later covers what came before.
std::vector<kernels::TissueLayer> tissue_layers(const DrawnTissue& tissue, double skin_fat_mm,
                                                double heart_unit_mm);

}  // namespace ctffr::phantom
