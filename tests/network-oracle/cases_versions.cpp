// SPDX-License-Identifier: Apache-2.0
// Operators whose arguments changed between opsets, in their old forms.
#include "case.hpp"

namespace ctffr::oracle {

namespace {

using network::Shape;
using Integers = std::vector<std::int64_t>;
using Attributes = test::OnnxWriter::Attributes;

Case old(const std::string& op, int opset, const Attributes& attributes, const Shape& shape = {2, 3, 6, 8}) {
    CaseWriter w("opset_" + std::to_string(opset) + "_" + op, opset);
    return w.done(w.node(op, {w.random(shape)}, attributes));
}

Case scaled(const std::string& op, int opset, const std::string& mode, const std::vector<float>& scales) {
    CaseWriter w("opset_" + std::to_string(opset) + "_" + op + "_" + mode, opset);
    network::Tensor list;
    list.shape = {static_cast<std::int64_t>(scales.size())};
    list.floats = scales;
    return w.done(w.node(op, {w.random({1, 2, 4, 5}), w.weight(list)}, {{"mode", mode}}));
}

}  // namespace

void add_version_cases(Cases& cases) {
    const auto add = [&](Case c) { cases.push_back(std::move(c)); };
    add(old("Slice", 9, {{"starts", Integers{1, -5}}, {"ends", Integers{3, 100}}, {"axes", Integers{1, 3}}}));
    add(old("Slice", 9, {{"starts", Integers{1, 0, 2}}, {"ends", Integers{2, 2, 5}}}, {2, 3, 6}));
    cases.back().name += "_without_axes";
    add(old("Clip", 9, {{"min", -0.5f}, {"max", 0.25f}}));
    add(old("Pad", 10, {{"pads", Integers{0, 0, 1, 2, 0, 0, 3, 0}}, {"value", 0.5f}}));
    add(old("Squeeze", 11, {{"axes", Integers{0, 2}}}, {1, 3, 1, 5}));
    add(old("Unsqueeze", 11, {{"axes", Integers{0, 3}}}, {3, 5}));
    add(old("ReduceMean", 13, {{"axes", Integers{2, 3}}, {"keepdims", std::int64_t{1}}}));
    add(old("ReduceSum", 11, {{"axes", Integers{-1}}, {"keepdims", std::int64_t{0}}}));
    add(old("Softmax", 11, {{"axis", std::int64_t{2}}}));
    add(old("Softmax", 9, {}));
    add(old("Dropout", 10, {{"ratio", 0.5f}}));
    add(scaled("Upsample", 9, "nearest", {1, 1, 2, 3}));
    add(scaled("Upsample", 9, "linear", {1, 1, 2, 2}));
    add(scaled("Resize", 10, "nearest", {1, 1, 2, 2}));
    add(scaled("Resize", 10, "linear", {1, 1, 2, 1.5f}));
    {
        CaseWriter w("opset_11_Split", 11);
        add(w.done(w.node_with(2, "Split", {w.random({2, 7, 3})},
                               {{"axis", std::int64_t{1}}, {"split", Integers{3, 4}}})));
    }
    {
        CaseWriter w("opset_9_BatchNormalization", 9);
        add(w.done(
            w.node("BatchNormalization", {w.random({2, 3, 5, 7}), w.random_weight({3}), w.random_weight({3}),
                                          w.random_weight({3}), w.positive_weight({3})})));
    }
}

}  // namespace ctffr::oracle
