// SPDX-License-Identifier: Apache-2.0
// The fit against images whose lumen is known: bias by calibre, throats, calcium, side branches, stated
// uncertainty.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "lumen/psf_fit.hpp"
#include "unit/lumen/blurred_tube.hpp"
#include "unit/lumen/tubes.hpp"

namespace ctffr::test {
namespace {

const Vec3 axis = normalized(Vec3{0.5, 0.3, 0.8});
constexpr double length = 14;

double wall_of(double radius) { return std::clamp(0.25 + 0.3 * radius, 0.4, 1.0); }

CoronaryTree straight_tree(const std::function<double(double)>& radius) {
    CoronaryTree tree;
    tree.branches.push_back(make_branch(
        0, -1, length, [](double s) { return (s - length / 2) * axis; }, radius));
    return tree;
}

// A straight oblique tube in fat, wall outside the healthy radius.
std::function<double(Vec3)> tube_image(const std::function<double(double)>& radius, double healthy,
                                       double blood) {
    return [=](Vec3 p) {
        const double s = dot(p, axis) + length / 2, d = norm(p - dot(p, axis) * axis);
        return edge(d - radius(s), blood, edge(d - healthy - wall_of(healthy), 60, -90));
    };
}

// The centerline as an extraction gives it: off by about 0.2 mm, radii wrong.
CoronaryTree disturbed(CoronaryTree tree) {
    Random random(3);
    for (Branch& branch : tree.branches) {
        for (CenterlinePoint& point : branch.points) {
            point.position_lps_mm += Vec3{0.1 + random.normal(0, 0.08), -0.1 + random.normal(0, 0.08), 0.1};
            point.radius_mm *= 1.25;
        }
        update_arc_and_tangents(branch);
    }
    return tree;
}

lumen::PsfFit fit(const Volume& volume, const ScanModel& scan, const CoronaryTree& tree, int recentre = 1,
                  const lumen::FitPriors& priors = {}) {
    lumen::PsfFitOptions options;
    options.priors = priors;
    options.recentre_iterations = recentre;
    return lumen::fit_lumen(volume, scan, tree, options, ctffr::Run{});
}

struct Errors {
    double bias = 0, mean_absolute_mm = 0;
};
Errors radius_errors(const lumen::PsfFit& found, double radius) {
    Errors errors;
    int n = 0;
    const auto& points = found.tree.branches[0].points;
    for (std::size_t i = 5; i + 5 < points.size(); ++i, ++n) {
        errors.bias += points[i].radius_mm / radius - 1;
        errors.mean_absolute_mm += std::abs(points[i].radius_mm - radius);
    }
    errors.bias /= n, errors.mean_absolute_mm /= n;
    return errors;
}

Volume image_of(double radius, const TestScan& scan) {
    return scan_of({-8, -7, -10}, {8, 7, 10}, scan,
                   tube_image([=](double) { return radius; }, radius, scan.blood_hu));
}

TEST(LumenFit, RadiusBiasIsSmallDownToOneMillimetreDiameter) {
    const TestScan scan;
    for (double radius : {0.5, 0.75, 1.0, 2.0}) {
        const CoronaryTree tree = disturbed(straight_tree([=](double) { return radius; }));
        const lumen::PsfFit found = fit(image_of(radius, scan), model_of(scan), tree);
        const Errors errors = radius_errors(found, radius);
        EXPECT_LT(std::abs(errors.bias), 0.03) << "radius " << radius;
        EXPECT_LT(errors.mean_absolute_mm, 0.03) << "radius " << radius;
        EXPECT_TRUE(found.remarks.empty());
        // Centres come back to the axis.
        for (const CenterlinePoint& point : found.tree.branches[0].points)
            EXPECT_LT(norm(cross(point.position_lps_mm, axis)), 0.2) << "radius " << radius;
    }
}

TEST(LumenFit, TenPerCentWrongBlurMovesAMidSizedRadiusByLessThanSixPerCent) {
    const TestScan scan;
    for (double factor : {0.9, 1.1}) {
        ScanModel model = model_of(scan);
        model.psf_fwhm_xy_mm *= factor, model.psf_fwhm_z_mm *= factor;
        const lumen::PsfFit found =
            fit(image_of(0.75, scan), model, straight_tree([](double) { return 0.75; }));
        EXPECT_LT(std::abs(radius_errors(found, 0.75).bias), 0.06) << factor;
    }
}

TEST(LumenFit, ShortThroatIsNotFilledIn) {
    const TestScan scan;
    // 65 % diameter stenosis over 6 mm.
    const auto radius = [](double s) {
        return std::abs(s - 7) < 3 ? 1.5 - 0.975 * 0.5 * (1 + std::cos(pi * (s - 7) / 3)) : 1.5;
    };
    const Volume volume = scan_of({-8, -7, -10}, {8, 7, 10}, scan, tube_image(radius, 1.5, 400));
    const lumen::PsfFit found =
        fit(volume, model_of(scan), disturbed(straight_tree([](double) { return 1.5; })));
    double least = 1e9;
    for (const CenterlinePoint& point : found.tree.branches[0].points)
        least = std::min(least, point.radius_mm);
    EXPECT_NEAR(2 * least, 1.05, 0.15);
}

TEST(LumenFit, CalciumBesideTheLumenIsNotLumen) {
    const TestScan scan;
    const double radius = 1.4;
    // A block of 1100 HU over 4 mm, hugging the lumen on one side, 100 degrees wide and 0.7 mm thick.
    const Vec3 aside = any_normal(axis), across = cross(axis, aside);
    const auto vessel = tube_image([=](double) { return radius; }, radius, 400);
    const Volume volume = scan_of({-8, -7, -10}, {8, 7, 10}, scan, [&](Vec3 p) {
        const Vec3 w = p - dot(p, axis) * axis;
        const double d = norm(w), angle = std::atan2(dot(w, across), dot(w, aside));
        const bool sector = std::abs(angle) < 50 * pi / 180 && std::abs(dot(p, axis)) < 2;
        return sector && d > radius && d < radius + 0.7 ? 1100.0 : vessel(p);
    });
    const lumen::PsfFit found = fit(volume, model_of(scan), straight_tree([=](double) { return radius; }));
    const auto& branch = found.tree.branches[0];
    for (const CenterlinePoint& point : branch.points)
        EXPECT_NEAR(point.radius_mm / radius, 1.0, 0.12) << point.arc_mm;
    const bool flagged = std::any_of(branch.flags.begin(), branch.flags.end(), [](const BranchFlag& flag) {
        return flag.kind == BranchFlag::Kind::calcified && flag.start_mm < 7 && flag.end_mm > 7;
    });
    EXPECT_TRUE(flagged);
}

TEST(LumenFit, RaysIntoASideBranchAreOpenAndTheMainVesselKeepsItsCalibre) {
    const TestScan scan;
    CoronaryTree tree;
    tree.branches.push_back(make_branch(
        0, -1, 8,
        [](double s) {
            return Vec3{0, 0, s};
        },
        [](double) { return 1.5; }));
    tree.branches.push_back(make_branch(
        1, 0, 8,
        [](double s) {
            return Vec3{0, 0, 8 + s};
        },
        [](double) { return 1.4; }));
    tree.branches.push_back(make_branch(
        2, 0, 8,
        [](double s) {
            return Vec3{0.8 * s, 0, 8 + 0.6 * s};
        },
        [](double) { return 0.9; }));
    const Volume volume = scan_of({-5, -5, -3}, {11, 5, 19}, scan, [&](Vec3 p) {
        const double main = std::hypot(p.x, p.y) - (p.z < 8 ? 1.5 : 1.4);
        const Vec3 w = p - Vec3{0, 0, 8}, direction{0.8, 0, 0.6};
        const double along = std::max(0.0, dot(w, direction));
        const double d = std::min(main, norm(w - along * direction) - 0.9);
        return edge(d, 400, edge(d - 0.6, 60, -90));
    });
    const lumen::PsfFit found = fit(volume, model_of(scan), tree);
    const auto& near_fork = found.branches[1].sections[2];
    EXPECT_GT(std::count(near_fork.open.begin(), near_fork.open.end(), 1), 2);
    for (std::size_t i = 4; i < 15; ++i) {
        EXPECT_NEAR(found.tree.branches[0].points[i].radius_mm, 1.5, 0.12) << i;
        EXPECT_NEAR(found.tree.branches[1].points[i].radius_mm, 1.4, 0.15) << i;
    }
    for (std::size_t i = 8; i < 15; ++i)
        EXPECT_NEAR(found.tree.branches[2].points[i].radius_mm, 0.9, 0.06) << i;
    // The tree stays a tree: children start where their parent ends.
    EXPECT_TRUE(check(found.tree).empty());
}

TEST(LumenFit, StatedUncertaintyIsTheSpreadOverNoise) {
    TestScan scan;
    const double radius = 1.0;
    const CoronaryTree tree = straight_tree([=](double) { return radius; });
    constexpr int runs = 10;
    std::vector<std::vector<double>> values;
    double stated = 0;
    int count = 0;
    for (int k = 0; k < runs; ++k) {
        scan.seed = static_cast<std::uint64_t>(100 + k);
        lumen::FitPriors noise_only;
        noise_only.blur_error = noise_only.blood_error_hu = 0;
        const lumen::PsfFit found = fit(image_of(radius, scan), model_of(scan), tree, 0, noise_only);
        std::vector<double> row;
        for (std::size_t i = 7; i + 7 < found.branches[0].sections.size(); i += 2)
            for (std::size_t a = 0; a < 32; a += 4) {
                row.push_back(found.branches[0].sections[i].radius_mm[a]);
                stated += found.branches[0].sections[i].radius_sd_mm[a], ++count;
            }
        values.push_back(row);
    }
    double variance = 0;
    for (std::size_t j = 0; j < values[0].size(); ++j) {
        double mean = 0, square = 0;
        for (const auto& row : values) mean += row[j] / runs;
        for (const auto& row : values) square += (row[j] - mean) * (row[j] - mean) / (runs - 1);
        variance += square / static_cast<double>(values[0].size());
    }
    EXPECT_NEAR(std::sqrt(variance) / (stated / count), 1.0, 0.35);
}

TEST(LumenFit, StatedUncertaintyContainsThatOfTheBlur) {
    // The answer to a wider blur is predicted by one linear solve; compare with fits at both widths.
    TestScan scan;
    scan.noise_hu = 5;
    const double radius = 0.6;
    const CoronaryTree tree = straight_tree([=](double) { return radius; });
    const Volume volume = image_of(radius, scan);
    lumen::FitPriors without, with;
    without.blur_error = without.blood_error_hu = with.blood_error_hu = 0;
    with.blur_error = 0.1;
    const lumen::PsfFit a = fit(volume, model_of(scan), tree, 0, without),
                        b = fit(volume, model_of(scan), tree, 0, with);
    ScanModel narrow = model_of(scan), wide = narrow;
    narrow.psf_fwhm_xy_mm *= 0.95, narrow.psf_fwhm_z_mm *= 0.95;
    wide.psf_fwhm_xy_mm *= 1.05, wide.psf_fwhm_z_mm *= 1.05;
    const lumen::PsfFit low = fit(volume, narrow, tree, 0), high = fit(volume, wide, tree, 0);
    for (std::size_t i = 8; i + 8 < a.branches[0].sections.size(); ++i) {
        const double noise = a.branches[0].sections[i].radius_sd_mm[0],
                     all = b.branches[0].sections[i].radius_sd_mm[0];
        const double seen =
            high.tree.branches[0].points[i].radius_mm - low.tree.branches[0].points[i].radius_mm;
        EXPECT_NEAR(std::sqrt(all * all - noise * noise), std::abs(seen), 0.35 * std::abs(seen)) << i;
    }
}

TEST(LumenFit, SameBitsForAnyNumberOfThreads) {
    const TestScan scan;
    const Volume volume = image_of(1.0, scan);
    const CoronaryTree tree = disturbed(straight_tree([](double) { return 1.0; }));
    set_threads(1);
    const lumen::PsfFit one = fit(volume, model_of(scan), tree, 0);
    set_threads(2);
    const lumen::PsfFit two = fit(volume, model_of(scan), tree, 0);
    for (std::size_t i = 0; i < one.branches[0].sections.size(); ++i) {
        EXPECT_EQ(one.branches[0].sections[i].radius_mm, two.branches[0].sections[i].radius_mm);
        EXPECT_EQ(one.branches[0].sections[i].radius_sd_mm, two.branches[0].sections[i].radius_sd_mm);
    }
}

TEST(LumenFit, SaysWhatIsWrong) {
    const TestScan scan;
    const Volume volume = image_of(1.0, scan);
    const CoronaryTree tree = straight_tree([](double) { return 1.0; });
    ScanModel dark = model_of(scan);
    dark.blood_hu = 60;
    EXPECT_THROW(fit(volume, dark, tree), Error);
    CoronaryTree elsewhere = tree;
    for (CenterlinePoint& point : elsewhere.branches[0].points) point.position_lps_mm += Vec3{200, 0, 0};
    EXPECT_THROW(fit(volume, model_of(scan), elsewhere), Error);
    // No sharpness figure: a default is taken and said.
    ScanModel blind = model_of(scan);
    blind.psf_fwhm_xy_mm = 0;
    EXPECT_FALSE(fit(volume, blind, tree, 0).remarks.empty());
}

}  // namespace
}  // namespace ctffr::test
