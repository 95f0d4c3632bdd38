// SPDX-License-Identifier: Apache-2.0
// Outlets with a resistance: they obey P = P_v + R Q and share the flow of a symmetric fork equally although
// the grid knows nothing of the symmetry.
#include <cmath>
#include <cstdio>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "meshing/analytic_lumen.hpp"
#include "meshing/flow_mesher.hpp"
#include "support/flow_cases.hpp"

namespace ctffr::test {
namespace {

constexpr double venous = 667, aortic = 11600;  // Pa: 5 and 87 mmHg

// A fork of a 3 mm vessel with resistances that let about 1.1 mL/s pass through each daughter.
FlowCase fork_case(double cells_per_diameter) {
    FlowCase c(meshing::build_flow_mesh(
        meshing::symmetric_fork_lumen({0.173, -0.291, 0.377}, {0.41, 0.28, 0.87}, {-0.6, 0.7, 0.1},
                                      40 * pi / 180, 1.5, 1.2, 10, 12),
        {.cells_per_diameter = cells_per_diameter}, ctffr::Run{}));
    c.pressure("inlet", aortic);
    c.conditions[c.patch("inlet")].loss = 1;
    c.conditions[c.patch("inlet")].flat_inflow = true;
    for (const char* name : {"outlet_a", "outlet_b"}) c.pressure(name, venous, 1e10);
    return c;
}

TEST(OutletFlow, RelationHoldsAndASymmetricForkSharesEqually) {
    FlowCase c = fork_case(16);
    c.options.tolerance = 1e-5, c.options.residual_drop = 1e-3;
    const SteadyResult r = c.solve();
    ASSERT_TRUE(r.status.converged());
    double total = 0;
    for (const char* name : {"outlet_a", "outlet_b"}) {
        const OpeningState& o = r.openings[c.patch(name)];
        EXPECT_NEAR(o.pressure / (venous + 1e10 * o.outflow), 1, 1e-6) << name;
        EXPECT_GT(o.outflow, 0.9e-6) << name;
        total += o.outflow;
    }
    const OpeningState& in = r.openings[c.patch("inlet")];
    const double speed = -in.outflow / c.patch_area("inlet");
    EXPECT_NEAR((in.pressure + 0.5 * c.fluid.density * speed * speed) / aortic, 1, 1e-6);
    const double share = r.openings[c.patch("outlet_a")].outflow / total;
    std::printf("%d iterations, inflow %.4e, share %.7f, mass %.1e, cell %.1e\n", r.status.iterations,
                -in.outflow, share, r.status.mass_imbalance, r.cell_imbalance);
    EXPECT_NEAR(share, 0.5, 1e-4);
    EXPECT_NEAR(-in.outflow / total, 1, 1e-8);
    EXPECT_LT(r.cell_imbalance, 1e-8);
}

TEST(OutletFlow, SameInputSameBits) {
    const FlowCase c = fork_case(10);
    const SteadyResult one = c.solve(), two = c.solve();
    ASSERT_TRUE(one.status.converged());
    EXPECT_EQ(one.state, two.state);
    EXPECT_EQ(one.residual_history, two.residual_history);
    EXPECT_EQ(one.wall_shear, two.wall_shear);
}

TEST(OutletFlow, FlowFollowsTheResistances) {
    FlowCase c = fork_case(10);
    c.pressure("outlet_a", venous, 0.5e10);
    const SteadyResult r = c.solve();
    ASSERT_TRUE(r.status.converged());
    for (const char* name : {"outlet_a", "outlet_b"}) {
        const OpeningState& o = r.openings[c.patch(name)];
        EXPECT_NEAR(o.pressure / (venous + (name[7] == 'a' ? 0.5e10 : 1e10) * o.outflow), 1, 1e-6) << name;
    }
    // The vessels take a few percent of the pressure: the flows come close to the ratio of the resistances.
    EXPECT_NEAR(r.openings[c.patch("outlet_a")].outflow / r.openings[c.patch("outlet_b")].outflow, 2, 0.08);
}

}  // namespace
}  // namespace ctffr::test
