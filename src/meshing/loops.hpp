// SPDX-License-Identifier: Apache-2.0
// Closed loops of point numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace ctffr::meshing {

// Drops points that follow themselves, also around the end.
inline void drop_repeats(std::vector<std::int32_t>& loop) {
    std::vector<std::int32_t> kept;
    for (std::int32_t p : loop)
        if (kept.empty() || kept.back() != p) kept.push_back(p);
    while (kept.size() > 1 && kept.back() == kept.front()) kept.pop_back();
    loop = std::move(kept);
}

// A loop that comes back to a point falls into loops that do not.
inline void split_pinched(std::vector<std::int32_t> loop, std::vector<std::vector<std::int32_t>>& out) {
    drop_repeats(loop);
    for (std::size_t i = 0; i < loop.size(); ++i)
        for (std::size_t j = i + 1; j < loop.size(); ++j)
            if (loop[i] == loop[j]) {
                const auto first = loop.begin() + static_cast<std::ptrdiff_t>(i);
                const auto last = loop.begin() + static_cast<std::ptrdiff_t>(j);
                std::vector<std::int32_t> part(first, last), rest(loop.begin(), first);
                rest.insert(rest.end(), last, loop.end());
                split_pinched(std::move(part), out);
                split_pinched(std::move(rest), out);
                return;
            }
    if (loop.size() >= 3) out.push_back(std::move(loop));
}

}  // namespace ctffr::meshing
