// SPDX-License-Identifier: Apache-2.0
#include "network/arena.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace ctffr::network {
namespace {

// A random graph: each node reads one or two earlier values and makes one or two.
Graph random_graph(std::mt19937& random, std::vector<std::size_t>& bytes) {
    Graph graph;
    const auto add = [&] {
        graph.values.emplace_back();
        bytes.push_back(random() % 5 == 0 ? 0 : random() % 4000);
        return static_cast<int>(graph.values.size()) - 1;
    };
    graph.inputs = {add()};
    graph.values[static_cast<std::size_t>(add())].constant = Tensor{};
    const unsigned nodes = 1 + random() % 30;
    for (unsigned n = 0; n < nodes; ++n) {
        Node node;
        const auto some = [&] { return static_cast<int>(random() % graph.values.size()); };
        node.inputs = {some()};
        if (random() % 2) node.inputs.push_back(random() % 4 ? some() : -1);
        node.outputs = {add()};
        if (random() % 3 == 0) node.outputs.push_back(add());
        graph.nodes.push_back(node);
    }
    graph.outputs = {graph.nodes.back().outputs[0], graph.nodes[random() % nodes].outputs[0]};
    return graph;
}

// Plays the graph on an arena of bytes: every value writes its number, readers and the end look whether it
// stayed.
void play(const Graph& graph, const std::vector<std::size_t>& bytes, const ArenaPlan& plan) {
    std::vector<int> arena(plan.bytes, -1);
    const auto intact = [&](int value) {
        const auto v = static_cast<std::size_t>(value);
        if (plan.offset[v] == ArenaPlan::no_place) return true;
        const auto* from = arena.data() + plan.offset[v];
        return std::all_of(from, from + bytes[v], [&](int owner) { return owner == value; });
    };
    for (const Node& node : graph.nodes) {
        for (const int value : node.outputs) {
            const auto v = static_cast<std::size_t>(value);
            if (plan.offset[v] == ArenaPlan::no_place) continue;
            ASSERT_LE(plan.offset[v] + bytes[v], plan.bytes);
            std::fill_n(arena.begin() + static_cast<std::ptrdiff_t>(plan.offset[v]), bytes[v], value);
        }
        // After writing: an operator's results may not lie on what it reads.
        for (const int value : node.inputs)
            ASSERT_TRUE(value < 0 || intact(value)) << "value " << value << " was overwritten";
        for (const int value : node.outputs) ASSERT_TRUE(intact(value));
    }
    for (const int value : graph.outputs) ASSERT_TRUE(intact(value)) << "an output was overwritten";
}

TEST(Arena, LiveValuesNeverOverlap) {
    std::mt19937 random(1);
    for (int trial = 0; trial < 500; ++trial) {
        std::vector<std::size_t> bytes;
        const Graph graph = random_graph(random, bytes);
        const std::size_t alignment = trial % 2 ? 64 : 1;
        const ArenaPlan plan = plan_arena(graph, bytes, alignment);
        for (std::size_t v = 0; v < bytes.size(); ++v) {
            const bool given = v < 2;  // the input and the constant
            EXPECT_EQ(plan.offset[v] == ArenaPlan::no_place, given || bytes[v] == 0);
            EXPECT_TRUE(plan.offset[v] == ArenaPlan::no_place || plan.offset[v] % alignment == 0);
        }
        ASSERT_NO_FATAL_FAILURE(play(graph, bytes, plan));
    }
}

TEST(Arena, AChainNeedsTwoPlaces) {
    Graph graph;
    graph.values.resize(11);
    graph.inputs = {0};
    for (int n = 0; n < 10; ++n) graph.nodes.push_back({"Relu", "", {n}, {n + 1}, {}, {}});
    graph.outputs = {10};
    EXPECT_EQ(plan_arena(graph, std::vector<std::size_t>(11, 1000), 256).bytes, 2u * 1024u);
}

}  // namespace
}  // namespace ctffr::network
