// SPDX-License-Identifier: Apache-2.0
// Laminar flow behind a sudden expansion of a circular tube to twice its diameter: the vortex behind the step
// is 0.088 Re step heights long (Hammad, Oetuegen and Arik, Exp. Fluids 26 (1999) 266).
#include <cmath>
#include <cstdio>
#include <map>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "meshing/grading.hpp"
#include "meshing/swept_mesh.hpp"
#include "support/flow_cases.hpp"

namespace ctffr::test {
namespace {

constexpr double radius = 1.5e-3;  // of the narrow tube, m, and height of the step

FlowMesh expansion_mesh(double level, double outlet) {
    using namespace meshing;
    SweptTube tube;
    tube.curve = straight_curve({0, 0, 0}, {0, 0, 1});
    tube.core = static_cast<int>(std::lround(12 * level)),
    tube.ring = static_cast<int>(std::lround(8 * level));
    tube.stations_m = {-2 * radius};
    append_graded(tube.stations_m, 0, static_cast<int>(std::lround(12 * level)), 0.4);
    const int step = static_cast<int>(tube.stations_m.size()) - 1;
    append_graded(tube.stations_m, outlet, static_cast<int>(std::lround(90 * level)), 6);
    tube.radius_m = [](double, double) { return radius; };
    tube.outer = OuterRing{step, static_cast<int>(std::lround(12 * level)), 1.5,
                           [](double, double) { return 2 * radius; }};
    return swept_mesh(tube);
}

struct Reattachment {
    double place = 0;  // step heights behind the step, over Re
    double spacing = 0;
    SteadyResult solved;
};

// Re on the diameter and the mean speed of the narrow tube.
Reattachment reattachment(double reynolds, double level) {
    FlowCase c(expansion_mesh(level, 2 * radius * (0.08 * reynolds + 4)));
    const double speed = reynolds * c.fluid.viscosity / (c.fluid.density * 2 * radius);
    c.velocity("inlet", parabola({0, 0, 0}, {0, 0, 1}, radius, speed), speed * pi * radius * radius);
    c.pressure("outlet", 0);
    c.options.tolerance = 1e-5, c.options.residual_drop = 1e-4;
    Reattachment r;
    r.solved = c.solve(), r.spacing = mean_spacing(c.mesh);
    if (!r.solved.status.converged()) return r;
    // Axial pull on the wall of the wide tube, summed around it: back behind the step, then forward. The
    // first diameter is left out: the corner has eddies of its own.
    std::map<long, double> shear;  // by place, um
    const FlowPatch& wall = c.mesh.patches[c.patch("wall")];
    for (Index f = wall.first_face; f < wall.first_face + wall.faces; ++f) {
        const Vec3 x = c.mesh.face_centre[static_cast<std::size_t>(f)];
        const auto b = static_cast<std::size_t>(f - c.mesh.internal_faces());
        if (x.z > 2 * radius)
            shear[std::lround(x.z * 1e6)] += static_cast<double>(r.solved.wall_shear[3 * b + 2]);
    }
    double before = 0, last = 0;
    for (const auto& [place, force] : shear) {
        const double here = static_cast<double>(place) * 1e-6;
        if (last < 0 && force >= 0)
            r.place = (before + (here - before) * last / (last - force)) / (radius * reynolds);
        before = here, last = force;
    }
    return r;
}

TEST(ExpansionFlow, ReattachmentGrowsWithTheReynoldsNumber) {
    for (double reynolds : {50.0, 100.0, 200.0}) {
        const Reattachment coarse = reattachment(reynolds, 0.5), fine = reattachment(reynolds, 0.75);
        ASSERT_TRUE(coarse.solved.status.converged() && fine.solved.status.converged()) << reynolds;
        const double ratio = std::pow(coarse.spacing / fine.spacing, 2);
        std::printf(
            "Re %g: %.5f, %.5f Re step heights (second order: %.5f); %d iterations, mass %.1e, cell %.1e\n",
            reynolds, coarse.place, fine.place, fine.place + (fine.place - coarse.place) / (ratio - 1),
            fine.solved.status.iterations, fine.solved.status.mass_imbalance, fine.solved.cell_imbalance);
        EXPECT_NEAR(fine.place / 0.088, 1, 0.02) << reynolds;
        EXPECT_NEAR(fine.place / coarse.place, 1, 0.02) << reynolds;
        EXPECT_LT(fine.solved.status.mass_imbalance, 1e-8) << reynolds;
        EXPECT_LT(fine.solved.cell_imbalance, 1e-8) << reynolds;
    }
}

}  // namespace
}  // namespace ctffr::test
