// SPDX-License-Identifier: Apache-2.0
#include "ctffr/kernels/morphology.hpp"

#include "ctffr/parallel/parallel.hpp"

namespace ctffr::kernels {

namespace {

CTFFR_HD inline float value_at(const std::int16_t* in, const ImageGeometry& from, Vec3 at, float outside) {
    if (!from.contains(at)) return outside;
    const int x = static_cast<int>(at.x), y = static_cast<int>(at.y), z = static_cast<int>(at.z);
    const float fx = static_cast<float>(at.x - x), fy = static_cast<float>(at.y - y);
    const float fz = static_cast<float>(at.z - z);
    const Index dx = x + 1 < from.size.x ? 1 : 0, dy = y + 1 < from.size.y ? from.size.x : 0;
    const Index dz = z + 1 < from.size.z ? Index{from.size.x} * from.size.y : 0;
    const std::int16_t* p = in + x + Index{from.size.x} * (y + Index{from.size.y} * z);
    const float a = (p[0] * (1 - fx) + p[dx] * fx) * (1 - fy) + (p[dy] * (1 - fx) + p[dx + dy] * fx) * fy;
    const float b =
        (p[dz] * (1 - fx) + p[dx + dz] * fx) * (1 - fy) + (p[dy + dz] * (1 - fx) + p[dx + dy + dz] * fx) * fy;
    return a * (1 - fz) + b * fz;
}

}  // namespace

// Traffic budget: 4 B written per output voxel and the input read about once.
template <class Exec>
void resample_hu(const Exec& exec, const ImageGeometry& from, View<const std::int16_t> in,
                 const ImageGeometry& to, int samples, float outside, View<float> out) {
    CTFFR_CHECK_OP(in.size, ==, from.size.count());
    CTFFR_CHECK_OP(out.size, ==, to.size.count());
    const ImageGeometry source = from, target = to;
    // Continuous input index = base + i step_i + j step_j + k step_k.
    const Vec3 base = from.index_from_lps(to.lps_from_index({0, 0, 0}));
    const Vec3 step_i = from.index_from_lps(to.lps_from_index({1, 0, 0})) - base;
    const Vec3 step_j = from.index_from_lps(to.lps_from_index({0, 1, 0})) - base;
    const Vec3 step_k = from.index_from_lps(to.lps_from_index({0, 0, 1})) - base;
    parallel_for(
        exec, "resample HU", to.size.count(),
        CTFFR_LAMBDA(Index voxel) {
            const Index plane = Index{target.size.x} * target.size.y;
            const double i = static_cast<double>(voxel % target.size.x);
            const double j = static_cast<double>(voxel % plane / target.size.x);
            const double k = static_cast<double>(voxel / plane);
            const Vec3 center = base + i * step_i + j * step_j + k * step_k;
            float sum = 0;
            for (int c = 0; c < samples; ++c)
                for (int b = 0; b < samples; ++b)
                    for (int a = 0; a < samples; ++a) {
                        const Vec3 shift = ((a + 0.5) / samples - 0.5) * step_i +
                                           ((b + 0.5) / samples - 0.5) * step_j +
                                           ((c + 0.5) / samples - 0.5) * step_k;
                        sum += value_at(in.data, source, center + shift, outside);
                    }
            out[voxel] = sum / static_cast<float>(samples * samples * samples);
        },
        6.0 * static_cast<double>(to.size.count()));
}

// The squared distance is a minimum over offsets along x, then y, then z (separable); each pass looks
// reach_mm around. Traffic budget: 3 passes of 4 B read + 4 B written when a window stays in cache.
template <class Exec>
void distance_to_mask(const Exec& exec, Int3 size, Vec3 spacing_mm, double reach_mm,
                      View<const std::uint8_t> mask, View<float> scratch, View<float> out) {
    CTFFR_CHECK_OP(mask.size, ==, size.count());
    CTFFR_CHECK_OP(scratch.size, ==, size.count());
    CTFFR_CHECK_OP(out.size, ==, size.count());
    const Index nx = size.x, nxy = Index{size.x} * size.y;
    const float far2 = static_cast<float>(reach_mm * reach_mm);
    const int rx = static_cast<int>(reach_mm / spacing_mm.x), ry = static_cast<int>(reach_mm / spacing_mm.y);
    const int rz = static_cast<int>(reach_mm / spacing_mm.z);
    const double traffic = 8.0 * static_cast<double>(size.count());
    parallel_for(
        exec, "distance along x", Index{size.y} * size.z,
        CTFFR_LAMBDA(Index row) {
            const Index base = row * nx;
            // Distance to the last mask voxel seen from the left, then the right; negative: none in reach.
            Index last = -1 - rx;
            for (Index x = 0; x < nx; ++x) {
                if (mask[base + x]) last = x;
                out[base + x] = x - last > rx ? -1.0f : static_cast<float>((x - last) * spacing_mm.x);
            }
            last = nx + rx + 1;
            for (Index x = nx - 1; x >= 0; --x) {
                if (mask[base + x]) last = x;
                const float left = out[base + x];
                const float right = last - x > rx ? -1.0f : static_cast<float>((last - x) * spacing_mm.x);
                float best = far2;
                if (left >= 0 && left * left < best) best = left * left;
                if (right >= 0 && right * right < best) best = right * right;
                out[base + x] = best;
            }
        },
        traffic);
    parallel_for(
        exec, "distance along y", Index{size.y} * size.z,
        CTFFR_LAMBDA(Index row) {
            const Index y = row % size.y, base = row * nx;
            const int low = y < ry ? static_cast<int>(y) : ry;
            const int high = size.y - 1 - y < ry ? static_cast<int>(size.y - 1 - y) : ry;
            for (Index x = 0; x < nx; ++x) scratch[base + x] = out[base + x];
            for (int t = -low; t <= high; ++t) {
                const float add = static_cast<float>(t * spacing_mm.y * (t * spacing_mm.y));
                const float* other = out.data + base + t * nx;
                float* target = scratch.data + base;
                for (Index x = 0; x < nx; ++x)
                    target[x] = other[x] + add < target[x] ? other[x] + add : target[x];
            }
        },
        traffic);
    parallel_for(
        exec, "distance along z", Index{size.y} * size.z,
        CTFFR_LAMBDA(Index row) {
            const Index z = row / size.y, base = row * nx;
            const int low = z < rz ? static_cast<int>(z) : rz;
            const int high = size.z - 1 - z < rz ? static_cast<int>(size.z - 1 - z) : rz;
            float* target = out.data + base;
            for (Index x = 0; x < nx; ++x) target[x] = scratch[base + x];
            for (int t = -low; t <= high; ++t) {
                const float add = static_cast<float>(t * spacing_mm.z * (t * spacing_mm.z));
                const float* other = scratch.data + base + t * nxy;
                for (Index x = 0; x < nx; ++x)
                    target[x] = other[x] + add < target[x] ? other[x] + add : target[x];
            }
            for (Index x = 0; x < nx; ++x) target[x] = sqrt(target[x]);
        },
        traffic);
}

template void resample_hu<CTFFR_EXEC>(const CTFFR_EXEC&, const ImageGeometry&, View<const std::int16_t>,
                                      const ImageGeometry&, int, float, View<float>);
template void distance_to_mask<CTFFR_EXEC>(const CTFFR_EXEC&, Int3, Vec3, double, View<const std::uint8_t>,
                                           View<float>, View<float>);

}  // namespace ctffr::kernels
