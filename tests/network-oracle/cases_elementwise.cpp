// SPDX-License-Identifier: Apache-2.0
// Element-wise operators, with and without broadcasting.
#include "case.hpp"

namespace ctffr::oracle {

namespace {

using network::Shape;
using Attributes = test::OnnxWriter::Attributes;

Case unary(const std::string& name, const std::string& op, const Attributes& attributes = {},
           int opset = 18) {
    CaseWriter w(name, opset);
    const std::string wide = w.node("Mul", {w.random({2, 3, 5, 7}), w.number(3)});
    return w.done(w.node(op, {wide}, attributes));
}

Case binary(const std::string& name, const std::string& op, const Shape& a, const Shape& b,
            bool positive = false) {
    CaseWriter w(name);
    const std::string left =
        positive ? w.node("Mul", {w.positive_weight({1}), w.node("Sigmoid", {w.random(a)})}) : w.random(a);
    return w.done(w.node(op, {left, op == "Div" ? w.positive_weight(b) : w.random(b)}));
}

}  // namespace

void add_elementwise_cases(Cases& cases) {
    const auto add = [&](Case c) { cases.push_back(std::move(c)); };
    for (const char* op : {"Relu", "LeakyRelu", "Elu", "Sigmoid", "Tanh", "Erf"}) add(unary(op, op));
    add(unary("leaky_relu_slope", "LeakyRelu", {{"alpha", 0.2f}}));
    add(unary("elu_alpha", "Elu", {{"alpha", 0.7f}}));
    add(unary("gelu", "Gelu", {}, 20));
    add(unary("gelu_tanh", "Gelu", {{"approximate", std::string("tanh")}}, 20));
    {
        CaseWriter w("sqrt");
        add(w.done(w.node("Sqrt", {w.node("Sigmoid", {w.random({3, 5, 7})})})));
    }
    for (const bool low : {false, true})
        for (const bool high : {false, true}) {
            CaseWriter w(std::string("clip") + (low ? "_low" : "") + (high ? "_high" : ""));
            std::vector<std::string> inputs{w.random({2, 3, 5})};
            inputs.push_back(low ? w.number(-0.3f) : "");
            if (high) inputs.push_back(w.number(0.4f));
            add(w.done(w.node("Clip", inputs)));
        }
    for (const char* op : {"Add", "Sub", "Mul", "Div"}) {
        const std::string stem = op;
        add(binary(stem, op, {2, 3, 5, 7}, {2, 3, 5, 7}));
        add(binary(stem + "_channel", op, {2, 3, 5, 7}, {3, 1, 1}));
        add(binary(stem + "_last", op, {2, 3, 5, 7}, {7}));
        add(binary(stem + "_number", op, {2, 3, 5}, {}));
        add(binary(stem + "_both", op, {2, 1, 5, 1}, {3, 1, 7}));
        add(binary(stem + "_longer", op, {5, 7}, {2, 3, 1, 7}));
    }
    add(binary("pow", "Pow", {2, 3, 5}, {2, 3, 5}, true));
    {
        CaseWriter w("pow_integer");
        add(w.done(w.node("Pow", {w.random({2, 3, 5}), w.integers({3})})));
    }
    for (const Shape& slopes : {Shape{1}, Shape{3, 1, 1}, Shape{1, 5, 7}}) {
        CaseWriter w("prelu_" + network::shape_text(slopes));
        add(w.done(w.node("PRelu", {w.random({2, 3, 5, 7}), w.random_weight(slopes)})));
    }
    {
        CaseWriter w("equal");
        const std::string a = w.given(test::integer_tensor({2, 3}, {1, 2, 3, 4, 5, 6}));
        add(w.done(w.node("Equal", {a, w.given(test::integer_tensor({3}, {1, 5, 3}))}),
                   onnx::TensorProto::BOOL));
    }
    {
        CaseWriter w("where");
        const std::string choice = w.given(test::integer_tensor({2, 1, 3}, {1, 0, 1, 0, 0, 1}), true);
        add(w.done(w.node("Where", {choice, w.random({2, 5, 3}), w.random({3})})));
    }
    {
        CaseWriter w("cast_to_integer");
        const std::string wide = w.node("Mul", {w.random({2, 3, 5}), w.number(9)});
        add(w.done(w.node("Cast", {wide}, {{"to", std::int64_t{onnx::TensorProto::INT64}}}),
                   onnx::TensorProto::INT64));
    }
    {
        CaseWriter w("cast_to_truth_and_back");
        const std::string whole = w.node("Cast", {w.given(test::integer_tensor({4}, {0, 2, -1, 0}))},
                                         {{"to", std::int64_t{onnx::TensorProto::BOOL}}});
        add(w.done(w.node("Cast", {whole}, {{"to", std::int64_t{onnx::TensorProto::FLOAT}}})));
    }
}

}  // namespace ctffr::oracle
