// SPDX-License-Identifier: Apache-2.0
// Developed laminar flow in a curved tube: friction over that of a straight one, against the measurements
// that White (Proc. R. Soc. A 123 (1929) 645) and Mishra and Gupta (Ind. Eng. Chem. Process Des. Dev. 18
// (1979) 130) summed up.
#include <cmath>
#include <cstdio>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "meshes/analytic/recipes.hpp"
#include "support/flow_cases.hpp"

namespace ctffr::test {
namespace {

// dean = Re sqrt(tube radius / bend radius), Re on the diameter and the mean speed.
double white(double dean) { return 1 / (1 - std::pow(1 - std::pow(11.6 / dean, 0.45), 1 / 0.45)); }
double mishra_gupta(double dean) { return 1 + 0.033 * std::pow(std::log10(dean), 4); }

// Slope of the pressure with the length along the axis of the bend between two angles, Pa/m.
double slope(const FlowMesh& mesh, const std::vector<double>& state, const DeanBend& bend, double from,
             double to) {
    double n = 0, s1 = 0, s2 = 0, p1 = 0, ps = 0;
    for (std::size_t i = 0; i < mesh.cell_volume.size(); ++i) {
        const Vec3 x = mesh.cell_centre[i];
        double angle = std::atan2(x.z, bend.bend_radius_m - x.x);
        if (angle < 0) angle += 2 * pi;
        if (angle < from || angle > to) continue;
        const double v = mesh.cell_volume[i], s = angle * bend.bend_radius_m, p = state[4 * i + 3];
        n += v, s1 += v * s, s2 += v * s * s, p1 += v * p, ps += v * p * s;
    }
    return (ps - s1 * p1 / n) / (s2 - s1 * s1 / n);
}

struct Friction {
    double early = 0, late = 0;  // over a straight tube's, from 150 to 195 and from 195 to 240 degrees
    SteadyResult solved;
    Index cells = 0;
};

// A bend through 270 degrees behind a short straight inlet with a parabola.
Friction friction(double dean, double radii, double level) {
    DeanBend bend;
    bend.bend_radius_m = radii * bend.radius_m, bend.angle_rad = 1.5 * pi;
    bend.inlet_m = 3e-3, bend.outlet_m = 6e-3;
    FlowCase c(dean_bend_mesh(level, bend));
    const double reynolds = dean * std::sqrt(radii);
    const double speed = reynolds * c.fluid.viscosity / (c.fluid.density * 2 * bend.radius_m);
    c.velocity("inlet", parabola({0, 0, 0}, {0, 0, 1}, bend.radius_m, speed),
               speed * pi * bend.radius_m * bend.radius_m);
    c.pressure("outlet", 0);
    c.options.tolerance = 1e-5, c.options.residual_drop = 1e-4;
    Friction f;
    f.solved = c.solve(), f.cells = c.mesh.cells;
    if (!f.solved.status.converged()) return f;
    const double straight = -8 * c.fluid.viscosity * speed / (bend.radius_m * bend.radius_m),
                 degree = pi / 180;
    f.early = slope(c.mesh, f.solved.state, bend, 150 * degree, 195 * degree) / straight;
    f.late = slope(c.mesh, f.solved.state, bend, 195 * degree, 240 * degree) / straight;
    return f;
}

void expect_friction(double dean, double radii) {
    const Friction coarse = friction(dean, radii, 0.5), fine = friction(dean, radii, 0.75);
    ASSERT_TRUE(coarse.solved.status.converged() && fine.solved.status.converged());
    std::printf(
        "Dean %g: friction %.4f (%lld cells), %.4f (%lld cells; %.4f before); White %.4f, Mishra and Gupta "
        "%.4f; "
        "%d iterations, mass %.1e, cell %.1e\n",
        dean, coarse.late, static_cast<long long>(coarse.cells), fine.late,
        static_cast<long long>(fine.cells), fine.early, white(dean), mishra_gupta(dean),
        fine.solved.status.iterations, fine.solved.status.mass_imbalance, fine.solved.cell_imbalance);
    EXPECT_NEAR(fine.late / white(dean), 1, 0.04);
    EXPECT_NEAR(fine.late / mishra_gupta(dean), 1, 0.04);
    EXPECT_NEAR(fine.late / fine.early, 1, 0.005);  // developed
    EXPECT_NEAR(fine.late / coarse.late, 1, 0.005);
    EXPECT_LT(fine.solved.status.mass_imbalance, 1e-8);
    EXPECT_LT(fine.solved.cell_imbalance, 1e-8);
}

TEST(BendFlow, FrictionAtDean50) { expect_friction(50, 20); }
TEST(BendFlow, FrictionAtDean100) { expect_friction(100, 10); }

}  // namespace
}  // namespace ctffr::test
