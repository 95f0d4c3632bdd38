// SPDX-License-Identifier: Apache-2.0
// Shapes as numbers and as text.
#include "network/tensor.hpp"

namespace ctffr::network {

std::int64_t element_count(const Shape& shape) {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    return count;
}

std::string shape_text(const Shape& shape) {
    if (shape.empty()) return "scalar";
    std::string text;
    for (const std::int64_t extent : shape) {
        if (!text.empty()) text += 'x';
        text += extent < 0 ? "?" : std::to_string(extent);
    }
    return text;
}

}  // namespace ctffr::network
