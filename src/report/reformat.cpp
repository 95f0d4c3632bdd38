// SPDX-License-Identifier: Apache-2.0
#include "report/reformat.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <png.h>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "report/text.hpp"

namespace ctffr::report {

namespace {

// Catmull-Rom weights of the voxels first-1 .. first+2 for a place t in [0, 1) behind `first`.
struct CubicWeights {
    int first;
    double w[4];
};
CubicWeights cubic_weights(double index) {
    const double floor_index = std::floor(index), t = index - floor_index, t2 = t * t, t3 = t2 * t;
    return {static_cast<int>(floor_index),
            {0.5 * (-t + 2 * t2 - t3), 0.5 * (2 - 5 * t2 + 3 * t3), 0.5 * (t + 4 * t2 - 3 * t3),
             0.5 * (t3 - t2)}};
}

std::uint8_t grey_level(double hu, GreyWindow window) {
    if (!std::isfinite(hu)) return 0;
    const double level = (hu - window.low_hu) / (window.high_hu - window.low_hu);
    return static_cast<std::uint8_t>(std::lround(255 * std::clamp(level, 0.0, 1.0)));
}

int pixels(double length_mm, double pixel_mm) {
    return std::max(1, static_cast<int>(std::ceil(length_mm / pixel_mm - 1e-9)));
}

// Fills a picture; `place(x, y)` is the point of pixel (x, y), x to the right and y downwards.
template <class Place>
GreyImage fill(const Volume& volume, int width, int height, GreyWindow window, const Cpu& exec,
               const Place& place) {
    GreyImage image{width, height, {}};
    image.grey.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    parallel_for(exec, "report_view", height, [&](Index y) {
        for (int x = 0; x < width; ++x)
            image.grey[static_cast<std::size_t>(y * width + x)] =
                grey_level(sample_hu(volume, place(x, static_cast<int>(y))), window);
    });
    return image;
}

// Projected length per length along the path when looking along `up`, smallest 5 % ignored.
double unforeshortened(const VesselPath& path, Vec3 up) {
    std::vector<double> sine;
    for (const PathPoint& p : path.points) sine.push_back(norm(cross(p.tangent, up)));
    const auto fifth = sine.begin() + static_cast<std::ptrdiff_t>(sine.size() / 20);
    std::nth_element(sine.begin(), fifth, sine.end());
    return *fifth;
}

Vec3 best_direction(const VesselPath& path) {
    constexpr int count = 200;  // a Fibonacci half sphere
    const double golden = pi * (3 - std::sqrt(5.0));
    Vec3 best{0, 0, 1};
    double best_value = -1;
    for (int i = 0; i < count; ++i) {
        const double z = (i + 0.5) / count, r = std::sqrt(1 - z * z);
        const Vec3 up{r * std::cos(golden * i), r * std::sin(golden * i), z};
        const double value = unforeshortened(path, up);
        if (value > best_value) best_value = value, best = up;
    }
    return best;
}

}  // namespace

double sample_hu(const Volume& volume, Vec3 lps_mm) {
    const ImageGeometry& g = volume.geometry;
    const Vec3 index = g.index_from_lps(lps_mm);
    if (!g.contains(index)) return missing;
    const CubicWeights x = cubic_weights(index.x), y = cubic_weights(index.y), z = cubic_weights(index.z);
    const auto inside = [](int i, int size) { return std::clamp(i, 0, size - 1); };
    double sum = 0;
    for (int c = 0; c < 4; ++c)
        for (int b = 0; b < 4; ++b) {
            const Index row =
                g.offset(0, inside(y.first - 1 + b, g.size.y), inside(z.first - 1 + c, g.size.z));
            double line = 0;
            for (int a = 0; a < 4; ++a)
                line += x.w[a] * volume.hu[static_cast<std::size_t>(row + inside(x.first - 1 + a, g.size.x))];
            sum += z.w[c] * y.w[b] * line;
        }
    return sum;
}

GreyWindow window_for(const ScanModel& scan) {
    GreyWindow window;
    if (std::isfinite(scan.blood_hu) && scan.blood_hu > 100) window.high_hu = 1.6 * scan.blood_hu;
    return window;
}

Vec3 cut_direction(const PathPoint& at, double angle) {
    return std::cos(angle) * at.normal + std::sin(angle) * at.binormal;
}

GreyImage straightened(const Volume& volume, const VesselPath& path, double angle, double half_width_mm,
                       double pixel_mm, GreyWindow window, const Cpu& exec) {
    const int width = pixels(path.length_mm(), pixel_mm), height = pixels(2 * half_width_mm, pixel_mm);
    std::vector<Vec3> center, up;
    for (int x = 0; x < width; ++x) {
        const PathPoint p = path.at((x + 0.5) * pixel_mm);
        center.push_back(p.position_lps_mm);
        up.push_back(cut_direction(p, angle));
    }
    return fill(volume, width, height, window, exec, [&](int x, int y) {
        const double height_mm = half_width_mm - (y + 0.5) * pixel_mm;
        return center[static_cast<std::size_t>(x)] + height_mm * up[static_cast<std::size_t>(x)];
    });
}

StretchedView stretched(const Volume& volume, const VesselPath& path, double margin_mm, double pixel_mm,
                        GreyWindow window, const Cpu& exec) {
    StretchedView view;
    view.up = best_direction(path);
    if (view.up.z < 0) view.up = -view.up;  // the head side is up
    const auto& points = path.points;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const Vec3 step = i == 0 ? Vec3{} : points[i].position_lps_mm - points[i - 1].position_lps_mm;
        view.across_mm.push_back((i == 0 ? 0 : view.across_mm.back()) + norm(cross(step, view.up)));
        view.up_mm.push_back(dot(points[i].position_lps_mm, view.up));
    }
    const auto [low, high] = std::minmax_element(view.up_mm.begin(), view.up_mm.end());
    const double middle = 0.5 * (*low + *high);
    view.width_mm = view.across_mm.back(), view.height_mm = *high - *low + 2 * margin_mm;
    for (double& height_mm : view.up_mm) height_mm -= middle;

    const int width = pixels(view.width_mm, pixel_mm), height = pixels(view.height_mm, pixel_mm);
    std::vector<Vec3> foot;  // of each column, at the middle height of the picture
    std::size_t i = 1;
    for (int x = 0; x < width; ++x) {
        const double across = std::min((x + 0.5) * pixel_mm, view.width_mm);
        while (i + 1 < points.size() && view.across_mm[i] < across) ++i;
        const double step = view.across_mm[i] - view.across_mm[i - 1];
        const double t = step > 0 ? (across - view.across_mm[i - 1]) / step : 0;
        const Vec3 p = lerp(points[i - 1].position_lps_mm, points[i].position_lps_mm, t);
        foot.push_back(p + (middle - dot(p, view.up)) * view.up);
    }
    view.image = fill(volume, width, height, window, exec, [&](int x, int y) {
        return foot[static_cast<std::size_t>(x)] + (0.5 * view.height_mm - (y + 0.5) * pixel_mm) * view.up;
    });
    return view;
}

GreyImage cross_section(const Volume& volume, const PathPoint& at, double half_width_mm, double pixel_mm,
                        GreyWindow window, const Cpu& exec) {
    const int size = pixels(2 * half_width_mm, pixel_mm);
    return fill(volume, size, size, window, exec, [&](int x, int y) {
        return at.position_lps_mm + ((x + 0.5) * pixel_mm - half_width_mm) * at.normal +
               (half_width_mm - (y + 0.5) * pixel_mm) * at.binormal;
    });
}

std::vector<std::uint8_t> png(const GreyImage& image) {
    png_image header{};
    header.version = PNG_IMAGE_VERSION;
    header.width = static_cast<png_uint_32>(image.width);
    header.height = static_cast<png_uint_32>(image.height);
    header.format = PNG_FORMAT_GRAY;
    png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(header);
    std::vector<std::uint8_t> file(bytes);
    if (!png_image_write_to_memory(&header, file.data(), &bytes, 0, image.grey.data(), 0, nullptr))
        throw Error(ExitCode::internal, "A {} x {} picture of the report could not be encoded as PNG: {}.",
                    image.width, image.height, header.message);
    file.resize(bytes);
    return file;
}

std::string png_uri(const GreyImage& image) { return "data:image/png;base64," + base64(png(image)); }

}  // namespace ctffr::report
