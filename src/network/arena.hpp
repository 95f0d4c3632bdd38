// SPDX-License-Identifier: Apache-2.0
// Memory plan: which stretch of one arena each value of a bound graph lives in.
#pragma once

#include <cstddef>
#include <vector>

#include "network/graph.hpp"

namespace ctffr::network {

struct ArenaPlan {
    std::vector<std::size_t> offset;  // per value, bytes; no_place for constants and graph inputs
    std::size_t bytes = 0;            // of the arena
    static constexpr std::size_t no_place = static_cast<std::size_t>(-1);
};

// Places values so that those alive at the same time do not overlap: largest first, lowest free offset.
// `bytes_of[value]` is what the executor stores for it (its layout and precision), 0: nothing.
ArenaPlan plan_arena(const Graph& graph, const std::vector<std::size_t>& bytes_of,
                     std::size_t alignment = 256);

}  // namespace ctffr::network
