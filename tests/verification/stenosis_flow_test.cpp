// SPDX-License-Identifier: Apache-2.0
// A smooth 75 % area stenosis against mesh-converged values of an independent solver, on one coarse mesh of
// each family. Convergence of both families: validation/stenosis-3d.
#include <cmath>
#include <cstdio>

#include <gtest/gtest.h>

#include "meshes/analytic/recipes.hpp"
#include "meshing/analytic_lumen.hpp"
#include "meshing/flow_mesher.hpp"
#include "support/stenosis_case.hpp"

namespace ctffr::test {
namespace {

using Reference = StenosisReference;

void print(const char* what, const FlowCase& c, const SteadyResult& r, const StenosisFigures& f) {
    std::printf(
        "%s, %ld cells: drop %.1f Pa, excess %.1f, axis peak %.4f m/s, reattachment %.2f mm, peak shear %.1f "
        "Pa, "
        "%d iterations, mass %.1e, cell %.1e\n",
        what, static_cast<long>(c.mesh.cells), f.drop_pa, f.excess_pa(), f.axis_peak_m_s,
        1e3 * f.reattachment_m, f.peak_wall_shear_pa, r.status.iterations, r.status.mass_imbalance,
        r.cell_imbalance);
}

TEST(StenosisFlow, OGrid) {
    const FlowCase c = stenosis_case(stenosis_mesh(1));
    const SteadyResult r = c.solve();
    ASSERT_TRUE(r.status.converged());
    const StenosisFigures f = measure_stenosis(c, r);
    print("O-grid", c, r, f);
    EXPECT_NEAR(f.drop_pa / Reference::drop_pa, 1, 0.01);
    EXPECT_NEAR(f.excess_pa() / (Reference::drop_pa - Reference::poiseuille_pa), 1, 0.015);
    EXPECT_NEAR(f.axis_peak_m_s / Reference::axis_peak_m_s, 1, 0.01);
    EXPECT_NEAR(f.reattachment_m / Reference::reattachment_m, 1, 0.03);
    EXPECT_LT(r.status.mass_imbalance, 1e-8);
    EXPECT_LT(r.cell_imbalance, 1e-8);
}

// Behind the throat the jet is sensitive: a throat off the axis by a tenth of the throat's depth turns it to
// the wall and costs 6 % more pressure. By a hundredth it must change nothing.
TEST(StenosisFlow, SlightlyEccentricThroat) {
    StenosisTube shape;
    shape.eccentricity = 0.01;
    const FlowCase c = stenosis_case(stenosis_mesh(1, shape));
    const SteadyResult r = c.solve();
    ASSERT_TRUE(r.status.converged());
    const StenosisFigures f = measure_stenosis(c, r);
    print("eccentric O-grid", c, r, f);
    EXPECT_NEAR(f.drop_pa / Reference::drop_pa, 1, 0.01);
}

// Three tenths of the depth off the axis the jet lies at the wall whatever the mesh does: this flow is not
// sensitive, and must come out the same on any mesh. O-grids of 63 360 and 213 840 cells give 823.3 and 825.3
// Pa, so 826.9 in the limit of second order.
constexpr double eccentric_limit_pa = 826.9;

TEST(StenosisFlow, EccentricThroatOnTheOGrid) {
    StenosisTube shape;
    shape.eccentricity = 0.3;
    const FlowCase c = stenosis_case(stenosis_mesh(1, shape));
    const SteadyResult r = c.solve();
    ASSERT_TRUE(r.status.converged());
    const StenosisFigures f = measure_stenosis(c, r);
    print("O-grid, throat 0.3 off the axis", c, r, f);
    EXPECT_NEAR(f.drop_pa / eccentric_limit_pa, 1, 0.01);
}

// In a general position, at 12 cells per diameter to be quick; at the default of 16 the error is 1.7 %.
TEST(StenosisFlow, EccentricThroatOnTheOctree) {
    const Vec3 origin_mm{0.27, 0.18, -0.57}, direction = normalized(Vec3{0.4, 0.5, 0.77});
    FlowCase c = stenosis_case(
        meshing::build_flow_mesh(meshing::cosine_stenosis_lumen(origin_mm, direction, 1.5, 0.5, 6, -15, 51,
                                                                0.3 * any_normal(direction)),
                                 {.cells_per_diameter = 12}, ctffr::Run{}),
        1e-3 * origin_mm, direction);
    const SteadyResult r = c.solve();
    ASSERT_TRUE(r.status.converged());
    const StenosisFigures f = measure_stenosis(c, r, 1e-3 * origin_mm, direction);
    print("octree in a general position, throat 0.3 off the axis", c, r, f);
    EXPECT_NEAR(f.drop_pa / eccentric_limit_pa, 1, 0.04);
    EXPECT_LT(r.cell_imbalance, 1e-8);
}

TEST(StenosisFlow, OctreeAlongTheGrid) {
    const Vec3 origin_mm{0.27, 0.18, -0.57};
    FlowCase c = stenosis_case(
        meshing::build_flow_mesh(meshing::cosine_stenosis_lumen(origin_mm, {0, 0, 1}, 1.5, 0.5, 6, -15, 51),
                                 {.cells_per_diameter = 16}, ctffr::Run{}),
        1e-3 * origin_mm);
    const SteadyResult r = c.solve();
    ASSERT_TRUE(r.status.converged());
    const StenosisFigures f = measure_stenosis(c, r, 1e-3 * origin_mm);
    print("octree", c, r, f);
    EXPECT_NEAR(f.drop_pa / Reference::drop_pa, 1, 0.02);
    EXPECT_NEAR(f.axis_peak_m_s / Reference::axis_peak_m_s, 1, 0.01);
    EXPECT_NEAR(f.reattachment_m / Reference::reattachment_m, 1, 0.05);
    EXPECT_LT(r.status.mass_imbalance, 1e-8);
    EXPECT_LT(r.cell_imbalance, 1e-8);
}

}  // namespace
}  // namespace ctffr::test
