// SPDX-License-Identifier: Apache-2.0
// The table of operators.
#include "network/onnx_table.hpp"

#include <algorithm>
#include <iterator>

#include <climits>
#include <fmt/format.h>

namespace ctffr::network {

namespace {

constexpr OperatorRule rules[] = {
    {"Add", 2, 2, " "},
    {"ArgMax", 1, 1, " axis keepdims select_last_index "},
    {"AveragePool", 1, 1, " auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides "},
    {"BatchNormalization", 5, 5, " epsilon momentum spatial training_mode "},
    {"Cast", 1, 1, " saturate to "},
    {"Clip", 1, 3, " max min "},
    {"Concat", 1, INT_MAX, " axis "},
    {"Constant", 0, 0, " value value_float value_floats value_int value_ints "},
    {"ConstantOfShape", 1, 1, " value "},
    {"Conv", 2, 3, " auto_pad dilations group kernel_shape pads strides "},
    {"ConvTranspose", 2, 3,
     " auto_pad dilations group kernel_shape output_padding output_shape pads strides "},
    {"Div", 2, 2, " "},
    {"Dropout", 1, 3, " ratio seed "},
    {"Elu", 1, 1, " alpha "},
    {"Equal", 2, 2, " "},
    {"Erf", 1, 1, " "},
    {"Expand", 2, 2, " "},
    {"Flatten", 1, 1, " axis "},
    {"Gather", 2, 2, " axis "},
    {"Gelu", 1, 1, " approximate "},
    {"Gemm", 2, 3, " alpha beta transA transB "},
    {"GlobalAveragePool", 1, 1, " "},
    {"GroupNormalization", 3, 3, " epsilon num_groups stash_type "},
    {"Identity", 1, 1, " "},
    {"InstanceNormalization", 3, 3, " epsilon "},
    {"LeakyRelu", 1, 1, " alpha "},
    {"MatMul", 2, 2, " "},
    {"MaxPool", 1, 1, " auto_pad ceil_mode dilations kernel_shape pads storage_order strides "},
    {"Mul", 2, 2, " "},
    {"PRelu", 2, 2, " "},
    {"Pad", 1, 4, " mode pads value "},
    {"Pow", 2, 2, " "},
    {"Range", 3, 3, " "},
    {"ReduceMean", 1, 2, " axes keepdims noop_with_empty_axes "},
    {"ReduceSum", 1, 2, " axes keepdims noop_with_empty_axes "},
    {"Relu", 1, 1, " "},
    {"Reshape", 2, 2, " allowzero "},
    {"Resize", 1, 4,
     " antialias axes coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value "
     "keep_aspect_ratio_policy mode nearest_mode "},
    {"Shape", 1, 1, " end start "},
    {"Sigmoid", 1, 1, " "},
    {"Slice", 1, 5, " axes ends starts "},
    {"Softmax", 1, 1, " axis "},
    {"Split", 1, 2, " axis num_outputs split ", 0},
    {"Sqrt", 1, 1, " "},
    {"Squeeze", 1, 2, " axes "},
    {"Sub", 2, 2, " "},
    {"Tanh", 1, 1, " "},
    {"Tile", 2, 2, " "},
    {"Transpose", 1, 1, " perm "},
    {"Unsqueeze", 1, 2, " axes "},
    {"Upsample", 2, 2, " mode "},
    {"Where", 3, 3, " "},
};

}  // namespace

const OperatorRule* find_operator(std::string_view name) {
    const auto found = std::find_if(std::begin(rules), std::end(rules),
                                    [&](const OperatorRule& r) { return r.name == name; });
    return found == std::end(rules) ? nullptr : found;
}

bool has_attribute(const OperatorRule& rule, const std::string& name) {
    return rule.attributes.find(" " + name + " ") != std::string_view::npos;
}

void Unsupported::add(const std::string& what, const std::string& node) {
    Place& place = found_[what];
    if (place.count++ == 0) place.first = node;
}

std::string Unsupported::text() const {
    std::string text;
    for (const auto& [what, place] : found_) {
        if (!text.empty()) text += "; ";
        text += place.count == 1
                    ? fmt::format("{} (at '{}')", what, place.first)
                    : fmt::format("{} ({} times, first at '{}')", what, place.count, place.first);
    }
    return text;
}

}  // namespace ctffr::network
