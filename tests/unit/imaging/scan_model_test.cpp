// SPDX-License-Identifier: Apache-2.0
// Blood, noise and sharpness of painted scans with known values.
#include "imaging/scan_model.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "imaging/quality_gate.hpp"

namespace ctffr::imaging {
namespace {

constexpr double fwhm_per_sigma = 2.3548200450309493;

// A ball of blood in muscle, blurred by sigma_xy in plane and sigma_z across: for a large ball the edge along
// a normal n is an error function of width sqrt(sigma_xy^2 (1 - nz^2) + sigma_z^2 nz^2).
Volume ball(double radius_mm, double fwhm_xy_mm, double fwhm_z_mm, double noise_hu) {
    Volume volume;
    ImageGeometry& g = volume.geometry;
    g.size = {120, 120, 100};
    g.spacing_mm = {0.4, 0.4, 0.48};
    g.origin_lps_mm = {-0.2 * 119, -0.2 * 119, -0.24 * 99};
    std::uint64_t n = 0;
    for (int k = 0; k < g.size.z; ++k)
        for (int j = 0; j < g.size.y; ++j)
            for (int i = 0; i < g.size.x; ++i, ++n) {
                const Vec3 p = g.lps_from_index({double(i), double(j), double(k)});
                const double r = norm(p), nz2 = r > 0 ? p.z * p.z / (r * r) : 0;
                const double sxy = fwhm_xy_mm / fwhm_per_sigma, sz = fwhm_z_mm / fwhm_per_sigma;
                const double s = std::sqrt(sxy * sxy * (1 - nz2) + sz * sz * nz2);
                const double hu = 100 + 350 * 0.5 * std::erfc((r - radius_mm) / (std::sqrt(2.0) * s));
                volume.hu.push_back(
                    static_cast<std::int16_t>(std::lround(hu + noise_hu * normal_at(3, 1, n))));
            }
    return volume;
}

ScanModel model() {
    ScanModel scan;
    scan.blood_hu = 450, scan.myocardium_hu = 100, scan.fat_hu = -100, scan.noise_sd_hu = 20;
    return scan;
}

TEST(FitEdge, RecoversAnErrorFunction) {
    std::vector<double> t, hu;
    for (double s = -2; s <= 2; s += 0.1)
        t.push_back(s), hu.push_back(250 + 150 * std::erf((s - 0.13) / (std::sqrt(2.0) * 0.31)));
    const EdgeFit fit = fit_edge(t, hu);
    ASSERT_TRUE(fit.good);
    EXPECT_NEAR(fit.sigma_mm, 0.31, 1e-4);
    EXPECT_NEAR(fit.shift_mm, 0.13, 1e-4);
    EXPECT_NEAR(fit.contrast_hu, 300, 0.1);
    EXPECT_LT(fit.residual_hu, 1e-2);
}

TEST(Sharpness, IsMeasuredWithinATenthInPlaneAndAcross) {
    for (const auto& [xy, z] : {std::pair{0.6, 0.8}, std::pair{0.8, 1.1}}) {
        const Volume volume = ball(18, xy, z, 20);
        const ctffr::Run run;
        const ScalarGrid grid =
            gaussian(resample(volume, grid_geometry(bounding_box(volume.geometry), 1.0), 2, run), 0.7, run);
        const SharpnessFit fit = measure_sharpness(volume, grid, model(), run);
        EXPECT_TRUE(fit.z_measured);
        EXPECT_GT(fit.edges, 500);
        EXPECT_NEAR(fit.fwhm_xy_mm, xy, 0.1 * xy);
        EXPECT_NEAR(fit.fwhm_z_mm, z, 0.1 * z);
    }
}

TEST(Blood, MedianAndNoiseOfTheAorta) {
    const Volume volume = ball(18, 0.6, 0.8, 25);
    AorticRoot root;
    for (int z = -8; z <= 8; ++z) root.sections.push_back({{0, 0, double(z)}, 14});
    ScanModel scan;
    measure_blood(volume, root, scan);
    EXPECT_NEAR(scan.blood_hu, 450, 1);
    EXPECT_NEAR(scan.blood_sd_hu, 25, 1);
    EXPECT_NEAR(scan.noise_sd_hu, 25, 1);
}

TEST(HistogramMode, FindsTheCommonValueAndFallsBack) {
    ScalarGrid grid;
    grid.geometry.size = {10, 10, 100};
    for (int i = 0; i < 10000; ++i)
        grid.values.push_back(static_cast<float>((i % 4 ? -103 : 40) + 8 * normal_at(1, 2, i)));
    EXPECT_NEAR(histogram_mode(grid, Mask(10000, 1), -160, -40, 0), -103, 4);
    EXPECT_EQ(histogram_mode(grid, Mask(10000, 0), -160, -40, -100), -100);
}

Grade grade_of(const QualityReport& report, const std::string& name) {
    for (const QualityFigure& f : report.figures)
        if (f.name == name) return f.grade;
    ADD_FAILURE() << "no figure " << name;
    return Grade::pass;
}

TEST(QualityGate, GradesByTheBoundsOfTheTable) {
    Volume volume;
    volume.geometry.size = {400, 400, 300};
    volume.geometry.spacing_mm = {0.4, 0.4, 0.5};
    HeartFrame heart;
    heart.root_center_lps_mm = {80, 80, 110};
    ScanModel scan = model();
    scan.psf_fwhm_xy_mm = 0.7;
    const auto with = [&](auto change) {
        ScanModel s = scan;
        Volume v;
        v.geometry = volume.geometry;
        change(s, v);
        return grade_quality(v, s, heart);
    };
    EXPECT_EQ(with([](ScanModel&, Volume&) {}).grade, Grade::pass);
    EXPECT_EQ(grade_of(with([](ScanModel& s, Volume&) { s.blood_hu = 270; }), "aorta_hu"), Grade::warn);
    EXPECT_EQ(grade_of(with([](ScanModel& s, Volume&) { s.blood_hu = 190; }), "aorta_hu"), Grade::reject);
    EXPECT_EQ(grade_of(with([](ScanModel& s, Volume&) { s.blood_hu = 950; }), "aorta_hu"), Grade::reject);
    EXPECT_EQ(grade_of(with([](ScanModel& s, Volume&) { s.noise_sd_hu = 40; }), "noise_sd_hu"), Grade::warn);
    EXPECT_EQ(grade_of(with([](ScanModel& s, Volume&) { s.noise_sd_hu = 61; }), "noise_sd_hu"),
              Grade::reject);
    EXPECT_EQ(grade_of(with([](ScanModel& s, Volume&) { s.noise_sd_hu = 75; }), "cnr_lumen_fat"),
              Grade::reject);
    EXPECT_EQ(grade_of(with([](ScanModel& s, Volume&) { s.psf_fwhm_xy_mm = 1.31; }), "edge_fwhm_mm"),
              Grade::reject);
    EXPECT_EQ(
        grade_of(with([](ScanModel&, Volume& v) { v.geometry.spacing_mm.z = 1.3; }), "slice_spacing_mm"),
        Grade::reject);
    EXPECT_EQ(grade_of(with([](ScanModel&, Volume& v) { v.geometry.spacing_mm.x = 0.47; }), "pixel_mm"),
              Grade::warn);
    EXPECT_EQ(
        grade_of(with([](ScanModel&, Volume& v) { v.geometry.size.z = 222; }), "coverage_above_root_mm"),
        Grade::reject);
    // The whole grade is the worst of all, and what is not a pass says why.
    const QualityReport bad = with([](ScanModel& s, Volume&) { s.noise_sd_hu = 61; });
    EXPECT_EQ(bad.grade, Grade::reject);
    for (const QualityFigure& f : bad.figures) EXPECT_EQ(f.sentence.empty(), f.grade == Grade::pass);
}

}  // namespace
}  // namespace ctffr::imaging
