// SPDX-License-Identifier: Apache-2.0
#include "ctffr/core/random.hpp"
#include "ctffr/kernels/phantom.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::kernels {
namespace {

CTFFR_HD inline int clamped(int i, int last) { return i < 0 ? 0 : (i > last ? last : i); }

// Weights of cubic convolution (Keys 1981, a = -1/2) at the fraction t for nodes -1, 0, 1, 2.
CTFFR_HD inline void cubic_weights(float t, float* w) {
    const float t2 = t * t, t3 = t2 * t;
    w[0] = -0.5f * t + t2 - 0.5f * t3;
    w[1] = 1 - 2.5f * t2 + 1.5f * t3;
    w[2] = 0.5f * t + 2 * t2 - 1.5f * t3;
    w[3] = -0.5f * t2 + 0.5f * t3;
}

CTFFR_HD inline float cubic_sample(const float* in, Int3 size, float x, float y, float z) {
    const int i = static_cast<int>(floorf(x)), j = static_cast<int>(floorf(y)),
              k = static_cast<int>(floorf(z));
    float wx[4], wy[4], wz[4];
    cubic_weights(x - static_cast<float>(i), wx);
    cubic_weights(y - static_cast<float>(j), wy);
    cubic_weights(z - static_cast<float>(k), wz);
    float sum = 0;
    for (int c = 0; c < 4; ++c) {
        if (wz[c] == 0) continue;
        const Index plane = Index{size.x} * size.y * clamped(k + c - 1, size.z - 1);
        for (int b = 0; b < 4; ++b) {
            if (wy[b] == 0) continue;
            const Index row = plane + Index{size.x} * clamped(j + b - 1, size.y - 1);
            float line = 0;
            for (int a = 0; a < 4; ++a) line += wx[a] * in[row + clamped(i + a - 1, size.x - 1)];
            sum += wz[c] * wy[b] * line;
        }
    }
    return sum;
}

}  // namespace

template <class Exec>
void mix(const Exec& exec, float a, View<const float> x, float b, View<const float> y, View<float> out) {
    CTFFR_CHECK_OP(x.size, ==, out.size);
    CTFFR_CHECK_OP(y.size, ==, out.size);
    parallel_for(
        exec, "mix", out.size, CTFFR_LAMBDA(Index n) { out[n] = a * x[n] + b * y[n]; },
        12.0 * static_cast<double>(out.size));
}

template <class Exec>
void excess(const Exec& exec, float threshold, View<const float> in, View<float> out) {
    CTFFR_CHECK_OP(in.size, ==, out.size);
    parallel_for(
        exec, "excess", out.size,
        CTFFR_LAMBDA(Index n) {
            const float over = in[n] - threshold;
            out[n] = over > 0 ? over : 0.0f;
        },
        8.0 * static_cast<double>(out.size));
}

template <class Exec>
void white_noise(const Exec& exec, std::uint64_t seed, std::uint64_t stream, View<float> out) {
    const Index quads = (out.size + 3) / 4;
    parallel_for(
        exec, "white noise", quads,
        CTFFR_LAMBDA(Index q) {
            const Philox4 bits = philox(seed, stream, static_cast<std::uint64_t>(q));
            for (int pair = 0; pair < 2; ++pair) {
                // 24 bits fill a float exactly; half a step keeps the logarithm finite.
                const float u = (static_cast<float>(bits.v[2 * pair] >> 8) + 0.5f) * 0x1p-24f;
                const float v = static_cast<float>(bits.v[2 * pair + 1] >> 8) * 0x1p-24f;
                const float r = sqrtf(-2.0f * logf(u)), angle = 6.2831853f * v;
                const Index n = 4 * q + 2 * pair;
                if (n < out.size) out[n] = r * cosf(angle);
                if (n + 1 < out.size) out[n + 1] = r * sinf(angle);
            }
        },
        4.0 * static_cast<double>(out.size));
}

template <class Exec>
void displace(const Exec& exec, const ImageGeometry& geometry, View<const MovingPlace> places,
              View<const float> slice_shift_mm, View<const float> in, View<float> out) {
    CTFFR_CHECK_OP(in.size, ==, geometry.size.count());
    CTFFR_CHECK_OP(out.size, ==, in.size);
    CTFFR_CHECK_OP(slice_shift_mm.size, ==, Index{3} * geometry.size.z);
    const ImageGeometry g = geometry;
    constexpr int positions = 7;
    parallel_for(
        exec, "displace", Index{g.size.y} * g.size.z,
        CTFFR_LAMBDA(Index row) {
            const int j = static_cast<int>(row % g.size.y), k = static_cast<int>(row / g.size.y);
            const float sx = slice_shift_mm[3 * k], sy = slice_shift_mm[3 * k + 1],
                        sz = slice_shift_mm[3 * k + 2];
            for (int i = 0; i < g.size.x; ++i) {
                const Vec3 p{g.origin_lps_mm.x + i * g.spacing_mm.x, g.origin_lps_mm.y + j * g.spacing_mm.y,
                             g.origin_lps_mm.z + k * g.spacing_mm.z};
                Vec3 smear;
                for (Index n = 0; n < places.size; ++n) {
                    const MovingPlace place = places[n];
                    const double r2 = dot(p - place.center_lps_mm, p - place.center_lps_mm);
                    const double reach2 = static_cast<double>(place.reach_mm) * place.reach_mm;
                    if (r2 < 9 * reach2) smear += exp(-0.5 * r2 / reach2) * place.amplitude_mm;
                }
                const Index n = i + row * g.size.x;
                const bool still = norm(smear) < 0.05;
                if (still && sx == 0 && sy == 0 && sz == 0) {
                    out[n] = in[n];
                    continue;
                }
                const int count = still ? 1 : positions;
                float sum = 0;
                for (int s = 0; s < count; ++s) {
                    const double t = still ? 0.0 : (s + 0.5) / positions - 0.5;
                    sum += cubic_sample(in.data, g.size,
                                        static_cast<float>(i + (sx + t * smear.x) / g.spacing_mm.x),
                                        static_cast<float>(j + (sy + t * smear.y) / g.spacing_mm.y),
                                        static_cast<float>(k + (sz + t * smear.z) / g.spacing_mm.z));
                }
                out[n] = sum / static_cast<float>(count);
            }
        },
        8.0 * static_cast<double>(out.size));
}

template <class Exec>
void noisy_hu(const Exec& exec, const ImageGeometry& fine, View<const float> image, View<const float> noise,
              const ImageGeometry& coarse, View<const float> sd, View<std::int16_t> hu) {
    CTFFR_CHECK_OP(image.size, ==, fine.size.count());
    CTFFR_CHECK_OP(noise.size, ==, image.size);
    CTFFR_CHECK_OP(hu.size, ==, image.size);
    CTFFR_CHECK_OP(sd.size, ==, coarse.size.count());
    const Int3 size = fine.size, nodes = coarse.size;
    const Vec3 start = coarse.index_from_lps(fine.origin_lps_mm);
    const Vec3 step{fine.spacing_mm.x / coarse.spacing_mm.x, fine.spacing_mm.y / coarse.spacing_mm.y,
                    fine.spacing_mm.z / coarse.spacing_mm.z};
    parallel_for(
        exec, "noise and rounding", Index{size.y} * size.z,
        CTFFR_LAMBDA(Index row) {
            const int j = static_cast<int>(row % size.y), k = static_cast<int>(row / size.y);
            const float y = static_cast<float>(start.y + step.y * j),
                        z = static_cast<float>(start.z + step.z * k);
            const int cj = clamped(static_cast<int>(y), nodes.y - 2),
                      ck = clamped(static_cast<int>(z), nodes.z - 2);
            const float fy = y - static_cast<float>(cj), fz = z - static_cast<float>(ck);
            const float* a = sd.data + cj * Index{nodes.x} + ck * Index{nodes.x} * nodes.y;
            const float* b = a + nodes.x;
            const float* c = a + Index{nodes.x} * nodes.y;
            const float* d = c + nodes.x;
            for (int i = 0; i < size.x; ++i) {
                const float x = static_cast<float>(start.x + step.x * i);
                const int ci = clamped(static_cast<int>(x), nodes.x - 2);
                const float fx = x - static_cast<float>(ci);
                const float near0 = a[ci] + fx * (a[ci + 1] - a[ci]),
                            near1 = b[ci] + fx * (b[ci + 1] - b[ci]);
                const float far0 = c[ci] + fx * (c[ci + 1] - c[ci]), far1 = d[ci] + fx * (d[ci + 1] - d[ci]);
                const float near = near0 + fy * (near1 - near0), far = far0 + fy * (far1 - far0);
                const Index n = i + row * size.x;
                const float value = floorf(image[n] + (near + fz * (far - near)) * noise[n] + 0.5f);
                hu[n] =
                    static_cast<std::int16_t>(value < -1024 ? -1024.0f : (value > 3071 ? 3071.0f : value));
            }
        },
        10.0 * static_cast<double>(hu.size));
}

template void mix<CTFFR_EXEC>(const CTFFR_EXEC&, float, View<const float>, float, View<const float>,
                              View<float>);
template void excess<CTFFR_EXEC>(const CTFFR_EXEC&, float, View<const float>, View<float>);
template void white_noise<CTFFR_EXEC>(const CTFFR_EXEC&, std::uint64_t, std::uint64_t, View<float>);
template void displace<CTFFR_EXEC>(const CTFFR_EXEC&, const ImageGeometry&, View<const MovingPlace>,
                                   View<const float>, View<const float>, View<float>);
template void noisy_hu<CTFFR_EXEC>(const CTFFR_EXEC&, const ImageGeometry&, View<const float>,
                                   View<const float>, const ImageGeometry&, View<const float>,
                                   View<std::int16_t>);

}  // namespace ctffr::kernels
