// SPDX-License-Identifier: Apache-2.0
#include "network/cpu/onednn.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include <omp.h>

#include "ctffr/core/error.hpp"

namespace ctffr::network::cpu {

namespace {

// Instruction sets are bit masks.
bool runs(dnnl::cpu_isa wanted) {
    const int all = static_cast<int>(dnnl::get_effective_cpu_isa()), bits = static_cast<int>(wanted);
    return (all & bits) == bits;
}

}  // namespace

int OneDnn::block() { return runs(dnnl::cpu_isa::avx512_core) ? 16 : 8; }

bool OneDnn::has_bfloat16() { return runs(dnnl::cpu_isa::avx512_core_bf16); }

dnnl::memory::data_type data_type(Scalar type) {
    CTFFR_CHECK(type != Scalar::int64);
    return type == Scalar::float32 ? dnnl::memory::data_type::f32 : dnnl::memory::data_type::bf16;
}

dnnl::memory::desc descriptor(const Shape& shape, int block, Scalar type) {
    using Tag = dnnl::memory::format_tag;
    const dnnl::memory::dims dims = shape.empty() ? dnnl::memory::dims{1} : shape;
    if (block == 1) {
        dnnl::memory::dims strides(dims.size(), 1);
        for (std::size_t a = dims.size() - 1; a-- > 0;)
            strides[a] = strides[a + 1] * std::max<std::int64_t>(dims[a + 1], 1);
        return {dims, data_type(type), strides};
    }
    CTFFR_CHECK(dims.size() >= 3 && dims.size() <= 5 && (block == 8 || block == 16));
    constexpr Tag wide[] = {Tag::nCw16c, Tag::nChw16c, Tag::nCdhw16c};
    constexpr Tag narrow[] = {Tag::nCw8c, Tag::nChw8c, Tag::nCdhw8c};
    return {dims, data_type(type), (block == 16 ? wide : narrow)[dims.size() - 3]};
}

OneThread::OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }

OneThread::~OneThread() { omp_set_num_threads(before_); }

bool splits_sums(std::string_view implementation) {
    return implementation.find("gemm") != std::string_view::npos &&
           implementation.find("brgemm") == std::string_view::npos;
}

struct OneDnnCall::State {
    dnnl::primitive primitive;
    dnnl::stream stream;
    std::vector<std::pair<dnnl::memory, Buffer>> memories;
    std::unordered_map<int, dnnl::memory> arguments;
    bool one_thread = false;
};

OneDnnCall::OneDnnCall(const OneDnn& dnn, dnnl::primitive primitive, const std::vector<Argument>& arguments,
                       bool one_thread)
    : state_(std::make_shared<State>()) {
    state_->primitive = std::move(primitive);
    state_->stream = dnn.stream;
    state_->one_thread = one_thread;
    for (const Argument& argument : arguments) {
        dnnl::memory memory(argument.descriptor, dnn.engine, DNNL_MEMORY_NONE);
        state_->memories.emplace_back(memory, argument.buffer);
        state_->arguments.emplace(argument.role, memory);
    }
}

void OneDnnCall::operator()(Program::Addresses at) const {
    for (auto& [memory, buffer] : state_->memories)
        // Setting the same address again would clear the filling of the last block each time.
        if (memory.get_data_handle() != at[buffer]) memory.set_data_handle(at[buffer], state_->stream);
    std::optional<OneThread> limit;
    if (state_->one_thread) limit.emplace();
    try {
        state_->primitive.execute(state_->stream, state_->arguments);
        state_->stream.wait();
    } catch (const dnnl::error& failure) {
        onednn_failed(failure, "execution");
    }
}

OneDnnCall reorder(const OneDnn& dnn, const dnnl::memory::desc& from, Buffer in, const dnnl::memory::desc& to,
                   Buffer out) {
    const dnnl::reorder::primitive_desc description(dnn.engine, from, dnn.engine, to);
    return {dnn, dnnl::reorder(description), {{DNNL_ARG_FROM, from, in}, {DNNL_ARG_TO, to, out}}};
}

dnnl::primitive_attr epilogue_attribute(const Epilogue& epilogue) {
    using Algorithm = dnnl::algorithm;
    dnnl::post_ops operations;
    const auto append = [&](Algorithm algorithm, float a, float b) {
        operations.append_eltwise(1.0F, algorithm, a, b);
    };
    switch (epilogue.activation) {
        case Activation::none: break;
        case Activation::leaky_relu: append(Algorithm::eltwise_relu, epilogue.a, 0); break;
        case Activation::elu: append(Algorithm::eltwise_elu, epilogue.a, 0); break;
        case Activation::sigmoid: append(Algorithm::eltwise_logistic, 0, 0); break;
        case Activation::tanh: append(Algorithm::eltwise_tanh, 0, 0); break;
        case Activation::gelu: append(Algorithm::eltwise_gelu_erf, 0, 0); break;
        case Activation::clip: append(Algorithm::eltwise_clip, epilogue.a, epilogue.b); break;
    }
    dnnl::primitive_attr attribute;
    attribute.set_post_ops(operations);
    return attribute;
}

void onednn_failed(const dnnl::error& failure, const std::string& name) {
    if (failure.status == dnnl_out_of_memory)
        throw Error(
            ExitCode::out_of_memory,
            "Not enough memory for the network ('{}'): choose a smaller region, or a machine with more "
            "memory.",
            name);
    throw Error(ExitCode::internal, "oneDNN failed at the network's node '{}': {}.", name, failure.message);
}

}  // namespace ctffr::network::cpu
