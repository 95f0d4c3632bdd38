// SPDX-License-Identifier: Apache-2.0
#include "unit/network/channels_last_cases.hpp"

namespace ctffr::network {

namespace {

const Epilogue leaky{Activation::leaky_relu, 0.01f, 0};

std::int64_t one() { return 1; }

void convolutions(std::vector<NetworkCase>& cases) {
    const auto add = [&](const std::string& name, const Shape& shape, const auto& make) {
        NetworkBuilder b;
        const int x = b.input(shape);
        cases.push_back({name, b.finish({make(b, x)}), {}});
    };
    const Ints k3{3, 3, 3}, same(6, 1);
    add("conv", {2, 3, 7, 9, 5}, [&](auto& b, int x) { return b.conv(x, 10, k3, {{"pads", same}}, leaky); });
    add("conv no bias", {1, 8, 4, 5, 6}, [&](auto& b, int x) {
        return b.conv(x, 16, {1, 1, 1}, {}, {}, 1, false);
    });
    add("conv stride", {1, 5, 9, 8, 11}, [&](auto& b, int x) {
        return b.conv(x, 12, k3, {{"pads", same}, {"strides", Ints{2, 2, 1}}});
    });
    add("conv uneven padding", {1, 4, 6, 7, 8}, [&](auto& b, int x) {
        return b.conv(x, 9, {3, 2, 4}, {{"pads", Ints{0, 1, 2, 2, 0, 1}}});
    });
    add("conv dilation", {1, 4, 9, 10, 8}, [&](auto& b, int x) {
        return b.conv(x, 8, k3, {{"pads", Ints(6, 2)}, {"dilations", Ints{2, 2, 2}}});
    });
    add("conv groups", {1, 16, 5, 6, 7}, [&](auto& b, int x) {
        return b.conv(x, 24, k3, {{"pads", same}}, leaky, 2);
    });
    add("conv odd groups", {1, 6, 5, 6, 7}, [&](auto& b, int x) {
        return b.conv(b.conv(x, 10, k3, {{"pads", same}}, {}, 2), 7, {1, 1, 1});
    });
    add("conv of each channel", {1, 12, 6, 5, 7}, [&](auto& b, int x) {
        return b.conv(x, 12, k3, {{"pads", same}}, {Activation::gelu, 0, 0}, 12);
    });
    add("conv in a plane", {2, 3, 11, 9}, [&](auto& b, int x) {
        return b.conv(x, 6, {3, 5}, {{"pads", Ints{1, 2, 1, 2}}, {"strides", Ints{2, 1}}},
                      {Activation::clip, -0.5f, 0.5f});
    });
    add("conv on a line", {2, 5, 17}, [&](auto& b, int x) {
        return b.conv(x, 4, {3}, {{"pads", Ints{1, 1}}}, {Activation::elu, 0.5f, 0});
    });
    add("up 2", {1, 10, 4, 5, 3}, [&](auto& b, int x) {
        return b.up(x, 6, {2, 2, 2}, {{"strides", Ints{2, 2, 2}}});
    });
    add("up 3 by 2", {2, 8, 4, 3, 5}, [&](auto& b, int x) {
        return b.up(x, 5, k3, {{"strides", Ints{2, 2, 2}}, {"pads", same}, {"output_padding", Ints{1, 1, 0}}},
                    leaky);
    });
    add("up uneven", {1, 4, 5, 4, 3}, [&](auto& b, int x) {
        return b.up(x, 9, {4, 3, 2}, {{"strides", Ints{2, 3, 1}}, {"pads", Ints{1, 0, 0, 2, 1, 1}}});
    });
    add("up groups", {1, 16, 3, 4, 5}, [&](auto& b, int x) {
        return b.up(x, 16, {2, 2, 2}, {{"strides", Ints{2, 2, 2}}}, {}, 2);
    });
    add("up each channel", {1, 6, 3, 4, 5}, [&](auto& b, int x) {
        return b.up(x, 6, {2, 2, 1}, {{"strides", Ints{2, 2, 1}}}, leaky, 6);
    });
    add("up in a plane", {1, 6, 5, 7}, [&](auto& b, int x) {
        return b.up(x, 3, {3, 3}, {{"strides", Ints{2, 2}}, {"dilations", Ints{2, 1}}});
    });
    add("residual block", {1, 6, 5, 6, 7}, [&](auto& b, int x) {
        const int y = b.conv(b.conv(x, 6, k3, {{"pads", same}}, leaky), 6, k3, {{"pads", same}});
        const int z = b.node("Add", {x, y}, {}, leaky);
        const int w = b.node("Add", {b.conv(z, 6, {1, 1, 1}), z});
        return b.node("Add", {w, w});
    });
}

void norms_and_windows(std::vector<NetworkCase>& cases) {
    const auto add = [&](const std::string& name, const Shape& shape, const auto& make) {
        NetworkBuilder b;
        const int x = b.input(shape);
        cases.push_back({name, b.finish({make(b, x)}), {}});
    };
    add("instance norm", {2, 5, 6, 7, 9}, [&](auto& b, int x) {
        return b.node("InstanceNormalization", {x, b.weights({5}), b.weights({5})}, {{"epsilon", 1e-4f}},
                      leaky);
    });
    add("group norm", {2, 12, 5, 4, 7}, [&](auto& b, int x) {
        return b.node("GroupNormalization", {x, b.weights({12}), b.weights({12})},
                      {{"num_groups", std::int64_t{3}}, {"epsilon", 1e-4f}}, leaky);
    });
    add("batch norm", {2, 5, 4, 3, 6}, [&](auto& b, int x) {
        return b.node("BatchNormalization",
                      {x, b.weights({5}), b.weights({5}), b.weights({5}), b.weights({5}, 0.5, 2)});
    });
    for (const std::string op : {"MaxPool", "AveragePool"})
        for (const std::int64_t with : {0, 1}) {
            if (op == "MaxPool" && with) continue;
            add(op + (with ? " with padding" : ""), {1, 5, 8, 9, 7}, [&](auto& b, int x) {
                Attributes attributes{{"kernel_shape", Ints{3, 2, 2}},
                                      {"strides", Ints{2, 2, 2}},
                                      {"pads", Ints{1, 0, 0, 1, 1, 0}},
                                      {"ceil_mode", one()}};
                if (op == "AveragePool") attributes["count_include_pad"] = with;
                return b.node(op, {x}, attributes);
            });
        }
    add("pool in a plane", {2, 9, 8, 7}, [&](auto& b, int x) {
        return b.node("MaxPool", {x}, {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}});
    });
    add("means", {2, 9, 5, 6, 13}, [&](auto& b, int x) {
        return b.node("Mul",
                      {x, b.node("Sigmoid", {b.conv(b.node("GlobalAveragePool", {x}), 9, {1, 1, 1})})});
    });
    add("reduce mean", {2, 3, 5, 6, 7}, [&](auto& b, int x) {
        return b.node("ReduceMean", {x, b.integers({-3, -2, -1})});
    });
    for (const std::string place : {"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"})
        for (const std::string mode : {"linear", "nearest"})
            add("resize " + mode + " " + place, {1, 5, 4, 5, 6}, [&](auto& b, int x) {
                return b.node("Resize", {x, -1, -1, b.integers({1, 5, 7, 10, 3})},
                              {{"mode", mode},
                               {"coordinate_transformation_mode", place},
                               {"nearest_mode", std::string("floor")}});
            });
    add("resize by scales", {1, 3, 4, 5, 6}, [&](auto& b, int x) {
        return b.node("Resize", {x, -1, b.floats({1, 1, 2.5f, 2, 0.5f})}, {{"mode", std::string("linear")}});
    });
    add("resize in a plane", {1, 3, 5, 6}, [&](auto& b, int x) {
        return b.node("Resize", {x, -1, b.floats({1, 1, 2, 2})}, {{"mode", std::string("linear")}});
    });
}

void elements(std::vector<NetworkCase>& cases) {
    const auto add = [&](const std::string& name, const Shape& shape, const auto& make, double low = -1,
                         double high = 1) {
        NetworkBuilder b;
        const int x = b.input(shape);
        cases.push_back({name, b.finish({make(b, x)}), {}, low, high});
    };
    const Shape shape{2, 5, 3, 4, 7};
    for (const std::string op : {"Relu", "LeakyRelu", "Elu", "Sigmoid", "Tanh", "Gelu", "Erf", "Identity"})
        add(
            op, shape, [&](auto& b, int x) { return b.node(op, {x}); }, -3, 3);
    add(
        "Gelu tanh", shape,
        [&](auto& b, int x) {
            return b.node("Gelu", {x}, {{"approximate", std::string("tanh")}});
        },
        -3, 3);
    add(
        "Sqrt", shape, [&](auto& b, int x) { return b.node("Sqrt", {x}); }, 0.1, 3);
    add("Clip", shape, [&](auto& b, int x) {
        return b.node("Clip", {x, b.constant({ElementType::float32, {}, {-0.25f}, {}})});
    });
    add("PRelu", shape, [&](auto& b, int x) { return b.node("PRelu", {x, b.weights({5, 1, 1, 1})}); });
    add("PRelu one", shape, [&](auto& b, int x) { return b.node("PRelu", {x, b.weights({1})}); });
    for (const std::string op : {"Add", "Sub", "Mul", "Div", "Pow"})
        for (const Shape& other : {Shape{2, 5, 3, 4, 7}, Shape{5, 1, 1, 1}, Shape{}, Shape{1, 1, 3, 1, 7}})
            add(
                op + " " + shape_text(other), shape,
                [&](auto& b, int x) {
                    return b.node(op, {x, b.weights(other, 0.5, 2)});
                },
                0.2, 2);
    add("constant first", shape, [&](auto& b, int x) { return b.node("Sub", {b.weights({5, 1, 1, 1}), x}); });
    add("add with epilogue", shape, [&](auto& b, int x) {
        return b.node("Add", {x, b.node("Tanh", {x})}, {}, {Activation::sigmoid, 0, 0});
    });
    add(
        "softmax", {2, 11, 3, 4, 5},
        [&](auto& b, int x) {
            return b.node("Softmax", {x}, {{"axis", one()}});
        },
        -4, 4);
    add(
        "argmax", {2, 11, 3, 4, 5},
        [&](auto& b, int x) {
            return b.node("ArgMax", {x}, {{"axis", one()}});
        },
        -4, 4);
    add("argmax without axis", {2, 11, 4, 5}, [&](auto& b, int x) {
        return b.node("ArgMax", {x}, {{"axis", std::int64_t{-3}}, {"keepdims", std::int64_t{0}}});
    });
}

void moves(std::vector<NetworkCase>& cases) {
    const auto add = [&](const std::string& name, const Shape& shape, const auto& make,
                         std::set<std::string> on_host = {}) {
        NetworkBuilder b;
        const int x = b.input(shape);
        cases.push_back({name, b.finish(make(b, x)), std::move(on_host)});
    };
    using Values = std::vector<int>;
    const Shape shape{2, 5, 4, 6, 7};
    add("concat of channels", {1, 8, 4, 5, 6}, [&](auto& b, int x) {
        const int odd = b.conv(x, 5, {1, 1, 1}), even = b.conv(x, 16, {1, 1, 1});
        return Values{b.node("Concat", {x, even, odd}, {{"axis", one()}}),
                      b.node("Concat", {odd, x, odd}, {{"axis", std::int64_t{-4}}}),
                      b.node("Concat", {x, b.weights({1, 3, 4, 5, 6})}, {{"axis", one()}})};
    });
    add("concat in space", shape, [&](auto& b, int x) {
        return Values{b.node("Concat", {x, b.node("Relu", {x}), x}, {{"axis", std::int64_t{3}}}),
                      b.node("Concat", {x, x}, {{"axis", std::int64_t{0}}})};
    });
    add("slice", {2, 27, 6, 7, 8}, [&](auto& b, int x) {
        return Values{
            b.node("Slice", {x, b.integers({1, -3}), b.integers({4, 100}), b.integers({2, 4})}),
            b.node("Slice", {x, b.integers({8}), b.integers({27}), b.integers({1})}),
            b.node("Slice", {x, b.integers({3}), b.integers({20}), b.integers({1}), b.integers({2})}),
            b.node("Slice", {x, b.integers({-1, 5}), b.integers({-100, 0}), b.integers({3, 4}),
                             b.integers({-1, -2})})};
    });
    add("split", {1, 24, 3, 4, 5}, [&](auto& b, int x) {
        Values out = b.nodes("Split", {x, b.integers({8, 13, 3})},
                             {{"axis", one()}, {"num_outputs", std::int64_t{3}}}, 3);
        const Values more = b.nodes("Split", {x, b.integers({1, 3})},
                                    {{"axis", std::int64_t{3}}, {"num_outputs", std::int64_t{2}}}, 2);
        out.insert(out.end(), more.begin(), more.end());
        return out;
    });
    for (const std::string mode : {"constant", "edge", "reflect", "wrap"})
        add("pad " + mode, shape, [&](auto& b, int x) {
            Values inputs{x, b.integers({0, 0, 1, 2, 0, 0, 0, 2, 1, 3})};
            if (mode == "constant") inputs.push_back(b.constant({ElementType::float32, {}, {0.75f}, {}}));
            return Values{b.node("Pad", inputs, {{"mode", mode}})};
        });
    add("pad channels", shape, [&](auto& b, int x) {
        return Values{b.node("Pad", {x, b.integers({0, 2, 0, 0, -1, 0, 4, 0, 0, -2}),
                                     b.constant({ElementType::float32, {}, {2.0f}, {}})})};
    });
    add("tile and expand", {1, 5, 1, 4, 3}, [&](auto& b, int x) {
        return Values{b.node("Tile", {x, b.integers({2, 3, 2, 1, 2})}),
                      b.node("Expand", {x, b.integers({2, 5, 3, 4, 3})})};
    });
    add("new shapes", {2, 6, 3, 4, 5}, [&](auto& b, int x) {
        const int flat = b.node("Reshape", {x, b.integers({2, 3, -1})});
        const int back = b.node("Reshape", {flat, b.integers({2, 12, 3, 2, 5})});
        return Values{flat, back, b.node("Flatten", {x}),
                      b.node("Reshape", {b.node("Flatten", {x}), b.integers({2, 6, 60})})};
    });
    add("on the host", {1, 6, 3, 4, 5},
        [&](auto& b, int x) {
            const int turned = b.node("Transpose", {x}, {{"perm", Ints{0, 2, 1, 4, 3}}});
            const int weights = b.node("Softmax", {turned}, {{"axis", std::int64_t{-1}}});
            const int classes = b.node("Flatten", {b.node("GlobalAveragePool", {weights})});
            return Values{b.conv(weights, 4, {3, 3, 3}),
                          b.node("Gemm", {classes, b.weights({3, 2}), b.weights({2})})};
        },
        {"Transpose", "Softmax", "Gemm"});
}

}  // namespace

Graph small_unet(const Shape& input, int levels, std::int64_t width, bool instance_norm,
                 std::int64_t classes) {
    NetworkBuilder b;
    const Ints k3{3, 3, 3}, same(6, 1), two{2, 2, 2};
    const auto block = [&](int x, std::int64_t filters, std::int64_t stride) {
        const Attributes attributes{{"pads", same}, {"strides", Ints(3, stride)}};
        if (!instance_norm) return b.conv(x, filters, k3, attributes, leaky);
        const int y = b.conv(x, filters, k3, attributes);
        return b.node("InstanceNormalization", {y, b.weights({filters}, 0.5, 1.5), b.weights({filters})}, {},
                      leaky);
    };
    std::vector<int> skips;
    int x = b.input(input);
    for (int level = 0; level < levels; ++level) {
        x = block(x, width << level, level ? 2 : 1);
        x = block(x, width << level, 1);
        skips.push_back(x);
    }
    for (int level = levels - 1; level-- > 0;) {
        x = b.up(x, width << level, two, {{"strides", two}});
        x = block(b.node("Concat", {x, skips[static_cast<std::size_t>(level)]}, {{"axis", one()}}),
                  width << level, 1);
    }
    return b.finish({b.conv(x, classes, {1, 1, 1})});
}

std::vector<NetworkCase> channels_last_cases() {
    std::vector<NetworkCase> cases;
    convolutions(cases);
    norms_and_windows(cases);
    elements(cases);
    moves(cases);
    cases.push_back({"unet", small_unet({1, 2, 12, 20, 8}, 3, 5, false, 3), {}});
    cases.push_back({"unet with instance norm", small_unet({2, 1, 8, 12, 16}, 3, 8, true, 10), {}});
    return cases;
}

}  // namespace ctffr::network
