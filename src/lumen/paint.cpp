// SPDX-License-Identifier: Apache-2.0
#include "lumen/paint.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/parallel/parallel.hpp"
#include "lumen/lumen_field.hpp"

namespace ctffr::lumen {

void paint(Segmentation& segmentation, const LumenSurface& lumen, const CoronaryTree& tree) {
    const LumenField field(lumen.branches, tree, {});
    const ImageGeometry& g = segmentation.geometry;
    const Vec3 origin = field.bounds().first;
    constexpr double side = LumenField::block_mm;
    parallel_for(Cpu{}, "paint coronaries", static_cast<Index>(field.blocks().size()), [&](Index block) {
        const Int3 place = field.blocks()[static_cast<std::size_t>(block)];
        const Vec3 low = origin + Vec3{side * place.x, side * place.y, side * place.z};
        // Voxel box of the block: its corners in index space.
        int from[3], to[3];
        Vec3 least{1e9, 1e9, 1e9}, most{-1e9, -1e9, -1e9};
        for (int corner = 0; corner < 8; ++corner) {
            const Vec3 at = g.index_from_lps(
                low + Vec3{corner & 1 ? side : 0.0, corner & 2 ? side : 0.0, corner & 4 ? side : 0.0});
            for (int k = 0; k < 3; ++k)
                least[k] = std::min(least[k], at[k]), most[k] = std::max(most[k], at[k]);
        }
        for (int k = 0; k < 3; ++k) {
            from[k] = std::max(0, static_cast<int>(std::ceil(least[k])));
            to[k] = std::min(g.size[k] - 1, static_cast<int>(std::floor(most[k])));
        }
        for (int z = from[2]; z <= to[2]; ++z)
            for (int y = from[1]; y <= to[1]; ++y)
                for (int x = from[0]; x <= to[0]; ++x) {
                    const Vec3 p = g.lps_from_index(
                        {static_cast<double>(x), static_cast<double>(y), static_cast<double>(z)});
                    // Each voxel belongs to the one block that holds its centre.
                    const Vec3 in = p - low;
                    if (in.x < 0 || in.y < 0 || in.z < 0 || in.x >= side || in.y >= side || in.z >= side)
                        continue;
                    const LumenField::Sample sample = field.sample(p);
                    if (sample.value >= 0 || sample.open_end >= 0) continue;
                    const bool left =
                        tree.branches[static_cast<std::size_t>(sample.branch)].side == Side::left;
                    segmentation.labels[static_cast<std::size_t>(g.offset(x, y, z))] =
                        static_cast<std::uint8_t>(left ? Label::coronary_left : Label::coronary_right);
                }
    });
}

}  // namespace ctffr::lumen
