// SPDX-License-Identifier: Apache-2.0
// What the reference operators share.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "network/graph.hpp"

namespace ctffr::network::reference {

// One node with its tensors.
struct Call {
    const Node& node;
    const std::vector<const Tensor*>& inputs;
    std::vector<Tensor>& outputs;
    const Cpu& exec;

    bool has(std::size_t i) const { return i < inputs.size() && inputs[i]; }
    const Tensor& in(std::size_t i) const {
        CTFFR_CHECK(has(i));
        return *inputs[i];
    }
    Tensor& out(std::size_t i = 0) const { return outputs[i]; }
    const float* floats(std::size_t i) const { return in(i).floats.data(); }
    const Shape& shape(std::size_t i) const { return in(i).shape; }
};

template <class T>
const std::vector<T>& values(const Tensor& tensor) {
    if constexpr (std::is_same_v<T, float>)
        return tensor.floats;
    else
        return tensor.integers;
}
template <class T>
std::vector<T>& values(Tensor& tensor) {
    if constexpr (std::is_same_v<T, float>)
        return tensor.floats;
    else
        return tensor.integers;
}

// body(T{}) with T the element type of `tensor`.
template <class Body>
void with_type(const Tensor& tensor, const Body& body) {
    if (tensor.type == ElementType::float32)
        body(float{});
    else
        body(std::int64_t{});
}

// Elements to step over for one more of each axis.
inline Shape strides_of(const Shape& shape) {
    Shape strides(shape.size(), 1);
    for (std::size_t a = shape.size(); a-- > 1;) strides[a - 1] = strides[a] * shape[a];
    return strides;
}

// Where each element of a result comes from: the sum over the axes of offsets[axis][coordinate], or nowhere
// when one of them is negative. Slices, transposes, padding, broadcasts ... are all of this form.
using AxisMap = std::vector<std::vector<std::int64_t>>;
// The map that reads a tensor of shape `from` as one of the broadcast shape `to`.
AxisMap broadcast_map(const Shape& from, const Shape& to);

// body(first, length, base) for each row (last axis) of `shape`: `first` is its first element, base[k] the
// offset in maps[k] of the leading coordinates, negative when they come from nowhere.
template <std::size_t N, class Body>
void for_rows(const Cpu& exec, const char* name, const Shape& shape,
              const std::array<const AxisMap*, N>& maps, const Body& body) {
    const std::int64_t length = shape.empty() ? 1 : shape.back(), count = element_count(shape);
    if (count == 0) return;
    parallel_for(
        exec, name, count / length,
        [&](Index row) {
            std::array<std::int64_t, N> base{};
            Index rest = row;
            for (std::size_t a = shape.size(); a-- > 0;) {
                if (a + 1 == shape.size()) continue;
                const auto at = static_cast<std::size_t>(rest % shape[a]);
                rest /= shape[a];
                for (std::size_t k = 0; k < N; ++k) {
                    const std::int64_t step = (*maps[k])[a][at];
                    base[k] = base[k] < 0 || step < 0 ? -1 : base[k] + step;
                }
            }
            body(row * length, length, base);
        },
        static_cast<double>(count) * 8.0 * static_cast<double>(N + 1));
}

// A window over up to three spatial axes; missing leading axes have extent 1.
struct Window {
    std::array<std::int64_t, 3> in, out, kernel, stride, dilation, before;
    std::int64_t kernel_size() const { return kernel[0] * kernel[1] * kernel[2]; }
};
Window window_of(const Node& node, const Shape& in, const Shape& out);

// conv.cpp
void conv(const Call& call);
void conv_transpose(const Call& call);
// pool.cpp
void max_pool(const Call& call);
void average_pool(const Call& call);
void global_average_pool(const Call& call);
// normalise.cpp
void instance_normalization(const Call& call);
void batch_normalization(const Call& call);
void group_normalization(const Call& call);
void softmax(const Call& call);
// elementwise.cpp
void unary(const Call& call);
void binary(const Call& call);
void equal(const Call& call);
void where(const Call& call);
void cast(const Call& call);
void apply_epilogue(const Epilogue& epilogue, Tensor& tensor, const Cpu& exec);
// arrange.cpp
void identity(const Call& call);  // also Reshape and its kin
void concat(const Call& call);
void slice(const Call& call);
void split(const Call& call);
void pad(const Call& call);
void transpose(const Call& call);
void gather(const Call& call);
void expand(const Call& call);
void tile(const Call& call);
void shape(const Call& call);
void constant_of_shape(const Call& call);
void range(const Call& call);
// resize.cpp
void resize(const Call& call);
// reduce.cpp
void reduce(const Call& call);
void argmax(const Call& call);
void matmul(const Call& call);
void gemm(const Call& call);

}  // namespace ctffr::network::reference
