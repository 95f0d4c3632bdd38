// SPDX-License-Identifier: Apache-2.0
#include "phantom/render.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "phantom/coronaries.hpp"
#include "phantom/patient.hpp"
#include "phantom/veins.hpp"

namespace ctffr::phantom {
namespace {

ImageGeometry cube(int n, double spacing_mm) {
    ImageGeometry image;
    image.size = {n, n, n};
    image.spacing_mm = {spacing_mm, spacing_mm, spacing_mm};
    image.origin_lps_mm = -0.5 * spacing_mm * (n - 1) * Vec3{1, 1, 1};
    return image;
}

// A straight vessel along a slanted axis: lumen of radius 1.2 in a wall of 0.5 mm.
class Rod : public VesselField {
   public:
    bool sample(Vec3 p, Sample& out) const override {
        const double along = dot(p, axis);
        const double off = norm(p - along * axis);
        if (off > 1.7 || std::abs(along) > 6) return false;
        out.lumen_mm = off - 1.2, out.wall_mm = off - 1.7;
        out.hu = off < 1.2 ? 400 : 60;
        out.label = off < 1.2 ? Label::coronary_left : Label::background;
        return true;
    }
    std::vector<Ball> cover() const override {
        std::vector<Ball> balls;
        for (double s = -6; s <= 6; s += 1) balls.push_back({s * axis, 2.0});
        return balls;
    }
    Vec3 axis = normalized({0.6, 0.5, 0.62});
};

TEST(Render, ArteryPatchesHoldTheExactVolumes) {
    const ImageGeometry image = cube(48, 0.35);
    const auto patches = artery_patches(Rod{}, image, {0.2, 0.2}, 1.0, ctffr::Run{});
    const double voxel = 0.35 * 0.35 * 0.35;
    double volume = 0, attenuation = 0, labelled = 0;
    for (const auto& patch : patches) {
        volume += static_cast<double>(patch.cover) * voxel;
        attenuation += static_cast<double>(patch.cover * patch.hu) * voxel;
        labelled += patch.label == static_cast<std::uint8_t>(Label::coronary_left) ? voxel : 0;
    }
    const double lumen = pi * 1.2 * 1.2 * 12, wall = pi * 1.7 * 1.7 * 12 - lumen;
    EXPECT_NEAR(volume, lumen + wall, 0.01 * (lumen + wall));
    EXPECT_NEAR(attenuation, 400 * lumen + 60 * wall, 0.01 * 400 * lumen);
    EXPECT_NEAR(labelled, lumen, 0.02 * lumen);
}

TEST(Render, TubePatchesHoldTheExactVolume) {
    const ImageGeometry image = cube(48, 0.35);
    const std::vector<Tube> tubes{std::vector<TubeNode>{{{-4, -2, -3}, 1.1}, {{4, 3, 2}, 1.1}}};
    double volume = 0;
    for (const auto& patch :
         tube_patches(tubes, image, {0.16, 0.16}, 100, Label::coronary_vein, ctffr::Run{}))
        volume += static_cast<double>(patch.cover) * std::pow(0.35, 3);
    // A flat blur adds its variance to the squared radius.
    const double r2 = 1.1 * 1.1 + 0.16 * 0.16;
    const double exact = pi * r2 * norm({8, 5, 5}) + 4.0 / 3 * pi * std::pow(r2, 1.5);
    EXPECT_NEAR(volume, exact, 0.01 * exact);
}

TEST(Render, PaintedBallHasItsVolumeLabelAndTexture) {
    const ImageGeometry fine = cube(40, 0.5);
    ImageGeometry coarse = cube(20, 1.2);
    const Index nodes = coarse.size.count();
    std::vector<float> fields(static_cast<std::size_t>(2 * nodes), 2.0f);  // field 1: an even texture of 2
    for (Index n = 0; n < nodes; ++n) {
        const int i = static_cast<int>(n % 20), j = static_cast<int>(n / 20 % 20),
                  k = static_cast<int>(n / 400);
        fields[static_cast<std::size_t>(n)] =
            static_cast<float>(norm(coarse.lps_from_index({1.0 * i, 1.0 * j, 1.0 * k})) - 6.0);
    }
    std::vector<kernels::TissueLayer> layers(1);
    layers[0] = {0, 0, 0, 90, 1, 5, 7};
    const Cpu exec{};
    const Array<float, Cpu> field_array(exec, fields);
    const Array<kernels::TissueLayer, Cpu> layer_array(exec, layers);
    Array<float, Cpu> hu(exec, fine.size.count());
    Array<std::uint8_t, Cpu> labels(exec, fine.size.count());
    kernels::paint_tissues(exec, fine, coarse, field_array.view(), layer_array.view(), 0.225f, 0.225f,
                           -100.0f, hu.view(), labels.view());
    double covered = 0, labelled = 0;
    for (Index n = 0; n < hu.size(); ++n) {
        covered += (static_cast<double>(hu.view()[n]) + 100) / 200 * 0.125;  // inside: 90 + 2 * 5
        labelled += labels.view()[n] == 7 ? 0.125 : 0;
    }
    const double exact = 4.0 / 3 * pi * 216;
    // Linear interpolation of a distance shrinks a ball of radius 6 by less than step^2 / (8 R) in each
    // direction.
    EXPECT_NEAR(covered, exact, 0.02 * exact);
    EXPECT_NEAR(labelled, covered, 0.01 * exact);
}

TEST(Render, ImageHoldsTheWholeHeart) {
    for (const std::uint64_t seed : {201u, 202u, 203u}) {
        PhantomOptions options = phantom_preset("training");
        options.seed = seed;
        const DrawnPatient patient = draw_patient(options);
        const HeartAnatomy heart(patient.body, seed);
        const ImageGeometry image = scan_geometry(heart, patient.scan, options.scanner);
        EXPECT_TRUE(check(image).empty());
        for (double t = 0; t <= 1; t += 0.1)
            for (const Vec3 p :
                 {heart.anterior_groove(t), heart.posterior_groove(t), heart.av_groove(2 * pi * t)}) {
                const Vec3 index = image.index_from_lps(p);
                EXPECT_TRUE(image.contains(index)) << seed << ' ' << t;
            }
        EXPECT_TRUE(
            image.contains(image.index_from_lps(heart.left_ostium().position_lps_mm + Vec3{0, 0, 10})));
    }
}

TEST(Render, VeinsKeepOffTheArteries) {
    for (const std::uint64_t seed : {211u, 212u}) {
        PhantomOptions options = phantom_preset("diseased");
        options.seed = seed;
        const DrawnPatient patient = draw_patient(options);
        const HeartAnatomy heart(patient.body, seed);
        const Coronaries coronaries = make_coronaries(heart, options, patient.body, 400, ctffr::Run{});
        const auto veins = make_veins(heart, coronaries.tree, seed);
        double length = 0, least = 1e9;
        for (const Tube& vein : veins) {
            for (std::size_t n = 0; n + 1 < vein.nodes().size(); ++n)
                length += distance(vein.nodes()[n].center, vein.nodes()[n + 1].center);
            for (const Branch& branch : coronaries.tree.branches)
                for (const CenterlinePoint& point : branch.points)
                    least = std::min(least, vein(point.position_lps_mm) - point.radius_mm);
        }
        EXPECT_GT(length, 150);
        EXPECT_GT(least, 0.7) << seed;
    }
}

}  // namespace
}  // namespace ctffr::phantom
