// SPDX-License-Identifier: Apache-2.0
#include "imaging/grid_targets.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/parallel/parallel.hpp"

namespace ctffr::imaging {

namespace {

// A piece of surface: a disc where a grid line crosses it. In voxels.
struct Disc {
    Vec3 center, normal;
};
constexpr double disc_radius = 0.6;  // voxels: discs of neighbouring grid lines just cover the surface

Vec3 slope_at(const ScalarGrid& grid, Index voxel, Int3 at) {
    const Index step[3] = {1, grid.geometry.size.x, Index{grid.geometry.size.x} * grid.geometry.size.y};
    Vec3 slope;
    for (int a = 0; a < 3; ++a) {
        const Index below = at[a] > 0 ? voxel - step[a] : voxel;
        const Index above = at[a] + 1 < grid.geometry.size[a] ? voxel + step[a] : voxel;
        const double rise = static_cast<double>(grid.values[as_size(above)]) -
                            static_cast<double>(grid.values[as_size(below)]);
        slope[a] = above == below ? 0 : rise / static_cast<double>((above - below) / step[a]);
    }
    return slope;
}

// The discs of one slice: crossings along i and j in it, and along k to the next slice.
std::vector<Disc> discs_of_slice(const ScalarGrid& grid, int k) {
    const Int3 n = grid.geometry.size;
    std::vector<Disc> discs;
    for (int j = 0; j < n.y; ++j)
        for (int i = 0; i < n.x; ++i) {
            const Index v = grid.geometry.offset(i, j, k);
            const double here = static_cast<double>(grid.values[as_size(v)]);
            for (int a = 0; a < 3; ++a) {
                const Int3 next{i + (a == 0), j + (a == 1), k + (a == 2)};
                if (next[a] >= n[a]) continue;
                const Index w = grid.geometry.offset(next.x, next.y, next.z);
                const double there = static_cast<double>(grid.values[as_size(w)]);
                if ((here < 0) == (there < 0)) continue;
                const double t = here / (here - there);
                Vec3 center{1.0 * i, 1.0 * j, 1.0 * k};
                center[a] += t;
                const Vec3 slope = lerp(slope_at(grid, v, {i, j, k}), slope_at(grid, w, next), t);
                if (norm(slope) > 1e-9) discs.push_back({center, normalized(slope)});
            }
        }
    return discs;
}

// Lowers slice k of `squared` (voxels^2) to the distance of a disc.
void splat(const Disc& disc, int k, double reach, Int3 size, float* slice) {
    const double dz = k - disc.center.z;
    const double flat = std::sqrt(std::max(0.0, reach * reach - dz * dz));
    const int j0 = std::max(0, static_cast<int>(std::ceil(disc.center.y - flat)));
    const int j1 = std::min(size.y - 1, static_cast<int>(std::floor(disc.center.y + flat)));
    const int i0 = std::max(0, static_cast<int>(std::ceil(disc.center.x - flat)));
    const int i1 = std::min(size.x - 1, static_cast<int>(std::floor(disc.center.x + flat)));
    for (int j = j0; j <= j1; ++j)
        for (int i = i0; i <= i1; ++i) {
            const Vec3 d{i - disc.center.x, j - disc.center.y, dz};
            const double across = dot(d, disc.normal);
            const double beside =
                std::max(0.0, std::sqrt(std::max(0.0, dot(d, d) - across * across)) - disc_radius);
            float& value = slice[i + Index{j} * size.x];
            value = std::min(value, static_cast<float>(across * across + beside * beside));
        }
}

// Calls visit(a, b) for each piece of centerline.
template <class Visit>
void for_each_piece(const CoronaryTree& tree, const Visit& visit) {
    for (const Branch& branch : tree.branches)
        for (std::size_t n = 0; n + 1 < branch.points.size(); ++n)
            visit(branch, branch.points[n].position_lps_mm, branch.points[n + 1].position_lps_mm);
}

}  // namespace

std::vector<float> signed_distance(const ScalarGrid& solid, double reach_mm, const Run& run) {
    const Int3 n = solid.geometry.size;
    const double spacing = solid.spacing_mm(), reach = reach_mm / spacing + disc_radius;
    std::vector<std::vector<Disc>> discs(as_size(n.z));
    const Cpu exec{run.profiler};
    parallel_for_uneven(exec, "surface discs", n.z, 1,
                        [&](Index k) { discs[as_size(k)] = discs_of_slice(solid, static_cast<int>(k)); });
    std::vector<float> distance(solid.values.size());
    parallel_for_uneven(exec, "distance to discs", n.z, 1, [&](Index k) {
        const Index plane = Index{n.x} * n.y;
        float* slice = distance.data() + k * plane;
        std::fill(slice, slice + plane, static_cast<float>(reach * reach));
        const int about = static_cast<int>(std::ceil(reach)) + 1;
        for (Index m = std::max<Index>(0, k - about); m <= std::min<Index>(n.z - 1, k + about); ++m)
            for (const Disc& disc : discs[as_size(m)]) splat(disc, static_cast<int>(k), reach, n, slice);
        for (Index i = 0; i < plane; ++i) {
            const double d = std::min(reach_mm, spacing * std::sqrt(static_cast<double>(slice[i])));
            slice[i] = static_cast<float>(solid.values[as_size(k * plane + i)] < 0 ? -d : d);
        }
    });
    return distance;
}

std::vector<float> distance_to_tree(const ImageGeometry& grid, const CoronaryTree& tree, double reach_mm,
                                    const Run& run) {
    struct Piece {
        Vec3 a, ab;
        double per_length2;
    };
    std::vector<Piece> pieces;
    for_each_piece(tree, [&](const Branch&, Vec3 a, Vec3 b) {
        pieces.push_back({a, b - a, 1 / std::max(dot(b - a, b - a), 1e-12)});
    });
    std::vector<float> squared(as_size(grid.size.count()), static_cast<float>(reach_mm * reach_mm));
    const Int3 n = grid.size;
    parallel_for_uneven(Cpu{run.profiler}, "distance to tree", n.z, 1, [&](Index k) {
        const double z = grid.origin_lps_mm.z + static_cast<double>(k) * grid.spacing_mm.z;
        for (const Piece& piece : pieces) {
            const Vec3 b = piece.a + piece.ab;
            if (std::min(piece.a.z, b.z) - reach_mm > z || std::max(piece.a.z, b.z) + reach_mm < z) continue;
            int low[2], high[2];
            for (int a = 0; a < 2; ++a) {
                const double first =
                    (std::min(piece.a[a], b[a]) - reach_mm - grid.origin_lps_mm[a]) / grid.spacing_mm[a];
                const double last =
                    (std::max(piece.a[a], b[a]) + reach_mm - grid.origin_lps_mm[a]) / grid.spacing_mm[a];
                low[a] = static_cast<int>(std::clamp(std::ceil(first), 0.0, 1e6));
                high[a] = static_cast<int>(std::clamp(std::floor(last), -1.0, n[a] - 1.0));
            }
            for (int j = low[1]; j <= high[1]; ++j)
                for (int i = low[0]; i <= high[0]; ++i) {
                    const Vec3 d = grid.lps_from_index({1.0 * i, 1.0 * j, static_cast<double>(k)}) - piece.a;
                    const Vec3 off =
                        d - std::clamp(dot(d, piece.ab) * piece.per_length2, 0.0, 1.0) * piece.ab;
                    float& value = squared[as_size(grid.offset(i, j, static_cast<int>(k)))];
                    value = std::min(value, static_cast<float>(dot(off, off)));
                }
        }
    });
    for (float& value : squared) value = std::sqrt(value);
    return squared;
}

Mask centerline_voxels(const ImageGeometry& grid, const CoronaryTree& tree, Side side) {
    Mask mask(as_size(grid.size.count()), 0);
    const ScalarGrid frame{grid, {}};
    for_each_piece(tree, [&](const Branch& branch, Vec3 a, Vec3 b) {
        if (branch.side != side) return;
        const int steps = std::max(1, static_cast<int>(std::ceil(8 * distance(a, b) / grid.spacing_mm.x)));
        for (int s = 0; s <= steps; ++s)
            if (const Index voxel = frame.voxel_at(lerp(a, b, static_cast<double>(s) / steps)); voxel >= 0)
                mask[as_size(voxel)] = 1;
    });
    return mask;
}

}  // namespace ctffr::imaging
