// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "ctffr/kernels/lumen.hpp"
#include "lumen/banded.hpp"

namespace ctffr::test {
namespace {

using kernels::BlurredSection;

constexpr int angles = 16, steps = 20;
constexpr double step_mm = 0.15;

std::vector<float> evaluate(const BlurredSection& section) {
    std::vector<float> out(angles * steps * kernels::blurred_values);
    kernels::blurred_contours(Cpu{}, View<const BlurredSection>(&section, 1), angles, steps, step_mm,
                              View<float>(out.data(), static_cast<Index>(out.size())));
    return out;
}

BlurredSection disc(double radius, double sigma) {
    BlurredSection section{};
    section.radius_mm[0] = static_cast<float>(radius), section.outer_mm[0] = static_cast<float>(radius + 0.6);
    section.whiten[0] = section.whiten[2] = static_cast<float>(1 / sigma);
    section.steps = steps, section.nodes = 64;
    return section;
}

// Blurred disc at distance rho from its centre: the integral over the disc's circles with the Bessel kernel,
// by fine midpoint sums in polar coordinates.
double blurred_disc(double radius, double sigma, double rho) {
    constexpr int n = 400, m = 400;
    double sum = 0;
    for (int i = 0; i < n; ++i)
        for (int k = 0; k < m; ++k) {
            const double s = radius * (i + 0.5) / n, phi = 2 * pi * (k + 0.5) / m;
            const double d2 = rho * rho + s * s - 2 * rho * s * std::cos(phi);
            sum += s * std::exp(-0.5 * d2 / (sigma * sigma));
        }
    return sum * radius / n * 2 * pi / m / (2 * pi * sigma * sigma);
}

TEST(BlurredContour, DiscMatchesDirectIntegration) {
    for (double radius : {0.3, 0.8, 1.6}) {
        const std::vector<float> out = evaluate(disc(radius, 0.3));
        for (int j : {0, 3, 7, 12})
            EXPECT_NEAR(out[static_cast<std::size_t>(j * kernels::blurred_values)],
                        blurred_disc(radius, 0.3, (j + 0.5) * step_mm), 2e-5)
                << radius << " " << j;
    }
}

TEST(BlurredContour, DerivativesMatchDifferences) {
    BlurredSection section = disc(1.1, 0.28);
    const float terms[7] = {1.1F, 0.08F, -0.05F, 0.12F, 0.04F, -0.03F, 0.05F};
    std::copy(terms, terms + 7, section.radius_mm);
    // Anisotropic, skewed blur.
    section.whiten[1] = 0.7F, section.whiten[2] = 2.9F;
    const std::vector<float> base = evaluate(section);
    for (int t = 0; t < 7; ++t) {
        constexpr float h = 0.01F;
        BlurredSection low = section, high = section;
        low.radius_mm[t] -= h, high.radius_mm[t] += h;
        const std::vector<float> a = evaluate(low), b = evaluate(high);
        for (std::size_t s = 0; s < angles * steps; ++s) {
            const std::size_t at = s * kernels::blurred_values;
            EXPECT_NEAR(base[at + 1 + static_cast<std::size_t>(t)], (b[at] - a[at]) / (2 * h), 1.5e-3)
                << t << " " << s;
        }
    }
}

TEST(SplineSampling, ReproducesACubicBetweenTheNodes) {
    // Interpolating cubic splines are exact for cubics away from the mirrored edges.
    ImageGeometry g;
    g.size = {40, 38, 36}, g.spacing_mm = {0.4, 0.5, 0.6}, g.origin_lps_mm = {-8, -9, -10};
    const auto cubic = [](Vec3 p) {
        return 3 + p.x - 0.5 * p.y * p.y + 0.05 * p.z * p.z * p.z + 0.1 * p.x * p.y * p.z;
    };
    std::vector<float> data(static_cast<std::size_t>(g.size.count()));
    for (int k = 0; k < g.size.z; ++k)
        for (int j = 0; j < g.size.y; ++j)
            for (int i = 0; i < g.size.x; ++i)
                data[static_cast<std::size_t>(g.offset(i, j, k))] = static_cast<float>(cubic(g.lps_from_index(
                    {static_cast<double>(i), static_cast<double>(j), static_cast<double>(k)})));
    const View<float> view(data.data(), static_cast<Index>(data.size()));
    for (int axis = 0; axis < 3; ++axis) kernels::spline_coefficients(Cpu{}, g.size, axis, view);
    const kernels::SectionPlane plane{{0.13, 0.22, -0.31}, {0.6, 0.8, 0}, {0, 0, 1}};
    std::vector<float> out(8 * 10);
    kernels::sample_rays(Cpu{}, g, View<const float>(view), View<const kernels::SectionPlane>(&plane, 1), 8,
                         10, 0.2, -1.0F, View<float>(out.data(), static_cast<Index>(out.size())));
    for (int a = 0; a < 8; ++a)
        for (int j = 0; j < 10; ++j) {
            const double phi = 2 * pi * a / 8, rho = (j + 0.5) * 0.2;
            const Vec3 p =
                plane.center_lps_mm + rho * (std::cos(phi) * plane.normal + std::sin(phi) * plane.binormal);
            EXPECT_NEAR(out[static_cast<std::size_t>(a * 10 + j)], cubic(p), 5e-3);
        }
    // Beyond the image the given value comes back.
    const kernels::SectionPlane outside{{100, 0, 0}, {1, 0, 0}, {0, 1, 0}};
    kernels::sample_rays(Cpu{}, g, View<const float>(view), View<const kernels::SectionPlane>(&outside, 1), 8,
                         10, 0.2, -1.0F, View<float>(out.data(), static_cast<Index>(out.size())));
    EXPECT_EQ(*std::max_element(out.begin(), out.end()), -1.0F);
}

TEST(BandedMatrix, SolvesAndRefusesIndefinite) {
    constexpr std::size_t n = 30;
    lumen::BandedMatrix matrix(n, 3);
    std::vector<double> x(n), rhs(n, 0.0);
    const auto entry = [](std::size_t i, std::size_t j) {
        return i == j ? 8.0 + 0.1 * static_cast<double>(i) : 1.0 / (1.0 + static_cast<double>(i + j));
    };
    for (std::size_t i = 0; i < n; ++i) x[i] = std::sin(static_cast<double>(i));
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = i > 3 ? i - 3 : 0; j <= i; ++j) {
            matrix.add(i, j, entry(i, j));
            rhs[i] += entry(i, j) * x[j];
            if (i != j) rhs[j] += entry(i, j) * x[i];
        }
    ASSERT_TRUE(matrix.factorise());
    matrix.solve(rhs);
    for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(rhs[i], x[i], 1e-12);
    lumen::BandedMatrix indefinite(2, 1);
    indefinite.add(0, 0, 1), indefinite.add(1, 1, 1), indefinite.add(1, 0, 2);
    EXPECT_FALSE(indefinite.factorise());
}

}  // namespace
}  // namespace ctffr::test
