// SPDX-License-Identifier: Apache-2.0
// Inference for normalisations, reductions and products of matrices.
#include <algorithm>

#include "network/inference.hpp"

namespace ctffr::network {

namespace {

void check_per_channel(const Inference& at, std::size_t i) {
    const std::int64_t channels = at.shape(0)[1];
    if (at.float_shape(i) != Shape{channels})
        at.fail("input {} has the shape {} for {} channels", i + 1, shape_text(at.shape(i)), channels);
}

void check_channels(const Inference& at, std::size_t least_rank) {
    if (at.float_shape(0).size() < least_rank)
        at.fail("an input of shape {} lacks channels or spatial axes", shape_text(at.shape(0)));
}

}  // namespace

void infer_instance_normalization(Inference& at) {
    check_channels(at, 3);
    check_per_channel(at, 1);
    check_per_channel(at, 2);
    at.output(ElementType::float32, at.shape(0));
}

void infer_batch_normalization(Inference& at) {
    check_channels(at, 2);
    for (const std::size_t i : {1u, 2u, 3u, 4u}) check_per_channel(at, i);
    at.output(ElementType::float32, at.shape(0));
}

void infer_group_normalization(Inference& at) {
    check_channels(at, 3);
    const std::int64_t channels = at.shape(0)[1], groups = at.node.integer("num_groups", 0);
    if (groups < 1 || channels % groups != 0) at.fail("{} groups of {} channels", groups, channels);
    // Opset 18 has a scale per group, opset 21 one per channel, which the executors get.
    for (const std::size_t i : {1u, 2u}) {
        if (at.float_shape(i) != Shape{groups} || groups == channels) continue;
        Tensor each;
        each.shape = {channels};
        for (std::int64_t c = 0; c < channels; ++c)
            each.floats.push_back(at.constant(i).floats[static_cast<std::size_t>(c / (channels / groups))]);
        at.set_input(i, std::move(each), i == 1 ? "scale" : "bias");
    }
    check_per_channel(at, 1);
    check_per_channel(at, 2);
    at.output(ElementType::float32, at.shape(0));
}

void infer_prelu(Inference& at) {
    if (broadcast(at, at.float_shape(0), at.float_shape(1)) != at.shape(0))
        at.fail("slopes of shape {} for an input of shape {}", shape_text(at.shape(1)),
                shape_text(at.shape(0)));
    at.output(ElementType::float32, at.shape(0));
}

void infer_softmax(Inference& at) {
    at.float_shape(0);
    at.node.attributes["axis"] = at.axis(at.node.integer("axis", -1), at.rank(0));
    at.output(ElementType::float32, at.shape(0));
}

void infer_reduce(Inference& at) {
    const Shape& in = at.shape(0);
    if (at.node.op == "ReduceMean") at.float_shape(0);
    Integers axes;
    if (at.has(1)) axes = at.axes(at.constant_integers(1), at.rank(0));
    if (axes.empty() && at.node.integer("noop_with_empty_axes", 0) == 0)
        for (std::int64_t a = 0; a < at.rank(0); ++a) axes.push_back(a);
    std::sort(axes.begin(), axes.end());
    const bool keep = at.node.integer("keepdims", 1) != 0;
    Shape out;
    for (std::size_t a = 0; a < in.size(); ++a) {
        const bool reduced = std::binary_search(axes.begin(), axes.end(), static_cast<std::int64_t>(a));
        if (!reduced || keep) out.push_back(reduced ? 1 : in[a]);
    }
    at.node.attributes["keepdims"] = std::int64_t{keep};
    at.node.attributes["noop_with_empty_axes"] = std::int64_t{1};
    at.output(at.input(0).type, std::move(out));
    at.set_input(1, integer_tensor(std::move(axes)), "axes");
}

void infer_argmax(Inference& at) {
    const std::int64_t axis = at.axis(at.node.integer("axis", 0), at.rank(0));
    const bool keep = at.node.integer("keepdims", 1) != 0;
    Shape out = at.shape(0);
    if (out.empty() || out[static_cast<std::size_t>(axis)] < 1)
        at.fail("an input of shape {}", shape_text(out));
    if (keep)
        out[static_cast<std::size_t>(axis)] = 1;
    else
        out.erase(out.begin() + axis);
    at.node.attributes["axis"] = axis;
    at.node.attributes["keepdims"] = std::int64_t{keep};
    at.output(ElementType::int64, std::move(out));
}

void infer_matmul(Inference& at) {
    Shape a = at.float_shape(0), b = at.float_shape(1);
    if (a.empty() || b.empty()) at.fail("a factor is a single number");
    const bool row = a.size() == 1, column = b.size() == 1;
    if (row) a.insert(a.begin(), 1);
    if (column) b.push_back(1);
    if (a.back() != b[b.size() - 2])
        at.fail("factors of shape {} and {}", shape_text(at.shape(0)), shape_text(at.shape(1)));
    Shape out = broadcast(at, Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
    if (!row) out.push_back(a[a.size() - 2]);
    if (!column) out.push_back(b.back());
    at.output(ElementType::float32, std::move(out));
}

void infer_gemm(Inference& at) {
    Shape a = at.float_shape(0), b = at.float_shape(1);
    if (a.size() != 2 || b.size() != 2) at.fail("factors of shape {} and {}", shape_text(a), shape_text(b));
    if (at.node.integer("transA", 0) != 0) std::swap(a[0], a[1]);
    if (at.node.integer("transB", 0) != 0) std::swap(b[0], b[1]);
    if (a[1] != b[0]) at.fail("factors of shape {} and {}", shape_text(at.shape(0)), shape_text(at.shape(1)));
    const Shape out{a[0], b[1]};
    if (at.has(2) && broadcast(at, at.float_shape(2), out) != out)
        at.fail("a summand of shape {} for a result of shape {}", shape_text(at.shape(2)), shape_text(out));
    at.output(ElementType::float32, out);
}

}  // namespace ctffr::network
