// SPDX-License-Identifier: Apache-2.0
// A vector whose new elements are left as the memory is: for large tables that a parallel loop fills, so that
// the loop, not one thread, meets the fresh pages.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace ctffr {

template <class T>
struct RawAllocator : std::allocator<T> {
    static_assert(std::is_trivially_default_constructible_v<T>);
    template <class U>
    struct rebind {
        using other = RawAllocator<U>;
    };
    template <class U>
    void construct(U* place) noexcept {
        ::new (static_cast<void*>(place)) U;
    }
    template <class U, class... Args>
    void construct(U* place, Args&&... args) {
        std::construct_at(place, std::forward<Args>(args)...);
    }
};

template <class T>
using RawVector = std::vector<T, RawAllocator<T>>;

}  // namespace ctffr
