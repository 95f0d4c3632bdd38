// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <fstream>
#include <thread>

#include <omp.h>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/array.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr {

namespace detail {

#if defined(CTFFR_HAVE_CUDA)
// Defined in cuda_memory.cpp.
DeviceFacts cuda_device_facts(std::string& reason_if_none);
#endif

void* cpu_allocate(std::size_t bytes) {
    if (bytes == 0) return nullptr;
    constexpr std::size_t alignment = 64;
    const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void* pointer = std::aligned_alloc(alignment, rounded);
    if (!pointer)
        throw Error(
            ExitCode::out_of_memory,
            "Out of memory: {:.2f} GB more were needed. Close other programs or use a machine with more.",
            static_cast<double>(bytes) * 1e-9);
    return pointer;
}

void cpu_release(void* pointer) noexcept { std::free(pointer); }

}  // namespace detail

namespace {

std::string cpu_model_name() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);)
        if (line.rfind("model name", 0) == 0) {
            const auto colon = line.find(": ");
            if (colon != std::string::npos) return line.substr(colon + 2);
        }
    return "CPU";
}

}  // namespace

bool built_with_cuda() {
#if defined(CTFFR_HAVE_CUDA)
    return true;
#else
    return false;
#endif
}

std::vector<DeviceFacts> list_devices() {
    DeviceFacts cpu;
    cpu.name = fmt::format("{}, {} threads", cpu_model_name(), omp_get_max_threads());
    std::vector<DeviceFacts> devices{cpu};
#if defined(CTFFR_HAVE_CUDA)
    std::string reason;
    const DeviceFacts gpu = detail::cuda_device_facts(reason);
    if (reason.empty()) devices.push_back(gpu);
#endif
    return devices;
}

DeviceKind choose_device(const std::string& request) {
    if (request == "cpu") return DeviceKind::cpu;
    if (request != "auto" && request != "cuda")
        throw Error(ExitCode::usage, "Unknown device '{}': valid devices are auto, cpu, cuda.", request);
#if defined(CTFFR_HAVE_CUDA)
    std::string reason;
    detail::cuda_device_facts(reason);
    if (reason.empty()) return DeviceKind::cuda;
    if (request == "cuda")
        throw Error(ExitCode::device_failed,
                    "No usable CUDA device: {}. Use --device cpu or mend the driver.", reason);
#else
    if (request == "cuda")
        throw Error(
            ExitCode::device_failed,
            "This ctffr was built without CUDA. Build it with the preset 'cuda', or use --device cpu.");
#endif
    return DeviceKind::cpu;
}

void set_threads(int threads) {
    if (threads > 0) omp_set_num_threads(threads);
}

}  // namespace ctffr
