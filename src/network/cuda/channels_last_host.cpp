// SPDX-License-Identifier: Apache-2.0
// Operators that are rare between the layers of image networks are computed on the host by their plainest
// form, with a copy to and fro: Transpose, MatMul, Gemm, Gather, Where, Equal, Cast, ReduceSum, Shape, Range,
// ConstantOfShape; and of the others the unusual forms: Softmax, ArgMax and ReduceMean over other axes than
// the channels or all voxels, factors that are not constants, tensors that are not (batch, channel, space
// ...). The executor's log names them, as each one waits for the GPU.
#include "network/cuda/channels_last_types.hpp"
#include "network/reference/operators.hpp"

namespace ctffr::network {

template <class Exec, class T>
void ChannelsLast<Exec, T>::add_host_step(const Node& node) {
    on_host_.insert(node.op);
    for (const int in : node.inputs) reserve_staging(in);
    for (const int out : node.outputs) reserve_staging(out);
    steps_.push_back([this, node](const Exec& exec) {
        std::vector<Tensor> held, results;
        held.reserve(node.inputs.size());
        std::vector<const Tensor*> inputs;
        for (const int in : node.inputs) {
            if (in >= 0) held.push_back(fetch(exec, in));
            inputs.push_back(in >= 0 ? &held.back() : nullptr);
        }
        for (const int out : node.outputs)
            results.push_back(out >= 0 ? Tensor{value(out).type, value(out).shape, {}, {}} : Tensor{});
        evaluate(node, inputs, results, Cpu{run_.profiler});
        for (std::size_t i = 0; i < results.size(); ++i)
            if (node.outputs[i] >= 0) put(exec, node.outputs[i], results[i]);
    });
}

#define CTFFR_HOST(Exec, T) template void ChannelsLast<Exec, T>::add_host_step(const Node& node);
CTFFR_FOR_CHANNELS_LAST(CTFFR_HOST)
#undef CTFFR_HOST

}  // namespace ctffr::network
