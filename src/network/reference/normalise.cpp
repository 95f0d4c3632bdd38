// SPDX-License-Identifier: Apache-2.0
// Normalisations: mean and variance in double, in two passes.
#include <algorithm>
#include <cmath>

#include "network/reference/call.hpp"

namespace ctffr::network::reference {

namespace {

// (batch, channels, size): the spatial axes as one.
struct Layout {
    Index batch, channels, size;
};

Layout layout_of(const Shape& shape) {
    Layout layout{shape[0], shape[1], 1};
    for (std::size_t a = 2; a < shape.size(); ++a) layout.size *= shape[a];
    return layout;
}

struct Moments {
    double mean = 0, variance = 0;
};

// Of `count` stretches of `length` values, `step` apart.
Moments moments(const float* first, Index count, Index length, Index step) {
    Moments m;
    const double n = static_cast<double>(count * length);
    for (Index k = 0; k < count; ++k)
        for (Index i = 0; i < length; ++i) m.mean += first[k * step + i];
    m.mean /= n;
    for (Index k = 0; k < count; ++k)
        for (Index i = 0; i < length; ++i) {
            const double d = first[k * step + i] - m.mean;
            m.variance += d * d;
        }
    m.variance /= n;
    return m;
}

void normalise(const float* in, float* out, Index length, const Moments& m, double epsilon, double scale,
               double bias) {
    const double factor = scale / std::sqrt(m.variance + epsilon);
    for (Index i = 0; i < length; ++i) out[i] = static_cast<float>((in[i] - m.mean) * factor + bias);
}

}  // namespace

void instance_normalization(const Call& call) {
    const Layout l = layout_of(call.shape(0));
    const float *in = call.floats(0), *scale = call.floats(1), *bias = call.floats(2);
    float* out = call.out().floats.data();
    const double epsilon = call.node.number("epsilon", 1e-5f);
    parallel_for(call.exec, "instance norm", l.batch * l.channels, [&](Index i) {
        const Index c = i % l.channels;
        const Moments m = moments(in + i * l.size, 1, l.size, 0);
        normalise(in + i * l.size, out + i * l.size, l.size, m, epsilon, scale[c], bias[c]);
    });
}

void batch_normalization(const Call& call) {
    const Layout l = layout_of(call.shape(0));
    const float *in = call.floats(0), *scale = call.floats(1), *bias = call.floats(2), *mean = call.floats(3),
                *variance = call.floats(4);
    float* out = call.out().floats.data();
    const double epsilon = call.node.number("epsilon", 1e-5f);
    const bool training = call.node.integer("training_mode", 0) != 0;
    parallel_for(call.exec, "batch norm", l.channels, [&](Index c) {
        const Index step = l.channels * l.size;
        const Moments m =
            training ? moments(in + c * l.size, l.batch, l.size, step) : Moments{mean[c], variance[c]};
        for (Index b = 0; b < l.batch; ++b) {
            const Index first = b * step + c * l.size;
            normalise(in + first, out + first, l.size, m, epsilon, scale[c], bias[c]);
        }
    });
}

void group_normalization(const Call& call) {
    const Layout l = layout_of(call.shape(0));
    const float *in = call.floats(0), *scale = call.floats(1), *bias = call.floats(2);
    float* out = call.out().floats.data();
    const double epsilon = call.node.number("epsilon", 1e-5f);
    const Index groups = call.node.integer("num_groups", 1), each = l.channels / groups;
    parallel_for(call.exec, "group norm", l.batch * groups, [&](Index i) {
        const Index first = i * each * l.size;
        const Moments m = moments(in + first, 1, each * l.size, 0);
        for (Index k = 0; k < each; ++k) {
            const Index c = i % groups * each + k, at = first + k * l.size;
            normalise(in + at, out + at, l.size, m, epsilon, scale[c], bias[c]);
        }
    });
}

void softmax(const Call& call) {
    const Shape& shape = call.shape(0);
    if (call.in(0).size() == 0) return;
    const auto axis = static_cast<std::size_t>(call.node.integer("axis", -1));
    const Index extent = shape.empty() ? 1 : shape[axis], step = shape.empty() ? 1 : strides_of(shape)[axis];
    const float* in = call.floats(0);
    float* out = call.out().floats.data();
    parallel_for(call.exec, "softmax", call.in(0).size() / extent, [&](Index i) {
        const Index first = i / step * step * extent + i % step;
        double largest = in[first], sum = 0;
        for (Index k = 1; k < extent; ++k) largest = std::max<double>(largest, in[first + k * step]);
        for (Index k = 0; k < extent; ++k) sum += std::exp(in[first + k * step] - largest);
        for (Index k = 0; k < extent; ++k)
            out[first + k * step] = static_cast<float>(std::exp(in[first + k * step] - largest) / sum);
    });
}

}  // namespace ctffr::network::reference
