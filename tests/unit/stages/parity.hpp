// SPDX-License-Identifier: Apache-2.0
// A shipped network against the numbers that its training tool computed from the same weights.
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ctffr/io/files.hpp"
#include "network/network.hpp"

namespace ctffr::test {

// `file`: NAME.parity.json (tools/train/README.md).
inline void expect_parity(const network::Graph& graph, const std::filesystem::path& file) {
    const auto parity = nlohmann::json::parse(read_text(file));
    network::Tensor input;
    input.shape = parity.at("input_shape").get<network::Shape>();
    for (std::int64_t n = 0; n < input.size(); ++n)
        input.floats.push_back(static_cast<float>(0.7 * std::sin(0.37 * static_cast<double>(n)) +
                                                  0.3 * std::cos(0.0113 * static_cast<double>(n))));
    const auto indices = parity.at("indices").get<std::vector<std::size_t>>();
    const auto values = parity.at("values").get<std::vector<double>>();
    ASSERT_GT(indices.size(), 100U);
    for (const auto kind : {network::ExecutorKind::reference, network::ExecutorKind::cpu}) {
        network::Network run(graph, kind, network::Precision::full, ctffr::Run{});
        const auto out = run.run({input});
        ASSERT_EQ(out.front().shape, parity.at("output_shape").get<network::Shape>());
        for (std::size_t i = 0; i < indices.size(); ++i)
            EXPECT_NEAR(out.front().floats[indices[i]], values[i], 1e-3 * std::max(1.0, std::abs(values[i])))
                << i;
    }
}

}  // namespace ctffr::test
