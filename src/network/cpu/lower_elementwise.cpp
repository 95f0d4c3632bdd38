// SPDX-License-Identifier: Apache-2.0
// Functions of one value, and of two whose shapes agree or broadcast in a simple way.
#include <limits>
#include <map>
#include <optional>
#include <string_view>

#include "network/cpu/rules.hpp"

namespace ctffr::network::cpu {

namespace {

struct UnaryForm {
    Unary op = Unary::identity;
    Epilogue epilogue;
};

// The bound of a Clip, `otherwise` when left out; nothing when computed.
std::optional<float> bound(const Lowering& lowering, const Node& node, std::size_t i, float otherwise) {
    if (!Lowering::has(node, i)) return otherwise;
    const Tensor* tensor = lowering.constant(node, i);
    if (!tensor) return std::nullopt;
    return tensor->floats.at(0);
}

std::optional<UnaryForm> unary_form(const Lowering& lowering, const Node& node) {
    const auto activation = [](Activation kind, float a = 0, float b = 0) {
        return UnaryForm{Unary::identity, {kind, a, b}};
    };
    if (node.op == "Sqrt") return UnaryForm{Unary::sqrt, {}};
    if (node.op == "Erf") return UnaryForm{Unary::erf, {}};
    if (node.op == "Relu") return activation(Activation::leaky_relu);
    if (node.op == "LeakyRelu") return activation(Activation::leaky_relu, node.number("alpha", 0.01F));
    if (node.op == "Elu") return activation(Activation::elu, node.number("alpha", 1.0F));
    if (node.op == "Sigmoid") return activation(Activation::sigmoid);
    if (node.op == "Tanh") return activation(Activation::tanh);
    if (node.op == "Gelu" && node.text("approximate", "none") == "tanh")
        return UnaryForm{Unary::gelu_tanh, {}};
    if (node.op == "Gelu") return activation(Activation::gelu);
    if (node.op == "Clip") {
        const auto low = bound(lowering, node, 1, -std::numeric_limits<float>::infinity());
        const auto high = bound(lowering, node, 2, std::numeric_limits<float>::infinity());
        if (low && high) return activation(Activation::clip, *low, *high);
    }
    return std::nullopt;
}

// How `operand` follows a result of the extents `all`; nothing when it broadcasts in another way.
std::optional<Operand> follow(const Shape& operand, const Shape& result) {
    Operand found;
    if (operand == result) return found;
    if (element_count(operand) == 1) return Operand{Operand::Kind::scalar, Scalar::float32, 0};
    if (result.size() > 5 || operand.size() > result.size()) return std::nullopt;
    Shape aligned(result.size() - operand.size(), 1);
    aligned.insert(aligned.end(), operand.begin(), operand.end());
    const Extents part = extents(aligned), all = extents(result);
    if (part == all) return found;
    if (part[0] != 1 && part[0] != all[0]) return std::nullopt;
    const bool each = part[0] > 1;
    if (part[1] == all[1] && part[2] * part[3] * part[4] == 1)
        return Operand{Operand::Kind::channel, Scalar::float32, each ? part[1] : 0};
    if (part[1] == 1 && part[2] == all[2] && part[3] == all[3] && part[4] == all[4])
        return Operand{Operand::Kind::position, Scalar::float32, each ? part[2] * part[3] * part[4] : 0};
    return std::nullopt;
}

}  // namespace

bool lower_unary(Lowering& lowering, const Node& node) {
    const std::optional<UnaryForm> form = unary_form(lowering, node);
    const int in = node.inputs[0], out = node.outputs[0];
    if (!form || node.epilogue.activation != Activation::none) return false;
    const Form from = lowering.made(in), to = lowering.result_form(out, from.blocked);
    const Buffer source = lowering.read(in, from), result = lowering.write(out, to);
    const Grid grid = lowering.grid(in, from);
    const Cpu exec = lowering.exec;
    const UnaryForm made = *form;
    lowering.program.step("network " + node.op, {source}, {result}, [=](Program::Addresses at) {
        unary(exec, grid, made.op, made.epilogue, at[source], to.type, at[result]);
    });
    return true;
}

bool lower_binary(Lowering& lowering, const Node& node) {
    static const std::map<std::string_view, Binary> operators = {
        {"Add", Binary::add}, {"Sub", Binary::sub}, {"Mul", Binary::mul},
        {"Div", Binary::div}, {"Pow", Binary::pow}, {"PRelu", Binary::prelu},
    };
    const Binary op = operators.at(node.op);
    const int out = node.outputs[0];
    if (!lowering.is_float(node.inputs[0]) || !lowering.is_float(node.inputs[1])) return false;
    // The first operand of the kernel is one with the result's shape, a computed one if there is a choice.
    const auto full = [&](std::size_t i) { return lowering.shape(node.inputs[i]) == lowering.shape(out); };
    const bool swapped = !full(0) || (full(1) && lowering.constant(node, 0));
    const int first = node.inputs[swapped ? 1 : 0], second = node.inputs[swapped ? 0 : 1];
    if (lowering.shape(first) != lowering.shape(out)) return false;
    std::optional<Operand> operand = follow(lowering.shape(second), lowering.shape(out));
    if (!operand) return false;

    const bool same = operand->kind == Operand::Kind::same;
    const bool blocked = lowering.is_blocked(first) || (same && lowering.is_blocked(second));
    const auto form_in = [&](int v) {
        return lowering.made(v).blocked == blocked
                   ? lowering.made(v)
                   : Form{blocked, blocked ? lowering.compute : Scalar::float32};
    };
    const Form a_form = form_in(first), b_form = same ? form_in(second) : Form{};
    // Shapes that differ by leading ones are the same in memory only in plain order.
    if (same && lowering.shape(second) != lowering.shape(out) && blocked) return false;
    operand->type = b_form.type;
    const Buffer a = lowering.read(first, a_form), b = lowering.read(second, b_form);
    const Form to = lowering.result_form(out, blocked);
    const Buffer result = lowering.write(out, to);
    const Grid grid = lowering.grid(first, a_form);
    const Operand how = *operand;
    const Epilogue epilogue = node.epilogue;
    const Cpu exec = lowering.exec;
    lowering.program.step("network " + node.op, {a, b}, {result}, [=](Program::Addresses at) {
        binary(exec, grid, op, swapped, how, epilogue, at[a], at[b], to.type, at[result]);
    });
    return true;
}

}  // namespace ctffr::network::cpu
