// SPDX-License-Identifier: Apache-2.0
// CUDA side of the parallel vocabulary. Sums use fixed blocks and a fixed tree (no floating-point atomics);
// scan, sort and select use CUB.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include <cub/device/device_radix_sort.cuh>
#include <cub/device/device_scan.cuh>
#include <cub/device/device_select.cuh>
#include <cuda_runtime.h>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/array.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr {
namespace detail {

inline void cuda_check(cudaError_t code, const char* name) {
    if (code != cudaSuccess)
        throw Error(ExitCode::device_failed,
                    std::string("The GPU failed in '") + name + "': " + cudaGetErrorString(code) + " (" +
                        cudaGetErrorName(code) + "). Run with --device cpu to go on without it.");
}

// Times a launch with a device synchronisation, only when somebody asked for a profile.
class CudaTimer {
   public:
    CudaTimer(Profiler* profiler, const char* name, double bytes)
        : profiler_(profiler), name_(name), bytes_(bytes) {
        if (profiler_) {
            cuda_check(cudaDeviceSynchronize(), name_);
            start_ = std::chrono::steady_clock::now();
        }
    }
    ~CudaTimer() {
        if (!profiler_) return;
        cudaDeviceSynchronize();
        profiler_->add(
            name_, std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(), bytes_);
    }
    CudaTimer(const CudaTimer&) = delete;
    CudaTimer& operator=(const CudaTimer&) = delete;

   private:
    Profiler* profiler_;
    const char* name_;
    double bytes_;
    std::chrono::steady_clock::time_point start_;
};

inline constexpr int cuda_block = 256;

template <class Body>
__global__ void for_kernel(Index n, Body body) {
    const Index stride = Index{gridDim.x} * blockDim.x;
    for (Index i = Index{blockIdx.x} * blockDim.x + threadIdx.x; i < n; i += stride) body(i);
}

// One partial sum per block over `sum_block` terms; threads stride, then a shared-memory tree.
template <class T, class Term>
__global__ void sum_kernel(Index n, Index terms_per_block, Term term, T* partial) {
    __shared__ T shared[cuda_block];
    const Index first = Index{blockIdx.x} * terms_per_block;
    const Index end = first + terms_per_block < n ? first + terms_per_block : n;
    T sum{};
    for (Index i = first + threadIdx.x; i < end; i += cuda_block) sum += term(i);
    shared[threadIdx.x] = sum;
    __syncthreads();
    for (int width = cuda_block / 2; width > 0; width /= 2) {
        if (threadIdx.x < width) shared[threadIdx.x] += shared[threadIdx.x + width];
        __syncthreads();
    }
    if (threadIdx.x == 0) partial[blockIdx.x] = shared[0];
}

template <int lanes, class T>
__device__ T sum_of_lanes(T sum) {
    for (int width = lanes / 2; width > 0; width /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, width, lanes);
    return sum;
}

// The first `plain_blocks` blocks take a row with every group of `lanes` threads, each further block one row
// of the tail with all its threads.
template <class T, int lanes, class Term, class Finish>
__global__ void rows_kernel(Index plain_rows, unsigned plain_blocks, const std::int32_t* start, Term term,
                            Finish finish) {
    __shared__ T shared[cuda_block / 32];
    if (blockIdx.x < plain_blocks) {
        const Index row = (Index{blockIdx.x} * cuda_block + threadIdx.x) / lanes;
        const int lane = static_cast<int>(threadIdx.x) % lanes;
        T sum{};
        if (row < plain_rows)
            for (std::int32_t k = start[row] + lane; k < start[row + 1]; k += lanes) sum += term(row, k);
        sum = sum_of_lanes<lanes>(sum);
        if (row < plain_rows && lane == 0) finish(row, sum);
        return;
    }
    const Index row = plain_rows + (blockIdx.x - plain_blocks);
    T sum{};
    for (std::int32_t k = start[row] + static_cast<int>(threadIdx.x); k < start[row + 1]; k += cuda_block)
        sum += term(row, k);
    sum = sum_of_lanes<32>(sum);
    if (threadIdx.x % 32 == 0) shared[threadIdx.x / 32] = sum;
    __syncthreads();
    if (threadIdx.x != 0) return;
    for (int warp = 1; warp < cuda_block / 32; ++warp) sum += shared[warp];
    finish(row, sum);
}

template <class Keep>
struct KeepIndex {
    Keep keep;
    __device__ bool operator()(std::int32_t i) const { return keep(Index{i}); }
};

// Runs a CUB call twice: once to ask for workspace, once to work.
template <class Call>
void with_workspace(const char* name, Call&& call) {
    std::size_t bytes = 0;
    cuda_check(call(nullptr, bytes), name);
    Array<std::byte, Cuda> workspace(Cuda{}, static_cast<Index>(bytes > 0 ? bytes : 1));
    cuda_check(call(workspace.data(), bytes), name);
}

}  // namespace detail

template <class Body>
void parallel_for(const Cuda& exec, const char* name, Index n, const Body& body, double bytes = 0) {
    if (n <= 0) return;
    const detail::CudaTimer timer(exec.profiler, name, bytes);
    const Index blocks = (n + detail::cuda_block - 1) / detail::cuda_block;
    const auto grid = static_cast<unsigned>(blocks < (1 << 30) ? blocks : (1 << 30));
    detail::for_kernel<<<grid, detail::cuda_block, 0, static_cast<cudaStream_t>(exec.stream)>>>(n, body);
    detail::cuda_check(cudaGetLastError(), name);
}

template <class T, class Term>
T parallel_sum(const Cuda& exec, const char* name, Index n, const Term& term, double bytes = 0) {
    if (n <= 0) return T{};
    const detail::CudaTimer timer(exec.profiler, name, bytes);
    const Index blocks = (n + detail::sum_block - 1) / detail::sum_block;
    Array<T, Cuda> partial(exec, blocks);
    detail::sum_kernel<<<static_cast<unsigned>(blocks), detail::cuda_block>>>(n, detail::sum_block, term,
                                                                              partial.data());
    detail::cuda_check(cudaGetLastError(), name);
    const std::vector<T> host = partial.to_host();
    return detail::pairwise_sum(host.data(), blocks);
}

// Few rows do not fill the device with one thread each: the fewer, the more threads share a row.
template <class T, class Term, class Finish>
void parallel_rows(const Cuda& exec, const char* name, Index rows, Index tail, const std::int32_t* start,
                   const Term& term, const Finish& finish, double bytes = 0) {
    if (rows <= 0) return;
    const detail::CudaTimer timer(exec.profiler, name, bytes);
    const Index plain = rows - tail;
    const auto launch = [&](auto width) {
        constexpr int lanes = decltype(width)::value;
        const Index blocks = (plain * lanes + detail::cuda_block - 1) / detail::cuda_block;
        detail::rows_kernel<T, lanes><<<static_cast<unsigned>(blocks + tail), detail::cuda_block, 0,
                                        static_cast<cudaStream_t>(exec.stream)>>>(
            plain, static_cast<unsigned>(blocks), start, term, finish);
    };
    if (plain >= 100000)
        launch(std::integral_constant<int, 1>{});
    else if (plain >= 10000)
        launch(std::integral_constant<int, 8>{});
    else
        launch(std::integral_constant<int, 32>{});
    detail::cuda_check(cudaGetLastError(), name);
}

template <class T>
T parallel_scan(const Cuda& exec, const char* name, View<const T> in, View<T> out) {
    if (in.size == 0) return T{};
    const detail::CudaTimer timer(exec.profiler, name, 2.0 * static_cast<double>(in.size) * sizeof(T));
    T last_in{}, last_out{};
    detail::cuda_copy_to_host(&last_in, in.data + in.size - 1, sizeof(T));
    detail::with_workspace(name, [&](void* workspace, std::size_t& bytes) {
        return cub::DeviceScan::ExclusiveSum(workspace, bytes, in.data, out.data, static_cast<int>(in.size));
    });
    detail::cuda_copy_to_host(&last_out, out.data + in.size - 1, sizeof(T));
    return last_in + last_out;
}

template <class Key, class Value>
void parallel_sort(const Cuda& exec, const char* name, View<Key> keys, View<Value> values) {
    CTFFR_CHECK_OP(keys.size, ==, values.size);
    if (keys.size == 0) return;
    const detail::CudaTimer timer(exec.profiler, name, 0);
    Array<Key, Cuda> sorted_keys(exec, keys.size);
    Array<Value, Cuda> sorted_values(exec, values.size);
    detail::with_workspace(name, [&](void* workspace, std::size_t& bytes) {
        return cub::DeviceRadixSort::SortPairs(workspace, bytes, keys.data, sorted_keys.data(), values.data,
                                               sorted_values.data(), static_cast<int>(keys.size));
    });
    detail::cuda_check(
        cudaMemcpy(keys.data, sorted_keys.data(), static_cast<std::size_t>(keys.size) * sizeof(Key),
                   cudaMemcpyDeviceToDevice),
        name);
    detail::cuda_check(
        cudaMemcpy(values.data, sorted_values.data(), static_cast<std::size_t>(values.size) * sizeof(Value),
                   cudaMemcpyDeviceToDevice),
        name);
}

template <class Keep>
Index parallel_select(const Cuda& exec, const char* name, Index n, const Keep& keep,
                      View<std::int32_t> selected) {
    if (n <= 0) return 0;
    const detail::CudaTimer timer(exec.profiler, name, 0);
    Array<std::int32_t, Cuda> indices(exec, n);
    const View<std::int32_t> index = indices.view();
    parallel_for(
        Cuda{}, name, n, CTFFR_LAMBDA(Index i) { index[i] = static_cast<std::int32_t>(i); });
    Array<std::int32_t, Cuda> count(exec, 1);
    detail::with_workspace(name, [&](void* workspace, std::size_t& bytes) {
        return cub::DeviceSelect::If(workspace, bytes, indices.data(), selected.data, count.data(),
                                     static_cast<int>(n), detail::KeepIndex<Keep>{keep});
    });
    return count.to_host()[0];
}

}  // namespace ctffr
