// SPDX-License-Identifier: Apache-2.0
#include "ctffr/kernels/medialness.hpp"

#include "ctffr/kernels/symmetric3.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::kernels {

namespace {

CTFFR_HD inline float trilinear(const float* image, Int3 size, Vec3 at) {
    const double x = at.x < 0 ? 0 : (at.x > size.x - 1 ? size.x - 1 : at.x);
    const double y = at.y < 0 ? 0 : (at.y > size.y - 1 ? size.y - 1 : at.y);
    const double z = at.z < 0 ? 0 : (at.z > size.z - 1 ? size.z - 1 : at.z);
    const int i = static_cast<int>(x), j = static_cast<int>(y), k = static_cast<int>(z);
    const float fx = static_cast<float>(x - i), fy = static_cast<float>(y - j),
                fz = static_cast<float>(z - k);
    const Index dx = i + 1 < size.x ? 1 : 0, dy = j + 1 < size.y ? size.x : 0;
    const Index dz = k + 1 < size.z ? Index{size.x} * size.y : 0;
    const float* p = image + i + Index{size.x} * (j + Index{size.y} * k);
    const float a = (p[0] * (1 - fx) + p[dx] * fx) * (1 - fy) + (p[dy] * (1 - fx) + p[dx + dy] * fx) * fy;
    const float b =
        (p[dz] * (1 - fx) + p[dx + dz] * fx) * (1 - fy) + (p[dy + dz] * (1 - fx) + p[dx + dy + dz] * fx) * fy;
    return a * (1 - fz) + b * fz;
}

CTFFR_HD inline Symmetric3 hessian(const float* f, Index dy, Index dz, double spacing_mm) {
    const double h = 1.0 / (spacing_mm * spacing_mm), q = 0.25 * h;
    Symmetric3 a;
    a.xx = h * (f[1] - 2.0 * f[0] + f[-1]);
    a.yy = h * (f[dy] - 2.0 * f[0] + f[-dy]);
    a.zz = h * (f[dz] - 2.0 * f[0] + f[-dz]);
    a.xy = q * (double{f[1 + dy]} - f[1 - dy] - f[-1 + dy] + f[-1 - dy]);
    a.xz = q * (double{f[1 + dz]} - f[1 - dz] - f[-1 + dz] + f[-1 - dz]);
    a.yz = q * (double{f[dy + dz]} - f[dy - dz] - f[-dy + dz] + f[-dy - dz]);
    return a;
}

}  // namespace

// Traffic budget: 19 neighbours of each listed voxel, about 76 B when nothing is shared, and 40 B of result.
template <class Exec>
void tube_response(const Exec& exec, Int3 size, double spacing_mm, double sigma_mm, double contrast,
                   View<const float> smoothed, View<const std::int32_t> voxels, View<TubeResponse> best) {
    CTFFR_CHECK_OP(smoothed.size, ==, size.count());
    CTFFR_CHECK_OP(best.size, ==, voxels.size);
    const Index dy = size.x, dz = Index{size.x} * size.y;
    const double scale = 2.718281828459045 * sigma_mm * sigma_mm / contrast;
    parallel_for(
        exec, "tube response", voxels.size,
        CTFFR_LAMBDA(Index n) {
            const Index voxel = voxels[n];
            const Index i = voxel % dy, j = voxel % dz / dy, k = voxel / dz;
            if (i < 1 || j < 1 || k < 1 || i > size.x - 2 || j > size.y - 2 || k > size.z - 2) return;
            const Symmetric3 a = hessian(smoothed.data + voxel, dy, dz, spacing_mm);
            const Eigen3 e = eigenvalues(a);
            if (e.value[1] >= 0 || e.value[2] >= 0) return;
            double response = -scale * e.value[1];
            // A blob bends along its third axis too; bifurcations do so a little and must survive.
            if (e.value[0] < 0) response *= 1.0 - 0.5 * e.value[0] / e.value[1];
            if (response <= best[n].response) return;
            const Vec3 direction = eigenvector(a, e.value[0]);
            best[n].response = static_cast<float>(response);
            best[n].sigma_mm = static_cast<float>(sigma_mm);
            best[n].direction[0] = static_cast<float>(direction.x);
            best[n].direction[1] = static_cast<float>(direction.y);
            best[n].direction[2] = static_cast<float>(direction.z);
        },
        116.0 * static_cast<double>(voxels.size));
}

// Traffic budget: about 8 neighbours along the tube per listed voxel, mostly in cache, and 40 B besides.
template <class Exec>
void mean_along_tube(const Exec& exec, Int3 size, double spacing_mm, double sigma_mm, View<const float> image,
                     View<const std::int32_t> voxels, View<const TubeResponse> best, View<float> mean) {
    CTFFR_CHECK_OP(image.size, ==, size.count());
    CTFFR_CHECK_OP(best.size, ==, voxels.size);
    CTFFR_CHECK_OP(mean.size, ==, voxels.size);
    const Index dy = size.x, dz = Index{size.x} * size.y;
    const double step = 0.5 * spacing_mm;
    const int reach = static_cast<int>(2 * sigma_mm / step);
    parallel_for(
        exec, "mean along tube", voxels.size,
        CTFFR_LAMBDA(Index n) {
            if (best[n].response <= 0) return;
            const Index voxel = voxels[n];
            const Vec3 at{static_cast<double>(voxel % dy), static_cast<double>(voxel % dz / dy),
                          static_cast<double>(voxel / dz)};
            const Vec3 axis{best[n].direction[0], best[n].direction[1], best[n].direction[2]};
            double sum = 0, weights = 0;
            for (int s = -reach; s <= reach; ++s) {
                const double t = s * step, weight = exp(-0.5 * t * t / (sigma_mm * sigma_mm));
                sum += weight * trilinear(image.data, size, at + (t / spacing_mm) * axis);
                weights += weight;
            }
            mean[n] = static_cast<float>(sum / weights);
        },
        72.0 * static_cast<double>(voxels.size));
}

template <class Exec>
void ray_sections(const Exec& exec, Int3 size, double spacing_mm, const RayOptions& options,
                  View<const float> image, View<const std::int32_t> voxels, View<const TubeResponse> best,
                  View<RaySection> sections) {
    CTFFR_CHECK_OP(image.size, ==, size.count());
    CTFFR_CHECK_OP(best.size, ==, voxels.size);
    CTFFR_CHECK_OP(sections.size, ==, voxels.size);
    const Index dy = size.x, dz = Index{size.x} * size.y;
    const RayOptions o = options;
    parallel_for(
        exec, "ray sections", voxels.size, CTFFR_LAMBDA(Index n) {
            RaySection result;
            const Vec3 axis{best[n].direction[0], best[n].direction[1], best[n].direction[2]};
            if (best[n].response <= 0) {
                sections[n] = result;
                return;
            }
            const Index voxel = voxels[n];
            const Vec3 at{static_cast<double>(voxel % dy), static_cast<double>(voxel % dz / dy),
                          static_cast<double>(voxel / dz)};
            const Vec3 u = any_normal(axis), v = cross(axis, u);
            const double center = image[voxel] < o.blood_hu ? image[voxel] : o.blood_hu;
            const double level = 0.5 * (center + o.background_hu);
            const int steps = static_cast<int>(o.reach_mm / o.step_mm);
            double area = 0, balance = 0;
            int closed = 0, pairs = 0;
            for (int ray = 0; ray < o.rays / 2; ++ray) {
                double length[2] = {-1, -1};
                const double angle = 6.283185307179586 * ray / o.rays;
                for (int side = 0; side < 2; ++side) {
                    const double sign = side == 0 ? 1.0 : -1.0;
                    const Vec3 step = (sign * o.step_mm / spacing_mm) * (cos(angle) * u + sin(angle) * v);
                    double before = center;
                    for (int s = 1; s <= steps; ++s) {
                        const double value = trilinear(image.data, size, at + static_cast<double>(s) * step);
                        if (value < level) {
                            const double drop = before - value;
                            const double part = drop > 0 ? (before - level) / drop : 0;
                            length[side] = (s - 1 + (part < 0 ? 0 : part)) * o.step_mm;
                            break;
                        }
                        before = value;
                    }
                    if (length[side] >= 0) {
                        ++closed;
                        area += length[side] * length[side];
                    }
                }
                if (length[0] >= 0 && length[1] >= 0) {
                    const double longer = length[0] > length[1] ? length[0] : length[1];
                    const double shorter = length[0] > length[1] ? length[1] : length[0];
                    balance += longer > 0 ? shorter / longer : 0;
                    ++pairs;
                }
            }
            result.closed = static_cast<float>(closed) / static_cast<float>(o.rays);
            if (pairs > 0) result.balance = static_cast<float>(balance / pairs);
            if (closed > 0) result.radius_mm = static_cast<float>(sqrt(area / closed));
            sections[n] = result;
        });
}

template void tube_response<CTFFR_EXEC>(const CTFFR_EXEC&, Int3, double, double, double, View<const float>,
                                        View<const std::int32_t>, View<TubeResponse>);
template void mean_along_tube<CTFFR_EXEC>(const CTFFR_EXEC&, Int3, double, double, View<const float>,
                                          View<const std::int32_t>, View<const TubeResponse>, View<float>);
template void ray_sections<CTFFR_EXEC>(const CTFFR_EXEC&, Int3, double, const RayOptions&, View<const float>,
                                       View<const std::int32_t>, View<const TubeResponse>, View<RaySection>);

}  // namespace ctffr::kernels
