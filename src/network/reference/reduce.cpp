// SPDX-License-Identifier: Apache-2.0
// Reductions and products of matrices.
#include <algorithm>

#include "network/reference/call.hpp"

namespace ctffr::network::reference {

void reduce(const Call& call) {
    const Shape& in = call.shape(0);
    const auto& axes = call.in(1).integers;
    const Shape strides = strides_of(in);
    // Every result sums over the same offsets, each from its own start.
    std::vector<Index> offsets{0}, starts{0};
    for (std::size_t a = 0; a < in.size(); ++a) {
        const bool reduced = std::binary_search(axes.begin(), axes.end(), static_cast<std::int64_t>(a));
        std::vector<Index>& list = reduced ? offsets : starts;
        std::vector<Index> longer;
        for (const Index before : list)
            for (Index i = 0; i < in[a]; ++i) longer.push_back(before + i * strides[a]);
        list = std::move(longer);
    }
    const bool mean = call.node.op == "ReduceMean";
    parallel_for_uneven(call.exec, "reduce", static_cast<Index>(starts.size()), 64, [&](Index i) {
        const auto k = static_cast<std::size_t>(i);
        if (call.out().type == ElementType::int64) {
            std::int64_t sum = 0;
            for (const Index offset : offsets)
                sum += call.in(0).integers[static_cast<std::size_t>(starts[k] + offset)];
            call.out().integers[k] = sum;
        } else {
            double sum = 0;
            for (const Index offset : offsets) sum += call.floats(0)[starts[k] + offset];
            call.out().floats[k] = static_cast<float>(mean ? sum / static_cast<double>(offsets.size()) : sum);
        }
    });
}

void argmax(const Call& call) {
    const auto axis = static_cast<std::size_t>(call.node.integer("axis", 0));
    const Index extent = call.shape(0)[axis], step = strides_of(call.shape(0))[axis];
    const bool last = call.node.integer("select_last_index", 0) != 0;
    with_type(call.in(0), [&](auto zero) {
        using T = decltype(zero);
        const T* in = values<T>(call.in(0)).data();
        parallel_for(call.exec, "argmax", call.in(0).size() / extent, [&](Index i) {
            const Index first = i / step * step * extent + i % step;
            Index best = 0;
            for (Index k = 1; k < extent; ++k) {
                const T value = in[first + k * step], largest = in[first + best * step];
                if (value > largest || (last && value == largest)) best = k;
            }
            call.out().integers[static_cast<std::size_t>(i)] = best;
        });
    });
}

void matmul(const Call& call) {
    // Vectors are matrices with one row or one column; the axes before the last two are a broadcast batch.
    Shape a = call.shape(0), b = call.shape(1), batch = call.out().shape;
    if (a.size() == 1)
        a.insert(a.begin(), 1);
    else
        batch.pop_back();
    if (b.size() == 1)
        b.push_back(1);
    else
        batch.pop_back();
    const Index rows = a[a.size() - 2], inner = a.back(), columns = b.back();
    const AxisMap left = broadcast_map(Shape(a.begin(), a.end() - 2), batch);
    const AxisMap right = broadcast_map(Shape(b.begin(), b.end() - 2), batch);
    const Shape places = strides_of(batch);
    const float *x = call.floats(0), *y = call.floats(1);
    float* out = call.out().floats.data();
    parallel_for(call.exec, "matmul", call.out().size(), [&](Index i) {
        const Index column = i % columns, row = i / columns % rows, product = i / (columns * rows);
        Index l = 0, r = 0;
        for (std::size_t k = 0; k < batch.size(); ++k) {
            const auto at = static_cast<std::size_t>(product / places[k] % batch[k]);
            l += left[k][at];
            r += right[k][at];
        }
        double sum = 0;
        for (Index k = 0; k < inner; ++k)
            sum +=
                static_cast<double>(x[(l * rows + row) * inner + k]) * y[(r * inner + k) * columns + column];
        out[i] = static_cast<float>(sum);
    });
}

void gemm(const Call& call) {
    const bool flip_a = call.node.integer("transA", 0) != 0, flip_b = call.node.integer("transB", 0) != 0;
    const Index rows = call.out().shape[0], columns = call.out().shape[1],
                inner = call.shape(0)[flip_a ? 0 : 1];
    const double alpha = call.node.number("alpha", 1), beta = call.node.number("beta", 1);
    const float *a = call.floats(0), *b = call.floats(1);
    const AxisMap summand = call.has(2) ? broadcast_map(call.shape(2), call.out().shape) : AxisMap{};
    parallel_for(call.exec, "gemm", rows * columns, [&](Index i) {
        const Index row = i / columns, column = i % columns;
        double sum = 0;
        for (Index k = 0; k < inner; ++k)
            sum += static_cast<double>(a[flip_a ? k * rows + row : row * inner + k]) *
                   b[flip_b ? column * inner + k : k * columns + column];
        sum *= alpha;
        if (call.has(2))
            sum += beta * call.floats(2)[summand[0][static_cast<std::size_t>(row)] +
                                         summand[1][static_cast<std::size_t>(column)]];
        call.out().floats[static_cast<std::size_t>(i)] = static_cast<float>(sum);
    });
}

}  // namespace ctffr::network::reference
