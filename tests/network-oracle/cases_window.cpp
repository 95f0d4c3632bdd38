// SPDX-License-Identifier: Apache-2.0
// Convolutions, pools and resampling.
#include "case.hpp"

namespace ctffr::oracle {

namespace {

using network::Shape;
using Integers = std::vector<std::int64_t>;
using Attributes = test::OnnxWriter::Attributes;

Case conv(const std::string& name, const std::string& op, const Shape& in, const Shape& weights,
          const Attributes& attributes, std::int64_t bias = 0) {
    CaseWriter w(name);
    std::vector<std::string> inputs{w.random(in), w.random_weight(weights)};
    if (bias > 0) inputs.push_back(w.random_weight({bias}));
    return w.done(w.node(op, inputs, attributes));
}

Case pool(const std::string& name, const std::string& op, const Shape& in, const Attributes& attributes,
          int opset = 18) {
    CaseWriter w(name, opset);
    return w.done(w.node(op, {w.random(in)}, attributes));
}

Case resize(const std::string& name, const Shape& in, const std::vector<float>& scales, const Integers& sizes,
            const Attributes& attributes) {
    CaseWriter w(name);
    std::vector<std::string> inputs{w.random(in), "", ""};
    if (sizes.empty()) {
        network::Tensor list;
        list.shape = {static_cast<std::int64_t>(scales.size())};
        list.floats = scales;
        inputs[2] = w.weight(list);
    } else {
        inputs.push_back(w.integers(sizes));
    }
    return w.done(w.node("Resize", inputs, attributes));
}

}  // namespace

void add_window_cases(Cases& cases) {
    const auto add = [&](Case c) { cases.push_back(std::move(c)); };
    add(conv("conv_1d", "Conv", {2, 3, 17}, {4, 3, 5}, {{"pads", Integers{2, 1}}, {"strides", Integers{2}}},
             4));
    add(conv("conv_2d_dilated", "Conv", {1, 3, 13, 11}, {5, 3, 3, 2},
             {{"dilations", Integers{2, 3}}, {"pads", Integers{1, 2, 3, 0}}}));
    add(conv("conv_3d", "Conv", {1, 2, 7, 9, 5}, {3, 2, 3, 3, 3}, {{"pads", Integers{1, 1, 1, 1, 1, 1}}}, 3));
    add(conv("conv_3d_strided", "Conv", {2, 4, 7, 9, 11}, {6, 4, 3, 1, 3},
             {{"pads", Integers{1, 0, 1, 1, 0, 1}}, {"strides", Integers{2, 1, 3}}}, 6));
    add(conv("conv_3d_groups", "Conv", {1, 6, 5, 6, 7}, {4, 3, 3, 3, 3}, {{"group", std::int64_t{2}}}, 4));
    add(conv("conv_3d_depthwise", "Conv", {1, 5, 6, 7, 8}, {10, 1, 3, 3, 3},
             {{"group", std::int64_t{5}}, {"pads", Integers{1, 1, 1, 1, 1, 1}}}, 10));
    for (const char* mode : {"SAME_UPPER", "SAME_LOWER", "VALID"})
        add(conv(std::string("conv_auto_") + mode, "Conv", {1, 2, 8, 9}, {3, 2, 4, 3},
                 {{"auto_pad", std::string(mode)}, {"strides", Integers{3, 2}}}, 3));

    const Attributes two{{"strides", Integers{2, 2, 2}}};
    add(conv("conv_transpose_3d", "ConvTranspose", {1, 4, 3, 5, 4}, {4, 3, 2, 2, 2}, two, 3));
    add(conv(
        "conv_transpose_2d", "ConvTranspose", {2, 3, 5, 4}, {3, 2, 3, 5},
        {{"strides", Integers{2, 3}}, {"pads", Integers{1, 2, 0, 1}}, {"output_padding", Integers{1, 2}}},
        2));
    add(conv("conv_transpose_dilated_groups", "ConvTranspose", {1, 4, 6, 5}, {4, 3, 3, 2},
             {{"dilations", Integers{2, 3}}, {"group", std::int64_t{2}}}, 6));
    add(conv("conv_transpose_1d", "ConvTranspose", {1, 2, 9}, {2, 3, 4}, {{"strides", Integers{3}}}));
    add(conv("conv_transpose_output_shape", "ConvTranspose", {1, 2, 5, 6}, {2, 2, 3, 3},
             {{"strides", Integers{2, 2}}, {"output_shape", Integers{10, 12}}}));
    add(conv("conv_transpose_same", "ConvTranspose", {1, 2, 5, 6}, {2, 2, 3, 4},
             {{"strides", Integers{2, 2}}, {"auto_pad", std::string("SAME_UPPER")}}));
    add(conv("conv_transpose_valid", "ConvTranspose", {1, 2, 5, 6}, {2, 2, 3, 4},
             {{"strides", Integers{2, 2}}, {"auto_pad", std::string("VALID")}}));

    const Attributes k233{{"kernel_shape", Integers{2, 3, 3}}, {"strides", Integers{2, 2, 1}}};
    for (const char* op : {"MaxPool", "AveragePool"}) {
        const std::string stem = op;
        add(pool(stem + "_3d", op, {1, 3, 7, 9, 8}, k233));
        add(pool(stem + "_1d", op, {2, 3, 11}, {{"kernel_shape", Integers{3}}, {"pads", Integers{1, 2}}}));
        add(pool(
            stem + "_ceil", op, {1, 2, 8, 10},
            {{"kernel_shape", Integers{3, 3}}, {"strides", Integers{2, 3}}, {"ceil_mode", std::int64_t{1}}}));
        add(pool(
            stem + "_dilated", op, {1, 2, 9, 10},
            {{"kernel_shape", Integers{3, 2}}, {"dilations", Integers{2, 3}}, {"pads", Integers{1, 1, 1, 1}}},
            19));
        add(pool(stem + "_same", op, {1, 2, 9, 10},
                 {{"kernel_shape", Integers{3, 2}},
                  {"auto_pad", std::string("SAME_LOWER")},
                  {"strides", Integers{2, 2}}}));
    }
    add(pool("AveragePool_count_pad", "AveragePool", {1, 2, 7, 8},
             {{"kernel_shape", Integers{3, 3}},
              {"pads", Integers{1, 1, 1, 1}},
              {"count_include_pad", std::int64_t{1}},
              {"strides", Integers{2, 2}}}));
    add(pool("AveragePool_count_pad_ceil", "AveragePool", {1, 2, 8, 9},
             {{"kernel_shape", Integers{3, 4}},
              {"pads", Integers{1, 1, 1, 1}},
              {"count_include_pad", std::int64_t{1}},
              {"strides", Integers{3, 3}},
              {"ceil_mode", std::int64_t{1}}},
             19));
    add(pool("global_average_pool", "GlobalAveragePool", {2, 3, 5, 7, 3}, {}));

    for (const char* position : {"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"}) {
        const Attributes linear{{"mode", std::string("linear")},
                                {"coordinate_transformation_mode", std::string(position)}};
        const std::string stem = std::string("resize_") + position;
        add(resize(stem + "_linear_3d", {1, 2, 4, 5, 3}, {1, 1, 2, 2, 2}, {}, linear));
        add(resize(stem + "_linear_sizes", {1, 2, 4, 5, 6}, {}, {1, 2, 9, 3, 1}, linear));
        add(resize(stem + "_linear_2d", {1, 2, 7, 5}, {1, 1, 1.5f, 2.25f}, {}, linear));
        for (const char* rounding : {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}) {
            Attributes nearest = linear;
            nearest["mode"] = std::string("nearest");
            nearest["nearest_mode"] = std::string(rounding);
            add(resize(stem + "_nearest_" + rounding, {1, 2, 4, 5, 6}, {1, 1, 2, 1.5f, 0.5f}, {}, nearest));
            add(resize(stem + "_nearest_sizes_" + rounding, {1, 2, 4, 5}, {}, {1, 2, 7, 15}, nearest));
        }
    }
    add(resize("resize_axes", {1, 2, 4, 5}, {}, {7, 3},
               {{"mode", std::string("linear")}, {"axes", Integers{3, 2}}}));
}

}  // namespace ctffr::oracle
