// SPDX-License-Identifier: Apache-2.0
// What the attributes of ONNX operators mean for channels-last images: shapes, windows and index tables.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "ctffr/kernels/network_nhwc.hpp"
#include "network/graph.hpp"

namespace ctffr::network {

// (n, c, w), (n, c, h, w) or (n, c, d, h, w) as an image.
bool is_image_rank(const Shape& shape);
kernels::NhwcShape image_shape(const Shape& shape);
// Axis of the shape -> place in (n, c, d, h, w).
std::size_t image_axis(std::size_t axis, std::size_t rank);
// A shape that is broadcast to `rank` dimensions, as an image; none when it has more.
std::optional<kernels::NhwcShape> broadcast_shape(const Shape& shape, std::size_t rank);
// Axes counted from the end become those from the front.
std::size_t positive_axis(std::int64_t axis, std::size_t rank);

// Kernel (spatial extents), strides, dilations and padding of a convolution or pooling of a bound graph.
kernels::NhwcWindow window_of(const Node& node, const Shape& kernel);

// For every index of an axis of the result, the index of the source; -1: filled.
using AxisMap = std::vector<std::int32_t>;
using ImageMap = std::array<AxisMap, 5>;  // n, c, d, h, w
ImageMap identity_map(const kernels::NhwcShape& shape);
AxisMap padded_map(std::int64_t size, std::int64_t before, std::int64_t result, const std::string& mode);

struct AxisTable {
    std::vector<std::int32_t> low, high;
    std::vector<float> weight;  // of high
};
// Interpolation along an axis of `in` elements to `out`; `scale` is out / in unless the network says
// otherwise.
AxisTable resize_table(const Node& node, std::int64_t in, std::int64_t out, float scale);

}  // namespace ctffr::network
