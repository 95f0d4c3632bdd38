// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/polymesh.hpp"

#include <filesystem>

#include <gtest/gtest.h>
#include <zlib.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/flow_mesh_file.hpp"
#include "support/box_mesh.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

namespace fs = std::filesystem;

class PolyMesh : public testing::Test {
   protected:
    void SetUp() override {
        mesh_ = test::box_mesh({3, 2, 4}, [](Vec3 u) { return Vec3{u.x + 0.2 * u.y * u.z, u.y, 2 * u.z}; });
        mesh_.patches[4].name = "inlet";
        mesh_.patches[4].kind = FlowPatch::Kind::inlet;
        mesh_.patches[5].name = "outlet_lad";
        mesh_.patches[5].kind = FlowPatch::Kind::outlet;
        write_polymesh(folder_, mesh_);
    }

    ExitCode code_of_reading(std::string* message = nullptr) const {
        try {
            read_flow_mesh(folder_);
        } catch (const Error& error) {
            if (message) *message = error.what();
            return error.code();
        }
        return ExitCode::ok;
    }

    test::TemporaryFolder temporary_;
    const fs::path folder_ = temporary_.path();
    FlowMesh mesh_;
};

TEST_F(PolyMesh, ComesBackAsItWasWritten) {
    const FlowMesh back = read_polymesh(folder_);
    EXPECT_EQ(back.points, mesh_.points);
    EXPECT_EQ(back.face_point, mesh_.face_point);
    EXPECT_EQ(back.owner, mesh_.owner);
    EXPECT_EQ(back.neighbour, mesh_.neighbour);
    ASSERT_EQ(back.patches.size(), 6u);
    EXPECT_EQ(back.patches[4].kind, FlowPatch::Kind::inlet);
    EXPECT_EQ(back.patches[5].kind, FlowPatch::Kind::outlet);
    EXPECT_EQ(back.patches[0].kind, FlowPatch::Kind::wall);
}

TEST_F(PolyMesh, ReadsGzippedFiles) {
    const std::string text = read_text(folder_ / "faces");
    gzFile out = gzopen((folder_ / "faces.gz").c_str(), "wb");
    gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
    gzclose(out);
    fs::remove(folder_ / "faces");
    EXPECT_EQ(read_polymesh(folder_).face_point, mesh_.face_point);
}

TEST_F(PolyMesh, WritesGzippedFilesInPlaceOfPlainOnes) {
    write_polymesh(folder_, mesh_, true);
    EXPECT_FALSE(fs::exists(folder_ / "points"));
    EXPECT_TRUE(fs::exists(folder_ / "points.gz"));
    const FlowMesh back = read_polymesh(folder_);
    EXPECT_EQ(back.points, mesh_.points);
    EXPECT_EQ(back.face_point, mesh_.face_point);
    write_polymesh(folder_, mesh_);
    EXPECT_FALSE(fs::exists(folder_ / "points.gz"));

    // A cut gzip stream.
    write_polymesh(folder_, mesh_, true);
    const std::string bytes = read_text(folder_ / "faces.gz");
    write_text_atomically(folder_ / "faces.gz", bytes.substr(0, bytes.size() / 2));
    EXPECT_EQ(code_of_reading(), ExitCode::input_truncated);
}

TEST_F(PolyMesh, PatchTypesAreUnderstoodOrRefused) {
    const std::string boundary = read_text(folder_ / "boundary");
    const auto with = [&](const std::string& type) {
        std::string text = boundary;
        text.replace(text.find("type wall"), 9, "type " + type);
        write_text_atomically(folder_ / "boundary", text);
    };
    with("empty");
    EXPECT_EQ(read_polymesh(folder_).patches[0].kind, FlowPatch::Kind::symmetry);
    with("symmetryPlane");
    EXPECT_EQ(read_polymesh(folder_).patches[0].kind, FlowPatch::Kind::symmetry);
    with("cyclic");
    std::string message;
    EXPECT_EQ(code_of_reading(&message), ExitCode::input_unreadable);
    EXPECT_NE(message.find("cyclic"), std::string::npos) << message;
    // Entries that this reader does not know may hold brackets and braces.
    std::string text = boundary;
    text.replace(text.find("nFaces"), 6, "inGroups 2(wall { x; });\n        nFaces");
    write_text_atomically(folder_ / "boundary", text);
    EXPECT_EQ(read_polymesh(folder_).patches.size(), 6u);
}

TEST_F(PolyMesh, PointsThatAreNotFiniteAreRefused) {
    std::string points = read_text(folder_ / "points");
    points.replace(points.find("(0 "), 3, "(nan ");
    write_text_atomically(folder_ / "points", points);
    EXPECT_EQ(code_of_reading(), ExitCode::input_not_finite);
}

TEST_F(PolyMesh, DamageIsNamedWithFileAndLine) {
    const std::string owner = read_text(folder_ / "owner");
    write_text_atomically(folder_ / "owner", owner.substr(0, owner.size() / 2));
    std::string message;
    EXPECT_EQ(code_of_reading(&message), ExitCode::input_truncated);
    EXPECT_NE(message.find("owner"), std::string::npos) << message;

    write_text_atomically(folder_ / "owner", owner.substr(0, owner.size() / 2) + "x");
    EXPECT_EQ(code_of_reading(&message), ExitCode::input_unreadable);
    EXPECT_NE(message.find("owner:"), std::string::npos) << message;

    write_text_atomically(folder_ / "owner", "FoamFile { format binary; }\n5\n(");
    EXPECT_EQ(code_of_reading(&message), ExitCode::input_unsupported);
    EXPECT_NE(message.find("binary"), std::string::npos) << message;

    write_text_atomically(folder_ / "owner", "999999999999\n(0 0)");
    EXPECT_EQ(code_of_reading(&message), ExitCode::input_unreadable);
    EXPECT_NE(message.find("999999999999"), std::string::npos) << message;

    fs::remove(folder_ / "owner");
    EXPECT_EQ(code_of_reading(&message), ExitCode::input_missing);
}

TEST_F(PolyMesh, AnOpenMeshIsRefused) {
    std::string owner = read_text(folder_ / "owner");
    // The last boundary face is given to another cell: two cells are no longer closed.
    owner = owner.substr(0, owner.rfind("\n)"));
    owner = owner.substr(0, owner.rfind('\n')) + "\n0\n)\n";
    write_text_atomically(folder_ / "owner", owner);
    std::string message;
    EXPECT_EQ(code_of_reading(&message), ExitCode::mesh_failed);
    EXPECT_NE(message.find("not closed"), std::string::npos) << message;
}

}  // namespace
}  // namespace ctffr
