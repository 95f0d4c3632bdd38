// SPDX-License-Identifier: Apache-2.0
#include "ctffr/kernels/image.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::kernels {

// Traffic budget: 4 B read + 4 B written per voxel when the taps stay in cache.
template <class Exec>
void convolve_axis(const Exec& exec, Int3 size, int axis, View<const float> weights, View<const float> in,
                   View<float> out) {
    CTFFR_CHECK_OP(in.size, ==, size.count());
    CTFFR_CHECK_OP(out.size, ==, size.count());
    const int radius = static_cast<int>(weights.size) - 1;
    const Index stride = axis == 0 ? 1 : (axis == 1 ? Index{size.x} : Index{size.x} * size.y);
    const int length = size[axis];
    const Index nx = size.x, nxy = Index{size.x} * size.y;
    const float* w = weights.data;
    const float* source = in.data;
    float* target = out.data;
    parallel_for(
        exec, "convolve axis", Index{size.y} * size.z,
        CTFFR_LAMBDA(Index row) {
            const Index y = row % (nxy / nx), z = row / (nxy / nx);
            const Index base = y * nx + z * nxy;
            if (axis == 0) {
                for (Index x = 0; x < nx; ++x) {
                    float sum = w[0] * source[base + x];
                    for (int t = 1; t <= radius; ++t) {
                        const Index low = x - t < 0 ? 0 : x - t, high = x + t > nx - 1 ? nx - 1 : x + t;
                        sum += w[t] * (source[base + low] + source[base + high]);
                    }
                    target[base + x] = sum;
                }
            } else {
                const Index at = axis == 1 ? y : z;
                for (Index x = 0; x < nx; ++x) target[base + x] = w[0] * source[base + x];
                for (int t = 1; t <= radius; ++t) {
                    const Index low = at - t < 0 ? -at : -t, high = at + t > length - 1 ? length - 1 - at : t;
                    const float* a = source + base + low * stride;
                    const float* b = source + base + high * stride;
                    for (Index x = 0; x < nx; ++x) target[base + x] += w[t] * (a[x] + b[x]);
                }
            }
        },
        8.0 * static_cast<double>(size.count()));
}

template void convolve_axis<CTFFR_EXEC>(const CTFFR_EXEC&, Int3, int, View<const float>, View<const float>,
                                        View<float>);

}  // namespace ctffr::kernels
