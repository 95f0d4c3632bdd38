// SPDX-License-Identifier: Apache-2.0
#include "ctffr/kernels/image.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::kernels {

// Traffic budget: 4 B written per output voxel, and the input read about once.
template <class Exec>
void resample(const Exec& exec, const ImageGeometry& from, View<const float> in, const ImageGeometry& to,
              float outside, View<float> out) {
    CTFFR_CHECK_OP(in.size, ==, from.size.count());
    CTFFR_CHECK_OP(out.size, ==, to.size.count());
    const ImageGeometry source = from, target = to;
    const Index nx = from.size.x, nxy = Index{from.size.x} * from.size.y;
    parallel_for(
        exec, "resample", to.size.count(),
        CTFFR_LAMBDA(Index voxel) {
            const Index plane = Index{target.size.x} * target.size.y;
            const double i = static_cast<double>(voxel % target.size.x);
            const double j = static_cast<double>(voxel % plane / target.size.x);
            const double k = static_cast<double>(voxel / plane);
            const Vec3 at = source.index_from_lps(target.lps_from_index({i, j, k}));
            if (!source.contains(at)) {
                out[voxel] = outside;
                return;
            }
            const int x = at.x < source.size.x - 1 ? static_cast<int>(at.x) : source.size.x - 1;
            const int y = at.y < source.size.y - 1 ? static_cast<int>(at.y) : source.size.y - 1;
            const int z = at.z < source.size.z - 1 ? static_cast<int>(at.z) : source.size.z - 1;
            const float fx = static_cast<float>(at.x - x), fy = static_cast<float>(at.y - y);
            const float fz = static_cast<float>(at.z - z);
            const Index dx = x + 1 < source.size.x ? 1 : 0, dy = y + 1 < source.size.y ? nx : 0;
            const Index dz = z + 1 < source.size.z ? nxy : 0;
            const Index base = x + y * nx + z * nxy;
            const float c00 = in[base] * (1 - fx) + in[base + dx] * fx;
            const float c10 = in[base + dy] * (1 - fx) + in[base + dx + dy] * fx;
            const float c01 = in[base + dz] * (1 - fx) + in[base + dx + dz] * fx;
            const float c11 = in[base + dy + dz] * (1 - fx) + in[base + dx + dy + dz] * fx;
            out[voxel] = (c00 * (1 - fy) + c10 * fy) * (1 - fz) + (c01 * (1 - fy) + c11 * fy) * fz;
        },
        8.0 * static_cast<double>(to.size.count()));
}

template void resample<CTFFR_EXEC>(const CTFFR_EXEC&, const ImageGeometry&, View<const float>,
                                   const ImageGeometry&, float, View<float>);

}  // namespace ctffr::kernels
