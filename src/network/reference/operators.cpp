// SPDX-License-Identifier: Apache-2.0
// The table of reference operators.
#include "network/reference/operators.hpp"

#include <map>
#include <string_view>

#include "network/reference/call.hpp"

namespace ctffr::network {

namespace {

using Operator = void (*)(const reference::Call&);

const std::map<std::string_view, Operator>& operators() {
    using namespace reference;
    static const std::map<std::string_view, Operator> table = {
        {"Add", binary},
        {"ArgMax", argmax},
        {"AveragePool", average_pool},
        {"BatchNormalization", batch_normalization},
        {"Cast", cast},
        {"Clip", unary},
        {"Concat", concat},
        {"ConstantOfShape", constant_of_shape},
        {"Conv", conv},
        {"ConvTranspose", conv_transpose},
        {"Div", binary},
        {"Elu", unary},
        {"Equal", equal},
        {"Erf", unary},
        {"Expand", expand},
        {"Flatten", identity},
        {"Gather", gather},
        {"Gelu", unary},
        {"Gemm", gemm},
        {"GlobalAveragePool", global_average_pool},
        {"GroupNormalization", group_normalization},
        {"Identity", identity},
        {"InstanceNormalization", instance_normalization},
        {"LeakyRelu", unary},
        {"MatMul", matmul},
        {"MaxPool", max_pool},
        {"Mul", binary},
        {"PRelu", binary},
        {"Pad", pad},
        {"Pow", binary},
        {"Range", range},
        {"ReduceMean", reduce},
        {"ReduceSum", reduce},
        {"Relu", unary},
        {"Reshape", identity},
        {"Resize", resize},
        {"Shape", shape},
        {"Sigmoid", unary},
        {"Slice", slice},
        {"Softmax", softmax},
        {"Split", split},
        {"Sqrt", unary},
        {"Squeeze", identity},
        {"Sub", binary},
        {"Tanh", unary},
        {"Tile", tile},
        {"Transpose", transpose},
        {"Unsqueeze", identity},
        {"Where", where},
    };
    return table;
}

}  // namespace

void evaluate(const Node& node, const std::vector<const Tensor*>& inputs, std::vector<Tensor>& outputs,
              const Cpu& exec) {
    const auto op = operators().find(node.op);
    if (op == operators().end())
        throw Error(ExitCode::internal, "The reference executor has no operator {} (node '{}').", node.op,
                    node.name);
    for (Tensor& output : outputs) {
        const auto count = static_cast<std::size_t>(output.size());
        if (output.type == ElementType::float32)
            output.floats.assign(count, 0);
        else
            output.integers.assign(count, 0);
    }
    op->second({node, inputs, outputs, exec});
    reference::apply_epilogue(node.epilogue, outputs.at(0), exec);
}

}  // namespace ctffr::network
