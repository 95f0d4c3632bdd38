// SPDX-License-Identifier: Apache-2.0
// The two places code can run, and the choice between them at run time.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/parallel/profiler.hpp"

namespace ctffr {

// OpenMP threads of this process. The thread count changes speed, never bits.
struct Cpu {
    Profiler* profiler = nullptr;
    static constexpr DeviceKind kind = DeviceKind::cpu;
};

// The current CUDA device. `stream`: a cudaStream_t on which parallel_for launches while a sequence is
// recorded (replay.hpp); else the default stream.
struct Cuda {
    Profiler* profiler = nullptr;
    void* stream = nullptr;
    static constexpr DeviceKind kind = DeviceKind::cuda;
};

struct DeviceFacts {
    DeviceKind kind = DeviceKind::cpu;
    std::string name;  // "AMD EPYC, 2 threads", "NVIDIA H200"
    double memory_bytes = 0;
};

// Devices this build can use on this machine; the CPU is always first.
std::vector<DeviceFacts> list_devices();
// True when the library was built with CUDA.
bool built_with_cuda();
// Resolves "auto", "cpu" or "cuda"; throws Error(device_failed) with the reason when CUDA is asked for and
// missing.
DeviceKind choose_device(const std::string& request);
// Sets the number of OpenMP threads; 0 keeps the default.
void set_threads(int threads);

// Calls `body(exec)` with a Cpu or Cuda object as `run.device` says.
template <class Body>
decltype(auto) on_device(const Run& run, Body&& body) {
#if defined(CTFFR_HAVE_CUDA)
    if (run.device == DeviceKind::cuda) {
        Cuda exec{run.profiler};
        return body(exec);
    }
#endif
    Cpu exec{run.profiler};
    return body(exec);
}

}  // namespace ctffr
