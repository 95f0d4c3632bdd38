// SPDX-License-Identifier: Apache-2.0
// Normalisations, reductions, products of matrices; and the patterns that bind replaces.
#include <cmath>

#include "case.hpp"

namespace ctffr::oracle {

namespace {

using network::Shape;
using Integers = std::vector<std::int64_t>;
using Attributes = test::OnnxWriter::Attributes;

std::string batch_norm(CaseWriter& w, const std::string& x, std::int64_t channels) {
    return w.node("BatchNormalization",
                  {x, w.random_weight({channels}), w.random_weight({channels}), w.random_weight({channels}),
                   w.positive_weight({channels})},
                  {{"epsilon", 0.01f}});
}

// GroupNorm as the classic PyTorch exporter writes it; `arithmetic`: with scale and shift per channel after
// it.
Case group_norm_pattern(const std::string& name, const Shape& shape, std::int64_t groups, bool arithmetic) {
    CaseWriter w(name);
    const std::string x = w.random(shape);
    const std::string inside = w.node("Reshape", {x, w.integers({0, groups, -1})});
    const std::string norm =
        w.node("InstanceNormalization", {inside, w.random_weight({groups}), w.random_weight({groups})});
    std::string y = w.node("Reshape", {norm, w.node("Shape", {x})});
    if (arithmetic) {
        y = w.node("Mul", {y, w.random_weight({shape[1], 1, 1, 1})});
        y = w.node("Add", {w.random_weight({shape[1], 1, 1, 1}), y});
    }
    return w.tolerance(1e-5).done(w.node("Relu", {y}));
}

Case gelu_pattern(const std::string& name, int order) {
    CaseWriter w(name);
    const std::string x = w.node("Mul", {w.random({2, 3, 5, 7}), w.number(3)});
    const float root = std::sqrt(2.0f);
    const std::string scaled =
        order == 0 ? w.node("Div", {x, w.number(root)}) : w.node("Mul", {w.number(1 / root), x});
    const std::string sum = w.node("Add", {w.node("Erf", {scaled}), w.number(1)});
    if (order == 0) return w.done(w.node("Mul", {w.node("Mul", {x, sum}), w.number(0.5f)}));
    if (order == 1) return w.done(w.node("Mul", {w.node("Mul", {w.number(0.5f), x}), sum}));
    return w.done(w.node("Mul", {w.node("Div", {sum, w.number(2)}), x}));
}

Case reduce(const std::string& name, const std::string& op, const Integers& axes, std::int64_t keep) {
    CaseWriter w(name);
    std::vector<std::string> inputs{w.random({2, 3, 5, 7})};
    if (!axes.empty()) inputs.push_back(w.integers(axes));
    return w.done(w.node(op, inputs, {{"keepdims", keep}}));
}

Case matmul(const std::string& name, const Shape& a, const Shape& b) {
    CaseWriter w(name);
    return w.done(w.node("MatMul", {w.random(a), w.random_weight(b)}));
}

}  // namespace

void add_channel_cases(Cases& cases) {
    const auto add = [&](Case c) { cases.push_back(std::move(c)); };
    for (const Shape& shape : {Shape{2, 3, 17}, Shape{1, 3, 5, 7}, Shape{2, 3, 5, 3, 7}}) {
        CaseWriter w("instance_norm_" + network::shape_text(shape));
        add(w.tolerance(1e-5).done(w.node("InstanceNormalization",
                                          {w.random(shape), w.random_weight({3}), w.random_weight({3})},
                                          {{"epsilon", 1e-3f}})));
    }
    for (const Shape& shape : {Shape{4, 3}, Shape{2, 3, 5, 3, 7}}) {
        CaseWriter w("batch_norm_" + network::shape_text(shape));
        const std::string x = w.random(shape);
        add(w.done(batch_norm(w, x, 3)));
    }
    for (const int opset : {18, 21}) {
        CaseWriter w("group_norm_" + std::to_string(opset), opset);
        const std::int64_t listed = opset == 18 ? 2 : 6;
        add(w.tolerance(1e-5).done(
            w.node("GroupNormalization",
                   {w.random({2, 6, 5, 3, 4}), w.random_weight({listed}), w.random_weight({listed})},
                   {{"num_groups", std::int64_t{2}}})));
    }
    for (const std::int64_t axis : {-1, 1, 0}) {
        CaseWriter w("softmax_" + std::to_string(axis));
        add(w.done(w.node("Softmax", {w.random({2, 3, 5, 7})}, {{"axis", axis}})));
    }

    add(group_norm_pattern("pattern_group_norm", {2, 6, 3, 5, 4}, 3, true));
    add(group_norm_pattern("pattern_group_norm_plain", {1, 6, 3, 5, 4}, 2, false));
    add(group_norm_pattern("pattern_group_norm_each", {2, 6, 3, 5, 4}, 6, true));
    for (const int order : {0, 1, 2}) add(gelu_pattern("pattern_gelu_" + std::to_string(order), order));
    {
        CaseWriter w("pattern_batch_norm_after_grouped_transpose");
        const std::string y = w.node("ConvTranspose", {w.random({1, 4, 5, 7}), w.random_weight({4, 3, 3, 3})},
                                     {{"group", std::int64_t{2}}});
        add(w.done(w.node("LeakyRelu", {batch_norm(w, y, 6)})));
    }
    {
        CaseWriter w("pattern_batch_norm_after_grouped_conv");
        const std::string y =
            w.node("Conv", {w.random({1, 4, 5, 7}), w.random_weight({6, 2, 3, 3}), w.random_weight({6})},
                   {{"group", std::int64_t{2}}});
        add(w.done(w.node("Clip", {batch_norm(w, y, 6), w.number(-1), w.number(1)})));
    }
    {
        CaseWriter w("pattern_arithmetic_after_conv");
        std::string y = w.node("Conv", {w.random({1, 2, 5, 7}), w.random_weight({3, 2, 3, 3})});
        y = w.node("Sub", {w.node("Div", {y, w.positive_weight({3, 1, 1})}), w.random_weight({1, 3, 1, 1})});
        add(w.done(w.node("Tanh", {w.node("Mul", {w.number(0.7f), y})})));
    }
    {
        // Along the last axis, which has as many entries as there are channels: not to be taken for channels.
        CaseWriter w("pattern_arithmetic_not_per_channel");
        const std::string y = w.node("Conv", {w.random({1, 2, 5, 5}), w.random_weight({3, 2, 3, 3})});
        add(w.done(w.node("Mul", {y, w.random_weight({3})})));
    }
    {
        CaseWriter w("pattern_second_use_blocks_fusion");
        const std::string y = w.node("Conv", {w.random({1, 2, 5, 5}), w.random_weight({3, 2, 3, 3})});
        add(w.done({w.node("Elu", {y}), y, w.node("Add", {y, w.node("Relu", {y})})}));
    }

    add(reduce("reduce_mean_all", "ReduceMean", {}, 1));
    add(reduce("reduce_mean_inner", "ReduceMean", {1, -1}, 1));
    add(reduce("reduce_sum_dropped", "ReduceSum", {0, 2}, 0));
    for (const std::int64_t last : {0, 1}) {
        CaseWriter w("argmax_" + std::to_string(last));
        // Rounded, so that there are ties.
        const std::string few = w.node("Cast", {w.node("Mul", {w.random({2, 5, 4, 3}), w.number(3)})},
                                       {{"to", std::int64_t{onnx::TensorProto::INT32}}});
        const std::string ties = w.node("Cast", {few}, {{"to", std::int64_t{onnx::TensorProto::FLOAT}}});
        add(w.done(w.node("ArgMax", {ties},
                          {{"axis", std::int64_t{1}}, {"keepdims", last}, {"select_last_index", last}}),
                   onnx::TensorProto::INT64));
    }
    add(matmul("matmul", {5, 7}, {7, 3}));
    add(matmul("matmul_batch", {2, 1, 5, 7}, {3, 7, 4}));
    add(matmul("matmul_vector", {7}, {2, 7, 3}));
    add(matmul("matmul_to_vector", {2, 5, 7}, {7}));
    for (const std::int64_t flip : {0, 1}) {
        CaseWriter w("gemm_" + std::to_string(flip));
        const Attributes attributes{{"transA", flip}, {"transB", 1 - flip}, {"alpha", 0.7f}, {"beta", 1.3f}};
        add(w.done(w.node(
            "Gemm",
            {w.random(flip ? Shape{7, 5} : Shape{5, 7}), w.random_weight(flip ? Shape{7, 3} : Shape{3, 7}),
             w.random_weight(flip ? Shape{5, 1} : Shape{3})},
            attributes)));
    }
}

}  // namespace ctffr::oracle
