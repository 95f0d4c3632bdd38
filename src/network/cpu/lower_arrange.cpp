// SPDX-License-Identifier: Apache-2.0
// Operators that only move values: copies with a table per axis, or no copy at all.
#include <algorithm>
#include <numeric>
#include <utility>

#include "network/cpu/rules.hpp"

namespace ctffr::network::cpu {

namespace {

AxisTable counting(Index count) {
    AxisTable table(static_cast<std::size_t>(count));
    std::iota(table.begin(), table.end(), 0);
    return table;
}

bool movable(const Lowering& lowering, int in, int out) {
    const std::size_t rank = lowering.shape(out).size();
    return lowering.is_float(in) && rank >= 1 && rank <= 5 && lowering.shape(in).size() == rank;
}

// Tables that copy all of a value.
std::array<AxisTable, 5> all_of(const Shape& shape) {
    std::array<AxisTable, 5> tables;
    const Extents e = extents(shape);
    for (std::size_t i = 0; i < 5; ++i) tables[i] = counting(e[i]);
    return tables;
}

MoveTables together(std::array<AxisTable, 5> t, float fill = 0) {
    return {std::move(t[0]), std::move(t[1]), std::move(t[2]), std::move(t[3]), std::move(t[4]), fill};
}

// result = source[tables], stored as the source is.
void add_move(Lowering& lowering, const Node& node, int in, int out, std::array<AxisTable, 5> tables,
              float fill = 0) {
    const Form from = lowering.made(in), to = lowering.result_form(out, from.blocked);
    const Buffer source = lowering.read(in, from), result = lowering.write(out, to);
    const Move move(lowering.grid(in, from), lowering.grid(out, to), {}, together(std::move(tables), fill));
    const Cpu exec = lowering.exec;
    lowering.program.step("network " + node.op, {source}, {result},
                          [=](Program::Addresses at) { move.run(exec, at[source], at[result]); });
}

// Index in [0, extent) that index `i` outside of it stands for; -1: the fill value.
Index padding_source(const std::string& mode, Index i, Index extent) {
    if (i >= 0 && i < extent) return i;
    if (mode == "edge") return i < 0 ? 0 : extent - 1;
    if (mode == "wrap") return (i % extent + extent) % extent;
    if (mode == "reflect") return i < 0 ? -i : 2 * (extent - 1) - i;
    return -1;
}

}  // namespace

bool lower_concat(Lowering& lowering, const Node& node) {
    const int out = node.outputs[0];
    const std::size_t rank = lowering.shape(out).size();
    if (!lowering.is_float(out) || rank < 1 || rank > 5) return false;
    const std::size_t axis = extent_axis(rank, static_cast<std::size_t>(node.integer("axis", 0)));
    const bool blocked = lowering.begun(out) || std::any_of(node.inputs.begin(), node.inputs.end(),
                                                            [&](int v) { return lowering.is_blocked(v); });
    const Form to = lowering.result_form(out, blocked);
    const Buffer result = lowering.begun(out) ? lowering.read(out, to) : lowering.write(out, to);
    std::array<Index, 5> start{};
    for (const int v : node.inputs) {
        const Index extent = extents(lowering.shape(v))[axis];
        if (!lowering.in_place(v, out)) {
            const Form from = lowering.made(v);
            const Buffer source = lowering.read(v, from);
            const Move move(lowering.grid(v, from), lowering.grid(out, to),
                            {start[0], start[1], start[2], start[3], start[4]},
                            together(all_of(lowering.shape(v))));
            const Cpu exec = lowering.exec;
            lowering.program.step("network Concat", {source}, {result},
                                  [=](Program::Addresses at) { move.run(exec, at[source], at[result]); });
        }
        start[axis] += extent;
    }
    return true;
}

bool lower_slice(Lowering& lowering, const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    if (!movable(lowering, in, out)) return false;
    const auto &starts = lowering.constant(node, 1)->integers, &steps = lowering.constant(node, 4)->integers;
    const std::size_t rank = lowering.shape(in).size();
    auto tables = all_of(lowering.shape(out));
    for (std::size_t a = 0; a < rank; ++a)
        for (auto& index : tables[extent_axis(rank, a)])
            index = static_cast<std::int32_t>(starts[a] + index * steps[a]);
    add_move(lowering, node, in, out, std::move(tables));
    return true;
}

bool lower_split(Lowering& lowering, const Node& node) {
    const int in = node.inputs[0];
    if (!movable(lowering, in, in)) return false;
    const std::size_t axis =
        extent_axis(lowering.shape(in).size(), static_cast<std::size_t>(node.integer("axis", 0)));
    std::int32_t start = 0;
    for (const int out : node.outputs) {
        auto tables = all_of(lowering.shape(out));
        const auto extent = static_cast<std::int32_t>(tables[axis].size());
        for (auto& index : tables[axis]) index += start;
        start += extent;
        add_move(lowering, node, in, out, std::move(tables));
    }
    return true;
}

bool lower_pad(Lowering& lowering, const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    if (!movable(lowering, in, out) || (Lowering::has(node, 2) && !lowering.constant(node, 2))) return false;
    const std::string mode = node.text("mode", "constant");
    const float fill = Lowering::has(node, 2) ? lowering.constant(node, 2)->floats.at(0) : 0.0F;
    const auto& pads = lowering.constant(node, 1)->integers;
    const Shape& shape = lowering.shape(in);
    auto tables = all_of(lowering.shape(out));
    for (std::size_t a = 0; a < shape.size(); ++a)
        for (auto& index : tables[extent_axis(shape.size(), a)])
            index = static_cast<std::int32_t>(padding_source(mode, index - pads[a], shape[a]));
    add_move(lowering, node, in, out, std::move(tables), fill);
    return true;
}

bool lower_repeat(Lowering& lowering, const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    if (!movable(lowering, in, out)) return false;
    const Shape& shape = lowering.shape(in);
    auto tables = all_of(lowering.shape(out));
    for (std::size_t a = 0; a < shape.size(); ++a)
        for (auto& index : tables[extent_axis(shape.size(), a)]) index %= static_cast<std::int32_t>(shape[a]);
    add_move(lowering, node, in, out, std::move(tables));
    return true;
}

bool lower_reshape(Lowering& lowering, const Node& node) {
    const int in = node.inputs[0];
    const Form plain{false, lowering.is_float(in) ? Scalar::float32 : Scalar::int64};
    lowering.share(node.outputs[0], plain, lowering.read(in, plain));
    return true;
}

bool lower_identity(Lowering& lowering, const Node& node) {
    const int in = node.inputs[0];
    const Form form = lowering.made(in);
    lowering.share(node.outputs[0], form, lowering.read(in, form));
    return true;
}

bool lower_transpose(Lowering& lowering, const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    const Shape &from = lowering.shape(in), &to = lowering.shape(out);
    if (!lowering.is_float(in) || from.empty() || from.size() > 6) return false;
    // The input seen with its axes in the order of the result.
    const auto order = node.integers("perm", {});
    Shape strides(from.size(), 1), seen;
    for (std::size_t a = from.size() - 1; a-- > 0;) strides[a] = strides[a + 1] * from[a + 1];
    for (const auto a : order) seen.push_back(strides[static_cast<std::size_t>(a)]);
    const dnnl::memory::desc view(to, dnnl::memory::data_type::f32, seen);
    const Buffer source = lowering.read(in, {}), result = lowering.write(out, {});
    lowering.program.step("network Transpose", {source}, {result},
                          reorder(lowering.dnn, view, source, lowering.descriptor(out, {}), result));
    return true;
}

}  // namespace ctffr::network::cpu
