// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/polymesh.hpp"
#include "support/box_mesh.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

const char* const velocity_text =
    R"foam(FoamFile { version 2.0; format ascii; class volVectorField; object U; }
dimensions [0 1 -1 0 0 0 0];
internalField nonuniform List<vector>
2
(
(1 2 3)
(4 5 6)
)
;
boundaryField
{
    x0 { type fixedValue; value uniform (7 0 0); }
    x1 { type zeroGradient; }
    y0 { type noSlip; }
    y1 { type flowRate; table ((0 (1 2)) (1 2)); value nonuniform List<vector> 2 ((1 0 0) (2 0 0)); }
    "z.*" { type fixedValue; value uniform (9 0 0); }
}
)foam";

class FoamFieldFile : public testing::Test {
   protected:
    FoamField read(const std::string& text) const {
        write_text_atomically(folder_.path() / "U", text);
        return read_foam_field(folder_.path() / "U", mesh_);
    }
    ExitCode code_of(const std::string& text) const {
        try {
            read(text);
        } catch (const Error& error) {
            return error.code();
        }
        return ExitCode::ok;
    }
    test::TemporaryFolder folder_;
    FlowMesh mesh_ = test::box_mesh({2, 1, 1}, [](Vec3 u) { return u; });
};

TEST_F(FoamFieldFile, CellsAndPatchesHaveTheirValues) {
    const FoamField field = read(velocity_text);
    EXPECT_EQ(field.components, 3);
    EXPECT_FALSE(field.kinematic_pressure());
    EXPECT_EQ(field.cells, (std::vector<double>{1, 2, 3, 4, 5, 6}));
    ASSERT_EQ(field.patches.size(), 6u);
    EXPECT_EQ(field.patches[0], (std::vector<double>{7, 0, 0}));
    EXPECT_EQ(field.patches[1], (std::vector<double>{4, 5, 6}));  // zeroGradient: that of the cell
    EXPECT_EQ(field.patches[2], std::vector<double>(6, 0));
    EXPECT_EQ(field.patches[3], (std::vector<double>{1, 0, 0, 2, 0, 0}));
    for (std::size_t z : {4u, 5u}) EXPECT_EQ(field.patches[z], (std::vector<double>{9, 0, 0, 9, 0, 0}));
}

TEST_F(FoamFieldFile, AUniformScalarIsSpreadOverTheCells) {
    const FoamField field = read(
        "FoamFile { class volScalarField; }\ndimensions [0 2 -2 0 0 0 0];\ninternalField uniform 2.5;\n"
        "boundaryField { x0 { type zeroGradient; } }");
    EXPECT_TRUE(field.kinematic_pressure());
    EXPECT_EQ(field.cells, (std::vector<double>{2.5, 2.5}));
}

TEST_F(FoamFieldFile, BrokenFilesHaveTheirOwnCodes) {
    const std::string text = velocity_text;
    EXPECT_EQ(code_of(text), ExitCode::ok);
    for (std::size_t length : {60u, 120u, 170u, 220u, 400u})
        EXPECT_NE(code_of(text.substr(0, length)), ExitCode::ok);
    EXPECT_EQ(code_of(text.substr(0, text.find("(4 5"))), ExitCode::input_truncated);
    EXPECT_EQ(code_of(text.substr(0, text.find("boundaryField"))), ExitCode::input_truncated);
    std::string changed = text;
    changed.replace(changed.find("(4 5 6)"), 7, "(4 nan 6)");
    EXPECT_EQ(code_of(changed), ExitCode::input_not_finite);
    changed = text;
    changed.replace(changed.find("\n2\n(\n"), 5, "\n3\n(\n(0 0 0)\n");
    EXPECT_EQ(code_of(changed), ExitCode::input_geometry);
    changed = text;
    changed.replace(changed.find("volVectorField"), 14, "volTensorField");
    EXPECT_EQ(code_of(changed), ExitCode::input_unsupported);
    changed = text;
    changed.replace(changed.find("format ascii"), 12, "format binary");
    EXPECT_EQ(code_of(changed), ExitCode::input_unsupported);
}

}  // namespace
}  // namespace ctffr
