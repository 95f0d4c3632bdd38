// SPDX-License-Identifier: Apache-2.0
// The flow on swept meshes that are made, as for a patient, from sections: developed flow in a tube and the
// cosine stenosis. The cross-check of swept and octree mesh is in tests/unit/stages/mesh_swept_test.cpp.
#include <cmath>
#include <cstdio>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "ctffr/stages/mesh.hpp"
#include "meshes/analytic/recipes.hpp"
#include "support/round_lumen.hpp"
#include "support/stenosis_case.hpp"

namespace ctffr::test {
namespace {

// A vessel from `start` along `direction`, sections every 0.25 mm; radius(mm from the start), mm. The patches
// of the mesh are named as in the flow cases.
FlowMesh vessel_mesh(Vec3 start, Vec3 direction, double length_mm,
                     const std::function<double(double)>& radius, double cells_per_diameter) {
    CoronaryTree tree;
    Branch branch;
    const auto n = static_cast<int>(length_mm / 0.25);
    for (int i = 0; i <= n; ++i) {
        const double s = length_mm * i / n;
        branch.points.push_back({start + s * normalized(direction), {}, 0, radius(s)});
    }
    update_arc_and_tangents(branch);
    tree.branches.push_back(branch);
    MeshOptions options;
    options.cells_per_diameter = cells_per_diameter;
    FlowMesh mesh = run_swept_mesh(round_lumen(tree), tree, {0}, options, ctffr::Run{});
    mesh.patches[0].name = "inlet", mesh.patches[1].name = "outlet";
    return mesh;
}

TEST(SweptFlow, PoiseuilleInAnObliqueTube) {
    const Vec3 start{1.2, -0.4, 7.7}, direction = normalized(Vec3{0.3, -0.5, 0.8});
    const double radius = 1.5e-3, speed = 0.2;
    FlowCase c(vessel_mesh(
        start, direction, 15, [](double) { return 1.5; }, 16));
    const double flow = speed * pi * radius * radius;
    c.velocity("inlet", parabola(1e-3 * start, direction, radius, speed), flow);
    c.pressure("outlet", 0);
    c.options.tolerance = 1e-5, c.options.residual_drop = 1e-4;
    const SteadyResult r = c.solve();
    ASSERT_TRUE(r.status.converged());
    const double exact = -8 * c.fluid.viscosity * flow / (pi * std::pow(radius, 4));
    const LineFit fit = fit_pressure(c.mesh, r.state, 1e-3 * start, direction, 4e-3, 12e-3);
    std::printf("%ld cells: gradient %.4f of Poiseuille's, %d iterations\n", static_cast<long>(c.mesh.cells),
                fit.slope / exact, r.status.iterations);
    EXPECT_NEAR(fit.slope / exact, 1, 0.01);
    EXPECT_LT(r.cell_imbalance, 1e-8);
}

TEST(SweptFlow, CosineStenosis) {
    const Vec3 start{0, 0, -15};
    const FlowCase c = stenosis_case(vessel_mesh(
        start, {0, 0, 1}, 66,
        [](double s) { return 1e3 * cosine_stenosis_radius_m(1e-3 * (s - 15), 1.5e-3, 6e-3, 0.5); }, 20));
    const SteadyResult r = c.solve();
    ASSERT_TRUE(r.status.converged());
    const StenosisFigures f = measure_stenosis(c, r);
    std::printf("%ld cells: drop %.1f Pa, axis peak %.4f m/s, reattachment %.2f mm, %d iterations\n",
                static_cast<long>(c.mesh.cells), f.drop_pa, f.axis_peak_m_s, 1e3 * f.reattachment_m,
                r.status.iterations);
    EXPECT_NEAR(f.drop_pa / StenosisReference::drop_pa, 1, 0.02);
    EXPECT_NEAR(f.axis_peak_m_s / StenosisReference::axis_peak_m_s, 1, 0.01);
    EXPECT_NEAR(f.reattachment_m / StenosisReference::reattachment_m, 1, 0.05);
    EXPECT_LT(r.cell_imbalance, 1e-8);
}

}  // namespace
}  // namespace ctffr::test
