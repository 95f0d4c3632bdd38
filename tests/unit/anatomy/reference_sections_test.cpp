// SPDX-License-Identifier: Apache-2.0
#include "anatomy/reference_sections.hpp"

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"

namespace ctffr {
namespace {

LumenSection ellipse(double a, double b, int n = 64) {
    LumenSection section;
    for (int i = 0; i < n; ++i) {
        const double phi = 2 * pi * i / n;
        section.radius_mm.push_back(
            static_cast<float>(a * b / std::hypot(b * std::cos(phi), a * std::sin(phi))));
    }
    section.area_mm2 = polygon_area_mm2(section);
    return section;
}

TEST(Sections, ShapeFactorOfEllipseIsExact) {
    // Developed flow in an ellipse: resistance over the equal-area circle is (a^2 + b^2) / (2 a b).
    EXPECT_NEAR(shape_factor(ellipse(1.5, 1.5)), 1, 1e-3);
    EXPECT_NEAR(shape_factor(ellipse(2, 1, 256)), 1.25, 2e-3);
    EXPECT_NEAR(shape_factor(ellipse(3, 1, 512)), 10.0 / 6, 3e-3);
    EXPECT_EQ(shape_factor(ellipse(30, 1, 512)), 3);  // capped
}

Branch straight(int points, double radius) {
    Branch branch;
    for (int i = 0; i < points; ++i) branch.points.push_back({{0.5 * i, 0, 0}, {1, 0, 0}, 0.5 * i, radius});
    return branch;
}

TEST(Sections, AreaEquivalentRadiusAndOpenMouths) {
    CoronaryTree tree;
    tree.branches.push_back(straight(5, 9));  // the tree's own radius must not be used
    LumenSurface lumen;
    lumen.branches.push_back({0, std::vector<LumenSection>(5, ellipse(2, 1, 128))});
    lumen.branches[0].sections[0] = ellipse(4, 4, 128);
    lumen.branches[0].sections[0].open.assign(128, 1);
    const SectionMeasures m = measure_sections(tree, lumen);
    EXPECT_NEAR(m.radius_mm[0][3], std::sqrt(2.0), 2e-3);
    EXPECT_EQ(m.usable[0][0], 0);
    EXPECT_NEAR(m.radius_mm[0][0], m.radius_mm[0][1], 1e-12);  // the mouth takes its neighbour's value
    EXPECT_NEAR(m.shape[0][0], 1.25, 5e-3);
}

TEST(Sections, OpenMiddleIsInterpolated) {
    CoronaryTree tree;
    tree.branches.push_back(straight(5, 1));
    LumenSurface lumen;
    lumen.branches.push_back({0, {}});
    for (double r : {2.0, 1.8, 5.0, 1.4, 1.2}) lumen.branches[0].sections.push_back(ellipse(r, r, 128));
    lumen.branches[0].sections[2].open.assign(128, 1);
    EXPECT_NEAR(measure_sections(tree, lumen).radius_mm[0][2], 1.6, 2e-3);
}

TEST(Sections, WithoutLumenTheTreeCounts) {
    CoronaryTree tree;
    tree.branches.push_back(straight(4, 1.3));
    tree.branches[0].points[2].radius_mm = 0;
    const SectionMeasures m = measure_sections(tree, {});
    EXPECT_EQ(m.radius_mm[0][1], 1.3);
    EXPECT_EQ(m.shape[0][1], 1);
    EXPECT_GT(m.radius_mm[0][2], 0);  // a closed vessel keeps a tiny radius, so that resistances stay finite
}

}  // namespace
}  // namespace ctffr
