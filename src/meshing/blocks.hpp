// SPDX-License-Identifier: Apache-2.0
// Parallel loops with output of unknown length: fixed blocks of work, results in block order, so that the
// number of threads changes nothing.
#pragma once

#include <algorithm>
#include <vector>

#include "ctffr/parallel/parallel.hpp"

namespace ctffr::meshing {

// body(first, last, part) for consecutive blocks of [0, n); returns the parts in order.
template <class Part, class Body>
std::vector<Part> in_blocks(const Cpu& exec, const char* name, Index n, Index block, const Body& body) {
    const Index blocks = (n + block - 1) / block;
    std::vector<Part> parts(static_cast<std::size_t>(blocks));
    parallel_for_uneven(exec, name, blocks, 1, [&](Index b) {
        body(b * block, std::min(n, (b + 1) * block), parts[static_cast<std::size_t>(b)]);
    });
    return parts;
}

}  // namespace ctffr::meshing
