// SPDX-License-Identifier: Apache-2.0
// Memory of the channels-last executor, its inputs and outputs, and the order of its steps.
#include "network/cuda/channels_last.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "ctffr/core/error.hpp"
#include "network/cuda/channels_last_types.hpp"

namespace ctffr::network {

namespace {

constexpr std::size_t alignment = 256;

std::size_t rounded(std::size_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

template <class Exec>
void to_device(void* device, const void* host, std::size_t bytes) {
    if constexpr (std::is_same_v<Exec, Cpu>)
        std::memcpy(device, host, bytes);
    else
        detail::cuda_copy_to_device(device, host, bytes);
}

template <class Exec>
void to_host(void* host, const void* device, std::size_t bytes) {
    if constexpr (std::is_same_v<Exec, Cpu>)
        std::memcpy(host, device, bytes);
    else
        detail::cuda_copy_to_host(host, device, bytes);
}

}  // namespace

kernels::NhwcFunction function_of(const Epilogue& epilogue) {
    using Kind = kernels::NhwcFunction::Kind;
    switch (epilogue.activation) {
        case Activation::none: return {};
        case Activation::leaky_relu: return {Kind::leaky_relu, epilogue.a, 0};
        case Activation::elu: return {Kind::elu, epilogue.a, 0};
        case Activation::sigmoid: return {Kind::sigmoid, 0, 0};
        case Activation::tanh: return {Kind::tanh, 0, 0};
        case Activation::gelu: return {Kind::gelu, 0, 0};
        case Activation::clip: return {Kind::clip, epilogue.a, epilogue.b};
    }
    throw Error(ExitCode::internal, "An epilogue has an unknown activation ({}).",
                static_cast<int>(epilogue.activation));
}

template <class Exec, class T>
ChannelsLast<Exec, T>::ChannelsLast(Graph graph, const Run& run, const ConvolutionMaker<Exec>& maker)
    : graph_(std::move(graph)), run_(run), maker_(maker) {
    fuse_residuals(graph_);
    place_values();
    for (const Node& node : graph_.nodes) add_step(node);
    workspace_ = std::make_unique<Array<std::byte, Exec>>(Exec{}, static_cast<Index>(workspace_bytes_));
    if (!on_host_.empty()) {
        std::string names;
        for (const std::string& name : on_host_) names += (names.empty() ? "" : ", ") + name;
        run_.info("These operators of the network run on the processor, with a copy to and fro: {}.", names);
    }
    run_.debug("Network: {:.1f} MB of values between operators, {:.1f} MB of workspace.",
               static_cast<double>(arena_->size()) * 1e-6, static_cast<double>(workspace_bytes_) * 1e-6);
}

template <class Exec, class T>
void ChannelsLast<Exec, T>::place_values() {
    slots_.resize(graph_.values.size());
    std::vector<std::size_t> bytes;
    for (std::size_t v = 0; v < slots_.size(); ++v) {
        Slot& s = slots_[v];
        const Value& of = graph_.values[v];
        if (of.type == ElementType::int64) {
            s.layout = Layout::integers, s.count = element_count(of.shape), s.bytes = 8;
        } else if (is_image_rank(of.shape)) {
            s.layout = Layout::image, s.shape = image_shape(of.shape), s.count = s.shape.size(),
            s.bytes = sizeof(T);
        } else {
            s.layout = Layout::rows, s.count = element_count(of.shape), s.bytes = 4;
        }
        s.bytes *= static_cast<std::size_t>(s.count);
        bytes.push_back(s.bytes);
    }
    const ArenaPlan plan = plan_arena(graph_, bytes, alignment);
    arena_ = std::make_unique<Array<std::byte, Exec>>(Exec{}, static_cast<Index>(plan.bytes));
    std::size_t total = 0;
    for (const int index : graph_.inputs) total += rounded(slots_[static_cast<std::size_t>(index)].bytes);
    inputs_ = std::make_unique<Array<std::byte, Exec>>(Exec{}, static_cast<Index>(total));
    for (std::size_t v = 0; v < slots_.size(); ++v)
        if (plan.offset[v] != ArenaPlan::no_place) slots_[v].data = arena_->data() + plan.offset[v];
    for (const int index : graph_.outputs) reserve_staging(index);
    std::size_t offset = 0;
    for (const int index : graph_.inputs) {
        reserve_staging(index);
        slots_[static_cast<std::size_t>(index)].data = inputs_->data() + offset;
        offset += rounded(slots_[static_cast<std::size_t>(index)].bytes);
    }
}

// Bytes of the workspace from `offset` on; returns where the next piece may begin.
template <class Exec, class T>
std::size_t ChannelsLast<Exec, T>::reserve(std::size_t offset, std::size_t bytes) {
    workspace_bytes_ = std::max(workspace_bytes_, offset + bytes);
    return rounded(offset + bytes);
}

// What fetch() and put() need to turn an image into rows and back.
template <class Exec, class T>
void ChannelsLast<Exec, T>::reserve_staging(int index) {
    if (index >= 0 && slot(index).layout == Layout::image)
        reserve(0, static_cast<std::size_t>(element_count(value(index).shape)) * sizeof(float));
}

template <class Exec, class T>
const Tensor* ChannelsLast<Exec, T>::constant(const Node& node, std::size_t input) const {
    if (input >= node.inputs.size() || node.inputs[input] < 0) return nullptr;
    const auto& tensor = value(node.inputs[input]).constant;
    return tensor ? &*tensor : nullptr;
}

template <class Exec, class T>
View<const float> ChannelsLast<Exec, T>::keep(const std::vector<float>& values) {
    return std::as_const(floats_.emplace_back(Exec{}, values)).view();
}

template <class Exec, class T>
View<const std::int32_t> ChannelsLast<Exec, T>::keep(const std::vector<std::int32_t>& values) {
    return std::as_const(tables_.emplace_back(Exec{}, values)).view();
}

template <class Exec, class T>
View<const T> ChannelsLast<Exec, T>::keep_as_stored(const std::vector<float>& values) {
    std::vector<T> converted(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) kernels::store(values[i], converted[i]);
    return std::as_const(stored_.emplace_back(Exec{}, converted)).view();
}

template <class Exec, class T>
Tensor ChannelsLast<Exec, T>::fetch(const Exec& exec, int index) {
    if (value(index).constant) return *value(index).constant;
    const Slot& from = slot(index);
    Tensor tensor;
    tensor.type = value(index).type;
    tensor.shape = value(index).shape;
    const auto count = static_cast<std::size_t>(tensor.size());
    if (from.layout == Layout::integers) {
        tensor.integers.resize(count);
        to_host<Exec>(tensor.integers.data(), from.data, count * sizeof(std::int64_t));
        return tensor;
    }
    tensor.floats.resize(count);
    const void* rows = from.data;
    if (from.layout == Layout::image) {
        const View<float> staged(reinterpret_cast<float*>(workspace(0)), static_cast<Index>(count));
        kernels::rows_from_nhwc<Exec, T>(exec, from.shape, image_in(index), staged);
        rows = staged.data;
    }
    to_host<Exec>(tensor.floats.data(), rows, count * sizeof(float));
    return tensor;
}

template <class Exec, class T>
void ChannelsLast<Exec, T>::put(const Exec& exec, int index, const Tensor& tensor) {
    const Slot& to = slot(index);
    if (tensor.shape != value(index).shape || tensor.type != value(index).type)
        throw Error(ExitCode::internal, "Value '{}' of the network should be {} but is {}.",
                    value(index).name, shape_text(value(index).shape), shape_text(tensor.shape));
    const auto count = static_cast<std::size_t>(tensor.size());
    CTFFR_CHECK_OP(to.layout == Layout::integers ? tensor.integers.size() : tensor.floats.size(), ==, count);
    if (count == 0) return;
    if (to.layout == Layout::integers)
        return to_device<Exec>(to.data, tensor.integers.data(), count * sizeof(std::int64_t));
    if (to.layout == Layout::rows)
        return to_device<Exec>(to.data, tensor.floats.data(), count * sizeof(float));
    to_device<Exec>(workspace(0), tensor.floats.data(), count * sizeof(float));
    const View<const float> staged(reinterpret_cast<const float*>(workspace(0)), static_cast<Index>(count));
    kernels::nhwc_from_rows<Exec, T>(exec, to.shape, staged, image(index));
}

template <class Exec, class T>
std::vector<Tensor> ChannelsLast<Exec, T>::run(const std::vector<Tensor>& inputs) {
    if (inputs.size() != graph_.inputs.size())
        throw Error(ExitCode::internal, "The network was given {} inputs but has {}.", inputs.size(),
                    graph_.inputs.size());
    run_.check_cancel();
    Exec exec;
    exec.profiler = run_.profiler;
    for (std::size_t i = 0; i < inputs.size(); ++i) put(exec, graph_.inputs[i], inputs[i]);
    for (const Step& step : steps_) step(exec);
    std::vector<Tensor> outputs;
    for (const int index : graph_.outputs) outputs.push_back(fetch(exec, index));
    return outputs;
}

template <class Exec, class T>
void ChannelsLast<Exec, T>::add_step(const Node& node) {
    using Add = bool (ChannelsLast::*)(const Node&);
    static const std::map<std::string, Add> ways = {
        {"Conv", &ChannelsLast::add_convolution},
        {"ConvTranspose", &ChannelsLast::add_convolution},
        {"InstanceNormalization", &ChannelsLast::add_norm},
        {"GroupNormalization", &ChannelsLast::add_norm},
        {"BatchNormalization", &ChannelsLast::add_batch_norm},
        {"GlobalAveragePool", &ChannelsLast::add_mean},
        {"ReduceMean", &ChannelsLast::add_mean},
        {"MaxPool", &ChannelsLast::add_pool},
        {"AveragePool", &ChannelsLast::add_pool},
        {"Resize", &ChannelsLast::add_resize},
        {"Relu", &ChannelsLast::add_function},
        {"LeakyRelu", &ChannelsLast::add_function},
        {"Elu", &ChannelsLast::add_function},
        {"Sigmoid", &ChannelsLast::add_function},
        {"Tanh", &ChannelsLast::add_function},
        {"Gelu", &ChannelsLast::add_function},
        {"Clip", &ChannelsLast::add_function},
        {"Erf", &ChannelsLast::add_function},
        {"Sqrt", &ChannelsLast::add_function},
        {"PRelu", &ChannelsLast::add_prelu},
        {"Add", &ChannelsLast::add_binary},
        {"Sub", &ChannelsLast::add_binary},
        {"Mul", &ChannelsLast::add_binary},
        {"Div", &ChannelsLast::add_binary},
        {"Pow", &ChannelsLast::add_binary},
        {"Softmax", &ChannelsLast::add_softmax},
        {"ArgMax", &ChannelsLast::add_argmax},
        {"Identity", &ChannelsLast::add_identity},
        {"Reshape", &ChannelsLast::add_reshape},
        {"Flatten", &ChannelsLast::add_reshape},
        {"Squeeze", &ChannelsLast::add_reshape},
        {"Unsqueeze", &ChannelsLast::add_reshape},
        {"Concat", &ChannelsLast::add_concat},
        {"Slice", &ChannelsLast::add_slice},
        {"Split", &ChannelsLast::add_split},
        {"Pad", &ChannelsLast::add_pad},
        {"Expand", &ChannelsLast::add_repeat},
        {"Tile", &ChannelsLast::add_repeat},
    };
    const auto way = ways.find(node.op);
    if (way == ways.end() || !(this->*way->second)(node)) add_host_step(node);
}

#define CTFFR_CLASS(Exec, T) template class ChannelsLast<Exec, T>;
CTFFR_FOR_CHANNELS_LAST(CTFFR_CLASS)
#undef CTFFR_CLASS

}  // namespace ctffr::network
