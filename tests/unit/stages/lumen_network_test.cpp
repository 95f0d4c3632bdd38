// SPDX-License-Identifier: Apache-2.0
// The shipped lumen network: the numbers its training tool wrote, known tubes, choice between the two
// measurements.
#include "stages/lumen_network.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/core/random.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/stages/lumen.hpp"
#include "network/network.hpp"
#include "network/weights.hpp"
#include "stages/lumen_agreement.hpp"
#include "unit/lumen/blurred_tube.hpp"
#include "unit/lumen/tubes.hpp"
#include "unit/stages/parity.hpp"

namespace ctffr::test {
namespace {

const std::filesystem::path weights = std::filesystem::path(CTFFR_SOURCE_DIR) / "src/network/weights";

ExitCode code_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.code();
    }
    return ExitCode::ok;
}

TEST(ShippedLumenNetwork, GivesTheNumbersOfItsTrainingTool) {
    const auto network = shipped_lumen_network();
    ASSERT_TRUE(network);
    expect_parity(network->file.graph, weights / "lumen.parity.json");
}

// The program runs it in bfloat16 where a CPU has that: a blurred, noisy throat.
TEST(ShippedLumenNetwork, HalfPrecisionMovesNoRadiusByMoreThanAHundredthOfAMillimetre) {
    using lumen::PolarGrid, lumen::PolarLayout;
    const auto network = shipped_lumen_network();
    ASSERT_TRUE(network);
    Random random(11, 0);
    std::vector<float> hu;
    for (std::size_t s = 0; s < PolarLayout::window; ++s)
        for (std::size_t k = 0; k < PolarGrid::samples; ++k) {
            const double rho = (static_cast<double>(k % PolarGrid::steps) + 0.5) * PolarGrid::step_mm;
            const double radius = 1.4 - 0.8 * std::exp(-std::pow((static_cast<double>(s) - 32) / 8, 2));
            const double share = 0.5 * std::erfc((rho - radius) / (0.3 * std::sqrt(2.0)));
            hu.push_back(static_cast<float>(50 + 350 * share + 20 * random.normal()));
        }
    lumen::SectionConditions condition;
    condition.blood_hu = 400, condition.noise_hu = 20, condition.uu = condition.vv = 0.09;
    condition.along_mm = 0.33;
    network::Tensor input;
    input.shape = {1, PolarLayout::channels, PolarLayout::window, PolarGrid::angles, PolarGrid::steps};
    input.floats =
        lumen::polar_input(hu, std::vector(PolarLayout::window, condition), 1, 0, PolarLayout::window);
    std::vector<network::Tensor> out;
    for (const auto precision : {network::Precision::full, network::Precision::half})
        out.push_back(
            network::Network(network->file.graph, network::ExecutorKind::cpu, precision, ctffr::Run{})
                .run({input})
                .front());
    // The wall, of which this image shows nothing, is as sure as its stated deviation and moves by more.
    const std::size_t rays = PolarLayout::window * PolarGrid::angles;
    double largest = 0, square = 0, outer = 0;
    for (std::size_t i = 0; i < rays; ++i) {
        const auto off = [&](std::size_t output) {
            const std::size_t at = output * rays + i;
            return std::abs(static_cast<double>(out[1].floats[at] - out[0].floats[at]));
        };
        largest = std::max(largest, off(0)), square += off(0) * off(0), outer = std::max(outer, off(1));
    }
    EXPECT_LT(largest, 0.01);
    EXPECT_LT(std::sqrt(square / static_cast<double>(rays)), 0.002);
    EXPECT_LT(outer, 0.05);
}

TEST(LumenNetwork, RefusesWhatIsNoLumenNetwork) {
    const std::string onnx = read_text(weights / "lumen.onnx"), sidecar = read_text(weights / "lumen.json");
    EXPECT_EQ(code_of([&] { read_lumen_network(onnx + "x", sidecar, "x"); }), ExitCode::input_unreadable);
    auto damaged = nlohmann::json::parse(sidecar);
    damaged["sha256"] = sha256_hex(std::string_view("not an onnx file"));
    EXPECT_EQ(code_of([&] { read_lumen_network("not an onnx file", damaged.dump(), "x"); }),
              ExitCode::input_unreadable);
    EXPECT_EQ(code_of([&] { read_lumen_network(onnx, "{", "x"); }), ExitCode::input_unreadable);
    EXPECT_EQ(code_of([&] { read_lumen_network(onnx, "{}", "x"); }), ExitCode::input_unreadable);
    auto other = nlohmann::json::parse(sidecar);
    other["kind"] = "heart";
    EXPECT_EQ(code_of([&] { read_lumen_network(onnx, other.dump(), "x"); }), ExitCode::input_unsupported);
    other = nlohmann::json::parse(sidecar);
    other["calibration"]["rays_alike"] = -1;
    EXPECT_EQ(code_of([&] { read_lumen_network(onnx, other.dump(), "x"); }), ExitCode::input_unreadable);
    const auto first = read_lumen_network(onnx, sidecar, "x");
    other["calibration"]["rays_alike"] = 3;
    EXPECT_NE(network_digest(*first), network_digest(*read_lumen_network(onnx, other.dump(), "x")));
}

const Vec3 axis = normalized(Vec3{0.5, 0.3, 0.8});
constexpr double length = 16;

CoronaryTree oblique_tree(double radius) {
    CoronaryTree tree;
    tree.branches.push_back(make_branch(
        0, -1, length,
        [](double s) {
            return (s - length / 2) * axis + Vec3{0.15, -0.1, 0};
        },
        [=](double) { return 1.2 * radius; }));
    return tree;
}

// An oblique tube with a wall in fat; not what the network was trained on in every respect.
Volume image_of(const std::function<double(double)>& radius, double healthy, const TestScan& scan) {
    const double wall = std::clamp(0.25 + 0.3 * healthy, 0.4, 1.0);
    return scan_of({-8, -7, -10}, {8, 7, 10}, scan, [=](Vec3 p) {
        const double s = dot(p, axis) + length / 2, d = norm(p - dot(p, axis) * axis);
        return edge(d - radius(s), scan.blood_hu, edge(d - healthy - wall, 60, -90));
    });
}

LumenResult measure(const Volume& volume, const TestScan& scan, const CoronaryTree& tree,
                    const std::string& segmentation) {
    LumenOptions options;
    options.segmentation = segmentation;
    return run_lumen(volume, model_of(scan), HeartFrame{}, tree, shipped_lumen_network().get(), options,
                     ctffr::Run{});
}

TEST(LearnedLumen, KnownTubes) {
    const TestScan scan;
    for (const double radius : {0.6, 0.75, 1.0, 1.5, 2.2}) {
        const LumenResult found = measure(image_of([=](double) { return radius; }, radius, scan), scan,
                                          oblique_tree(radius), "learned");
        double bias = 0, square = 0, stated = 0;
        int n = 0;
        for (const LumenSection& s : found.lumen.branches[0].sections) {
            if (s.arc_mm < 3 || s.arc_mm > length - 3) continue;
            const double error = equivalent_radius_mm(s) - radius;
            bias += error / radius, square += error * error, ++n;
            stated += static_cast<double>(s.radius_sd_mm[0]);
        }
        ASSERT_GT(n, 10);
        EXPECT_LT(std::abs(bias / n), 0.05) << radius;
        EXPECT_LT(std::sqrt(square / n), 0.06) << radius;
        EXPECT_GT(stated / n, 0.2 * std::sqrt(square / n)) << radius;
        EXPECT_LT(stated / n, 0.2) << radius;
    }
}

TEST(LearnedLumen, ShortThroatIsNotFilledIn) {
    const TestScan scan;
    // 65 % diameter stenosis over 6 mm.
    const auto radius = [](double s) {
        return std::abs(s - 8) < 3 ? 1.5 - 0.975 * 0.5 * (1 + std::cos(pi * (s - 8) / 3)) : 1.5;
    };
    const LumenResult found = measure(image_of(radius, 1.5, scan), scan, oblique_tree(1.5), "learned");
    double least = 1e9;
    for (const LumenSection& s : found.lumen.branches[0].sections)
        least = std::min(least, equivalent_radius_mm(s));
    EXPECT_NEAR(2 * least, 1.05, 0.2);
}

// A throat with dense calcium on one side, and a centerline that runs through the calcium there.
TEST(LearnedLumen, ACenterlineBesideItsLumenIsPutBack) {
    const TestScan scan;
    constexpr double healthy = 1.4, throat = 0.55, half_mm = 5;
    const Vec3 aside = normalized(cross(axis, Vec3{0, 0, 1}));
    const auto bump = [](double s) {
        return std::abs(s - 8) < half_mm ? 0.5 * (1 + std::cos(pi * (s - 8) / half_mm)) : 0.0;
    };
    const auto radius = [&](double s) { return healthy - (healthy - throat) * bump(s); };
    const Volume volume = scan_of({-8, -7, -10}, {8, 7, 10}, scan, [&](Vec3 p) {
        const Vec3 off = p - dot(p, axis) * axis;
        const double s = dot(p, axis) + length / 2, d = norm(off);
        const bool calcium = bump(s) > 0.3 && d > radius(s) + 0.2 && dot(off, aside) > 0.7 * d;
        return edge(d - radius(s), scan.blood_hu,
                    calcium ? edge(d - healthy, 900, 60) : edge(d - 2, 60, -90));
    });
    const auto tree_of = [&](double aside_mm) {
        CoronaryTree tree;
        tree.branches.push_back(make_branch(
            0, -1, length, [&](double s) { return (s - length / 2) * axis + aside_mm * bump(s) * aside; },
            [&](double) { return healthy; }));
        return tree;
    };
    for (const double aside_mm : {0.0, 1.2}) {
        const LumenResult found = measure(volume, scan, tree_of(aside_mm), "learned");
        // The contours are the lumen's wherever in the lumen the centre comes to lie.
        for (const LumenSection& s : found.lumen.branches[0].sections) {
            const double along = dot(s.center_lps_mm, axis), off = norm(s.center_lps_mm - along * axis);
            const double truth = radius(along + length / 2);
            EXPECT_NEAR(equivalent_radius_mm(s), truth, 0.1) << aside_mm << ", at " << s.arc_mm;
            EXPECT_LT(off, 0.8 * truth) << aside_mm << ", at " << s.arc_mm;
        }
        const bool said = std::any_of(
            found.remarks.begin(), found.remarks.end(),
            [](const std::string& remark) { return remark.find("had left the lumen") != std::string::npos; });
        EXPECT_EQ(said, aside_mm > 0);
    }
}

TEST(LumenChoice, BothMeasurementsAreComparedAndTheirDifferenceWidensTheUncertainty) {
    const TestScan scan;
    const Volume volume = image_of([](double) { return 1.2; }, 1.2, scan);
    const CoronaryTree tree = oblique_tree(1.2);
    const LumenResult both = measure(volume, scan, tree, "auto");
    ASSERT_EQ(both.agreement.size(), tree.branches.size());
    EXPECT_GT(both.score, 0.5);
    EXPECT_GT(both.other_score, 0.5);
    // On an image like those it was trained on the network counts.
    EXPECT_EQ(both.lumen.method.rfind("network", 0), 0U);
    EXPECT_LT(both.agreement[0].mean_abs_mm, 0.1);
    const LumenResult classical = measure(volume, scan, tree, "classical");
    EXPECT_EQ(classical.lumen.method, "psf-fit");
    EXPECT_TRUE(classical.agreement.empty());
    EXPECT_EQ(classical.other_score, 0);
    const LumenResult learned = measure(volume, scan, tree, "learned");
    EXPECT_EQ(learned.lumen.method.rfind("network", 0), 0U);
    const LumenResult& chosen = both.lumen.method == "psf-fit" ? classical : learned;
    ASSERT_EQ(chosen.lumen.branches[0].sections.size(), both.lumen.branches[0].sections.size());
    for (std::size_t i = 0; i < chosen.lumen.branches[0].sections.size(); ++i)
        EXPECT_GE(both.lumen.branches[0].sections[i].radius_sd_mm[0],
                  chosen.lumen.branches[0].sections[i].radius_sd_mm[0]);
}

TEST(LumenChoice, ANetworkThatAnswersNonsenseLeavesTheFitInPlace) {
    const TestScan scan;
    const Volume volume = image_of([](double) { return 1.2; }, 1.2, scan);
    LumenNetwork broken = *shipped_lumen_network();
    for (network::Value& value : broken.file.graph.values)
        if (value.constant && value.constant->floats.size() > 1000) value.constant->floats[7] = std::nanf("");
    LumenOptions options;
    const auto run = [&] {
        return run_lumen(volume, model_of(scan), HeartFrame{}, oblique_tree(1.2), &broken, options,
                         ctffr::Run{});
    };
    const LumenResult result = run();
    EXPECT_EQ(result.lumen.method, "psf-fit");
    EXPECT_EQ(result.other_score, 0);
    ASSERT_FALSE(result.remarks.empty());
    EXPECT_TRUE(std::any_of(result.remarks.begin(), result.remarks.end(), [](const std::string& remark) {
        return remark.find("not finite") != std::string::npos;
    }));
    options.segmentation = "learned";
    EXPECT_EQ(code_of(run), ExitCode::lumen_failed);
}

TEST(LumenChoice, GrossDisagreementIsDoubtedAndWidens) {
    lumen::PsfFit chosen, other;
    chosen.tree = oblique_tree(1.5), other.tree = chosen.tree;
    chosen.branches = circular_lumen(chosen.tree).branches, other.branches = chosen.branches;
    for (std::size_t i = 10; i < 20; ++i) {
        other.tree.branches[0].points[i].radius_mm = 0.2;
        other.branches[0].sections[i].radius_mm.assign(32, 0.2F);
    }
    other.tree.branches[0].points[25].radius_mm = 1.0;  // more than half: no reason to doubt
    widen_by_disagreement(chosen, other);
    doubt_gross_disagreement(chosen, other);
    EXPECT_NEAR(chosen.tree.branches[0].points[15].radius_mm, 0.2, 1e-9);
    EXPECT_NEAR(chosen.tree.branches[0].points[25].radius_mm, 1.8, 1e-9);
    EXPECT_NEAR(chosen.branches[0].sections[15].radius_sd_mm[3], 0.5 * (1.8 - 0.2), 0.02);
    EXPECT_NEAR(chosen.branches[0].sections[5].radius_sd_mm[3], 0, 1e-6);
}

TEST(LumenChoice, SaysWhatItCannotDo) {
    const TestScan scan;
    const Volume volume = image_of([](double) { return 1.2; }, 1.2, scan);
    LumenOptions options;
    options.segmentation = "learned";
    const auto run = [&] {
        run_lumen(volume, model_of(scan), HeartFrame{}, oblique_tree(1.2), nullptr, options, ctffr::Run{});
    };
    EXPECT_EQ(code_of(run), ExitCode::usage);
    options.segmentation = "best";
    EXPECT_EQ(code_of(run), ExitCode::usage);
    options.segmentation = "auto";
    EXPECT_EQ(code_of(run), ExitCode::ok);
}

TEST(LearnedLumen, SameInputSameBits) {
    const TestScan scan;
    const Volume volume = image_of([](double) { return 1.2; }, 1.2, scan);
    const LumenResult a = measure(volume, scan, oblique_tree(1.2), "learned");
    set_threads(1);
    const LumenResult b = measure(volume, scan, oblique_tree(1.2), "learned");
    set_threads(0);
    for (std::size_t i = 0; i < a.lumen.branches[0].sections.size(); ++i)
        EXPECT_EQ(a.lumen.branches[0].sections[i].radius_mm, b.lumen.branches[0].sections[i].radius_mm);
}

}  // namespace
}  // namespace ctffr::test
