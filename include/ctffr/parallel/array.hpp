// SPDX-License-Identifier: Apache-2.0
// Owning arrays that live on one device. Array<T, Cpu> and Array<T, Cuda> are different types, so a missing
// copy does not compile; there is no default copy, and the element type must be trivially copyable.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/core/index.hpp"
#include "ctffr/core/platform.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr {

// A view that kernels take by value: pointer and size, valid on the device of the array it came from.
template <class T>
struct View {
    T* data = nullptr;
    Index size = 0;

    View() = default;
    CTFFR_HD View(T* first, Index count) : data(first), size(count) {}
    // A read-write view is a read-only view.
    template <class U>
    requires std::is_same_v<const U, T> CTFFR_HD View(View<U> other) : data(other.data), size(other.size) {}

    CTFFR_HD T& operator[](Index i) const { return data[i]; }
};

namespace detail {
// Byte-level memory of the CUDA device; defined in src/parallel when CUDA is built.
void* cuda_allocate(std::size_t bytes);
void cuda_release(void* pointer) noexcept;
void cuda_copy_to_device(void* device, const void* host, std::size_t bytes);
void cuda_copy_to_host(void* host, const void* device, std::size_t bytes);
void* cpu_allocate(std::size_t bytes);  // 64-byte aligned; throws Error(out_of_memory)
void cpu_release(void* pointer) noexcept;
}  // namespace detail

template <class T, class Exec>
class Array {
    static_assert(std::is_trivially_copyable_v<T>);

   public:
    // Contents are not initialised.
    Array(const Exec& /*where*/, Index size) : size_(size) {
        const std::size_t bytes = static_cast<std::size_t>(size) * sizeof(T);
        if constexpr (std::is_same_v<Exec, Cuda>)
            data_ = static_cast<T*>(detail::cuda_allocate(bytes));
        else
            data_ = static_cast<T*>(detail::cpu_allocate(bytes));
    }
    // A copy of host data.
    Array(const Exec& where, std::span<const T> host) : Array(where, static_cast<Index>(host.size())) {
        copy_from(host);
    }
    Array(const Exec& where, const std::vector<T>& host) : Array(where, std::span<const T>(host)) {}
    ~Array() { release(); }
    Array(Array&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    Array& operator=(Array&& other) noexcept {
        if (this != &other) {
            release();
            data_ = std::exchange(other.data_, nullptr), size_ = std::exchange(other.size_, 0);
        }
        return *this;
    }
    Array(const Array&) = delete;
    Array& operator=(const Array&) = delete;

    Index size() const { return size_; }
    View<T> view() { return {data_, size_}; }
    View<const T> view() const { return {data_, size_}; }
    T* data() { return data_; }
    const T* data() const { return data_; }

    void copy_from(std::span<const T> host) {
        CTFFR_CHECK_OP(static_cast<Index>(host.size()), ==, size_);
        if (size_ == 0) return;
        if constexpr (std::is_same_v<Exec, Cuda>)
            detail::cuda_copy_to_device(data_, host.data(), host.size_bytes());
        else
            std::memcpy(data_, host.data(), host.size_bytes());
    }
    std::vector<T> to_host() const {
        std::vector<T> host(static_cast<std::size_t>(size_));
        if (size_ == 0) return host;
        const std::size_t bytes = host.size() * sizeof(T);
        if constexpr (std::is_same_v<Exec, Cuda>)
            detail::cuda_copy_to_host(host.data(), data_, bytes);
        else
            std::memcpy(host.data(), data_, bytes);
        return host;
    }

   private:
    void release() noexcept {
        if constexpr (std::is_same_v<Exec, Cuda>)
            detail::cuda_release(data_);
        else
            detail::cpu_release(data_);
    }

    T* data_ = nullptr;
    Index size_ = 0;
};

}  // namespace ctffr
