// SPDX-License-Identifier: Apache-2.0
// CPU side of the parallel vocabulary: OpenMP loops and fixed-tree sums.
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/core/index.hpp"
#include "ctffr/parallel/array.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr {

namespace detail {

// Waking the threads costs 5 to 20 us; a core moves these bytes in about as long.
inline constexpr double serial_bytes = 256 * 1024;

}  // namespace detail

// body(i) for i in [0, n). Iterations must not depend on each other. `bytes` is the traffic budget, for the
// profile and to spare short loops (coarse levels of multigrid) the waking of threads; 0: unknown.
template <class Body>
void parallel_for(const Cpu& exec, const char* name, Index n, const Body& body, double bytes = 0) {
    const ScopedTimer timer(exec.profiler, name, bytes);
#pragma omp parallel for schedule(static) if (bytes <= 0 || bytes >= detail::serial_bytes)
    for (Index i = 0; i < n; ++i) body(i);
}

// The same for iterations of uneven cost, handed out `grain` at a time. Exceptions of the body reach the
// caller.
template <class Body>
void parallel_for_uneven(const Cpu& exec, const char* name, Index n, Index grain, const Body& body) {
    const ScopedTimer timer(exec.profiler, name);
    std::exception_ptr failure;
    const int chunk = static_cast<int>(std::max<Index>(1, grain));
#pragma omp parallel for schedule(dynamic, chunk)
    for (Index i = 0; i < n; ++i) {
        try {
            body(i);
        } catch (...) {
#pragma omp critical(ctffr_parallel_failure)
            if (!failure) failure = std::current_exception();
        }
    }
    if (failure) std::rethrow_exception(failure);
}

namespace detail {

inline constexpr Index sum_block = 4096;

// Sums values[0..n) by halves: error grows with log n, and the order never changes.
template <class T>
T pairwise_sum(const T* values, Index n) {
    if (n <= 8) {
        T sum{};
        for (Index i = 0; i < n; ++i) sum += values[i];
        return sum;
    }
    const Index half = n / 2;
    return pairwise_sum(values, half) + pairwise_sum(values + half, n - half);
}

}  // namespace detail

// Sum of term(i) over [0, n), in T (use double). Fixed blocks of 4096, then a fixed tree.
template <class T, class Term>
T parallel_sum(const Cpu& exec, const char* name, Index n, const Term& term, double bytes = 0) {
    const ScopedTimer timer(exec.profiler, name, bytes);
    const Index blocks = (n + detail::sum_block - 1) / detail::sum_block;
    std::vector<T> partial(static_cast<std::size_t>(blocks));
#pragma omp parallel for schedule(static) if (blocks > 1)
    for (Index b = 0; b < blocks; ++b) {
        T sum{};
        const Index end = std::min(n, (b + 1) * detail::sum_block);
        for (Index i = b * detail::sum_block; i < end; ++i) sum += term(i);
        partial[static_cast<std::size_t>(b)] = sum;
    }
    return detail::pairwise_sum(partial.data(), blocks);
}

// finish(i, sum of term(i, k) over k in [start[i], start[i + 1])) for each row i of `rows`. The last `tail`
// rows are those with very many terms: on a GPU one thread would still be at such a row when all others are
// done. Within a device the order of a row's sum depends on the number of rows and terms alone.
template <class T, class Term, class Finish>
void parallel_rows(const Cpu& exec, const char* name, Index rows, Index /*tail*/, const std::int32_t* start,
                   const Term& term, const Finish& finish, double bytes = 0) {
    parallel_for(
        exec, name, rows,
        [=](Index i) {
            T sum{};
            for (std::int32_t k = start[i]; k < start[i + 1]; ++k) sum += term(i, k);
            finish(i, sum);
        },
        bytes);
}

// out[i] = sum of in[0..i); returns the total. `in` and `out` may be the same.
template <class T>
T parallel_scan(const Cpu& exec, const char* name, View<const T> in, View<T> out) {
    static_assert(std::is_integral_v<T>,
                  "scans are over counts; floating-point scans would depend on blocks");
    const ScopedTimer timer(exec.profiler, name, 2.0 * static_cast<double>(in.size) * sizeof(T));
    const Index n = in.size, blocks = (n + detail::sum_block - 1) / detail::sum_block;
    std::vector<T> start(static_cast<std::size_t>(blocks) + 1, T{0});
#pragma omp parallel for schedule(static) if (blocks > 1)
    for (Index b = 0; b < blocks; ++b) {
        T sum{0};
        const Index end = std::min(n, (b + 1) * detail::sum_block);
        for (Index i = b * detail::sum_block; i < end; ++i) sum += in[i];
        start[static_cast<std::size_t>(b) + 1] = sum;
    }
    for (std::size_t b = 1; b < start.size(); ++b) start[b] += start[b - 1];
#pragma omp parallel for schedule(static) if (blocks > 1)
    for (Index b = 0; b < blocks; ++b) {
        T sum = start[static_cast<std::size_t>(b)];
        const Index end = std::min(n, (b + 1) * detail::sum_block);
        for (Index i = b * detail::sum_block; i < end; ++i) {
            const T value = in[i];
            out[i] = sum;
            sum += value;
        }
    }
    return start.back();
}

// Sorts pairs by key, stable: equal keys keep their order. Fixed blocks, then merges, so threads change
// nothing.
template <class Key, class Value>
void parallel_sort(const Cpu& exec, const char* name, View<Key> keys, View<Value> values) {
    CTFFR_CHECK_OP(keys.size, ==, values.size);
    const ScopedTimer timer(exec.profiler, name);
    struct Pair {
        Key key;
        Value value;
    };
    const Index n = keys.size;
    std::vector<Pair> pairs(static_cast<std::size_t>(n));
#pragma omp parallel for schedule(static)
    for (Index i = 0; i < n; ++i) pairs[static_cast<std::size_t>(i)] = {keys[i], values[i]};
    const auto less = [](const Pair& a, const Pair& b) { return a.key < b.key; };
    constexpr Index block = Index{1} << 16;
    const Index blocks = (n + block - 1) / block;
#pragma omp parallel for schedule(dynamic, 1)
    for (Index b = 0; b < blocks; ++b)
        std::stable_sort(pairs.begin() + b * block, pairs.begin() + std::min(n, (b + 1) * block), less);
    for (Index width = block; width < n; width *= 2) {
        const Index merges = (n + 2 * width - 1) / (2 * width);
#pragma omp parallel for schedule(dynamic, 1)
        for (Index m = 0; m < merges; ++m) {
            const Index first = 2 * width * m;
            if (first + width >= n) continue;
            std::inplace_merge(pairs.begin() + first, pairs.begin() + first + width,
                               pairs.begin() + std::min(n, first + 2 * width), less);
        }
    }
#pragma omp parallel for schedule(static)
    for (Index i = 0; i < n; ++i) {
        keys[i] = pairs[static_cast<std::size_t>(i)].key;
        values[i] = pairs[static_cast<std::size_t>(i)].value;
    }
}

// Writes the indices i in [0, n) with keep(i) to `selected`, in order; returns how many. `selected` must hold
// n.
template <class Keep>
Index parallel_select(const Cpu& exec, const char* name, Index n, const Keep& keep,
                      View<std::int32_t> selected) {
    const ScopedTimer timer(exec.profiler, name);
    const Index blocks = (n + detail::sum_block - 1) / detail::sum_block;
    std::vector<Index> start(static_cast<std::size_t>(blocks) + 1, 0);
#pragma omp parallel for schedule(static) if (blocks > 1)
    for (Index b = 0; b < blocks; ++b) {
        Index count = 0;
        const Index end = std::min(n, (b + 1) * detail::sum_block);
        for (Index i = b * detail::sum_block; i < end; ++i) count += keep(i) ? 1 : 0;
        start[static_cast<std::size_t>(b) + 1] = count;
    }
    for (std::size_t b = 1; b < start.size(); ++b) start[b] += start[b - 1];
#pragma omp parallel for schedule(static) if (blocks > 1)
    for (Index b = 0; b < blocks; ++b) {
        Index at = start[static_cast<std::size_t>(b)];
        const Index end = std::min(n, (b + 1) * detail::sum_block);
        for (Index i = b * detail::sum_block; i < end; ++i)
            if (keep(i)) selected[at++] = static_cast<std::int32_t>(i);
    }
    return start.back();
}

}  // namespace ctffr
