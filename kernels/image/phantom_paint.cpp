// SPDX-License-Identifier: Apache-2.0
#include "ctffr/kernels/phantom.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::kernels {
namespace {

constexpr int max_line = 320;

// Position of a fine index on the coarse axis: coarse index = start + step * fine index.
struct AxisMap {
    float start, step;
    int last;  // largest lower node
};

AxisMap axis_map(const ImageGeometry& fine, const ImageGeometry& coarse, int axis) {
    const double start = (fine.origin_lps_mm[axis] - coarse.origin_lps_mm[axis]) / coarse.spacing_mm[axis];
    return {static_cast<float>(start), static_cast<float>(fine.spacing_mm[axis] / coarse.spacing_mm[axis]),
            coarse.size[axis] - 2};
}

CTFFR_HD inline int lower_node(float at, int last) {
    const int node = static_cast<int>(at);
    return node < 0 ? 0 : (node > last ? last : node);
}

// The coarse row through (y, z), interpolated bilinearly between its four neighbours, and its rise from the
// plane below to the plane above; returns its smallest value.
CTFFR_HD inline float coarse_line(const float* field, Int3 size, int j, int k, float fy, float fz,
                                  float* line, float* rise) {
    const Index nx = size.x, nxy = Index{size.x} * size.y;
    const float* a = field + j * nx + k * nxy;
    const float* b = a + nx;
    const float* c = a + nxy;
    const float* d = c + nx;
    float least = 1e30f;
    for (int x = 0; x < size.x; ++x) {
        const float near = a[x] + fy * (b[x] - a[x]), far = c[x] + fy * (d[x] - c[x]);
        rise[x] = far - near;
        line[x] = near + fz * rise[x];
        least = line[x] < least ? line[x] : least;
    }
    return least;
}

}  // namespace

// Traffic budget: 4 B of image and 1 B of label written per voxel; the coarse fields stay in cache.
template <class Exec>
void paint_tissues(const Exec& exec, const ImageGeometry& fine, const ImageGeometry& coarse,
                   View<const float> fields, View<const TissueLayer> layers, float blur_xy_mm,
                   float blur_z_mm, float background_hu, View<float> hu, View<std::uint8_t> labels) {
    const Index voxels = fine.size.count(), nodes = coarse.size.count();
    CTFFR_CHECK_OP(hu.size, ==, voxels);
    CTFFR_CHECK_OP(labels.size, ==, voxels);
    CTFFR_CHECK_OP(coarse.size.x, <=, max_line);
    const AxisMap mx = axis_map(fine, coarse, 0), my = axis_map(fine, coarse, 1),
                  mz = axis_map(fine, coarse, 2);
    const Int3 size = fine.size, coarse_size = coarse.size;
    const float reach = 3 * (blur_xy_mm > blur_z_mm ? blur_xy_mm : blur_z_mm);
    const float per_rise = 1 / static_cast<float>(coarse.spacing_mm.z);
    const float blur2_xy = blur_xy_mm * blur_xy_mm, blur2_z = blur_z_mm * blur_z_mm;
    parallel_for(
        exec, "paint tissues", Index{size.y} * size.z,
        CTFFR_LAMBDA(Index row) {
            const int j = static_cast<int>(row % size.y), k = static_cast<int>(row / size.y);
            const float y = my.start + my.step * static_cast<float>(j),
                        z = mz.start + mz.step * static_cast<float>(k);
            const int cj = lower_node(y, my.last), ck = lower_node(z, mz.last);
            const float fy = y - static_cast<float>(cj), fz = z - static_cast<float>(ck);
            float* out = hu.data + row * size.x;
            std::uint8_t* label = labels.data + row * size.x;
            for (int i = 0; i < size.x; ++i) out[i] = background_hu, label[i] = 0;
            float line[max_line], rise[max_line], texture[max_line], unused[max_line];
            for (Index l = 0; l < layers.size; ++l) {
                const TissueLayer layer = layers[l];
                const float least =
                    coarse_line(fields.data + layer.field * nodes, coarse_size, cj, ck, fy, fz, line, rise);
                if (least + layer.offset_mm - 0.5f * layer.shell_mm > reach) continue;
                const bool textured = layer.texture >= 0;
                if (textured)
                    coarse_line(fields.data + layer.texture * nodes, coarse_size, cj, ck, fy, fz, texture,
                                unused);
                for (int i = 0; i < size.x; ++i) {
                    const float x = mx.start + mx.step * static_cast<float>(i);
                    const int ci = lower_node(x, mx.last);
                    const float fx = x - static_cast<float>(ci);
                    float d = line[ci] + fx * (line[ci + 1] - line[ci]) + layer.offset_mm;
                    if (layer.shell_mm > 0) d = fabsf(d) - 0.5f * layer.shell_mm;
                    if (d >= reach) continue;
                    float cover = 1;
                    if (d > -reach) {
                        const float up = rise[ci] * per_rise, up2 = up * up > 1 ? 1.0f : up * up;
                        cover = 0.5f * erfcf(0.70710678f * d / sqrtf(blur2_xy + up2 * (blur2_z - blur2_xy)));
                    }
                    float value = layer.hu;
                    if (textured)
                        value += layer.texture_hu * (texture[ci] + fx * (texture[ci + 1] - texture[ci]));
                    out[i] += cover * (value - out[i]);
                    if (d < 0) label[i] = layer.label;
                }
            }
        },
        5.0 * static_cast<double>(voxels));
}

template <class Exec>
void apply_patches(const Exec& exec, View<const Patch> patches, View<float> hu, View<std::uint8_t> labels) {
    parallel_for(
        exec, "apply patches", patches.size,
        CTFFR_LAMBDA(Index n) {
            const Patch patch = patches[n];
            hu[patch.voxel] += patch.cover * (patch.hu - hu[patch.voxel]);
            if (patch.label != 0) labels[patch.voxel] = patch.label;
        },
        26.0 * static_cast<double>(patches.size));
}

template void paint_tissues<CTFFR_EXEC>(const CTFFR_EXEC&, const ImageGeometry&, const ImageGeometry&,
                                        View<const float>, View<const TissueLayer>, float, float, float,
                                        View<float>, View<std::uint8_t>);
template void apply_patches<CTFFR_EXEC>(const CTFFR_EXEC&, View<const Patch>, View<float>,
                                        View<std::uint8_t>);

}  // namespace ctffr::kernels
