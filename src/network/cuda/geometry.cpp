// SPDX-License-Identifier: Apache-2.0
#include "network/cuda/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ctffr/core/error.hpp"

namespace ctffr::network {

bool is_image_rank(const Shape& shape) { return shape.size() >= 3 && shape.size() <= 5; }

kernels::NhwcShape image_shape(const Shape& shape) {
    CTFFR_CHECK(is_image_rank(shape));
    kernels::NhwcShape image;
    image.n = shape[0], image.c = shape[1], image.w = shape.back();
    if (shape.size() >= 4) image.h = shape[shape.size() - 2];
    if (shape.size() == 5) image.d = shape[2];
    return image;
}

std::size_t image_axis(std::size_t axis, std::size_t rank) { return axis < 2 ? axis : axis + 5 - rank; }

std::optional<kernels::NhwcShape> broadcast_shape(const Shape& shape, std::size_t rank) {
    if (shape.size() > rank) return std::nullopt;
    Shape full(rank - shape.size(), 1);
    full.insert(full.end(), shape.begin(), shape.end());
    return image_shape(full);
}

std::size_t positive_axis(std::int64_t axis, std::size_t rank) {
    const auto signed_rank = static_cast<std::int64_t>(rank);
    const std::int64_t positive = axis < 0 ? axis + signed_rank : axis;
    CTFFR_CHECK(positive >= 0 && positive < signed_rank);
    return static_cast<std::size_t>(positive);
}

kernels::NhwcWindow window_of(const Node& node, const Shape& kernel) {
    const std::size_t spatial = kernel.size();
    const Shape ones(spatial, 1);
    const Shape strides = node.integers("strides", ones), dilations = node.integers("dilations", ones);
    const Shape pads = node.integers("pads", Shape(2 * spatial, 0));
    CTFFR_CHECK(spatial <= 3 && strides.size() == spatial && dilations.size() == spatial &&
                pads.size() == 2 * spatial);
    kernels::NhwcWindow window;
    for (std::size_t a = 0; a < spatial; ++a) {
        const std::size_t to = a + 3 - spatial;
        window.kernel[to] = kernel[a], window.stride[to] = strides[a], window.dilation[to] = dilations[a];
        window.pad[to] = pads[a], window.pad_after[to] = pads[spatial + a];
    }
    return window;
}

ImageMap identity_map(const kernels::NhwcShape& shape) {
    ImageMap map;
    const Index extents[5] = {shape.n, shape.c, shape.d, shape.h, shape.w};
    for (std::size_t a = 0; a < 5; ++a) {
        map[a].resize(static_cast<std::size_t>(extents[a]));
        std::iota(map[a].begin(), map[a].end(), 0);
    }
    return map;
}

AxisMap padded_map(std::int64_t size, std::int64_t before, std::int64_t result, const std::string& mode) {
    AxisMap map;
    for (std::int64_t i = 0; i < result; ++i) {
        std::int64_t from = i - before;
        if (mode == "edge") from = std::clamp<std::int64_t>(from, 0, size - 1);
        if (mode == "wrap") from = ((from % size) + size) % size;
        if (mode == "reflect" && size > 1) {
            const std::int64_t period = 2 * (size - 1);
            from = ((from % period) + period) % period;
            if (from >= size) from = period - from;
        }
        map.push_back(static_cast<std::int32_t>(from >= 0 && from < size ? from : -1));
    }
    return map;
}

AxisTable resize_table(const Node& node, std::int64_t in, std::int64_t out, float scale) {
    const std::string place = node.text("coordinate_transformation_mode", "half_pixel");
    const std::string rounding = node.text("nearest_mode", "round_prefer_floor");
    const bool nearest = node.text("mode", "nearest") == "nearest";
    AxisTable table;
    for (std::int64_t i = 0; i < out; ++i) {
        const double x = static_cast<double>(i);
        double from = (x + 0.5) / scale - 0.5;
        if (place == "asymmetric") from = x / scale;
        if (place == "align_corners")
            from = out > 1 ? x * static_cast<double>(in - 1) / static_cast<double>(out - 1) : 0;
        if (place == "pytorch_half_pixel" && out <= 1) from = 0;
        if (in == out && scale == 1) from = x;
        double low = std::floor(from);
        double weight = from - low;
        if (nearest) {
            if (rounding == "round_prefer_floor") low = std::ceil(from - 0.5);
            if (rounding == "round_prefer_ceil") low = std::floor(from + 0.5);
            if (rounding == "ceil") low = std::ceil(from);
            weight = 0;
        }
        const auto inside = [&](double index) {
            return static_cast<std::int32_t>(std::clamp(index, 0.0, static_cast<double>(in - 1)));
        };
        table.low.push_back(inside(low));
        table.high.push_back(inside(low + 1));
        table.weight.push_back(static_cast<float>(weight));
    }
    return table;
}

}  // namespace ctffr::network
