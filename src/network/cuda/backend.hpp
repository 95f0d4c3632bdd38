// SPDX-License-Identifier: Apache-2.0
// cuDNN's backend API with owners: descriptors that are made, given typed attributes and finalised, the
// device, and plans of one operation. Every failure is Error(device_failed) with cuDNN's text and what was
// asked of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <cudnn.h>

namespace ctffr::network::cudnn {

// Throws Error(device_failed) unless `status` is success. `what` continues "cuDNN failed at ".
void check(cudnnStatus_t status, const std::string& what);

class Descriptor {
   public:
    // `what` is used in messages: "tensor x".
    Descriptor(cudnnBackendDescriptorType_t type, std::string what);
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    Descriptor& set(cudnnBackendAttributeName_t name, std::int64_t value);
    Descriptor& set(cudnnBackendAttributeName_t name, std::span<const std::int64_t> values);
    Descriptor& set(cudnnBackendAttributeName_t name, float value);
    Descriptor& set(cudnnBackendAttributeName_t name, cudnnDataType_t value);
    Descriptor& set(cudnnBackendAttributeName_t name, cudnnConvolutionMode_t value);
    Descriptor& set(cudnnBackendAttributeName_t name, cudnnBackendHeurMode_t value);
    Descriptor& set(cudnnBackendAttributeName_t name, cudnnHandle_t value);
    Descriptor& set(cudnnBackendAttributeName_t name, const Descriptor& value);
    Descriptor& set(cudnnBackendAttributeName_t name, std::span<void* const> pointers);
    Descriptor& set(cudnnBackendAttributeName_t name, const std::string& text);
    void finalize();
    // False when cuDNN does not support what was described; other failures throw.
    bool finalize_if_supported();

    std::int64_t get_integer(cudnnBackendAttributeName_t name) const;
    bool has_numerical_note(cudnnBackendNumericalNote_t note) const;  // of an engine
    bool has_behavior_note(cudnnBackendBehaviorNote_t note) const;    // of an engine
    cudnnBackendDescriptor_t raw() const { return descriptor_; }

   private:
    void set_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::int64_t count,
                 const void* values);

    cudnnBackendDescriptor_t descriptor_ = nullptr;
    std::string what_;
};

// The library's context on the current device. Throws Error(device_failed) where there is no device, or where
// cuDNN is older than 9.15 (large bfloat16 convolutions of 9.10 were wrong).
class Handle {
   public:
    Handle();
    ~Handle();
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    cudnnHandle_t raw() const { return handle_; }

   private:
    cudnnHandle_t handle_ = nullptr;
};

// What plans are made for: the device of a handle, or one described by cuDNN's JSON, with no device at hand.
Descriptor device_of(const Handle& handle);
Descriptor device_of(const std::string& json);

// Which engines a plan may use. Always left out: engines whose results change from run to run, that sum in
// less than float32 or that work on transformed values (Winograd, Fourier).
struct EngineRules {
    bool tensor_cores = true;  // false: float32 stays float32 (no TF32)
    std::size_t workspace_limit = std::size_t{1} << 30;
};

// An operation that is ready to run.
class Plan {
   public:
    Plan(std::vector<Descriptor> parts, Descriptor plan, std::int64_t engine);
    std::size_t workspace_bytes() const { return workspace_; }
    std::int64_t engine() const { return engine_; }  // cuDNN's number, for the log
    // Data of the tensors with these unique identifiers; `stream`: a cudaStream_t, null for the default one.
    void run(const Handle& handle, void* stream, std::span<const std::int64_t> ids,
             std::span<void* const> data, void* workspace) const;

   private:
    std::vector<Descriptor> parts_;  // what the plan refers to
    Descriptor plan_;
    std::size_t workspace_ = 0;
    std::int64_t engine_ = 0;
};

// The best plan for one finalised operation by cuDNN's heuristics, or none. Compiled kernels come first;
// those that cuDNN would compile now (half a second each) follow, then the general fallback. `parts` are the
// descriptors that `operation` refers to; they are kept.
std::optional<Plan> make_plan(const Descriptor& device, std::vector<Descriptor> parts, Descriptor operation,
                              const EngineRules& rules);

}  // namespace ctffr::network::cudnn
