// SPDX-License-Identifier: Apache-2.0
#include "network/cpu/lowering.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "ctffr/core/error.hpp"
#include "network/cpu/rules.hpp"

namespace ctffr::network::cpu {

namespace {

const std::map<std::string_view, Rule>& rules() {
    static const std::map<std::string_view, Rule> table = {
        {"Add", lower_binary},
        {"ArgMax", lower_argmax},
        {"AveragePool", lower_average_pool},
        {"BatchNormalization", lower_batch_normalization},
        {"Clip", lower_unary},
        {"Concat", lower_concat},
        {"Conv", lower_conv},
        {"ConvTranspose", lower_conv_transpose},
        {"Div", lower_binary},
        {"Elu", lower_unary},
        {"Erf", lower_unary},
        {"Expand", lower_repeat},
        {"Gelu", lower_unary},
        {"Gemm", lower_gemm},
        {"GlobalAveragePool", lower_spatial_mean},
        {"GroupNormalization", lower_group_normalization},
        {"Identity", lower_identity},
        {"InstanceNormalization", lower_instance_normalization},
        {"LeakyRelu", lower_unary},
        {"MatMul", lower_matmul},
        {"MaxPool", lower_max_pool},
        {"Mul", lower_binary},
        {"PRelu", lower_binary},
        {"Pad", lower_pad},
        {"Pow", lower_binary},
        {"ReduceMean", lower_spatial_mean},
        {"Relu", lower_unary},
        {"Reshape", lower_reshape},
        {"Resize", lower_resize},
        {"Sigmoid", lower_unary},
        {"Slice", lower_slice},
        {"Softmax", lower_softmax},
        {"Split", lower_split},
        {"Sqrt", lower_unary},
        {"Sub", lower_binary},
        {"Tanh", lower_unary},
        {"Tile", lower_repeat},
        {"Transpose", lower_transpose},
    };
    return table;
}

}  // namespace

std::size_t extent_axis(std::size_t rank, std::size_t axis) {
    constexpr std::size_t table[5][5] = {{4}, {0, 4}, {0, 1, 4}, {0, 1, 3, 4}, {0, 1, 2, 3, 4}};
    CTFFR_CHECK(rank >= 1 && rank <= 5 && axis < rank);
    return table[rank - 1][axis];
}

Extents extents(const Shape& shape) {
    Extents all{1, 1, 1, 1, 1};
    if (shape.size() > 5) {
        all[4] = element_count(shape);
        return all;
    }
    for (std::size_t a = 0; a < shape.size(); ++a) all[extent_axis(shape.size(), a)] = shape[a];
    return all;
}

Lowering::Lowering(const Graph& bound, Precision precision, const Run& run, Program& target)
    : graph(bound),
      program(target),
      exec{run.profiler},
      block(OneDnn::block()),
      compute(precision == Precision::half && OneDnn::has_bfloat16() ? Scalar::bfloat16 : Scalar::float32),
      made_(bound.values.size()),
      buffers_(bound.values.size()),
      joints_(bound.values.size()),
      placed_(bound.values.size(), false),
      leaves_(bound.values.size(), false) {
    for (std::size_t v = 0; v < made_.size(); ++v)
        if (!is_float(static_cast<int>(v))) made_[v].type = Scalar::int64;
    for (const int v : graph.outputs) leaves_[static_cast<std::size_t>(v)] = true;
    for (const Node& node : graph.nodes)
        for (const int v : node.inputs)
            if (v >= 0) leaves_[static_cast<std::size_t>(v)] = false;
}

const Tensor* Lowering::constant(const Node& node, std::size_t i) const {
    if (!has(node, i)) return nullptr;
    const auto& held = value(node.inputs[i]).constant;
    return held ? &*held : nullptr;
}

Form Lowering::result_form(int v, bool blocked) const {
    return {blocked, !blocked || leaves_[static_cast<std::size_t>(v)] ? Scalar::float32 : compute};
}

Grid Lowering::grid(int v, const Form& form) const {
    const Extents e = extents(shape(v));
    return {e[0], e[1], e[2], e[3], e[4], form.blocked ? block : 1, form.type};
}

dnnl::memory::desc Lowering::descriptor(int v, const Form& form) const {
    return cpu::descriptor(shape(v), form.blocked ? block : 1, form.type);
}

void Lowering::convert(const Form& from, Buffer in, const Form& to, Buffer out, int v, bool at_once) {
    if (element_count(shape(v)) == 0) return;
    const OneDnnCall call = reorder(dnn, descriptor(v, from), in, descriptor(v, to), out);
    if (at_once)
        program.now(call);
    else
        program.step("network reorder", {in}, {out}, call);
}

Buffer Lowering::read(int v, const Form& form) {
    auto& held = buffers_[static_cast<std::size_t>(v)];
    const auto find = [&](const Form& wanted) {
        for (const auto& [other, buffer] : held)
            if (other == wanted) return buffer;
        return Buffer{-1};
    };
    if (const Buffer found = find(form); found >= 0) return found;

    const Tensor* constant = value(v).constant ? &*value(v).constant : nullptr;
    if (constant && held.empty()) {
        const bool floats = constant->type == ElementType::float32;
        const std::size_t bytes = floats ? constant->floats.size() * sizeof(float)
                                         : constant->integers.size() * sizeof(std::int64_t);
        const Buffer plain = program.constant(bytes);
        if (bytes > 0)
            std::memcpy(program.address(plain),
                        floats ? static_cast<const void*>(constant->floats.data())
                               : static_cast<const void*>(constant->integers.data()),
                        bytes);
        share(v, {false, floats ? Scalar::float32 : Scalar::int64}, plain);
        return read(v, form);
    }
    CTFFR_CHECK(!held.empty() && made(v).type != Scalar::int64 && form.type != Scalar::int64);
    const std::size_t bytes = grid(v, form).bytes();
    const Buffer out = constant ? program.constant(bytes) : program.scratch(bytes);
    convert(made(v), find(made(v)), form, out, v, constant != nullptr);
    held.emplace_back(form, out);
    return out;
}

Buffer Lowering::write(int v, const Form& form) {
    const Joint joint = joints_[static_cast<std::size_t>(v)];
    Buffer buffer = -1;
    if (joint.value >= 0 && form == result_form(joint.value, true)) {
        const auto& whole = buffers_[static_cast<std::size_t>(joint.value)];
        const Buffer all = whole.empty() ? write(joint.value, form) : whole.front().second;
        const Grid to = grid(joint.value, form);
        buffer = program.part(
            all, static_cast<std::size_t>(joint.channel * to.spatial()) * scalar_bytes(form.type));
        placed_[static_cast<std::size_t>(v)] = true;
    } else {
        buffer =
            program.scratch(form.type == Scalar::int64
                                ? static_cast<std::size_t>(element_count(shape(v))) * sizeof(std::int64_t)
                                : grid(v, form).bytes());
    }
    share(v, form, buffer);
    return buffer;
}

void Lowering::share(int v, const Form& form, Buffer buffer) {
    made_[static_cast<std::size_t>(v)] = form;
    buffers_[static_cast<std::size_t>(v)].emplace_back(form, buffer);
}

bool Lowering::in_place(int v, int joint) const {
    return placed_[static_cast<std::size_t>(v)] && joints_[static_cast<std::size_t>(v)].value == joint;
}

// With one image per batch, channel blocks of a concatenation are one after the other: a part that fills
// whole blocks can be written there by its maker, and the concatenation costs nothing.
void Lowering::find_joints() {
    std::vector<bool> computed(graph.values.size(), false);
    for (const Node& node : graph.nodes) {
        if (node.op == "Concat" && node.integer("axis", 0) == 1) {
            const Shape& all = shape(node.outputs[0]);
            if (all.size() < 3 || all.size() > 5 || all[0] != 1 || !is_float(node.outputs[0])) continue;
            Index channel = 0;
            for (const int v : node.inputs) {
                const Index channels = shape(v)[1];
                const bool whole =
                    channel % block == 0 && (channels % block == 0 || channel + channels == all[1]);
                const bool once = std::count(node.inputs.begin(), node.inputs.end(), v) == 1;
                Joint& joint = joints_[static_cast<std::size_t>(v)];
                if (whole && once && channels > 0 && computed[static_cast<std::size_t>(v)] && joint.value < 0)
                    joint = {node.outputs[0], channel};
                channel += channels;
            }
        }
        for (const int v : node.outputs)
            if (v >= 0) computed[static_cast<std::size_t>(v)] = true;
    }
}

void Lowering::lower_node(const Node& node) {
    const auto empty = [&](int v) { return v >= 0 && element_count(shape(v)) == 0; };
    const bool nothing = std::any_of(node.inputs.begin(), node.inputs.end(), empty) ||
                         std::any_of(node.outputs.begin(), node.outputs.end(), empty);
    const auto rule = rules().find(node.op);
    try {
        if (nothing || rule == rules().end() || !rule->second(*this, node)) lower_by_reference(*this, node);
    } catch (const dnnl::error& failure) {
        onednn_failed(failure, node.name);
    }
}

void Lowering::lower() {
    find_joints();
    for (const int v : graph.inputs) {
        inputs_.push_back(program.outside());
        share(v, {false, is_float(v) ? Scalar::float32 : Scalar::int64}, inputs_.back());
    }
    for (const Node& node : graph.nodes) lower_node(node);
    for (const int v : graph.outputs) {
        const Buffer out = program.outside();
        outputs_.push_back(out);
        const Form plain{false, is_float(v) ? Scalar::float32 : Scalar::int64};
        if (value(v).constant || made(v) == plain) {
            const Buffer in = read(v, plain);
            const std::size_t bytes = static_cast<std::size_t>(element_count(shape(v))) *
                                      (is_float(v) ? sizeof(float) : sizeof(std::int64_t));
            program.step("network output", {in}, {out}, [=](Program::Addresses at) {
                if (bytes > 0) std::memcpy(at[out], at[in], bytes);
            });
        } else {
            convert(made(v), read(v, made(v)), plain, out, v, false);
        }
    }
}

}  // namespace ctffr::network::cpu
