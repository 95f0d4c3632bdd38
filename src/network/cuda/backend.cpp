// SPDX-License-Identifier: Apache-2.0
#include "network/cuda/backend.hpp"

#include <array>
#include <utility>

#include "ctffr/core/error.hpp"

namespace ctffr::network::cudnn {

namespace {

std::string last_error() {
    std::array<char, 1024> text{};
    cudnnGetLastErrorString(text.data(), text.size());
    return text.data();
}

bool unsupported(cudnnStatus_t status) {
    return CUDNN_STATUS_CATEGORY(static_cast<int>(status)) == CUDNN_STATUS_NOT_SUPPORTED;
}

}  // namespace

void check(cudnnStatus_t status, const std::string& what) {
    if (status == CUDNN_STATUS_SUCCESS) return;
    throw Error(status == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED ? ExitCode::out_of_memory
                                                                               : ExitCode::device_failed,
                "cuDNN failed at {}: {} ({}). Run with --device cpu to go on without the GPU.", what,
                cudnnGetErrorString(status), last_error());
}

Descriptor::Descriptor(cudnnBackendDescriptorType_t type, std::string what) : what_(std::move(what)) {
    check(cudnnBackendCreateDescriptor(type, &descriptor_), "making the descriptor of " + what_);
}

Descriptor::~Descriptor() {
    if (descriptor_) cudnnBackendDestroyDescriptor(descriptor_);
}

Descriptor::Descriptor(Descriptor&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, nullptr)), what_(std::move(other.what_)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(what_, other.what_);
    return *this;
}

void Descriptor::set_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                         std::int64_t count, const void* values) {
    const cudnnStatus_t status = cudnnBackendSetAttribute(descriptor_, name, type, count, values);
    if (status != CUDNN_STATUS_SUCCESS)
        check(status, fmt::format("attribute {} of {}", static_cast<int>(name), what_));
}

Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, std::int64_t value) {
    set_raw(name, CUDNN_TYPE_INT64, 1, &value);
    return *this;
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, std::span<const std::int64_t> values) {
    set_raw(name, CUDNN_TYPE_INT64, static_cast<std::int64_t>(values.size()), values.data());
    return *this;
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, float value) {
    set_raw(name, CUDNN_TYPE_FLOAT, 1, &value);
    return *this;
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, cudnnDataType_t value) {
    set_raw(name, CUDNN_TYPE_DATA_TYPE, 1, &value);
    return *this;
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, cudnnConvolutionMode_t value) {
    set_raw(name, CUDNN_TYPE_CONVOLUTION_MODE, 1, &value);
    return *this;
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, cudnnBackendHeurMode_t value) {
    set_raw(name, CUDNN_TYPE_HEUR_MODE, 1, &value);
    return *this;
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, cudnnHandle_t value) {
    set_raw(name, CUDNN_TYPE_HANDLE, 1, &value);
    return *this;
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, const Descriptor& value) {
    set_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &value.descriptor_);
    return *this;
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, std::span<void* const> pointers) {
    set_raw(name, CUDNN_TYPE_VOID_PTR, static_cast<std::int64_t>(pointers.size()), pointers.data());
    return *this;
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, const std::string& text) {
    set_raw(name, CUDNN_TYPE_CHAR, static_cast<std::int64_t>(text.size()), text.data());
    return *this;
}

void Descriptor::finalize() {
    const cudnnStatus_t status = cudnnBackendFinalize(descriptor_);
    if (status != CUDNN_STATUS_SUCCESS) check(status, what_);
}

bool Descriptor::finalize_if_supported() {
    const cudnnStatus_t status = cudnnBackendFinalize(descriptor_);
    if (unsupported(status)) return false;
    if (status != CUDNN_STATUS_SUCCESS) check(status, what_);
    return true;
}

std::int64_t Descriptor::get_integer(cudnnBackendAttributeName_t name) const {
    std::int64_t value = 0, count = 0;
    check(cudnnBackendGetAttribute(descriptor_, name, CUDNN_TYPE_INT64, 1, &count, &value),
          "reading an attribute of " + what_);
    return value;
}

bool Descriptor::has_numerical_note(cudnnBackendNumericalNote_t note) const {
    std::array<cudnnBackendNumericalNote_t, CUDNN_NUMERICAL_NOTE_TYPE_COUNT> notes{};
    std::int64_t count = 0;
    check(cudnnBackendGetAttribute(descriptor_, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
                                   static_cast<std::int64_t>(notes.size()), &count, notes.data()),
          "reading the notes of an engine");
    for (std::int64_t i = 0; i < count; ++i)
        if (notes[static_cast<std::size_t>(i)] == note) return true;
    return false;
}

bool Descriptor::has_behavior_note(cudnnBackendBehaviorNote_t note) const {
    std::array<cudnnBackendBehaviorNote_t, CUDNN_BEHAVIOR_NOTE_TYPE_COUNT> notes{};
    std::int64_t count = 0;
    check(cudnnBackendGetAttribute(descriptor_, CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE,
                                   static_cast<std::int64_t>(notes.size()), &count, notes.data()),
          "reading the notes of an engine");
    for (std::int64_t i = 0; i < count; ++i)
        if (notes[static_cast<std::size_t>(i)] == note) return true;
    return false;
}

Handle::Handle() {
    constexpr std::size_t oldest = 91500;
    if (cudnnGetVersion() < oldest)
        throw Error(
            ExitCode::device_failed,
            "cuDNN {} was found, but 9.15 or newer is needed: older ones give wrong results for large "
            "convolutions. Install a newer cuDNN or run with --device cpu.",
            cudnnGetVersion());
    check(cudnnCreate(&handle_), "its start on the GPU");
}

Handle::~Handle() {
    if (handle_) cudnnDestroy(handle_);
}

Descriptor device_of(const Handle& handle) {
    Descriptor device(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, "the device");
    device.set(CUDNN_ATTR_DEVICEPROP_HANDLE, handle.raw()).finalize();
    return device;
}

Descriptor device_of(const std::string& json) {
    Descriptor device(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, "the described device");
    device.set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, json).finalize();
    return device;
}

Plan::Plan(std::vector<Descriptor> parts, Descriptor plan, std::int64_t engine)
    : parts_(std::move(parts)), plan_(std::move(plan)), engine_(engine) {
    workspace_ = static_cast<std::size_t>(plan_.get_integer(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE));
}

void Plan::run(const Handle& handle, void* stream, std::span<const std::int64_t> ids,
               std::span<void* const> data, void* workspace) const {
    Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, "the arguments of an operation");
    pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, ids);
    pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, data);
    pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, std::span<void* const>(&workspace, 1));
    pack.finalize();
    check(cudnnSetStream(handle.raw(), static_cast<cudaStream_t>(stream)), "choosing the stream");
    check(cudnnBackendExecute(handle.raw(), plan_.raw(), pack.raw()), "running an operation");
}

namespace {

// Engine configurations in cuDNN's order of preference; empty when it knows none.
std::vector<Descriptor> configurations(const Descriptor& device, const Descriptor& graph,
                                       cudnnBackendHeurMode_t mode) {
    Descriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, "the choice of engines");
    heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
    heuristics.set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
    heuristics.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, device);
    if (!heuristics.finalize_if_supported()) return {};
    std::int64_t count = 0;
    check(cudnnBackendGetAttribute(heuristics.raw(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                   CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, &count, nullptr),
          "counting engines");
    std::vector<Descriptor> found;
    std::vector<cudnnBackendDescriptor_t> raw;
    for (std::int64_t i = 0; i < count; ++i) {
        found.emplace_back(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, "a configuration of an engine");
        raw.push_back(found.back().raw());
    }
    // Fewer come than were counted: those that the device cannot run are left out here.
    if (count > 0)
        check(cudnnBackendGetAttribute(heuristics.raw(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                       CUDNN_TYPE_BACKEND_DESCRIPTOR, count, &count, raw.data()),
              "listing engines");
    while (static_cast<std::int64_t>(found.size()) > count) found.pop_back();
    return found;
}

Descriptor engine_of(const Descriptor& configuration) {
    Descriptor engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR, "an engine");
    cudnnBackendDescriptor_t raw = engine.raw();
    std::int64_t count = 0;
    check(cudnnBackendGetAttribute(configuration.raw(), CUDNN_ATTR_ENGINECFG_ENGINE,
                                   CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count, &raw),
          "reading the engine of a configuration");
    return engine;
}

bool allowed(const Descriptor& engine, const EngineRules& rules) {
    constexpr cudnnBackendNumericalNote_t never[] = {
        CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC, CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION,
        CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS, CUDNN_NUMERICAL_NOTE_WINOGRAD, CUDNN_NUMERICAL_NOTE_FFT};
    for (const auto note : never)
        if (engine.has_numerical_note(note)) return false;
    return rules.tensor_cores || !engine.has_numerical_note(CUDNN_NUMERICAL_NOTE_TENSOR_CORE);
}

}  // namespace

std::optional<Plan> make_plan(const Descriptor& device, std::vector<Descriptor> parts, Descriptor operation,
                              const EngineRules& rules) {
    Descriptor graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, "the operation graph");
    graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, operation);
    if (!graph.finalize_if_supported()) return std::nullopt;
    struct Round {
        cudnnBackendHeurMode_t mode;
        bool compile_now;
    };
    constexpr Round rounds[] = {{CUDNN_HEUR_MODE_INSTANT, false},
                                {CUDNN_HEUR_MODE_B, false},
                                {CUDNN_HEUR_MODE_INSTANT, true},
                                {CUDNN_HEUR_MODE_B, true},
                                {CUDNN_HEUR_MODE_FALLBACK, false}};
    for (const Round& round : rounds)
        for (Descriptor& configuration : configurations(device, graph, round.mode)) {
            const Descriptor engine = engine_of(configuration);
            if (engine.has_behavior_note(CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION) != round.compile_now ||
                !allowed(engine, rules))
                continue;
            Descriptor plan(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, "a plan");
            plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration);
            plan.set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, device);
            if (cudnnBackendFinalize(plan.raw()) != CUDNN_STATUS_SUCCESS) continue;  // the next may do
            if (plan.get_integer(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE) >
                static_cast<std::int64_t>(rules.workspace_limit))
                continue;
            const std::int64_t number = engine.get_integer(CUDNN_ATTR_ENGINE_GLOBAL_INDEX);
            parts.push_back(std::move(operation));
            parts.push_back(std::move(graph));
            parts.push_back(std::move(configuration));
            return Plan(std::move(parts), std::move(plan), number);
        }
    return std::nullopt;
}

}  // namespace ctffr::network::cudnn
