// SPDX-License-Identifier: Apache-2.0
// Softmax, index of the largest value, and products of matrices.
#include <algorithm>

#include "network/cpu/rules.hpp"

namespace ctffr::network::cpu {

namespace {

// A plain value as (outer, axis, inner).
Grid along(const Shape& shape, std::size_t axis) {
    Grid grid;
    for (std::size_t a = 0; a < shape.size(); ++a)
        (a < axis ? grid.n : (a == axis ? grid.c : grid.w)) *= shape[a];
    return grid;
}

// How the input is read so that `axis` is its channel axis.
struct Columns {
    Form form;
    Grid grid;
};

Columns columns(const Lowering& lowering, int in, Index axis) {
    if (axis == 1 && lowering.is_blocked(in))
        return {lowering.made(in), lowering.grid(in, lowering.made(in))};
    return {{}, along(lowering.shape(in), static_cast<std::size_t>(axis))};
}

// Offset of the matrix that a broadcast product takes from a factor of `shape`, for each pair of `outer`.
std::vector<Index> starts(const Shape& shape, const Shape& outer) {
    std::vector<Index> all;
    const Index count = element_count(outer);
    for (Index pair = 0; pair < count; ++pair) {
        Index rest = pair, at = 0, stride = shape[shape.size() - 1] * shape[shape.size() - 2];
        for (std::size_t a = 0; a < outer.size(); ++a) {  // from the last axis
            const Index index = rest % outer[outer.size() - 1 - a];
            rest /= outer[outer.size() - 1 - a];
            if (a + 2 >= shape.size()) continue;
            const Index extent = shape[shape.size() - 3 - a];
            at += extent == 1 ? 0 : index * stride;
            stride *= extent;
        }
        all.push_back(at);
    }
    return all;
}

void add_product(Lowering& lowering, const char* name, Buffer a, Buffer b, Buffer result,
                 const MatrixProduct& product) {
    const Cpu exec = lowering.exec;
    lowering.program.step(name, {a, b}, {result}, [=](Program::Addresses at) {
        matrix_product(exec, product, reinterpret_cast<const float*>(at[a]),
                       reinterpret_cast<const float*>(at[b]), reinterpret_cast<float*>(at[result]));
    });
}

}  // namespace

bool lower_softmax(Lowering& lowering, const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    if (lowering.shape(in).empty()) return false;
    const Columns source = columns(lowering, in, node.integer("axis", -1));
    const Form to = lowering.result_form(out, source.form.blocked);
    const Buffer from = lowering.read(in, source.form), result = lowering.write(out, to);
    const Cpu exec = lowering.exec;
    lowering.program.step("network Softmax", {from}, {result}, [=](Program::Addresses at) {
        softmax_channels(exec, source.grid, at[from], to.type, at[result]);
    });
    return true;
}

bool lower_argmax(Lowering& lowering, const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    if (!lowering.is_float(in)) return false;
    const Columns source = columns(lowering, in, node.integer("axis", 0));
    const bool last = node.integer("select_last_index", 0) != 0;
    const Buffer from = lowering.read(in, source.form), result = lowering.write(out, {false, Scalar::int64});
    const Cpu exec = lowering.exec;
    lowering.program.step("network ArgMax", {from}, {result}, [=](Program::Addresses at) {
        argmax_channels(exec, source.grid, last, at[from], reinterpret_cast<std::int64_t*>(at[result]));
    });
    return true;
}

bool lower_matmul(Lowering& lowering, const Node& node) {
    const Shape &a = lowering.shape(node.inputs[0]), &b = lowering.shape(node.inputs[1]);
    const Shape& c = lowering.shape(node.outputs[0]);
    if (a.size() < 2 || b.size() < 2) return false;
    const Shape outer(c.begin(), c.end() - 2);
    MatrixProduct product;
    product.count = element_count(outer);
    product.m = c[c.size() - 2], product.n = c.back(), product.k = a.back();
    product.a_start = starts(a, outer), product.b_start = starts(b, outer);
    const Buffer first = lowering.read(node.inputs[0], {}), second = lowering.read(node.inputs[1], {});
    add_product(lowering, "network MatMul", first, second, lowering.write(node.outputs[0], {}), product);
    return true;
}

bool lower_gemm(Lowering& lowering, const Node& node) {
    const int out = node.outputs[0];
    const Tensor *factor = lowering.constant(node, 1), *summand = lowering.constant(node, 2);
    const bool transposed = node.integer("transB", 0) != 0;
    if (node.integer("transA", 0) != 0 || !factor || (Lowering::has(node, 2) && !summand)) return false;
    const Index m = lowering.shape(out)[0], n = lowering.shape(out)[1], k = lowering.shape(node.inputs[0])[1];

    const Buffer second = lowering.program.constant(factor->floats.size() * sizeof(float));
    float* target = reinterpret_cast<float*>(lowering.program.address(second));
    for (Index i = 0; i < k; ++i)
        for (Index j = 0; j < n; ++j)
            target[i * n + j] = factor->floats[static_cast<std::size_t>(transposed ? j * k + i : i * n + j)];
    MatrixProduct product{1, m, n, k, {0}, {0}, node.number("alpha", 1.0F)};
    const Buffer first = lowering.read(node.inputs[0], {}), result = lowering.write(out, {});
    add_product(lowering, "network Gemm", first, second, result, product);
    if (!summand) return true;

    // The summand for every element of the result, times beta.
    const Buffer addend = lowering.program.constant(static_cast<std::size_t>(m * n) * sizeof(float));
    float* sums = reinterpret_cast<float*>(lowering.program.address(addend));
    const Shape& shape = summand->shape;
    const Index rows = shape.size() < 2 ? 1 : shape[shape.size() - 2],
                columns = shape.empty() ? 1 : shape.back();
    for (Index i = 0; i < m; ++i)
        for (Index j = 0; j < n; ++j)
            sums[i * n + j] =
                node.number("beta", 1.0F) * summand->floats[static_cast<std::size_t>(
                                                (rows == 1 ? 0 : i) * columns + (columns == 1 ? 0 : j))];
    const Grid grid = lowering.grid(out, {});
    const Cpu exec = lowering.exec;
    lowering.program.step("network Gemm", {addend, result}, {result}, [=](Program::Addresses at) {
        binary(exec, grid, Binary::add, false, {}, {}, at[result], at[addend], Scalar::float32, at[result]);
    });
    return true;
}

}  // namespace ctffr::network::cpu
