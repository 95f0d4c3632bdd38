// SPDX-License-Identifier: Apache-2.0
// Operators and forms that are rare and not hot run by the reference operators, in plain order.
#include <algorithm>
#include <cstring>
#include <memory>

#include "network/cpu/rules.hpp"
#include "network/reference/operators.hpp"

namespace ctffr::network::cpu {

namespace {

void copy_in(const std::byte* memory, Tensor& tensor) {
    const std::size_t count = static_cast<std::size_t>(tensor.size());
    if (tensor.type == ElementType::float32) {
        const float* first = reinterpret_cast<const float*>(memory);
        tensor.floats.assign(first, first + count);
    } else {
        const std::int64_t* first = reinterpret_cast<const std::int64_t*>(memory);
        tensor.integers.assign(first, first + count);
    }
}

void copy_out(const Tensor& tensor, std::byte* memory) {
    if (tensor.size() == 0) return;
    if (tensor.type == ElementType::float32)
        std::memcpy(memory, tensor.floats.data(), tensor.floats.size() * sizeof(float));
    else
        std::memcpy(memory, tensor.integers.data(), tensor.integers.size() * sizeof(std::int64_t));
}

// Tensors kept from run to run, so that their memory is.
struct Held {
    Node node;
    std::vector<Tensor> inputs, outputs;
    std::vector<const Tensor*> arguments;
    std::vector<Buffer> sources, results;
};

}  // namespace

void lower_by_reference(Lowering& lowering, const Node& node) {
    const auto plain = [&](int v) {
        return Form{false, lowering.is_float(v) ? Scalar::float32 : Scalar::int64};
    };
    auto held = std::make_shared<Held>();
    held->node = node;
    held->inputs.resize(node.inputs.size());
    std::vector<Buffer> reads, writes;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const int v = node.inputs[i];
        held->arguments.push_back(nullptr);
        held->sources.push_back(-1);
        if (v < 0) continue;
        held->arguments.back() = &held->inputs[i];
        if (const Tensor* constant = lowering.constant(node, i)) {
            held->inputs[i] = *constant;
            continue;
        }
        held->inputs[i].type = lowering.value(v).type, held->inputs[i].shape = lowering.shape(v);
        held->sources.back() = lowering.read(v, plain(v));
        reads.push_back(held->sources.back());
    }
    for (const int v : node.outputs) {
        Tensor tensor;
        tensor.type = lowering.value(v).type, tensor.shape = lowering.shape(v);
        held->outputs.push_back(std::move(tensor));
        held->results.push_back(lowering.write(v, plain(v)));
        writes.push_back(held->results.back());
    }
    const Cpu exec = lowering.exec;
    lowering.program.step("network " + node.op + " by reference", reads, writes, [=](Program::Addresses at) {
        for (std::size_t i = 0; i < held->inputs.size(); ++i)
            if (held->sources[i] >= 0) copy_in(at[held->sources[i]], held->inputs[i]);
        evaluate(held->node, held->arguments, held->outputs, exec);
        for (std::size_t i = 0; i < held->outputs.size(); ++i)
            copy_out(held->outputs[i], at[held->results[i]]);
    });
}

}  // namespace ctffr::network::cpu
