// SPDX-License-Identifier: Apache-2.0
// The lumen network's surroundings without a network: exact rays, its input, windows, contours through rays.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "lumen/blood_model.hpp"
#include "lumen/learned_fit.hpp"
#include "lumen/ray_truth.hpp"
#include "lumen/training_chains.hpp"
#include "unit/lumen/blurred_tube.hpp"
#include "unit/lumen/tubes.hpp"

namespace ctffr::test {
namespace {

using namespace lumen;

CoronaryTree tube_with_side_branch() {
    CoronaryTree tree;
    tree.branches.push_back(make_branch(
        0, -1, 12,
        [](double s) {
            return Vec3{0, 0, s};
        },
        [](double) { return 1.5; }));
    tree.branches.push_back(make_branch(
        1, 0, 12,
        [](double s) {
            return Vec3{0, 0, 12 + s};
        },
        [](double) { return 1.5; }));
    tree.branches.push_back(make_branch(
        2, 0, 10,
        [](double s) {
            return Vec3{s, 0, 12};
        },
        [](double) { return 0.8; }));
    return tree;
}

LumenField field_of(const CoronaryTree& tree) {
    return {circular_lumen(tree).branches, tree, FieldOptions{}};
}

FitSection section_at(Vec3 center) {
    FitSection s;
    s.center = center, s.tangent = {0, 0, 1}, s.normal = {1, 0, 0}, s.binormal = {0, 1, 0};
    return s;
}

TEST(RayTruth, RaysFromAnOffCentrePointMeetTheCircle) {
    const LumenField field = field_of(tube_with_side_branch());
    const WallProbe wall = [](Vec3 p) {
        WallSample sample;
        sample.wall_mm = std::hypot(p.x, p.y) - 2.1;
        sample.calcium = p.y > 1.6;
        return sample;
    };
    const double shift = 0.4;
    const auto rays = trace_rays(field, 0, section_at({shift, 0, 5}), 32, 4.8, wall);
    for (int a = 0; a < 32; ++a) {
        const double phi = 2 * pi * a / 32, along = -shift * std::cos(phi);
        const double expected = along + std::sqrt(1.5 * 1.5 - shift * shift + along * along);
        const double outer = along + std::sqrt(2.1 * 2.1 - shift * shift + along * along);
        const RayTruth& ray = rays[static_cast<std::size_t>(a)];
        EXPECT_EQ(ray.known, 3);
        EXPECT_NEAR(ray.radius_mm, expected, 0.01) << a;
        EXPECT_NEAR(ray.outer_mm, outer, 0.01) << a;
        // Cosine of the angle between ray and the circle's normal at the exit.
        const Vec3 exit{shift + expected * std::cos(phi), expected * std::sin(phi), 0};
        EXPECT_NEAR(ray.cosine, (exit.x * std::cos(phi) + exit.y * std::sin(phi)) / 1.5, 0.01) << a;
        EXPECT_EQ(ray.open, 0);
        EXPECT_EQ(ray.calcium, outer * std::sin(phi) > 1.65   ? 1
                               : outer * std::sin(phi) < 1.55 ? 0
                                                              : ray.calcium)
            << a;
    }
}

TEST(RayTruth, RaysIntoASideBranchAreOpenAndACentreOutsideIsUnknown) {
    const LumenField field = field_of(tube_with_side_branch());
    const auto rays = trace_rays(field, 0, section_at({0, 0, 12}), 32, 4.8, {});
    EXPECT_EQ(rays[0].open, 1);   // towards +x, into the branch
    EXPECT_EQ(rays[16].open, 0);  // away from it
    EXPECT_NEAR(rays[0].radius_mm, 1.5, 0.02);
    EXPECT_EQ(rays[0].known, 1);
    for (const RayTruth& ray : trace_rays(field, 0, section_at({1.9, 0, 5}), 32, 4.8, {}))
        EXPECT_EQ(ray.known, 0);
}

TEST(TrainingChains, StayInTheLumenAndScatterAsAsked) {
    const LumenField field = field_of(tube_with_side_branch());
    double sum2 = 0;
    int count = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const auto chains = displaced_chains(field, 0.5, {seed, 0.2, 0, 0});
        ASSERT_EQ(chains.size(), 2U);
        EXPECT_EQ(chains[1].host, 0);
        for (const FitSection& s : chains[0].sections) {
            EXPECT_LT(field.chain_value(s.center, 0), 0);
            sum2 += s.center.x * s.center.x + s.center.y * s.center.y, count += 2;
            EXPECT_NEAR(norm(s.normal), 1, 1e-9);
            EXPECT_NEAR(dot(s.normal, s.tangent), 0, 1e-9);
        }
    }
    EXPECT_NEAR(std::sqrt(sum2 / count), 0.2, 0.03);
    const auto a = displaced_chains(field, 0.5, {7, 0.2, 0, 0}),
               b = displaced_chains(field, 0.5, {7, 0.2, 0, 0});
    EXPECT_EQ(a[0].sections[5].center, b[0].sections[5].center);
}

TEST(TrainingChains, ExcursionsLeaveTheLumenHereAndThere) {
    const LumenField field = field_of(tube_with_side_branch());
    int outside = 0, count = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const auto chains = displaced_chains(field, 0.5, {seed, 0.05, 15, 2});
        for (const FitSection& s : chains[0].sections) {
            EXPECT_LT(std::hypot(s.center.x, s.center.y), 4.5);  // two excursions may meet
            outside += field.chain_value(s.center, 0) > 0, ++count;
        }
    }
    EXPECT_GT(outside, count / 100);
    EXPECT_LT(outside, count / 5);
}

TEST(PolarInput, ChannelsAreWhatTheyAreCalled) {
    std::vector<SectionConditions> conditions(2);
    conditions[0] = {400, 25, 0.09, 0, 0.04, 0.35};
    conditions[1] = {300, 25, 0.09, 0, 0.04, 0.35};
    std::vector<float> hu(2 * PolarGrid::samples, 150.0F);
    hu[PolarGrid::samples + 3] = 5000;  // second section, ray 0, sample 3
    const auto input = polar_input(hu, conditions, 1.0, -1, 4);
    const auto at = [&](std::size_t channel, std::size_t section, std::size_t angle, std::size_t step) {
        return static_cast<double>(
            input[(channel * 4 + section) * PolarGrid::samples + angle * PolarGrid::steps + step]);
    };
    EXPECT_NEAR(at(0, 1, 5, 7), 250.0 / 500, 1e-6);  // half way from fat to blood
    EXPECT_NEAR(at(0, 0, 5, 7), at(0, 1, 5, 7), 0);  // the first section repeats before the chain
    EXPECT_NEAR(at(0, 2, 5, 7), 250.0 / 400, 1e-6);
    EXPECT_NEAR(at(0, 3, 0, 3), 4, 1e-6);  // and the last behind it; clipped
    EXPECT_NEAR(at(1, 1, 0, 0), 0.3, 1e-6);
    EXPECT_NEAR(at(2, 1, 0, 0), 10 * 25 / 500.0, 1e-6);
    EXPECT_NEAR(at(3, 1, 0, 0), 3 * 0.3, 1e-6);  // blur along the normal
    EXPECT_NEAR(at(3, 1, 8, 0), 3 * 0.2, 1e-6);  // along the binormal
    EXPECT_NEAR(at(4, 1, 0, 0), 3 * 0.2, 1e-6);
    EXPECT_NEAR(at(5, 1, 0, 0), 3 * 0.35, 1e-6);
    EXPECT_NEAR(at(6, 1, 0, 31), 31.5 * 0.15 / 2.4 - 1, 1e-6);
    EXPECT_NEAR(at(7, 2, 0, 0), 0.6, 1e-6);
    // Twice the scale: half the blur.
    EXPECT_NEAR(static_cast<double>(polar_input(hu, conditions, 2.0, 0, 2)[3 * 2 * PolarGrid::samples]),
                3 * 0.15, 1e-6);
}

// Half-level edge on channel 0, outer wall at 1.3 times the radius; as sure of itself as told.
PolarNetwork half_level_network(int* calls, float log_scale) {
    return [calls, log_scale](const std::vector<float>& input) {
        ++*calls;
        constexpr std::size_t n = PolarLayout::window, angles = PolarGrid::angles, steps = PolarGrid::steps;
        std::vector<float> out(PolarLayout::outputs * n * angles, -10.0F);
        for (std::size_t ray = 0; ray < n * angles; ++ray) {
            const float* values = &input[ray * steps];
            double radius = 4.8;
            for (std::size_t j = 0; j + 1 < steps; ++j)
                if (values[j] >= 0.5F && values[j + 1] < 0.5F) {
                    const double t = static_cast<double>((values[j] - 0.5F) / (values[j] - values[j + 1]));
                    radius = (static_cast<double>(j) + 0.5 + t) * PolarGrid::step_mm;
                    break;
                }
            out[ray] = static_cast<float>(radius);
            out[n * angles + ray] = static_cast<float>(1.3 * radius);
            out[2 * n * angles + ray] = out[3 * n * angles + ray] = log_scale;
        }
        return out;
    };
}

// A vessel that holds 0.6 of the blood told from 30 mm on, with a throat (thin, so without a plateau) before.
TEST(DimBlood, FollowsWideSectionsAndNotAThroat) {
    FitChain chain;
    chain.root = 0, chain.host = -1;
    std::vector<SectionRays> rays;
    const BloodLine line{400, 0};
    for (int i = 0; i < 160; ++i) {
        FitSection section;
        section.path_mm = 0.5 * i;
        const bool throat = i >= 20 && i < 30, dim = i >= 60;
        section.fit.value[SectionParameters::contour] = throat ? 0.4 : 1.6;
        SectionRays seen;
        seen.hu.assign(static_cast<std::size_t>(RayGrid::angles * RayGrid::steps), throat ? 200.0F
                                                                                   : dim  ? 240.0F
                                                                                          : 400.0F);
        chain.sections.push_back(section);
        rays.push_back(std::move(seen));
    }
    const auto share = dim_blood({chain}, {rays}, {}, {line});
    ASSERT_EQ(share.at(0).size(), 160u);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(share[0][static_cast<std::size_t>(i)], 1) << i;
    for (int i = 90; i < 160; ++i) EXPECT_NEAR(share[0][static_cast<std::size_t>(i)], 0.6, 1e-6) << i;
}

TEST(LearnedFit, CarriesTheNetworksRadiiToSectionsOfAnySpacingAndWidth) {
    TestScan scan;
    scan.noise_hu = 2;
    for (const double radius : {1.6, 4.2}) {
        const double length = 60;
        CoronaryTree tree;
        tree.branches.push_back(make_branch(
            0, -1, length,
            [&](double s) {
                return Vec3{0, 0, s - length / 2};
            },
            [&](double) { return radius; }));
        // Uneven spacing: every third point is missing.
        auto& points = tree.branches[0].points;
        for (std::size_t i = points.size() - 2; i > 3; i -= 3)
            points.erase(points.begin() + static_cast<std::ptrdiff_t>(i));
        update_arc_and_tangents(tree.branches[0]);
        const Volume volume = scan_of({-9, -9, -33}, {9, 9, 33}, scan, [&](Vec3 p) {
            return edge(std::hypot(p.x, p.y) - radius - 0.02 * (p.z + 30), 400, -100);
        });
        int calls = 0;
        const PsfFit found = fit_lumen_learned(volume, model_of(scan), tree, half_level_network(&calls, -3),
                                               {}, {}, ctffr::Run{});
        EXPECT_GE(calls, 4);  // two passes of more than one window
        const auto& sections = found.branches[0].sections;
        for (std::size_t i = 3; i + 3 < sections.size(); ++i) {
            const double expected = radius + 0.02 * (sections[i].center_lps_mm.z + 30);
            EXPECT_NEAR(equivalent_radius_mm(sections[i]), expected, 0.03 * expected)
                << radius << " at " << i;
            EXPECT_NEAR(sections[i].outer_mm[0], 1.3 * expected, 0.05 * expected);
        }
    }
}

FitChain straight_chain(std::size_t n) {
    FitChain chain;
    for (std::size_t i = 0; i < n; ++i)
        chain.sections.push_back(section_at({0, 0, 0.5 * static_cast<double>(i)}));
    std::vector<FitChain> chains{chain};
    update_frames(chains);
    for (FitSection& s : chains[0].sections) s.fit.value[SectionParameters::contour] = 1.2;
    return chains[0];
}

TEST(RayFit, FollowsContoursAndIgnoresOpenRays) {
    FitChain chain = straight_chain(40);
    std::vector<RayEstimate> rays(40 * PolarGrid::angles);
    const auto contour = [](double phi) { return 1.2 + 0.15 * std::cos(phi) - 0.1 * std::sin(2 * phi); };
    for (std::size_t i = 0; i < 40; ++i)
        for (std::size_t a = 0; a < PolarGrid::angles; ++a) {
            RayEstimate& ray = rays[i * PolarGrid::angles + a];
            ray.radius_mm = static_cast<float>(contour(RayGrid::phi(static_cast<int>(a))));
            ray.outer_mm = 2, ray.sd_mm = 0.03F;
            if (i > 10 && i < 20 && a < 8) ray.radius_mm = 4, ray.open = 0.95F;
            if (i == 30) ray.calcium = a < 3 ? 0.9F : 0.0F;
        }
    fit_rays(chain, rays, {1, 1}, {}, true, ctffr::Run{});
    for (std::size_t i = 2; i + 2 < 40; ++i)
        for (int a = 0; a < 32; ++a)
            EXPECT_NEAR(chain.sections[i].fit.radius(RayGrid::phi(a)), contour(RayGrid::phi(a)), 0.02)
                << i << " " << a;
    EXPECT_NEAR(chain.sections[15].data_share, 0.75, 1e-6);
    EXPECT_EQ(chain.sections[15].open[0], 1);
    EXPECT_TRUE(chain.sections[30].calcified);
    EXPECT_FALSE(chain.sections[29].calcified);
}

TEST(RayFit, StatedSpreadIsThatOfTheNoise) {
    Random random(5);
    double sum2 = 0, stated2 = 0;
    int count = 0;
    for (int repeat = 0; repeat < 20; ++repeat) {
        FitChain chain = straight_chain(30);
        std::vector<RayEstimate> rays(30 * PolarGrid::angles);
        for (RayEstimate& ray : rays) {
            ray.radius_mm = static_cast<float>(1.2 + random.normal(0, 0.1));
            ray.outer_mm = 2, ray.sd_mm = 0.1F;
        }
        fit_rays(chain, rays, {1, 1}, {}, true, ctffr::Run{});
        for (std::size_t i = 5; i < 25; ++i, ++count) {
            sum2 += std::pow(chain.sections[i].fit.value[0] - 1.2, 2);
            stated2 += chain.sections[i].contour_covariance[0][0];
        }
    }
    EXPECT_NEAR(std::sqrt(stated2 / sum2), 1, 0.15);
}

// Errors that whole vessels share do not average out along them.
TEST(RayFit, AlikeErrorsAreStatedAsSuch) {
    Random random(6);
    double sum2 = 0, stated2 = 0;
    int count = 0;
    const double alike = 9, q = (alike - 1) / (alike + 1);
    for (int repeat = 0; repeat < 60; ++repeat) {
        FitChain chain = straight_chain(60);
        std::vector<RayEstimate> rays(60 * PolarGrid::angles);
        double error = random.normal(0, 0.1);
        for (std::size_t i = 0; i < 60; ++i) {
            for (std::size_t a = 0; a < PolarGrid::angles; ++a) {
                RayEstimate& ray = rays[i * PolarGrid::angles + a];
                ray.radius_mm = static_cast<float>(1.2 + error);
                ray.outer_mm = 2, ray.sd_mm = 0.1F;
            }
            error = q * error + random.normal(0, 0.1 * std::sqrt(1 - q * q));
        }
        fit_rays(chain, rays, {PolarGrid::angles, alike}, {}, true, ctffr::Run{});
        for (std::size_t i = 12; i < 48; ++i, ++count) {
            sum2 += std::pow(chain.sections[i].fit.value[0] - 1.2, 2);
            stated2 += chain.sections[i].contour_covariance[0][0];
        }
    }
    EXPECT_NEAR(std::sqrt(stated2 / sum2), 1, 0.15);
}

}  // namespace
}  // namespace ctffr::test
