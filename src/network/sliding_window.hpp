// SPDX-License-Identifier: Apache-2.0
// A network over a volume that is larger than what it sees at once.
#pragma once

#include <vector>

#include "network/network.hpp"

namespace ctffr::network {

struct SlidingWindow {
    Shape size;         // depth, height, width
    double step = 0.5;  // largest distance of neighbouring windows, in windows
};

// First voxels of the windows along one axis: evenly spaced, the last one ends with the axis.
std::vector<std::int64_t> window_starts(std::int64_t length, std::int64_t window, double step);

// `input` [channel][k][j][i] of the shape `volume` (channels, depth, height, width), nowhere smaller than the
// window. Returns [output][k][j][i]: the mean over all windows, each weighted by a Gaussian about its middle
// (sigma an eighth of its side, as Isensee et al., Nature Methods 18:203, 2021). Only the network's first
// output is read; it must have the window's size. Throws Error(input_unsupported) when it has not, and as
// Network::run.
std::vector<float> run_windows(Network& network, const std::vector<float>& input, const Shape& volume,
                               const SlidingWindow& window, const Run& run);

}  // namespace ctffr::network
