// SPDX-License-Identifier: Apache-2.0
// The files a case starts from, read and hashed.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/pipeline/request.hpp"
#include "ctffr/stages/heart_network.hpp"
#include "ctffr/stages/lumen_network.hpp"
#include "ctffr/stages/voxel_network.hpp"

namespace ctffr {

struct CaseInputs {
    std::optional<Volume> volume;
    std::optional<Volume> calcium;  // scan without contrast
    std::optional<Segmentation> mask;
    std::optional<TriangleMesh> surface;
    std::optional<CoronaryTree> tree;
    std::shared_ptr<const LumenNetwork> lumen_network;  // of the user or as shipped; null: none
    std::shared_ptr<const HeartNetwork> heart_network;  // likewise
    std::shared_ptr<const VoxelNetwork> voxel_network;  // of the user; its labels are the lumen
    std::string kind;  // of the main input: "dicom", "nifti", ..., "mask", "surface", "centerlines"
    std::string hash;  // SHA-256 over everything that was read

    // True when the lumen comes from the image, so that the image's quality decides.
    bool lumen_from_image() const { return volume && !mask && !surface; }
};

// Throws Error(usage) for combinations that make no sense, before anything is read.
void check_inputs(const RunRequest& request);
// Throws Error(input_*) as the readers do.
CaseInputs read_inputs(const RunRequest& request, const Run& run);

}  // namespace ctffr
