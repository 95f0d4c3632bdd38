// SPDX-License-Identifier: Apache-2.0
// Noise of painted aortas, and the smoothing it asks for.
#include "imaging/denoise.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr::imaging {
namespace {

constexpr double spacing_mm = 0.5, aorta_mm = 14;
const ctffr::Run silent;

HeartFrame heart() {
    HeartFrame frame;
    frame.aorta_axis = normalized(Vec3{0.2, -0.1, 1});
    for (int i = -12; i <= 12; ++i) frame.aorta.push_back({double(i) * frame.aorta_axis, aorta_mm});
    return frame;
}

// Blood that fades along the axis, in muscle, with white noise.
ScalarGrid painted(double noise_hu) {
    ScalarGrid grid{grid_geometry({{-22, -22, -20}, {22, 22, 20}}, spacing_mm), {}};
    const Index count = grid.geometry.size.count();
    for (Index i = 0; i < count; ++i) {
        const Vec3 p = grid.position(i), axis = heart().aorta_axis;
        const bool blood = norm(p - dot(p, axis) * axis) < aorta_mm;
        grid.values.push_back(static_cast<float>((blood ? 300 + 2 * dot(p, axis) : 90) +
                                                 noise_hu * normal_at(11, 1, static_cast<std::uint64_t>(i))));
    }
    return grid;
}

TEST(AorticNoise, IsThatOfTheBloodAlone) {
    EXPECT_NEAR(aortic_noise_hu(painted(40), heart()), 40, 1.5);
    EXPECT_LT(aortic_noise_hu(painted(0), heart()), 1.5);
}

TEST(Denoising, LeavesAQuietImageAlone) {
    EXPECT_EQ(denoising_sigma_mm(painted(15), heart(), 18, 0.8, silent), 0);
}

// A Gaussian leaves of white noise on a grid the root of h^3 / (8 pi^1.5 sigma^3).
TEST(Denoising, IsAsWideAsTheNoiseAsksFor) {
    for (const double wanted_hu : {8.0, 12.0}) {
        const ScalarGrid grid = painted(40);
        const double sigma = denoising_sigma_mm(grid, heart(), wanted_hu, 1.0, silent);
        const double exact = spacing_mm * std::pow(40 / wanted_hu, 2.0 / 3) / (2 * std::sqrt(pi));
        EXPECT_NEAR(sigma, exact, 0.08 * exact) << wanted_hu;
        EXPECT_LE(aortic_noise_hu(gaussian(grid, sigma, silent), heart()), 1.05 * wanted_hu);
    }
}

TEST(Denoising, IsNotWiderThanAllowed) {
    EXPECT_DOUBLE_EQ(denoising_sigma_mm(painted(80), heart(), 2, 0.6, silent), 0.6);
}

}  // namespace
}  // namespace ctffr::imaging
