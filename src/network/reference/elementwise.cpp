// SPDX-License-Identifier: Apache-2.0
// Element-wise operators and the epilogue, which is the same activations applied in place.
#include <cmath>
#include <limits>
#include <numbers>

#include "network/reference/call.hpp"

namespace ctffr::network::reference {

AxisMap broadcast_map(const Shape& from, const Shape& to) {
    const Shape strides = strides_of(from);
    AxisMap map(to.size());
    for (std::size_t a = 0; a < to.size(); ++a) {
        const std::size_t missing = to.size() - from.size();
        const Index step = a < missing || from[a - missing] == 1 ? 0 : strides[a - missing];
        for (Index i = 0; i < to[a]; ++i) map[a].push_back(i * step);
    }
    return map;
}

namespace {

double gelu(double x) { return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2)); }
double gelu_tanh(double x) {
    return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double clip(double x, double low, double high) {
    const double raised = x < low ? low : x;
    return raised > high ? high : raised;
}

// out[i] = f(in[i]); both may be the same.
template <class Function>
void map(const Cpu& exec, const std::vector<float>& in, std::vector<float>& out, const Function& f) {
    parallel_for(
        exec, "element-wise", static_cast<Index>(in.size()),
        [&](Index i) {
            const auto k = static_cast<std::size_t>(i);
            out[k] = static_cast<float>(f(static_cast<double>(in[k])));
        },
        8.0 * static_cast<double>(in.size()));
}

void activate(const Epilogue& e, const std::vector<float>& in, std::vector<float>& out, const Cpu& exec) {
    const double a = e.a, b = e.b;
    switch (e.activation) {
        case Activation::none: return;
        case Activation::leaky_relu: return map(exec, in, out, [=](double x) { return x < 0 ? a * x : x; });
        case Activation::elu:
            return map(exec, in, out, [=](double x) { return x < 0 ? a * std::expm1(x) : x; });
        case Activation::sigmoid: return map(exec, in, out, sigmoid);
        case Activation::tanh: return map(exec, in, out, [](double x) { return std::tanh(x); });
        case Activation::gelu: return map(exec, in, out, gelu);
        case Activation::clip: return map(exec, in, out, [=](double x) { return clip(x, a, b); });
    }
}

template <class T, class U, class Function>
void combine(const Call& call, const std::vector<T>& x, const std::vector<T>& y, std::vector<U>& out,
             const Function& f) {
    const AxisMap left = broadcast_map(call.shape(0), call.out().shape);
    const AxisMap right = broadcast_map(call.shape(1), call.out().shape);
    const bool scalar = call.out().shape.empty();
    for_rows<2>(call.exec, "element-wise", call.out().shape, {&left, &right},
                [&](Index first, Index length, const std::array<std::int64_t, 2>& base) {
                    for (Index i = 0; i < length; ++i) {
                        const auto k = static_cast<std::size_t>(i);
                        const Index l = base[0] + (scalar ? 0 : left.back()[k]);
                        const Index r = base[1] + (scalar ? 0 : right.back()[k]);
                        out[static_cast<std::size_t>(first + i)] =
                            static_cast<U>(f(x[static_cast<std::size_t>(l)], y[static_cast<std::size_t>(r)]));
                    }
                });
}

std::int64_t integer_power(std::int64_t base, std::int64_t exponent) {
    return static_cast<std::int64_t>(
        std::llround(std::pow(static_cast<double>(base), static_cast<double>(exponent))));
}

void combine_floats(const Call& call, const std::vector<float>& x, const std::vector<float>& y,
                    std::vector<float>& out) {
    const std::string& op = call.node.op;
    if (op == "Add") combine(call, x, y, out, [](float a, float b) { return a + b; });
    if (op == "Sub") combine(call, x, y, out, [](float a, float b) { return a - b; });
    if (op == "Mul") combine(call, x, y, out, [](float a, float b) { return a * b; });
    if (op == "Div") combine(call, x, y, out, [](float a, float b) { return a / b; });
    if (op == "Pow") combine(call, x, y, out, [](double a, double b) { return std::pow(a, b); });
    if (op == "PRelu") combine(call, x, y, out, [](float a, float b) { return a < 0 ? a * b : a; });
}

void combine_integers(const Call& call, const std::vector<std::int64_t>& x,
                      const std::vector<std::int64_t>& y, std::vector<std::int64_t>& out) {
    using Integer = std::int64_t;
    using Bits = std::uint64_t;  // wraps around; what a damaged file asks for must not end the program
    const std::string& op = call.node.op;
    const auto wrapped = [](Bits value) { return static_cast<Integer>(value); };
    if (op == "Add")
        combine(call, x, y, out, [&](Integer a, Integer b) { return wrapped(Bits(a) + Bits(b)); });
    if (op == "Sub")
        combine(call, x, y, out, [&](Integer a, Integer b) { return wrapped(Bits(a) - Bits(b)); });
    if (op == "Mul")
        combine(call, x, y, out, [&](Integer a, Integer b) { return wrapped(Bits(a) * Bits(b)); });
    if (op == "Div")
        combine(call, x, y, out, [&](Integer a, Integer b) {
            return b == 0 ? 0 : b == -1 ? wrapped(Bits{0} - Bits(a)) : a / b;
        });
    if (op == "Pow") combine(call, x, y, out, integer_power);
}

}  // namespace

void unary(const Call& call) {
    const std::string& op = call.node.op;
    const auto& in = call.in(0).floats;
    auto& out = call.out().floats;
    const auto bound = [&](std::size_t i, float otherwise) {
        return call.has(i) ? call.in(i).floats.at(0) : otherwise;
    };
    constexpr float infinity = std::numeric_limits<float>::infinity();
    if (op == "Relu") activate({Activation::leaky_relu, 0, 0}, in, out, call.exec);
    if (op == "LeakyRelu")
        activate({Activation::leaky_relu, call.node.number("alpha", 0.01f), 0}, in, out, call.exec);
    if (op == "Elu") activate({Activation::elu, call.node.number("alpha", 1), 0}, in, out, call.exec);
    if (op == "Sigmoid") activate({Activation::sigmoid, 0, 0}, in, out, call.exec);
    if (op == "Tanh") activate({Activation::tanh, 0, 0}, in, out, call.exec);
    if (op == "Clip")
        activate({Activation::clip, bound(1, -infinity), bound(2, infinity)}, in, out, call.exec);
    if (op == "Gelu")
        map(call.exec, in, out, call.node.text("approximate", "none") == "tanh" ? gelu_tanh : gelu);
    if (op == "Sqrt") map(call.exec, in, out, [](double x) { return std::sqrt(x); });
    if (op == "Erf") map(call.exec, in, out, [](double x) { return std::erf(x); });
}

void binary(const Call& call) {
    const Tensor &x = call.in(0), &y = call.in(1);
    if (x.type == y.type) {
        if (x.type == ElementType::float32)
            combine_floats(call, x.floats, y.floats, call.out().floats);
        else
            combine_integers(call, x.integers, y.integers, call.out().integers);
    } else if (x.type == ElementType::float32) {  // Pow with an integer exponent
        combine_floats(call, x.floats, {y.integers.begin(), y.integers.end()}, call.out().floats);
    } else {
        std::vector<float> result(call.out().integers.size());
        combine_floats(call, {x.integers.begin(), x.integers.end()}, y.floats, result);
        call.out().integers.assign(result.begin(), result.end());
    }
}

void equal(const Call& call) {
    with_type(call.in(0), [&](auto zero) {
        using T = decltype(zero);
        combine(call, values<T>(call.in(0)), values<T>(call.in(1)), call.out().integers,
                [](T a, T b) { return a == b; });
    });
}

void where(const Call& call) {
    const Shape& shape = call.out().shape;
    const AxisMap choice = broadcast_map(call.shape(0), shape), yes = broadcast_map(call.shape(1), shape),
                  no = broadcast_map(call.shape(2), shape);
    with_type(call.out(), [&](auto zero) {
        using T = decltype(zero);
        for_rows<3>(call.exec, "where", shape, {&choice, &yes, &no},
                    [&](Index first, Index length, const std::array<std::int64_t, 3>& base) {
                        for (Index i = 0; i < length; ++i) {
                            const auto from = [&](const AxisMap& map, Index start) {
                                return static_cast<std::size_t>(
                                    start + (shape.empty() ? 0 : map.back()[static_cast<std::size_t>(i)]));
                            };
                            values<T>(call.out())[static_cast<std::size_t>(first + i)] =
                                call.in(0).integers[from(choice, base[0])] != 0
                                    ? values<T>(call.in(1))[from(yes, base[1])]
                                    : values<T>(call.in(2))[from(no, base[2])];
                        }
                    });
    });
}

void cast(const Call& call) {
    const bool truth = call.node.integer("to", 1) == 9;
    with_type(call.in(0), [&](auto from) {
        using From = decltype(from);
        const auto& in = values<From>(call.in(0));
        with_type(call.out(), [&](auto to) {
            using To = decltype(to);
            auto& out = values<To>(call.out());
            for (std::size_t i = 0; i < in.size(); ++i)
                out[i] = truth ? To(in[i] != 0) : static_cast<To>(in[i]);
        });
    });
}

void apply_epilogue(const Epilogue& epilogue, Tensor& tensor, const Cpu& exec) {
    activate(epilogue, tensor.floats, tensor.floats, exec);
}

}  // namespace ctffr::network::reference
