// SPDX-License-Identifier: Apache-2.0
// The only host code that talks to the CUDA runtime; compiled when CTFFR_CUDA is on.
#include <cuda_runtime_api.h>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr::detail {

namespace {

void check(cudaError_t code, const char* what) {
    if (code == cudaErrorMemoryAllocation)
        throw Error(ExitCode::out_of_memory,
                    "The GPU has too little free memory ({}). Run with --device cpu.", what);
    if (code != cudaSuccess)
        throw Error(ExitCode::device_failed,
                    "The GPU failed at {}: {}. Run with --device cpu to go on without it.", what,
                    cudaGetErrorString(code));
}

}  // namespace

void* cuda_allocate(std::size_t bytes) {
    if (bytes == 0) return nullptr;
    void* pointer = nullptr;
    check(cudaMalloc(&pointer, bytes), "allocation");
    return pointer;
}

void cuda_release(void* pointer) noexcept {
    if (pointer) cudaFree(pointer);
}

void cuda_copy_to_device(void* device, const void* host, std::size_t bytes) {
    check(cudaMemcpy(device, host, bytes, cudaMemcpyHostToDevice), "copy to the GPU");
}

void cuda_copy_to_host(void* host, const void* device, std::size_t bytes) {
    check(cudaMemcpy(host, device, bytes, cudaMemcpyDeviceToHost), "copy from the GPU");
}

DeviceFacts cuda_device_facts(std::string& reason_if_none) {
    DeviceFacts facts;
    facts.kind = DeviceKind::cuda;
    int count = 0;
    cudaError_t code = cudaGetDeviceCount(&count);
    if (code == cudaSuccess && count == 0) code = cudaErrorNoDevice;
    cudaDeviceProp properties{};
    if (code == cudaSuccess) code = cudaGetDeviceProperties(&properties, 0);
    if (code != cudaSuccess) {
        reason_if_none = cudaGetErrorString(code);
        cudaGetLastError();  // clears the error state, so that later checks report their own
        return facts;
    }
    facts.name = properties.name;
    facts.memory_bytes = static_cast<double>(properties.totalGlobalMem);
    return facts;
}

}  // namespace ctffr::detail
