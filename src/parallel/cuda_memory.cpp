// SPDX-License-Identifier: Apache-2.0
// The only host code that talks to the CUDA runtime; compiled when CTFFR_CUDA is on.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>

#include <cuda_runtime_api.h>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr::detail {

namespace {

void check(cudaError_t code, const char* what) {
    if (code == cudaSuccess) return;
    cudaGetLastError();  // clears the error state, or the next launch would report this error as its own
    if (code == cudaErrorMemoryAllocation)
        throw Error(ExitCode::out_of_memory,
                    "The GPU has too little free memory ({}). Run with --device cpu.", what);
    throw Error(ExitCode::device_failed,
                "The GPU failed at {}: {}. Run with --device cpu to go on without it.", what,
                cudaGetErrorString(code));
}

constexpr std::size_t staged_from = std::size_t{4} << 20;

void copy_with_all_threads(void* to, const void* from, std::size_t bytes) {
    constexpr std::size_t piece = std::size_t{1} << 20;
    const auto pieces = static_cast<std::ptrdiff_t>((bytes + piece - 1) / piece);
#pragma omp parallel for schedule(static)
    for (std::ptrdiff_t n = 0; n < pieces; ++n) {
        const std::size_t first = static_cast<std::size_t>(n) * piece;
        std::memcpy(static_cast<char*>(to) + first, static_cast<const char*>(from) + first,
                    std::min(piece, bytes - first));
    }
}

// Two page-locked buffers, one of which the bus reads or writes while the threads are at the other: ordinary
// memory would be copied by one thread of the driver, at a fraction of the speed of the bus.
class Staging {
   public:
    Staging() {
        for (Buffer& b : buffer_)
            ready_ = ready_ && cudaHostAlloc(&b.memory, size, cudaHostAllocDefault) == cudaSuccess &&
                     cudaEventCreateWithFlags(&b.free, cudaEventDisableTiming) == cudaSuccess;
        if (!ready_) cudaGetLastError();  // as in check
    }
    bool ready() const { return ready_; }

    void to_device(void* device, const void* host, std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        std::size_t turn = 0;
        for (std::size_t first = 0; first < bytes; first += size, ++turn) {
            const Buffer& b = buffer_[turn % 2];
            const std::size_t part = std::min(size, bytes - first);
            check(cudaEventSynchronize(b.free), "copy to the GPU");
            copy_with_all_threads(b.memory, static_cast<const char*>(host) + first, part);
            check(cudaMemcpyAsync(static_cast<char*>(device) + first, b.memory, part, cudaMemcpyHostToDevice,
                                  nullptr),
                  "copy to the GPU");
            check(cudaEventRecord(b.free, nullptr), "copy to the GPU");
        }
    }

    void to_host(void* host, const void* device, std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        const std::size_t parts = (bytes + size - 1) / size;
        const auto length = [&](std::size_t part) { return std::min(size, bytes - part * size); };
        for (std::size_t part = 0; part <= parts; ++part) {
            if (part < parts) {
                const Buffer& b = buffer_[part % 2];
                check(cudaEventSynchronize(b.free), "copy from the GPU");
                check(cudaMemcpyAsync(b.memory, static_cast<const char*>(device) + part * size, length(part),
                                      cudaMemcpyDeviceToHost, nullptr),
                      "copy from the GPU");
                check(cudaEventRecord(b.free, nullptr), "copy from the GPU");
            }
            if (part == 0) continue;
            const Buffer& done = buffer_[(part - 1) % 2];
            check(cudaEventSynchronize(done.free), "copy from the GPU");
            copy_with_all_threads(static_cast<char*>(host) + (part - 1) * size, done.memory,
                                  length(part - 1));
        }
    }

   private:
    static constexpr std::size_t size = std::size_t{16} << 20;
    struct Buffer {
        void* memory = nullptr;
        cudaEvent_t free = nullptr;
    };
    Buffer buffer_[2];
    bool ready_ = true;
    std::mutex mutex_;
};

// Never taken down: the CUDA runtime may be gone before static objects are.
Staging& staging() {
    static auto* one = new Staging;
    return *one;
}

// Whether the device hands memory out of a pool in the order of the default stream, and the pool keeps what
// is freed: a plain allocation or release waits for the device, hundreds of times a second for small sums.
bool keeps_freed_memory() noexcept {
    static const bool keeps = [] {
        int supported = 0;
        cudaMemPool_t pool = nullptr;
        std::uint64_t all = ~std::uint64_t{0};
        const bool done =
            cudaDeviceGetAttribute(&supported, cudaDevAttrMemoryPoolsSupported, 0) == cudaSuccess &&
            supported && cudaDeviceGetDefaultMemPool(&pool, 0) == cudaSuccess &&
            cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &all) == cudaSuccess;
        if (!done) cudaGetLastError();  // as in check
        return done;
    }();
    return keeps;
}

}  // namespace

void* cuda_allocate(std::size_t bytes) {
    if (bytes == 0) return nullptr;
    void* pointer = nullptr;
    check(keeps_freed_memory() ? cudaMallocAsync(&pointer, bytes, nullptr) : cudaMalloc(&pointer, bytes),
          "allocation");
    return pointer;
}

void cuda_release(void* pointer) noexcept {
    if (!pointer) return;
    if (keeps_freed_memory())
        cudaFreeAsync(pointer, nullptr);
    else
        cudaFree(pointer);
}

void cuda_copy_to_device(void* device, const void* host, std::size_t bytes) {
    if (bytes > staged_from && staging().ready()) return staging().to_device(device, host, bytes);
    check(cudaMemcpy(device, host, bytes, cudaMemcpyHostToDevice), "copy to the GPU");
}

void cuda_copy_to_host(void* host, const void* device, std::size_t bytes) {
    if (bytes > staged_from && staging().ready()) return staging().to_host(host, device, bytes);
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
