// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/parallel/parallel.hpp"
#include "ctffr/stages/training_data.hpp"
#include "imaging/heart_image.hpp"
#include "phantom/heart_anatomy.hpp"
#include "phantom/heart_axes.hpp"
#include "phantom/patient.hpp"
#include "phantom/scanner.hpp"

namespace ctffr {
namespace {

std::size_t as_size(Index i) { return static_cast<std::size_t>(i); }

// A patient in a coarse scan, and a box about the root small enough for seconds.
PhantomOptions quick() {
    PhantomOptions options = phantom_preset("diseased");
    options.seed = 311;
    options.scanner.matrix = 96, options.scanner.slices = 72;
    options.scanner.motion_chance = options.scanner.slab_chance = 0;
    return options;
}
HeartSampleOptions narrow() {
    HeartSampleOptions options;
    options.enlarged_mm = {-22, -20};
    return options;
}
const HeartSamples& samples() {
    static const HeartSamples made = [] {
        set_threads(2);
        return run_heart_samples(quick(), narrow(), ctffr::Run{});
    }();
    return made;
}

TEST(HeartSamples, EveryArrayIsOnTheGrid) {
    const HeartSamples& s = samples();
    const auto count = as_size(s.geometry.size.count());
    ASSERT_GT(count, 100000u);
    EXPECT_EQ(s.geometry.spacing_mm.x, 0.8);
    EXPECT_EQ(s.image_hu.size(), count);
    for (const auto* bytes : {&s.noise, &s.lumen_left, &s.lumen_right, &s.centerline, &s.aorta, &s.lv_blood,
                              &s.lv_outer, &s.look_alike, &s.dense, &s.skeleton})
        EXPECT_EQ(bytes->size(), count);
    EXPECT_GT(s.blood_hu, 300);
    EXPECT_NEAR(s.muscle_hu, 105, 35);
    ASSERT_EQ(s.ostia.size() % 4, 0u);
    ASSERT_EQ(s.places.size() % 4, 0u);
    int kinds[4] = {0, 0, 0, 0};
    for (std::size_t n = 0; n < s.places.size(); n += 4) {
        const Int3 at{s.places[n], s.places[n + 1], s.places[n + 2]};
        ++kinds[s.places[n + 3]];
        // Every place lies on an artery.
        EXPECT_LT(s.centerline[as_size(s.geometry.offset(at.x, at.y, at.z))], 0.75 / 4 * 255);
    }
    EXPECT_GT(kinds[0], 100);
    EXPECT_GE(kinds[1], 2);
    EXPECT_GT(kinds[2], 1);
}

TEST(HeartSamples, SharesAndSkeletonFitTogether) {
    const HeartSamples& s = samples();
    double left = 0, right = 0, on_line = 0, line = 0;
    for (std::size_t i = 0; i < s.skeleton.size(); ++i) {
        ASSERT_LE(s.lumen_left[i] + s.lumen_right[i] + s.dense[i], 257);
        ASSERT_EQ(s.skeleton[i] & 3 & ~(s.skeleton[i] >> 2), 0);  // the wide one holds the line
        if (s.centerline[i] == 255) {
            ASSERT_EQ(s.lumen_left[i] + s.lumen_right[i] + s.skeleton[i], 0);
        }
        left += s.lumen_left[i] / 255.0, right += s.lumen_right[i] / 255.0;
        if (s.skeleton[i] & 3) line += 1, on_line += (s.lumen_left[i] + s.lumen_right[i]) / 255.0;
    }
    EXPECT_GT(left * 0.512, 200);  // mm3
    EXPECT_GT(right * 0.512, 100);
    EXPECT_GT(on_line / line, 0.6);
}

TEST(HeartSamples, AortaIsTheImplicitShapesDistance) {
    const HeartSamples& s = samples();
    const phantom::DrawnPatient patient = phantom::draw_patient(quick());
    const phantom::HeartAnatomy heart(patient.body, quick().seed,
                                      phantom::rotation(patient.scan.rotation_rad));
    const imaging::ScalarGrid frame{s.geometry, {}};
    double sum = 0;
    int count = 0, wrong = 0;
    for (Index v = 0; v < s.geometry.size.count(); v += 5) {
        const double truth = heart.aorta(frame.position(v)), found = (s.aorta[as_size(v)] - 128) / 31.75;
        if (std::abs(truth) > 0.3 && std::abs(truth) < 8) wrong += (truth < 0) != (found < 0);
        if (std::abs(truth) > 2) continue;
        sum += std::abs(truth - found), ++count;
    }
    EXPECT_GT(count, 1000);
    EXPECT_LT(sum / count, 0.1);
    EXPECT_EQ(wrong, 0);
}

TEST(HeartSamples, VentricleLiesWithinItsWall) {
    const HeartSamples& s = samples();
    double muscle = 0, blood = 0;
    int muscles = 0, bloods = 0;
    for (std::size_t i = 0; i < s.image_hu.size(); ++i) {
        // 2.5 mm deep in blood one is inside the outer surface too; the aorta begins where the ventricle
        // ends.
        if (s.lv_blood[i] < 48) {
            ASSERT_LT(s.lv_outer[i], 128);
        }
        ASSERT_FALSE(s.lv_blood[i] < 120 && s.aorta[i] < 120);
        if (s.lv_outer[i] < 80 && s.lv_blood[i] > 176) muscle += s.image_hu[i], ++muscles;
        if (s.lv_blood[i] < 80) blood += s.image_hu[i], ++bloods;
    }
    ASSERT_GT(muscles, 500);
    ASSERT_GT(bloods, 500);
    EXPECT_GT(blood / bloods, muscle / muscles + 150);
}

TEST(HeartSamples, SameBitsOnOneAndTwoThreads) {
    const HeartSamples& two = samples();
    set_threads(1);
    const HeartSamples one = run_heart_samples(quick(), narrow(), ctffr::Run{});
    set_threads(2);
    EXPECT_EQ(one.image_hu, two.image_hu);
    EXPECT_EQ(one.noise, two.noise);
    EXPECT_EQ(one.lumen_left, two.lumen_left);
    EXPECT_EQ(one.lv_outer, two.lv_outer);
    EXPECT_EQ(one.skeleton, two.skeleton);
    EXPECT_EQ(one.places, two.places);
}

// Standard deviation, and correlation of neighbours along and across the slices.
struct NoiseFigures {
    double sd = 0, along = 0, across = 0;
};
template <class Values>
NoiseFigures figures(const Values& hu, const Int3& n) {
    double sum = 0, squares = 0, along = 0, across = 0;
    double count = 0;
    for (int k = 2; k + 3 < n.z; ++k)
        for (int j = 2; j + 2 < n.y; ++j)
            for (int i = 2; i + 3 < n.x; ++i) {
                const auto at = [&](int di, int dk) {
                    return static_cast<double>(
                        hu[as_size(i + di + Index{n.x} * (j + Index{n.y} * (k + dk)))]);
                };
                sum += at(0, 0), squares += at(0, 0) * at(0, 0), along += at(0, 0) * at(1, 0);
                across += at(0, 0) * at(0, 1), count += 1;
            }
    const double variance = squares / count - sum / count * sum / count;
    return {std::sqrt(variance), along / count / variance, across / count / variance};
}

// A fine scan read onto the network's grid, and the scan rendered there at once, have the same noise and
// sharpness.
TEST(HeartSamples, RenderedAtTheNetworksSpacingAsIfRead) {
    phantom::ScanSetup scan;
    scan.geometry.size = {168, 168, 96};
    scan.geometry.spacing_mm = {0.38, 0.38, 0.45};
    scan.scan.psf_xy_fwhm_mm = 0.6, scan.scan.psf_z_fwhm_mm = 0.75, scan.scan.kernel_overshoot = 0.04;
    scan.scan.noise_sd_hu = 40, scan.scan.noise_peak_per_mm = 0.3, scan.seed = 5;
    scan.coarse.size = {2, 2, 2}, scan.coarse.spacing_mm = {100, 100, 100};
    scan.relative_sd.assign(8, 1.0f);
    phantom::ScanSetup read = scan;
    read.geometry = imaging::heart_grid(imaging::bounding_box(scan.geometry), scan.geometry);
    read.reading = {imaging::heart_image_blur_mm2(0.38, 0.38), imaging::heart_image_blur_mm2(0.45, 0.38)};
    // A ball of blood; what the renderer paints, blurred as it says.
    const Vec3 center{31.3, 32.2, 21.1};
    const auto painted = [&](phantom::ScanSetup& setup) {
        setup.rendered = phantom::render_blur(setup.geometry, setup.scan, setup.reading);
        std::vector<float> image(as_size(setup.geometry.size.count()));
        const imaging::ScalarGrid frame{setup.geometry, {}};
        for (std::size_t i = 0; i < image.size(); ++i) {
            const Vec3 d = frame.position(static_cast<Index>(i)) - center,
                       u = normalized(d + Vec3{1e-9, 0, 0});
            const double blur =
                std::hypot(setup.rendered.xy_mm * std::hypot(u.x, u.y), setup.rendered.z_mm * u.z);
            image[i] = static_cast<float>(200 * std::erfc((norm(d) - 12) / blur / std::sqrt(2.0)));
        }
        return image;
    };
    const auto made = [&](phantom::ScanSetup& setup, std::vector<std::int16_t>& still) {
        return phantom::scan_image(Cpu{}, setup, Array<float, Cpu>(Cpu{}, painted(setup)), &still,
                                   ctffr::Run{});
    };
    Volume fine, fine_still;
    fine.geometry = fine_still.geometry = scan.geometry;
    fine.hu = made(scan, fine_still.hu);
    std::vector<std::int16_t> still;
    const std::vector<std::int16_t> direct = made(read, still);
    const std::vector<float> indirect = imaging::heart_image(fine, read.geometry, ctffr::Run{}).values;
    const std::vector<float> indirect_still =
        imaging::heart_image(fine_still, read.geometry, ctffr::Run{}).values;
    std::vector<double> noise(direct.size()), noise_read(direct.size());
    double worst = 0;
    for (std::size_t i = 0; i < direct.size(); ++i) {
        noise[i] = direct[i] - still[i];
        noise_read[i] = static_cast<double>(indirect[i] - indirect_still[i]);
        worst = std::max(worst, std::abs(static_cast<double>(indirect_still[i]) - still[i]));
    }
    const NoiseFigures a = figures(noise, read.geometry.size), b = figures(noise_read, read.geometry.size);
    EXPECT_LT(b.sd, 0.8 * 40);  // reading does average
    EXPECT_NEAR(a.sd / b.sd, 1, 0.06);
    EXPECT_NEAR(a.along, b.along, 0.06);
    EXPECT_NEAR(a.across, b.across, 0.06);
    EXPECT_LT(worst, 20);  // of an edge of 400 HU
}

}  // namespace
}  // namespace ctffr
