// SPDX-License-Identifier: Apache-2.0
// Pooling by oneDNN, and resampling.
#include <algorithm>
#include <cmath>
#include <utility>

#include "network/cpu/rules.hpp"

namespace ctffr::network::cpu {

namespace {

bool lower_pool(Lowering& lowering, const Node& node, dnnl::algorithm algorithm) {
    if (node.outputs.size() > 1) return false;
    const int in = node.inputs[0], out = node.outputs[0];
    const Shape &from = lowering.shape(in), &to = lowering.shape(out);
    const auto kernel = node.integers("kernel_shape", {}), stride = node.integers("strides", {});
    auto dilation = node.integers("dilations", {}), before = node.integers("pads", {});
    const std::size_t axes = kernel.size();
    dnnl::memory::dims after(before.begin() + static_cast<std::ptrdiff_t>(axes), before.end());
    before.resize(axes);
    for (std::size_t a = 0; a < axes; ++a) {
        const Index reach = dilation[a] * (kernel[a] - 1) + 1;
        const Index needed = (to[a + 2] - 1) * stride[a] + reach - before[a] - from[a + 2];
        // A window that overhangs the padding counts fewer elements than oneDNN would.
        if (algorithm == dnnl::algorithm::pooling_avg_include_padding && needed > after[a]) return false;
        after[a] = needed;
        --dilation[a];
    }
    const Form form{true, lowering.compute};
    using Pool = dnnl::pooling_v2_forward;
    const Pool::desc description(dnnl::prop_kind::forward_inference, algorithm, lowering.descriptor(in, form),
                                 lowering.descriptor(out, form), stride, kernel, dilation, before, after);
    const Pool::primitive_desc made(description, dnnl::primitive_attr(), lowering.dnn.engine, true);
    if (!made) return false;
    const Buffer source = lowering.read(in, form), result = lowering.write(out, form);
    lowering.program.step(
        "network " + node.op, {source}, {result},
        OneDnnCall(lowering.dnn, Pool(made),
                   {{DNNL_ARG_SRC, made.src_desc(), source}, {DNNL_ARG_DST, made.dst_desc(), result}}));
    return true;
}

// Where index `i` of the result lies between the indices of the input, by ONNX's rules.
double source_position(const std::string& mode, Index i, double scale, Index in, Index out) {
    const double x = static_cast<double>(i);
    if (in == out && scale == 1) return x;
    if (mode == "asymmetric") return x / scale;
    if (mode == "align_corners")
        return out == 1 ? 0 : x * static_cast<double>(in - 1) / static_cast<double>(out - 1);
    if (mode == "pytorch_half_pixel" && out == 1) return 0;
    return (x + 0.5) / scale - 0.5;
}

double nearest(const std::string& mode, double x) {
    if (mode == "floor") return std::floor(x);
    if (mode == "ceil") return std::ceil(x);
    if (mode == "round_prefer_ceil") return std::floor(x + 0.5);
    return std::ceil(x - 0.5);
}

}  // namespace

bool lower_max_pool(Lowering& lowering, const Node& node) {
    return lower_pool(lowering, node, dnnl::algorithm::pooling_max);
}

bool lower_average_pool(Lowering& lowering, const Node& node) {
    return lower_pool(lowering, node,
                      node.integer("count_include_pad", 0) != 0
                          ? dnnl::algorithm::pooling_avg_include_padding
                          : dnnl::algorithm::pooling_avg_exclude_padding);
}

bool lower_resize(Lowering& lowering, const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    const Shape &from = lowering.shape(in), &to = lowering.shape(out);
    const std::string mode = node.text("mode", "nearest");
    const std::string position = node.text("coordinate_transformation_mode", "half_pixel");
    const auto scales = std::get<std::vector<float>>(node.attributes.at("scales"));
    const bool known = position == "half_pixel" || position == "pytorch_half_pixel" ||
                       position == "asymmetric" || position == "align_corners";
    if (from.size() < 3 || from.size() > 5 || from[0] != to[0] || from[1] != to[1] || !known ||
        (mode != "nearest" && mode != "linear") || node.integer("antialias", 0) != 0)
        return false;

    const std::string rounding = node.text("nearest_mode", "round_prefer_floor");
    const Extents sizes = extents(from), results = extents(to);
    AxisTable tables[5];
    AxisWeights weights[5];
    for (std::size_t e = 0; e < 5; ++e) {
        std::size_t axis = from.size();
        for (std::size_t a = 0; a < from.size(); ++a)
            if (extent_axis(from.size(), a) == e) axis = a;
        const double scale = axis < from.size() ? static_cast<double>(scales[axis]) : 1.0;
        for (Index i = 0; i < results[e]; ++i) {
            double x = source_position(position, i, scale, sizes[e], results[e]);
            if (mode == "nearest") x = nearest(rounding, x);
            x = std::clamp(x, 0.0, static_cast<double>(sizes[e] - 1));
            const auto low = static_cast<std::int32_t>(x);
            tables[e].push_back(low);
            weights[e].low.push_back(low);
            weights[e].high.push_back(static_cast<std::int32_t>(std::min<Index>(low + 1, sizes[e] - 1)));
            weights[e].weight.push_back(static_cast<float>(x - low));
        }
    }
    const bool blocked = lowering.is_blocked(in);
    const Form source_form = lowering.made(in), form = lowering.result_form(out, blocked);
    const Buffer source = lowering.read(in, source_form), result = lowering.write(out, form);
    const Grid source_grid = lowering.grid(in, source_form), grid = lowering.grid(out, form);
    const Cpu exec = lowering.exec;
    if (mode == "nearest") {
        const Move move(source_grid, grid, {},
                        {std::move(tables[0]), std::move(tables[1]), std::move(tables[2]),
                         std::move(tables[3]), std::move(tables[4]), 0});
        lowering.program.step("network Resize", {source}, {result},
                              [=](Program::Addresses at) { move.run(exec, at[source], at[result]); });
        return true;
    }
    lowering.program.step("network Resize", {source}, {result},
                          [=, d = std::move(weights[2]), h = std::move(weights[3]),
                           w = std::move(weights[4])](Program::Addresses at) {
                              resize_linear(exec, source_grid, grid, d, h, w, at[source], at[result]);
                          });
    return true;
}

}  // namespace ctffr::network::cpu
