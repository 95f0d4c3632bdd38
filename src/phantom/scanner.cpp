// SPDX-License-Identifier: Apache-2.0
#include "phantom/scanner.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ctffr/core/random.hpp"
#include "ctffr/kernels/image.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::phantom {
namespace {

constexpr double fwhm_per_sd = 2.3548200450309493;
// Blooming beyond the point spread: attenuation above the threshold spreads a little further and counts a
// little more.
constexpr double bloom_threshold_hu = 700, bloom_sd_mm = 0.45, bloom_share = 0.15;

double extra_sd(double wide_mm, double narrow_mm) {
    return std::sqrt(std::max(0.0, wide_mm * wide_mm - narrow_mm * narrow_mm));
}

// Images that take turns as input and output of separable filters.
template <class Exec>
class Workspace {
   public:
    Workspace(const Exec& exec, const ImageGeometry& geometry)
        : exec_(exec),
          geometry_(geometry),
          first_(exec, geometry.size.count()),
          second_(exec, geometry.size.count()) {}

    // image = image blurred along one axis.
    void blur(Array<float, Exec>& image, int axis, double sd_mm) {
        convolve(image, first_, axis, sd_mm);
        std::swap(image, first_);
    }
    void blur_plane(Array<float, Exec>& image, double sd_mm) {
        blur(image, 0, sd_mm);
        blur(image, 1, sd_mm);
    }
    // image = a * image + b * (image blurred in the plane).
    void add_blurred(Array<float, Exec>& image, double a, double b, double sd_mm) {
        convolve(image, first_, 0, sd_mm);
        convolve(first_, second_, 1, sd_mm);
        mix_into(image, a, b, second_);
    }
    void bloom(Array<float, Exec>& image) {
        kernels::excess(exec_, static_cast<float>(bloom_threshold_hu), std::as_const(image).view(),
                        second_.view());
        for (int axis = 0; axis < 3; ++axis) blur(second_, axis, bloom_sd_mm);
        mix_into(image, 1, bloom_share, second_);
    }
    void displace(Array<float, Exec>& image, const std::vector<kernels::MovingPlace>& places,
                  const std::vector<float>& shifts) {
        const Array<kernels::MovingPlace, Exec> moving(exec_, places);
        const Array<float, Exec> shift(exec_, shifts);
        kernels::displace(exec_, geometry_, moving.view(), shift.view(), std::as_const(image).view(),
                          first_.view());
        std::swap(image, first_);
    }

   private:
    void convolve(const Array<float, Exec>& in, Array<float, Exec>& out, int axis, double sd_mm) {
        const Array<float, Exec> taps(exec_, gauss_taps(sd_mm, geometry_.spacing_mm[axis]));
        kernels::convolve_axis(exec_, geometry_.size, axis, taps.view(), in.view(), out.view());
    }
    void mix_into(Array<float, Exec>& image, double a, double b, const Array<float, Exec>& other) {
        kernels::mix(exec_, static_cast<float>(a), std::as_const(image).view(), static_cast<float>(b),
                     other.view(), image.view());
    }

    const Exec& exec_;
    const ImageGeometry& geometry_;
    Array<float, Exec> first_, second_;
};

double square_sum(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (std::size_t n = 0; n < std::min(a.size(), b.size()); ++n)
        sum += (n == 0 ? 1.0 : 2.0) * static_cast<double>(a[n]) * static_cast<double>(b[n]);
    return sum;
}

// Taps of two symmetric filters one after the other.
std::vector<float> cascaded(const std::vector<float>& a, const std::vector<float>& b) {
    const int ra = static_cast<int>(a.size()) - 1, rb = static_cast<int>(b.size()) - 1;
    std::vector<float> out(static_cast<std::size_t>(ra + rb) + 1, 0.0f);
    for (int n = 0; n <= ra + rb; ++n)
        for (int m = -ra; m <= ra; ++m)
            if (const int other = std::abs(n - m); other <= rb)
                out[static_cast<std::size_t>(n)] +=
                    a[static_cast<std::size_t>(std::abs(m))] * b[static_cast<std::size_t>(other)];
    return out;
}

// Width behind a further blur; without one exactly the same.
double widened(double sd_mm, double variance_mm2) { return std::sqrt(sd_mm * sd_mm + variance_mm2); }

double noise_z_sd_mm(const DrawnScan& scan) { return 0.85 * scan.psf_z_fwhm_mm / fwhm_per_sd; }

// Noise filter and its width across the slices, behind the blur of reading.
struct ReadNoise {
    NoiseFilter plane;
    double z_sd_mm = 0;
};
ReadNoise noise_as_read(const DrawnScan& scan, const ReadingBlur& reading) {
    const NoiseFilter f = design_noise(scan.noise_peak_per_mm);
    return {{widened(f.narrow_sd_mm, reading.xy_mm2), widened(f.wide_sd_mm, reading.xy_mm2), f.weight},
            widened(noise_z_sd_mm(scan), reading.z_mm2)};
}

// Integral of the noise power over all frequencies, but for a constant factor.
double noise_power(const ReadNoise& noise) {
    const double a = noise.plane.narrow_sd_mm * noise.plane.narrow_sd_mm;
    const double b = noise.plane.wide_sd_mm * noise.plane.wide_sd_mm, w = noise.plane.weight;
    return (1 / a - 4 * w / (a + b) + w * w / b) / noise.z_sd_mm;
}

// Standard deviation that white noise of unit variance has behind the noise filter, from the filter's own
// taps.
double noise_gain(const ReadNoise& noise, const ImageGeometry& geometry) {
    const NoiseFilter& filter = noise.plane;
    double narrow_both = 1, mixed_both = 1, wide_both = 1;
    for (int axis = 0; axis < 2; ++axis) {
        const auto narrow = gauss_taps(filter.narrow_sd_mm, geometry.spacing_mm[axis]);
        const auto extra =
            gauss_taps(extra_sd(filter.wide_sd_mm, filter.narrow_sd_mm), geometry.spacing_mm[axis]);
        const auto wide = cascaded(narrow, extra);
        narrow_both *= square_sum(narrow, narrow);
        mixed_both *= square_sum(narrow, wide);
        wide_both *= square_sum(wide, wide);
    }
    const auto z = gauss_taps(noise.z_sd_mm, geometry.spacing_mm.z);
    const double plane =
        narrow_both - 2 * filter.weight * mixed_both + filter.weight * filter.weight * wide_both;
    return std::sqrt(plane * square_sum(z, z));
}

// Shift of each slice where the scan was put together from stacks that do not quite agree. The stack with the
// middle of the image stays in place; stacks blend over 3 mm.
std::vector<float> slice_shifts(const ScanSetup& setup) {
    const int slices = setup.geometry.size.z;
    std::vector<float> shifts(static_cast<std::size_t>(slices) * 3, 0.0f);
    if (setup.scan.slabs < 2) return shifts;
    Random random(setup.seed, 0x534c4142u);
    std::vector<Vec3> offset;
    for (int slab = 0; slab < setup.scan.slabs; ++slab) {
        const Vec3 direction = normalized({random.normal(), random.normal(), 0.7 * random.normal()});
        offset.push_back(slab == setup.scan.slabs / 2 ? Vec3{} : setup.scan.slab_shift_mm * direction);
    }
    const double blend_mm = 3, height_mm = slices * setup.geometry.spacing_mm.z / setup.scan.slabs;
    for (int k = 0; k < slices; ++k) {
        const double z = (k + 0.5) * setup.geometry.spacing_mm.z;
        Vec3 shift = offset.front();
        for (int slab = 1; slab < setup.scan.slabs; ++slab) {
            const double t = std::clamp((z - slab * height_mm) / blend_mm + 0.5, 0.0, 1.0);
            shift = lerp(shift, offset[static_cast<std::size_t>(slab)], t * t * (3 - 2 * t));
        }
        for (int axis = 0; axis < 3; ++axis)
            shifts[static_cast<std::size_t>(3 * k + axis)] = static_cast<float>(shift[axis]);
    }
    return shifts;
}

template <class Exec>
Array<float, Exec> correlated_noise(const Exec& exec, const ScanSetup& setup, const ReadNoise& shape,
                                    Workspace<Exec>& work) {
    const NoiseFilter& filter = shape.plane;
    Array<float, Exec> noise(exec, setup.geometry.size.count());
    kernels::white_noise(exec, setup.seed, 0x4e4f4953u, noise.view());
    work.blur_plane(noise, filter.narrow_sd_mm);
    work.add_blurred(noise, 1, -filter.weight, extra_sd(filter.wide_sd_mm, filter.narrow_sd_mm));
    work.blur(noise, 2, shape.z_sd_mm);
    return noise;
}

}  // namespace

std::vector<float> relative_noise(const ImageGeometry& coarse, const std::vector<float>& hu,
                                  Vec3 reference_lps_mm, const Run& run) {
    constexpr double water_per_mm = 0.02;
    // Tube current modulation and the bow-tie filter take back half of what the body's shape does to the
    // noise.
    constexpr double left_over = 0.5;
    const int nx = coarse.size.x, ny = coarse.size.y, lines = nx + ny;
    std::vector<float> relative(hu.size());
    parallel_for(Cpu{run.profiler}, "relative noise", coarse.size.z, [&](Index k) {
        const float* slice = hu.data() + k * nx * ny;
        std::vector<double> along[4];
        for (auto& sums : along) sums.assign(static_cast<std::size_t>(lines), 0.0);
        const auto line_of = [&](int direction, int i, int j) {
            return static_cast<std::size_t>(direction == 0   ? j
                                            : direction == 1 ? i
                                            : direction == 2 ? i + j
                                                             : i - j + ny);
        };
        for (int j = 0; j < ny; ++j)
            for (int i = 0; i < nx; ++i) {
                const double mu =
                    water_per_mm * std::max(0.0, 1 + static_cast<double>(slice[i + j * nx]) / 1000);
                for (int d = 0; d < 4; ++d)
                    along[d][line_of(d, i, j)] += mu * coarse.spacing_mm.x * (d < 2 ? 1.0 : std::sqrt(2.0));
            }
        for (int j = 0; j < ny; ++j)
            for (int i = 0; i < nx; ++i) {
                double mean = 0;
                for (int d = 0; d < 4; ++d) mean += 0.25 * std::exp(left_over * along[d][line_of(d, i, j)]);
                relative[static_cast<std::size_t>(i + j * nx + k * nx * ny)] =
                    static_cast<float>(std::sqrt(mean));
            }
    });
    const Vec3 at = coarse.index_from_lps(reference_lps_mm);
    // The reference is the mean over a centimetre about the point, where the noise is measured.
    double sum = 0;
    int count = 0;
    const int r = std::max(1, static_cast<int>(std::round(6 / coarse.spacing_mm.x)));
    for (int dk = -r; dk <= r; ++dk)
        for (int dj = -r; dj <= r; ++dj)
            for (int di = -r; di <= r; ++di) {
                const int i = std::clamp(static_cast<int>(at.x) + di, 0, nx - 1);
                const int j = std::clamp(static_cast<int>(at.y) + dj, 0, ny - 1);
                const int k = std::clamp(static_cast<int>(at.z) + dk, 0, coarse.size.z - 1);
                const double value =
                    static_cast<double>(relative[static_cast<std::size_t>(coarse.offset(i, j, k))]);
                sum += value * value, ++count;
            }
    const auto scale = static_cast<float>(1 / std::sqrt(sum / count));
    for (float& value : relative) value *= scale;
    return relative;
}

template <class Exec>
std::vector<std::int16_t> scan_image(const Exec& exec, const ScanSetup& setup, Array<float, Exec> image,
                                     std::vector<std::int16_t>* noise_free, const Run& run) {
    const DrawnScan& scan = setup.scan;
    Workspace<Exec> work(exec, setup.geometry);
    work.bloom(image);
    run.progress("scanner: sharpness", 0.2);
    PlanePsf psf = design_psf(scan.psf_xy_fwhm_mm, scan.kernel_overshoot);
    psf.narrow_sd_mm = widened(psf.narrow_sd_mm, setup.reading.xy_mm2);
    psf.wide_sd_mm = widened(psf.wide_sd_mm, setup.reading.xy_mm2);
    work.blur_plane(image, extra_sd(psf.narrow_sd_mm, setup.rendered.xy_mm));
    if (psf.weight > 0)
        work.add_blurred(image, 1 + psf.weight, -psf.weight, extra_sd(psf.wide_sd_mm, psf.narrow_sd_mm));
    work.blur(image, 2,
              extra_sd(widened(scan.psf_z_fwhm_mm / fwhm_per_sd, setup.reading.z_mm2), setup.rendered.z_mm));
    if (!setup.places.empty() || scan.slabs > 1) {
        run.progress("scanner: motion", 0.4);
        work.displace(image, setup.places, slice_shifts(setup));
    }
    run.progress("scanner: noise", 0.6);
    const ReadNoise shape = noise_as_read(scan, setup.reading);
    const Array<float, Exec> noise = correlated_noise(exec, setup, shape, work);
    // Reading takes away the part of the noise that is too fine for the grid.
    const double left_over = std::sqrt(noise_power(shape) / noise_power(noise_as_read(scan, {})));
    const double gain = noise_gain(shape, setup.geometry);
    std::vector<float> sd = setup.relative_sd;
    for (float& value : sd) value *= static_cast<float>(scan.noise_sd_hu * left_over / gain);
    Array<std::int16_t, Exec> hu(exec, setup.geometry.size.count());
    const auto image_with = [&](const std::vector<float>& noise_sd) {
        const Array<float, Exec> local_sd(exec, noise_sd);
        kernels::noisy_hu(exec, setup.geometry, std::as_const(image).view(), noise.view(), setup.coarse,
                          local_sd.view(), hu.view());
        return hu.to_host();
    };
    if (noise_free != nullptr) *noise_free = image_with(std::vector<float>(sd.size(), 0.0f));
    return image_with(sd);
}

template std::vector<std::int16_t> scan_image<Cpu>(const Cpu&, const ScanSetup&, Array<float, Cpu>,
                                                   std::vector<std::int16_t>*, const Run&);
#if defined(CTFFR_HAVE_CUDA)
template std::vector<std::int16_t> scan_image<Cuda>(const Cuda&, const ScanSetup&, Array<float, Cuda>,
                                                    std::vector<std::int16_t>*, const Run&);
#endif

}  // namespace ctffr::phantom
