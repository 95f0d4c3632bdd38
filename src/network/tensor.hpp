// SPDX-License-Identifier: Apache-2.0
// A dense array with a shape: what goes into and comes out of a network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ctffr::network {

using Shape =
    std::vector<std::int64_t>;  // outermost first: images are (batch, channel, depth, height, width)

// Number of elements; 1 for a scalar (empty shape).
std::int64_t element_count(const Shape& shape);
// "1x16x64x32x32", or "scalar".
std::string shape_text(const Shape& shape);

enum class ElementType { float32, int64 };  // booleans are int64 0 or 1; half and double become float32

// Row-major values; `floats` or `integers` holds them, as `type` says.
struct Tensor {
    ElementType type = ElementType::float32;
    Shape shape;
    std::vector<float> floats;
    std::vector<std::int64_t> integers;

    std::int64_t size() const { return element_count(shape); }
};

}  // namespace ctffr::network
