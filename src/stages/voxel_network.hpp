// SPDX-License-Identifier: Apache-2.0
// What a VoxelNetwork is made of: the model and how its input is made and its output read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ctffr/core/vec3.hpp"
#include "ctffr/stages/voxel_network.hpp"
#include "stages/network_file.hpp"

namespace ctffr {

// How HU become the network's input: cut to [low, high], minus `subtract`, divided by `divide`; or with
// `per_image` minus the mean of the image, divided by its standard deviation.
struct VoxelNormalisation {
    double low = -1e9, high = 1e9, subtract = 0, divide = 1;
    bool per_image = false;
};

enum class VoxelAxes { image, lps, ras };  // along which the network's input is laid out

struct VoxelRecipe {
    std::string name;
    Vec3 spacing_mm{1, 1, 1};
    VoxelAxes axes = VoxelAxes::image;
    VoxelNormalisation normalisation;
    network::Shape patch;             // depth, height, width
    std::vector<std::string> labels;  // of the output's channels; the first is background
    bool independent = false;         // channels are probabilities of their own (sigmoid), none is background
};

// From our sidecar, and from nnU-Net's plans.json and dataset.json. `input` is the model's input shape, by
// which the configuration is chosen. Throw as read_voxel_network.
VoxelRecipe recipe_of_sidecar(const std::string& text, const std::string& name);
VoxelRecipe recipe_of_plans(const std::string& plans, const std::string& dataset, const network::Shape& input,
                            const std::string& name);

class VoxelNetwork {
   public:
    NetworkFile file;
    VoxelRecipe recipe;
    std::vector<std::uint8_t> label_of_channel;  // 0: no coronary lumen
};

}  // namespace ctffr
