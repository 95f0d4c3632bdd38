// SPDX-License-Identifier: Apache-2.0
// The jet of the FDA benchmark nozzle at Re 500 against the measurements of five laboratories. That it is
// steady: validation/nozzle.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "support/nozzle_case.hpp"

namespace ctffr::test {
namespace {

// Speed on the axis, m/s, by the data sets 243, 297, 468, 763 and 999 of the benchmark. Left out, as the
// integral of their profile at the station misses the flow by more than 10 %: 999 at 16 mm, 468 and 763 at 32
// mm, 297, 468 and 999 at 60 mm.
struct Station {
    double z_mm;
    std::vector<double> measured;
    double mean() const {
        return std::accumulate(measured.begin(), measured.end(), 0.0) / double(measured.size());
    }
    double spread() const {
        const auto [low, high] = std::minmax_element(measured.begin(), measured.end());
        return (*high - *low) / mean();
    }
};
const std::vector<Station> stations = {
    {0, {0.7497, 0.7147, 0.7129, 0.7534, 0.7093}},
    {8, {0.7313, 0.7385, 0.7261, 0.7398, 0.6930}},
    {16, {0.7138, 0.7211, 0.7070}},
    {24, {0.6773, 0.6684, 0.6714, 0.6514}},
    {32, {0.6541, 0.6431, 0.6277}},
    {60, {0.5870, 0.5696}},
};

// Along the axis: in every layer of cells a parabola through those within 0.8 mm.
class AlongTheAxis {
   public:
    AlongTheAxis(const FlowMesh& mesh, const std::vector<double>& state) {
        struct Sums {
            double n = 0, r2 = 0, r4 = 0, u = 0, ur2 = 0, p = 0;
        };
        std::map<long, Sums> layers;  // by place, 0.1 um
        for (std::size_t i = 0; i < mesh.cell_centre.size(); ++i) {
            const Vec3 x = mesh.cell_centre[i];
            const double r2 = 1e6 * (x.x * x.x + x.y * x.y);
            if (r2 > 0.64) continue;
            Sums& s = layers[std::lround(x.z * 1e7)];
            s.n += 1, s.r2 += r2, s.r4 += r2 * r2, s.u += state[4 * i + 2], s.ur2 += r2 * state[4 * i + 2];
            s.p += state[4 * i + 3];
        }
        for (const auto& [place, s] : layers) {
            z_.push_back(1e-7 * static_cast<double>(place));
            speed_.push_back((s.r4 * s.u - s.r2 * s.ur2) / (s.n * s.r4 - s.r2 * s.r2));
            pressure_.push_back(s.p / s.n);
        }
    }
    double speed(double z) const { return at(speed_, z); }
    double pressure(double z) const { return at(pressure_, z); }

   private:
    double at(const std::vector<double>& value, double z) const {
        const auto above = std::upper_bound(z_.begin() + 1, z_.end() - 1, z);
        const auto i = static_cast<std::size_t>(above - z_.begin());
        return value[i - 1] + (value[i] - value[i - 1]) * (z - z_[i - 1]) / (z_[i] - z_[i - 1]);
    }
    std::vector<double> z_, speed_, pressure_;
};

// The state of the nearest cell of another mesh of the nozzle.
std::vector<double> carried_over(const FlowMesh& from, const std::vector<double>& state, const FlowMesh& to) {
    std::vector<std::pair<double, std::size_t>> by_place;
    for (std::size_t i = 0; i < from.cell_centre.size(); ++i) by_place.emplace_back(from.cell_centre[i].z, i);
    std::sort(by_place.begin(), by_place.end());
    std::vector<double> out;
    for (const Vec3& x : to.cell_centre) {
        constexpr double reach = 8e-3;  // more than the longest cell
        std::size_t best = 0;
        double nearest = 1e9;
        for (auto k =
                 std::lower_bound(by_place.begin(), by_place.end(), std::pair{x.z - reach, std::size_t{0}});
             k != by_place.end() && k->first < x.z + reach; ++k)
            if (const double d = distance(from.cell_centre[k->second], x); d < nearest)
                nearest = d, best = k->second;
        out.insert(out.end(), &state[4 * best], &state[4 * best] + 4);
    }
    return out;
}

void print(const FlowCase& c, const SteadyResult& r) {
    const AlongTheAxis axis(c.mesh, r.state);
    std::printf("%ld cells: %d iterations, inlet %.2f Pa, behind the step %.2f Pa, before the cone %.2f Pa\n",
                static_cast<long>(c.mesh.cells), r.status.iterations, r.openings[c.patch("inlet")].pressure,
                axis.pressure(1e-3), axis.pressure(-63e-3));
    for (const Station& s : stations)
        std::printf("  z %2.0f mm: %.4f m/s, measured %.4f (spread %.1f %%): %+.1f %%\n", s.z_mm,
                    axis.speed(1e-3 * s.z_mm), s.mean(), 100 * s.spread(),
                    100 * (axis.speed(1e-3 * s.z_mm) / s.mean() - 1));
}

TEST(NozzleFlow, JetAtReynoldsNumber500) {
    const FlowCase coarse = nozzle_case(0.5), fine = nozzle_case(0.75);
    const SteadyResult a = coarse.solve();
    ASSERT_TRUE(a.status.converged());
    print(coarse, a);
    const SteadyResult b = solve_steady(fine.mesh, fine.conditions, fine.fluid, fine.options,
                                        carried_over(coarse.mesh, a.state, fine.mesh), test_run());
    ASSERT_TRUE(b.status.converged());
    print(fine, b);
    const AlongTheAxis axis(fine.mesh, b.state), before(coarse.mesh, a.state);
    for (const Station& s : stations) {
        const double here = axis.speed(1e-3 * s.z_mm);
        EXPECT_NEAR(here / s.mean(), 1, 0.035) << s.z_mm;  // the laboratories differ by up to 6 %
        const auto [low, high] = std::minmax_element(s.measured.begin(), s.measured.end());
        EXPECT_GT(here, 0.97 * *low) << s.z_mm;
        EXPECT_LT(here, 1.03 * *high) << s.z_mm;
        EXPECT_NEAR(here / before.speed(1e-3 * s.z_mm), 1, 0.01) << s.z_mm;
    }
    const double drop = b.openings[fine.patch("inlet")].pressure;
    EXPECT_NEAR(a.openings[coarse.patch("inlet")].pressure / drop, 1, 0.005);
    // Published: 299.6 Pa from 60 mm before the cone to 120 mm behind the step, flat inflow (OpenFOAM, O-grid
    // of two million cells). Flat and parabolic inflow differ by 0.5 % here. The first 40 mm are a straight
    // pipe.
    const double published_pa = 299.6, pipe_pa = 8 * fine.fluid.viscosity * NozzleReference::flow_m3_s *
                                                 40e-3 / (pi * std::pow(NozzleReference::pipe_radius_m, 4));
    const double same_length = drop + pipe_pa - axis.pressure(120e-3);
    std::printf("drop over the published length %.1f Pa\n", same_length);
    EXPECT_NEAR(same_length / published_pa, 1, 0.05);
    EXPECT_LT(b.status.mass_imbalance, 1e-8);
    EXPECT_LT(b.cell_imbalance, 1e-8);
}

}  // namespace
}  // namespace ctffr::test
