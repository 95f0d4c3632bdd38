// SPDX-License-Identifier: Apache-2.0
// Small graphs for the tests of the CPU executor, and the comparison with the reference executor.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "network/bind.hpp"
#include "network/executor.hpp"

namespace ctffr::test {

using network::Shape;
using network::Tensor;

// Values of mean `mean` and standard deviation about `spread`.
inline Tensor noise(const Shape& shape, std::uint64_t seed, float mean = 0, float spread = 1) {
    Tensor tensor;
    tensor.shape = shape;
    tensor.floats.resize(static_cast<std::size_t>(tensor.size()));
    std::uint64_t state = seed * 0x9e3779b97f4a7c15ULL + 1;
    for (float& value : tensor.floats) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        const double unit = static_cast<double>(state >> 11) / 9007199254740992.0;
        value = mean + spread * static_cast<float>((unit - 0.5) * 3.4641);
    }
    return tensor;
}

class Model {
   public:
    using Integers = std::vector<std::int64_t>;
    using Attributes = std::map<std::string, network::Attribute>;

    int input(const Shape& shape, float mean = 0, float spread = 1) {
        const int v = value({});
        graph.values.back().shape = shape;
        graph.inputs.push_back(v);
        inputs.push_back(noise(shape, seed_++, mean, spread));
        return v;
    }
    int constant(Tensor tensor) {
        graph.values.push_back({std::to_string(graph.values.size()), tensor.type, tensor.shape, tensor});
        return static_cast<int>(graph.values.size()) - 1;
    }
    int weights(const Shape& shape, float mean = 0, float spread = 1) {
        return constant(noise(shape, seed_++, mean, spread));
    }
    int integers(const Integers& list) {
        Tensor tensor;
        tensor.type = network::ElementType::int64;
        tensor.shape = {static_cast<std::int64_t>(list.size())};
        tensor.integers = list;
        return constant(std::move(tensor));
    }
    std::vector<int> nodes(const std::string& op, const std::vector<int>& from, const Attributes& attributes,
                           std::size_t results) {
        network::Node node;
        node.op = op, node.name = op + std::to_string(graph.nodes.size());
        node.inputs = from, node.attributes = attributes;
        for (std::size_t i = 0; i < results; ++i) node.outputs.push_back(value({}));
        graph.nodes.push_back(node);
        return node.outputs;
    }
    int node(const std::string& op, const std::vector<int>& from, const Attributes& attributes = {}) {
        return nodes(op, from, attributes, 1)[0];
    }
    void output(int v) { graph.outputs.push_back(v); }

    // A convolution with bias whose result is about as large as its input.
    int conv(int from, Shape weight_shape, Attributes attributes = {}, bool bias = true) {
        std::int64_t terms = 1;
        for (std::size_t a = 1; a < weight_shape.size(); ++a) terms *= weight_shape[a];
        std::vector<int> all = {from, weights(weight_shape, 0, 1.0F / std::sqrt(static_cast<float>(terms)))};
        if (bias) all.push_back(weights({weight_shape[0]}, 0, 0.3F));
        return node("Conv", all, attributes);
    }
    int conv_transpose(int from, Shape weight_shape, Attributes attributes = {}, bool bias = true) {
        const std::int64_t groups =
            attributes.count("group") ? std::get<std::int64_t>(attributes.at("group")) : std::int64_t{1};
        std::vector<int> all = {
            from, weights(weight_shape, 0, 1.0F / std::sqrt(static_cast<float>(weight_shape[0] / groups)))};
        if (bias) all.push_back(weights({weight_shape[1] * groups}, 0, 0.3F));
        return node("ConvTranspose", all, attributes);
    }

    network::Graph bound() const {
        std::vector<Shape> shapes;
        for (const Tensor& tensor : inputs) shapes.push_back(tensor.shape);
        return network::bind(graph, shapes);
    }

    network::Graph graph;
    std::vector<Tensor> inputs;

   private:
    int value(const Shape& shape) {
        graph.values.push_back(
            {std::to_string(graph.values.size()), network::ElementType::float32, shape, {}});
        return static_cast<int>(graph.values.size()) - 1;
    }
    std::uint64_t seed_ = 1;
};

inline std::vector<Tensor> run_by(network::ExecutorKind kind, const network::Graph& bound,
                                  const std::vector<Tensor>& inputs,
                                  network::Precision precision = network::Precision::full) {
    return network::make_executor(kind, bound, precision, ctffr::Run{})->run(inputs);
}

// The largest deviation, in units of the largest magnitude of the expected values.
inline double deviation(const Tensor& expected, const Tensor& found) {
    EXPECT_EQ(expected.shape, found.shape);
    EXPECT_EQ(expected.floats.size(), found.floats.size());
    EXPECT_EQ(expected.integers, found.integers);
    double worst = 0, scale = 1e-30;
    for (std::size_t i = 0; i < std::min(expected.floats.size(), found.floats.size()); ++i) {
        const double a = static_cast<double>(expected.floats[i]), b = static_cast<double>(found.floats[i]);
        if (!std::isfinite(b)) ADD_FAILURE() << "value " << i << " is " << b << ", expected " << a;
        worst = std::max(worst, std::fabs(a - b));
        scale = std::max(scale, std::fabs(a));
    }
    return worst / scale;
}

// The sums of the CPU executor are in float32: a sum of n terms of random sign is off by about sqrt(n) 6e-8
// of its size, 3e-6 for the longest here (27 x 96); own elementary functions by 3e-7.
inline constexpr double full_tolerance = 1e-5;
// A value stored in bfloat16 is off by up to 2^-9 of itself, and so are input and weights, whose errors
// average out over a sum; the result's own rounding remains. Two to three such roundings in a row stay within
// this.
inline constexpr double half_tolerance = 0.015;

inline void expect_as_reference(const Model& model, double full = full_tolerance,
                                double half = half_tolerance) {
    const network::Graph bound = model.bound();
    const auto expected = run_by(network::ExecutorKind::reference, bound, model.inputs);
    for (const auto precision : {network::Precision::full, network::Precision::half}) {
        const auto executor =
            network::make_executor(network::ExecutorKind::cpu, bound, precision, ctffr::Run{});
        // Twice: what a run leaves behind in the memory must not matter.
        const auto first = executor->run(model.inputs), again = executor->run(model.inputs);
        ASSERT_EQ(expected.size(), first.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            EXPECT_LE(deviation(expected[i], first[i]), precision == network::Precision::full ? full : half);
            EXPECT_EQ(first[i].floats, again[i].floats);
        }
    }
}

}  // namespace ctffr::test
