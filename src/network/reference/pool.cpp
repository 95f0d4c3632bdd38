// SPDX-License-Identifier: Apache-2.0
// Pooling.
#include <algorithm>
#include <cmath>
#include <limits>

#include "network/reference/call.hpp"

namespace ctffr::network::reference {

namespace {

// Runs visit(value) over the part of the window at each output that lies inside the input, between
// `start()` and `finish(origin)`; all three work on a state of type State.
template <class State, class Visit, class Finish>
void pool(const Call& call, const Window& w, const State& start, const Visit& visit, const Finish& finish) {
    const float* in = call.floats(0);
    float* out = call.out().floats.data();
    parallel_for(call.exec, "pool", call.out().size(), [&](Index i) {
        const Index at[3] = {i / (w.out[2] * w.out[1]) % w.out[0], i / w.out[2] % w.out[1], i % w.out[2]};
        const float* image = in + i / (w.out[0] * w.out[1] * w.out[2]) * w.in[0] * w.in[1] * w.in[2];
        Index origin[3];
        for (std::size_t a = 0; a < 3; ++a) origin[a] = at[a] * w.stride[a] - w.before[a];
        State state = start;
        for (Index kz = 0; kz < w.kernel[0]; ++kz)
            for (Index ky = 0; ky < w.kernel[1]; ++ky)
                for (Index kx = 0; kx < w.kernel[2]; ++kx) {
                    const Index z = origin[0] + kz * w.dilation[0], y = origin[1] + ky * w.dilation[1],
                                x = origin[2] + kx * w.dilation[2];
                    if (z < 0 || z >= w.in[0] || y < 0 || y >= w.in[1] || x < 0 || x >= w.in[2]) continue;
                    visit(state, image[(z * w.in[1] + y) * w.in[2] + x]);
                }
        out[i] = finish(state, origin);
    });
}

}  // namespace

void max_pool(const Call& call) {
    const Window w = window_of(call.node, call.shape(0), call.out().shape);
    pool(
        call, w, -std::numeric_limits<float>::infinity(),
        [](float& largest, float value) {
            if (!(value <= largest)) largest = value;  // a NaN wins and stays
        },
        [](float largest, const Index*) { return largest; });
}

void average_pool(const Call& call) {
    const Window w = window_of(call.node, call.shape(0), call.out().shape);
    const bool with_padding = call.node.integer("count_include_pad", 0) != 0;
    const auto pads = call.node.integers("pads", {});
    std::array<Index, 3> after{};
    const std::size_t axes = pads.size() / 2;
    for (std::size_t a = 0; a < axes; ++a) after[3 - axes + a] = pads[axes + a];
    // Elements of the window along an axis that are inside the padded input; one may overhang it with
    // ceil_mode.
    const auto padded_count = [&](std::size_t a, Index origin) {
        const Index room = w.in[a] + after[a] - origin;
        return std::min(w.kernel[a], (room + w.dilation[a] - 1) / w.dilation[a]);
    };
    struct Mean {
        double sum = 0;
        Index count = 0;
    };
    pool(
        call, w, Mean{},
        [](Mean& mean, float value) {
            mean.sum += value;
            ++mean.count;
        },
        [&](const Mean& mean, const Index* origin) {
            const Index count = with_padding ? padded_count(0, origin[0]) * padded_count(1, origin[1]) *
                                                   padded_count(2, origin[2])
                                             : mean.count;
            return static_cast<float>(mean.sum / static_cast<double>(std::max<Index>(1, count)));
        });
}

void global_average_pool(const Call& call) {
    const Index images = call.shape(0)[0] * call.shape(0)[1],
                size = call.in(0).size() / std::max<Index>(1, images);
    const float* in = call.floats(0);
    float* out = call.out().floats.data();
    parallel_for(call.exec, "global pool", images, [&](Index i) {
        double sum = 0;
        for (Index k = 0; k < size; ++k) sum += in[i * size + k];
        out[i] = static_cast<float>(sum / static_cast<double>(size));
    });
}

}  // namespace ctffr::network::reference
