// SPDX-License-Identifier: Apache-2.0
// Tube response and ray sections against closed forms, on the backend of this build.
#include "ctffr/kernels/medialness.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "ctffr/kernels/symmetric3.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr {
namespace {

using Exec = CTFFR_EXEC;

constexpr double e = 2.718281828459045;

// A cube of voxels around the origin.
struct Cube {
    int n = 0;
    double h = 1;
    Int3 size() const { return {n, n, n}; }
    Vec3 at(std::int32_t voxel) const {
        return h * (Vec3{double(voxel % n), double(voxel / n % n), double(voxel / n / n)} -
                    0.5 * (n - 1) * Vec3{1, 1, 1});
    }
    std::int32_t center() const { return (n / 2) * (1 + n + n * n); }
};

template <class Value>
std::vector<float> paint(const Cube& cube, const Value& value) {
    std::vector<float> image;
    for (std::int32_t v = 0; v < cube.size().count(); ++v)
        image.push_back(static_cast<float>(value(cube.at(v))));
    return image;
}

double off_axis(Vec3 p, Vec3 axis) { return norm(p - dot(p, axis) * axis); }

std::vector<kernels::TubeResponse> responses(const Cube& cube, double sigma_mm,
                                             const std::vector<float>& smoothed,
                                             const std::vector<std::int32_t>& voxels,
                                             std::vector<kernels::TubeResponse> best = {}) {
    const Exec exec;
    best.resize(voxels.size());
    const Array<float, Exec> image(exec, smoothed);
    const Array<std::int32_t, Exec> list(exec, voxels);
    Array<kernels::TubeResponse, Exec> out(exec, best);
    kernels::tube_response(exec, cube.size(), cube.h, sigma_mm, 1.0, image.view(), list.view(), out.view());
    return out.to_host();
}

// A tube of Gaussian profile of width s, already smoothed by sigma: s^2 / w^2 exp(-d^2 / (2 w^2)), w^2 = s^2
// + sigma^2.
std::vector<float> smoothed_tube(const Cube& cube, Vec3 axis, double s, double sigma) {
    const double w2 = s * s + sigma * sigma;
    return paint(cube,
                 [&](Vec3 p) { return s * s / w2 * std::exp(-0.5 * std::pow(off_axis(p, axis), 2) / w2); });
}
double exact_response(double s, double sigma) {
    const double w2 = s * s + sigma * sigma;
    return e * sigma * sigma * s * s / (w2 * w2);
}

TEST(Eigenvalues, AgreeWithAKnownMatrixAndItsVectors) {
    // Eigenvalues 1, -2, 5 with axes turned by 0.3 about z and 0.5 about x.
    const double c = std::cos(0.3), s = std::sin(0.3), a = std::cos(0.5), b = std::sin(0.5);
    const Vec3 q[3] = {{c, a * s, b * s}, {-s, a * c, b * c}, {0, -b, a}};
    const double value[3] = {1, -2, 5};
    kernels::Symmetric3 m;
    for (int i = 0; i < 3; ++i) {
        m.xx += value[i] * q[i].x * q[i].x, m.yy += value[i] * q[i].y * q[i].y,
            m.zz += value[i] * q[i].z * q[i].z;
        m.xy += value[i] * q[i].x * q[i].y, m.xz += value[i] * q[i].x * q[i].z,
            m.yz += value[i] * q[i].y * q[i].z;
    }
    const kernels::Eigen3 found = kernels::eigenvalues(m);
    for (int i = 0; i < 3; ++i) EXPECT_NEAR(found.value[i], value[i], 1e-12);
    for (int i = 0; i < 3; ++i) EXPECT_NEAR(std::abs(dot(kernels::eigenvector(m, value[i]), q[i])), 1, 1e-12);
}

TEST(Eigenvalues, OfAMultipleOfTheUnitMatrixAreAllEqual) {
    const kernels::Eigen3 found = kernels::eigenvalues({-3, -3, -3, 0, 0, 0});
    for (double v : found.value) EXPECT_DOUBLE_EQ(v, -3);
}

TEST(TubeResponse, ConvergesToTheClosedFormWithSecondOrder) {
    const double s = 0.9, sigma = 0.8;
    double error[2];
    for (int level = 0; level < 2; ++level) {
        const Cube cube{level == 0 ? 21 : 41, level == 0 ? 0.4 : 0.2};
        const auto r = responses(cube, sigma, smoothed_tube(cube, {0, 0, 1}, s, sigma), {cube.center()});
        error[level] = std::abs(r[0].response - exact_response(s, sigma));
        EXPECT_NEAR(std::abs(r[0].direction[2]), 1, 1e-3);
    }
    EXPECT_LT(error[1], 0.02 * exact_response(s, sigma));
    EXPECT_NEAR(error[0] / error[1], 4, 0.6);
}

TEST(TubeResponse, DoesNotDependOnTheDirectionOfTheTube) {
    const Cube cube{31, 0.3};
    for (const Vec3 axis : {Vec3{1, 0, 0}, Vec3{1, 1, 0}, Vec3{1, 1, 1}, Vec3{1, -2, 0.5}}) {
        const Vec3 t = normalized(axis);
        const auto r = responses(cube, 1.0, smoothed_tube(cube, t, 1.0, 1.0), {cube.center()});
        EXPECT_NEAR(r[0].response, exact_response(1.0, 1.0), 0.02);
        const Vec3 found{r[0].direction[0], r[0].direction[1], r[0].direction[2]};
        EXPECT_GT(std::abs(dot(found, t)), 0.999);
    }
}

TEST(TubeResponse, PeaksOnTheAxisAndAtTheScaleOfTheTube) {
    const Cube cube{41, 0.3};
    const double s = 1.1;
    std::vector<std::int32_t> across;
    for (int i = -6; i <= 6; ++i) across.push_back(cube.center() + i);
    std::vector<kernels::TubeResponse> best;
    for (const double sigma : {0.5, 0.8, 1.1, 1.5, 2.1})
        best = responses(cube, sigma, smoothed_tube(cube, {0, 0, 1}, s, sigma), across, best);
    EXPECT_NEAR(best[6].sigma_mm, s, 1e-6);
    for (std::size_t i = 0; i < best.size(); ++i)
        if (i != 6) {
            EXPECT_LT(best[i].response, best[6].response);
        }
}

TEST(TubeResponse, IsNothingForPlatesEdgesAndDarkTubes) {
    const Cube cube{31, 0.4};
    const auto plate = paint(cube, [](Vec3 p) { return std::exp(-0.5 * p.x * p.x); });
    const auto edge = paint(cube, [](Vec3 p) { return 0.5 * std::erfc(-p.x / 1.4); });
    const auto dark = paint(cube, [](Vec3 p) { return -std::exp(-0.5 * (p.x * p.x + p.y * p.y)); });
    std::vector<std::int32_t> across;
    for (int i = -8; i <= 8; ++i) across.push_back(cube.center() + i);
    for (const auto& image : {plate, edge, dark})
        for (const auto& r : responses(cube, 1.0, image, across)) EXPECT_LT(r.response, 0.02);
}

TEST(TubeResponse, LeavesBordersAndUnlistedVoxelsAlone) {
    const Cube cube{9, 0.5};
    const auto image = smoothed_tube(cube, {0, 0, 1}, 0.8, 0.8);
    const auto r =
        responses(cube, 0.8, image, {0, 4 + 9 * 4, cube.center()});  // a corner, the axis on the border
    EXPECT_EQ(r[0].response, 0);
    EXPECT_EQ(r[1].response, 0);
    EXPECT_GT(r[2].response, 0.5f);
}

std::vector<kernels::RaySection> sections(const Cube& cube, const std::vector<float>& image,
                                          const std::vector<std::int32_t>& voxels, Vec3 axis) {
    const Exec exec;
    std::vector<kernels::TubeResponse> tubes(voxels.size());
    for (auto& t : tubes) {
        t.response = 1;
        for (int a = 0; a < 3; ++a) t.direction[a] = static_cast<float>(axis[a]);
    }
    const Array<float, Exec> in(exec, image);
    const Array<std::int32_t, Exec> list(exec, voxels);
    const Array<kernels::TubeResponse, Exec> best(exec, tubes);
    Array<kernels::RaySection, Exec> out(exec, static_cast<Index>(voxels.size()));
    kernels::ray_sections(exec, cube.size(), cube.h, {}, in.view(), list.view(), best.view(), out.view());
    return out.to_host();
}

// Blood of 400 HU in tissue of 100 HU with an edge blurred by 0.3 mm.
double blood(double signed_distance) {
    return 100 + 300 * 0.5 * std::erfc(signed_distance / (0.3 * std::sqrt(2.0)));
}

TEST(RaySections, MeasureTheRadiusOfATubeInAnyDirection) {
    const Cube cube{41, 0.4};
    for (const Vec3 axis : {Vec3{0, 0, 1}, Vec3{1, 1, 0}, Vec3{1, 2, -1}})
        for (const double radius : {1.0, 1.6, 2.5}) {
            const Vec3 t = normalized(axis);
            const auto image = paint(cube, [&](Vec3 p) { return blood(off_axis(p, t) - radius); });
            const auto s = sections(cube, image, {cube.center()}, t)[0];
            EXPECT_EQ(s.closed, 1);
            EXPECT_NEAR(s.radius_mm, radius, 0.06);
            EXPECT_GT(s.balance, 0.95);
        }
}

TEST(RaySections, BalanceFallsTowardsTheWall) {
    const Cube cube{41, 0.4};
    const auto image = paint(cube, [&](Vec3 p) { return blood(std::hypot(p.x, p.y) - 2); });
    const auto s = sections(
        cube, image, {cube.center(), cube.center() + 1, cube.center() + 2, cube.center() + 3}, {0, 0, 1});
    for (std::size_t i = 1; i < s.size(); ++i) EXPECT_LT(s[i].balance, s[i - 1].balance - 0.05);
}

TEST(RaySections, StayOpenInAChamber) {
    const Cube cube{41, 0.4};
    // One millimetre inside the flat wall of a large pool: fewer than half of the rays meet it.
    const auto image = paint(cube, [](Vec3 p) { return blood(p.x - 1); });
    EXPECT_LT(sections(cube, image, {cube.center()}, {0, 0, 1})[0].closed, 0.5);
    const auto full = paint(cube, [](Vec3) { return 400.0; });
    EXPECT_EQ(sections(cube, full, {cube.center()}, {0, 0, 1})[0].closed, 0);
}

std::vector<float> means(const Cube& cube, double sigma_mm, const std::vector<float>& image,
                         const std::vector<std::int32_t>& voxels, const kernels::TubeResponse& tube,
                         float before) {
    const Exec exec;
    const Array<float, Exec> source(exec, image);
    const Array<std::int32_t, Exec> list(exec, voxels);
    const Array<kernels::TubeResponse, Exec> best(exec,
                                                  std::vector<kernels::TubeResponse>(voxels.size(), tube));
    Array<float, Exec> out(exec, std::vector<float>(voxels.size(), before));
    kernels::mean_along_tube(exec, cube.size(), cube.h, sigma_mm, source.view(), list.view(), best.view(),
                             out.view());
    return out.to_host();
}

TEST(MeanAlongTube, KeepsTheTubeAndDampsWavesAlongIt) {
    const Cube cube{61, 0.2};
    const Vec3 axis = normalized(Vec3{1, 2, -1});
    const kernels::TubeResponse tube{
        1, 1, {static_cast<float>(axis.x), static_cast<float>(axis.y), static_cast<float>(axis.z)}};
    const double sigma = 1.0, wave = 2 * 3.14159265358979 / 5;
    // Weights over two sigma: the damping of a cosine is that of the cut Gaussian.
    double damped = 0, weights = 0;
    for (double t = -2 * sigma; t <= 2 * sigma + 1e-9; t += 0.01) {
        const double w = std::exp(-0.5 * t * t / (sigma * sigma));
        damped += w * std::cos(wave * t), weights += w;
    }
    damped /= weights;
    const auto image = paint(cube, [&](Vec3 p) {
        return std::exp(-0.5 * std::pow(off_axis(p, axis), 2)) * (1 + std::cos(wave * dot(p, axis)));
    });
    const auto mean = means(cube, sigma, image, {cube.center()}, tube, -7);
    EXPECT_NEAR(mean[0], 1 + damped, 0.02);
    EXPECT_LT(damped, 0.6);
}

TEST(MeanAlongTube, LeavesVoxelsWithoutATubeAlone) {
    const Cube cube{21, 0.5};
    const auto mean = means(cube, 1.0, paint(cube, [](Vec3) { return 3.0; }), {cube.center()}, {}, -7);
    EXPECT_EQ(mean[0], -7);
}

TEST(MeanAlongTube, MoreThanHalvesWhiteNoise) {
    const Cube cube{41, 0.5};
    std::uint64_t n = 0;
    const auto image = paint(cube, [&](Vec3) { return normal_at(5, 1, n++); });
    std::vector<std::int32_t> inside;
    for (std::int32_t v = 0; v < cube.size().count(); ++v)
        if (norm(cube.at(v)) < 7) inside.push_back(v);
    double squares = 0;
    for (const float m : means(cube, 1.0, image, inside, {1, 1, {0.6f, 0.0f, 0.8f}}, 0)) squares += m * m;
    EXPECT_LT(std::sqrt(squares / static_cast<double>(inside.size())), 0.5);
}

}  // namespace
}  // namespace ctffr
