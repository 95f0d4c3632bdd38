// SPDX-License-Identifier: Apache-2.0
#include "meshing/flow_mesher.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "meshing/analytic_lumen.hpp"

namespace ctffr::test {
namespace {

using namespace ctffr::meshing;

double patch_area_mm2(const FlowMesh& mesh, const std::string& name) {
    double area = 0;
    for (const FlowPatch& patch : mesh.patches)
        if (patch.name == name)
            for (Index f = patch.first_face; f < patch.first_face + patch.faces; ++f)
                area += 1e6 * norm(mesh.face_area[static_cast<std::size_t>(f)]);
    return area;
}

TEST(FlowMesher, ObliquePipeIsSoundAndHasItsVolume) {
    const FlowMesh mesh =
        build_flow_mesh(pipe_lumen({1.23, -0.4, 7.7}, {0.3, -0.5, 0.8}, 12, 1.5), {}, ctffr::Run{});
    EXPECT_TRUE(check(mesh).empty());
    EXPECT_NEAR(1e9 * quality_of(mesh).volume / (pi * 2.25 * 12), 1.0, 0.005);
    ASSERT_EQ(mesh.patches.size(), 3U);
    EXPECT_EQ(mesh.patches[1].kind, FlowPatch::Kind::inlet);
    EXPECT_EQ(mesh.patches[2].kind, FlowPatch::Kind::outlet);
    for (const char* name : {"inlet", "outlet"})
        EXPECT_NEAR(patch_area_mm2(mesh, name) / (pi * 2.25), 1.0, 0.005) << name;
}

TEST(FlowMesher, StenosisRefinesWithItsThroat) {
    const FlowMesh mesh = build_flow_mesh(
        cosine_stenosis_lumen({0.1, 0.2, 0.3}, {1, 2, 3}, 1.5, 0.5, 6, -15, 51), {}, ctffr::Run{});
    EXPECT_TRUE(check(mesh).empty());
    EXPECT_NEAR(1e9 * quality_of(mesh).volume / 449.290, 1.0, 0.005);
}

}  // namespace
}  // namespace ctffr::test
