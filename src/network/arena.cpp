// SPDX-License-Identifier: Apache-2.0
// The memory plan: greedy placement by size of values with known lifetimes.
#include "network/arena.hpp"

#include <algorithm>

#include "ctffr/core/error.hpp"

namespace ctffr::network {

namespace {

// First and last node (indices) at which a value must be held; first < 0: no node makes it.
struct Lifetime {
    int first = -1, last = -1;
};

std::vector<Lifetime> lifetimes(const Graph& graph) {
    std::vector<Lifetime> life(graph.values.size());
    for (int n = 0; n < static_cast<int>(graph.nodes.size()); ++n) {
        const Node& node = graph.nodes[static_cast<std::size_t>(n)];
        // A result exists while its operator reads the inputs: nothing is computed in place.
        for (const int value : node.outputs)
            if (value >= 0) life[static_cast<std::size_t>(value)] = {n, n};
        for (const int value : node.inputs)
            if (value >= 0) life[static_cast<std::size_t>(value)].last = n;
    }
    for (const int value : graph.outputs)
        life[static_cast<std::size_t>(value)].last = static_cast<int>(graph.nodes.size());
    return life;
}

}  // namespace

ArenaPlan plan_arena(const Graph& graph, const std::vector<std::size_t>& bytes_of, std::size_t alignment) {
    CTFFR_CHECK_OP(bytes_of.size(), ==, graph.values.size());
    CTFFR_CHECK_OP(alignment, >, std::size_t{0});
    const std::vector<Lifetime> life = lifetimes(graph);
    const auto padded = [&](std::size_t value) {
        return (bytes_of[value] + alignment - 1) / alignment * alignment;
    };

    std::vector<std::size_t> order;
    for (std::size_t v = 0; v < graph.values.size(); ++v)
        if (life[v].first >= 0 && bytes_of[v] > 0 && !graph.values[v].constant) order.push_back(v);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return bytes_of[a] > bytes_of[b]; });

    ArenaPlan plan;
    plan.offset.assign(graph.values.size(), ArenaPlan::no_place);
    std::vector<std::size_t> placed;  // by offset
    for (const std::size_t value : order) {
        // Walks over the placed values that live at the same time and takes the first gap that is wide
        // enough.
        std::size_t offset = 0;
        for (const std::size_t other : placed) {
            if (life[other].last < life[value].first || life[value].last < life[other].first) continue;
            if (plan.offset[other] >= offset + padded(value)) break;
            offset = std::max(offset, plan.offset[other] + padded(other));
        }
        plan.offset[value] = offset;
        plan.bytes = std::max(plan.bytes, offset + padded(value));
        const auto by_offset = [&](std::size_t a, std::size_t b) { return plan.offset[a] < plan.offset[b]; };
        placed.insert(std::upper_bound(placed.begin(), placed.end(), value, by_offset), value);
    }
    return plan;
}

}  // namespace ctffr::network
