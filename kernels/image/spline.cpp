// SPDX-License-Identifier: Apache-2.0
#include "ctffr/kernels/lumen.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::kernels {

// Traffic budget: two passes over the data, 16 B per voxel and axis.
template <class Exec>
void spline_coefficients(const Exec& exec, Int3 size, int axis, View<float> data) {
    CTFFR_CHECK_OP(data.size, ==, size.count());
    const Index nx = size.x, nxy = Index{size.x} * size.y;
    const Index stride = axis == 0 ? 1 : (axis == 1 ? nx : nxy);
    const Index length = size[axis];
    const Index lines = size.count() / length;
    const Index inner = axis == 0 ? size.y : (axis == 1 ? nx : nx);
    const Index inner_stride = axis == 0 ? nx : 1;
    const Index outer_stride = axis == 2 ? nx : nxy;
    float* values = data.data;
    if (length < 2) return;
    parallel_for(
        exec, "spline coefficients", lines,
        CTFFR_LAMBDA(Index line) {
            const float pole = -0.26794919243112270647f;  // sqrt(3) - 2
            float* v = values + line % inner * inner_stride + line / inner * outer_stride;
            // Causal start: mirrored sum; 16 terms reach single precision.
            const Index reach = length < 16 ? length : 16;
            float start = v[0], power = pole;
            for (Index i = 1; i < reach; ++i) {
                start += power * v[i * stride];
                power *= pole;
            }
            float last = start;
            v[0] = last;
            for (Index i = 1; i < length; ++i) {
                last = v[i * stride] + pole * last;
                v[i * stride] = last;
            }
            const float before = v[(length - 2) * stride];
            last = pole / (pole * pole - 1.0f) * (last + pole * before);
            v[(length - 1) * stride] = 6.0f * last;
            for (Index i = length - 2; i >= 0; --i) {
                last = pole * (last - v[i * stride]);
                v[i * stride] = 6.0f * last;
            }
        },
        16.0 * static_cast<double>(size.count()));
}

namespace {

CTFFR_HD inline Index mirrored(Index i, Index n) {
    if (i < 0) i = -i;
    return i > n - 1 ? 2 * (n - 1) - i : i;
}

// Weights of the four nodes around a place with fraction t past the second node.
CTFFR_HD inline void spline_weights(float t, float* w) {
    const float u = 1.0f - t;
    w[0] = u * u * u / 6.0f;
    w[1] = 2.0f / 3.0f - 0.5f * t * t * (2.0f - t);
    w[2] = 2.0f / 3.0f - 0.5f * u * u * (2.0f - u);
    w[3] = t * t * t / 6.0f;
}

}  // namespace

// Traffic budget: 64 coefficients per sample, mostly in cache.
template <class Exec>
void sample_rays(const Exec& exec, const ImageGeometry& geometry, View<const float> coefficients,
                 View<const SectionPlane> planes, int angles, int steps, double step_mm, float outside,
                 View<float> out) {
    CTFFR_CHECK_OP(coefficients.size, ==, geometry.size.count());
    CTFFR_CHECK_OP(out.size, ==, planes.size * angles * steps);
    const ImageGeometry g = geometry;
    const float* c = coefficients.data;
    parallel_for(
        exec, "sample rays", planes.size * angles, CTFFR_LAMBDA(Index ray) {
            const SectionPlane plane = planes[ray / angles];
            const double phi = 6.283185307179586 * static_cast<double>(ray % angles) / angles;
            const Vec3 direction = cos(phi) * plane.normal + sin(phi) * plane.binormal;
            for (int j = 0; j < steps; ++j) {
                const Vec3 at = g.index_from_lps(plane.center_lps_mm + ((j + 0.5) * step_mm) * direction);
                float value = outside;
                if (g.contains(at)) {
                    const Index x = static_cast<Index>(at.x), y = static_cast<Index>(at.y),
                                z = static_cast<Index>(at.z);
                    float wx[4], wy[4], wz[4];
                    spline_weights(static_cast<float>(at.x - static_cast<double>(x)), wx);
                    spline_weights(static_cast<float>(at.y - static_cast<double>(y)), wy);
                    spline_weights(static_cast<float>(at.z - static_cast<double>(z)), wz);
                    Index ix[4];
                    for (int k = 0; k < 4; ++k) ix[k] = mirrored(x + k - 1, g.size.x);
                    value = 0;
                    for (int kz = 0; kz < 4; ++kz)
                        for (int ky = 0; ky < 4; ++ky) {
                            const float* row =
                                c + g.offset(0, static_cast<int>(mirrored(y + ky - 1, g.size.y)),
                                             static_cast<int>(mirrored(z + kz - 1, g.size.z)));
                            const float along = wx[0] * row[ix[0]] + wx[1] * row[ix[1]] + wx[2] * row[ix[2]] +
                                                wx[3] * row[ix[3]];
                            value += wy[ky] * wz[kz] * along;
                        }
                }
                out[ray * steps + j] = value;
            }
        });
}

template void spline_coefficients<CTFFR_EXEC>(const CTFFR_EXEC&, Int3, int, View<float>);
template void sample_rays<CTFFR_EXEC>(const CTFFR_EXEC&, const ImageGeometry&, View<const float>,
                                      View<const SectionPlane>, int, int, double, float, View<float>);

}  // namespace ctffr::kernels
