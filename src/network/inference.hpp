// SPDX-License-Identifier: Apache-2.0
// What the inference rules of all operators share (infer.cpp, infer_*.cpp).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"
#include "network/graph.hpp"

namespace ctffr::network {

using Integers = std::vector<std::int64_t>;

// One node during inference.
struct Inference {
    Graph& graph;
    Node& node;

    template <class... Args>
    [[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) const {
        throw Error(
            ExitCode::input_unreadable,
            "Node '{}' ({}) of the network does not fit its inputs: {}. Check the input's shape or export "
            "the network again.",
            node.name, node.op, fmt::format(text, std::forward<Args>(args)...));
    }
    bool has(std::size_t i) const { return i < node.inputs.size() && node.inputs[i] >= 0; }
    const Value& input(std::size_t i) const {
        if (!has(i)) fail("input {} is missing", i + 1);
        return graph.values[static_cast<std::size_t>(node.inputs[i])];
    }
    const Shape& shape(std::size_t i) const { return input(i).shape; }
    std::int64_t rank(std::size_t i) const { return static_cast<std::int64_t>(shape(i).size()); }
    // Shape of a floating-point input.
    const Shape& float_shape(std::size_t i) const;
    // Values of an input that must be constant by now.
    const Tensor& constant(std::size_t i) const;
    const Integers& constant_integers(std::size_t i) const;
    // Axis counted from the front; `rank` axes.
    std::int64_t axis(std::int64_t axis, std::int64_t rank) const;
    // Axes, each once, counted from the front.
    Integers axes(const Integers& given, std::int64_t rank) const;
    void output(ElementType type, Shape shape, std::size_t i = 0) const;
    void set_input(std::size_t i, Tensor constant, const char* what) const;
};

Tensor integer_tensor(Integers values);
// Joint shape by ONNX's rule of broadcasting.
Shape broadcast(const Inference& at, const Shape& a, const Shape& b);

// infer_window.cpp
void infer_conv(Inference& at);
void infer_conv_transpose(Inference& at);
void infer_pool(Inference& at);
void infer_global_pool(Inference& at);
void infer_resize(Inference& at);
// infer_channels.cpp
void infer_instance_normalization(Inference& at);
void infer_batch_normalization(Inference& at);
void infer_group_normalization(Inference& at);
void infer_prelu(Inference& at);
void infer_softmax(Inference& at);
void infer_reduce(Inference& at);
void infer_argmax(Inference& at);
void infer_matmul(Inference& at);
void infer_gemm(Inference& at);
// infer_arrange.cpp
void infer_concat(Inference& at);
void infer_slice(Inference& at);
void infer_split(Inference& at);
void infer_pad(Inference& at);
void infer_reshape(Inference& at);
void infer_flatten(Inference& at);
void infer_transpose(Inference& at);
void infer_squeeze(Inference& at);
void infer_unsqueeze(Inference& at);
void infer_gather(Inference& at);
void infer_expand(Inference& at);
void infer_tile(Inference& at);

}  // namespace ctffr::network
