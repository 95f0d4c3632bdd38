// SPDX-License-Identifier: Apache-2.0
// Operators that rearrange, and arithmetic on shapes as exporters write it.
#include <limits>

#include "case.hpp"

namespace ctffr::oracle {

namespace {

using network::Shape;
using Integers = std::vector<std::int64_t>;
using Attributes = test::OnnxWriter::Attributes;

// An operator on a random image with lists of integers as further inputs.
Case with_lists(const std::string& name, const std::string& op, const Shape& shape,
                const std::vector<Integers>& lists, const Attributes& attributes = {}) {
    CaseWriter w(name);
    std::vector<std::string> inputs{w.random(shape)};
    for (const Integers& list : lists) inputs.push_back(w.integers(list));
    return w.done(w.node(op, inputs, attributes));
}

Case pad(const std::string& mode) {
    CaseWriter w("pad_" + mode, mode == "wrap" ? 19 : 18);
    std::vector<std::string> inputs{w.random({1, 2, 5, 7}), w.integers({0, 0, 2, 3, 0, 0, 1, 4})};
    if (mode == "constant") inputs.push_back(w.number(0.25f));
    return w.done(w.node("Pad", inputs, {{"mode", mode}}));
}

}  // namespace

void add_arrange_cases(Cases& cases) {
    const auto add = [&](Case c) { cases.push_back(std::move(c)); };
    constexpr std::int64_t far = std::numeric_limits<std::int64_t>::max();
    for (const std::int64_t axis : {0, 1, -1}) {
        CaseWriter w("concat_" + std::to_string(axis));
        const Shape second = axis == 0 ? Shape{3, 3, 5} : axis == 1 ? Shape{2, 4, 5} : Shape{2, 3, 7};
        const std::string a = w.random({2, 3, 5});
        add(w.done(w.node("Concat", {a, w.random(second), a}, {{"axis", axis}})));
    }
    const Shape image{2, 3, 7, 9};
    add(with_lists("slice", "Slice", image, {{1, -4}, {far, -1}, {1, 3}}));
    add(with_lists("slice_steps", "Slice", image, {{0, 1}, {7, 9}, {2, -1}, {2, 3}}));
    add(with_lists("slice_backwards", "Slice", image, {{-1, far}, {-far, 2}, {2, 3}, {-1, -2}}));
    add(with_lists("slice_without_axes", "Slice", image, {{1, 0, 2}, {2, 2, 100}}));
    for (const char* mode : {"constant", "edge", "reflect", "wrap"}) add(pad(mode));
    add(with_lists("pad_negative", "Pad", image, {{0, 0, -1, 2, 0, 0, -2, -3}}));
    {
        CaseWriter w("pad_axes");
        add(w.done(
            w.node("Pad", {w.random(image), w.integers({1, 2, 3, 0}), w.number(2), w.integers({-1, 2})})));
    }
    {
        CaseWriter w("split");
        add(w.done(
            w.node_with(2, "Split", {w.random({2, 7, 3}), w.integers({5, 2})}, {{"axis", std::int64_t{1}}})));
    }
    {
        CaseWriter w("split_even");
        add(w.done(w.node_with(3, "Split", {w.random({2, 8, 3})},
                               {{"axis", std::int64_t{-2}}, {"num_outputs", std::int64_t{3}}})));
    }
    add(with_lists("reshape", "Reshape", image, {{0, -1, 3, 9}}));
    for (const std::int64_t axis : {0, 2, -1, 4})
        add(with_lists("flatten_" + std::to_string(axis), "Flatten", image, {}, {{"axis", axis}}));
    add(with_lists("transpose", "Transpose", image, {}, {{"perm", Integers{2, 0, 3, 1}}}));
    add(with_lists("transpose_reversed", "Transpose", image, {}));
    add(with_lists("squeeze", "Squeeze", {1, 3, 1, 5}, {{0, -2}}));
    add(with_lists("unsqueeze", "Unsqueeze", {3, 5}, {{0, -1, 2}}));
    add(with_lists("gather", "Gather", image, {{2, 0, -1, 0}}, {{"axis", std::int64_t{2}}}));
    add(with_lists("expand", "Expand", {3, 1, 5}, {{2, 1, 4, 1}}));
    add(with_lists("tile", "Tile", {2, 3, 5}, {{1, 3, 2}}));
    {
        CaseWriter w("gather_matrix");
        const std::string indices = w.weight(test::integer_tensor({2, 2}, {0, 2, 1, 1}));
        add(w.done(w.node("Gather", {w.random({4, 3, 5}), indices}, {{"axis", std::int64_t{1}}})));
    }
    {
        // The size of a first result decides that of a second, as in decoders that follow an encoder's shape.
        CaseWriter w("shape_arithmetic");
        const std::string x = w.random({1, 2, 7, 5});
        const std::string shape = w.node("Shape", {x});
        const std::string depth = w.node("Gather", {shape, w.weight(test::integer_tensor({}, {2}))});
        const std::string half = w.node("Div", {depth, w.weight(test::integer_tensor({}, {2}))});
        const std::string ends = w.node("Unsqueeze", {half, w.integers({0})});
        const std::string part = w.node("Slice", {x, w.integers({0}), ends, w.integers({2})});
        const std::string all = w.node(
            "Concat", {w.node("Slice", {shape, w.integers({0}), w.integers({2})}), ends, w.integers({5})},
            {{"axis", std::int64_t{0}}});
        const std::string fill = w.node("ConstantOfShape", {all}, {{"value", test::random_tensor({1}, 5)}});
        const std::string steps = w.node("Range", {w.weight(test::integer_tensor({}, {0})), half,
                                                   w.weight(test::integer_tensor({}, {1}))});
        const std::string ramp = w.node(
            "Reshape",
            {w.node("Cast", {steps}, {{"to", std::int64_t{onnx::TensorProto::FLOAT}}}), w.integers({-1, 1})});
        add(w.done(w.node("Add", {w.node("Add", {part, fill}), ramp})));
    }
    {
        CaseWriter w("shape_part", 18);
        add(w.done(w.node("Shape", {w.random({2, 3, 5, 7})},
                          {{"start", std::int64_t{1}}, {"end", std::int64_t{-1}}}),
                   onnx::TensorProto::INT64));
    }
    {
        CaseWriter w("identity_of_input");
        const std::string x = w.random({2, 3, 5});
        add(w.done({w.node("Identity", {x}), w.node("Dropout", {x})}));
    }
    {
        CaseWriter w("chain_of_reshapes");
        std::string y = w.node("Reshape", {w.random({2, 3, 4, 5}), w.integers({6, 20})});
        y = w.node("Unsqueeze", {w.node("Flatten", {y}, {{"axis", std::int64_t{0}}}), w.integers({1})});
        add(w.done(w.node("Relu", {w.node("Reshape", {y, w.integers({5, 4, 6})})})));
    }
}

}  // namespace ctffr::oracle
