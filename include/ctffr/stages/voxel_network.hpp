// SPDX-License-Identifier: Apache-2.0
// A user's own segmentation network: CT in, a label per voxel out (docs/stages/own-network.md).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"

namespace ctffr {

// A voxel network as read; opaque, immutable.
class VoxelNetwork;

// The files of a network. Either `sidecar` says how to use it, or `plans` and `dataset` do, which nnU-Net
// writes.
struct VoxelNetworkFiles {
    std::string name;  // used in messages and in result.json
    std::string_view onnx;
    std::string sidecar, plans, dataset;  // JSON; empty: not there
    // Contents of a file beside the model that holds weights.
    std::function<std::string(const std::string& file)> external;
};

// `labels`: names of the labels that are coronary lumen; empty: those whose name contains "coronary" or
// "lumen", or the only one there is. Throws Error(input_unreadable) or Error(input_unsupported) when a file
// is damaged or asks for what is not supported, Error(usage) when the labels cannot be told.
std::shared_ptr<const VoxelNetwork> read_voxel_network(const VoxelNetworkFiles& files,
                                                       const std::vector<std::string>& labels);

std::string network_name(const VoxelNetwork& network);
std::string network_digest(const VoxelNetwork& network);

// Runs the network on the heart's box (the whole image when `heart` has no aorta) in windows that overlap by
// half. Returns the coronary lumen on the network's own grid: labels coronary_left and coronary_right when
// the network tells the sides, else 255. Throws Error(anatomy_not_found) when it marks nothing, and as
// run_windows.
Segmentation segment_with(const VoxelNetwork& network, const Volume& volume, const HeartFrame& heart,
                          const Run& run);

}  // namespace ctffr
