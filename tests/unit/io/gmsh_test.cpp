// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/flow_mesh_file.hpp"
#include "ctffr/parallel/exec.hpp"
#include "support/gmsh_files.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

struct Format {
    bool old, binary;
};

class GmshFile : public testing::TestWithParam<Format> {
   protected:
    // Thousands of tiny meshes: threads would only wait for each other.
    void SetUp() override { set_threads(1); }
    std::string bytes(const test::MixedMesh& mesh = {}) const {
        return test::GmshWriter(GetParam().binary).write(mesh, GetParam().old);
    }
    FlowMesh read(const std::string& bytes) const {
        // Thousands of files: not synced to the disk.
        std::ofstream(folder_.path() / "m.msh", std::ios::binary) << bytes;
        return read_flow_mesh(folder_.path() / "m.msh");
    }
    ExitCode code_of(const std::string& bytes, std::string* message = nullptr) const {
        try {
            read(bytes);
        } catch (const Error& error) {
            if (message) *message = error.what();
            EXPECT_NE(std::string(error.what()).find("m.msh"), std::string::npos) << error.what();
            return error.code();
        }
        return ExitCode::ok;
    }
    test::TemporaryFolder folder_;
};

TEST_P(GmshFile, ComesBackAsTheMeshItIs) {
    const FlowMesh expected = test::MixedMesh{}.build();
    const FlowMesh mesh = read(bytes());
    EXPECT_EQ(mesh.points, expected.points);
    EXPECT_EQ(mesh.face_point, expected.face_point);
    EXPECT_EQ(mesh.owner, expected.owner);
    EXPECT_EQ(mesh.neighbour, expected.neighbour);
    ASSERT_EQ(mesh.patches.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(mesh.patches[i].name, expected.patches[i].name);
        EXPECT_EQ(mesh.patches[i].kind, expected.patches[i].kind);
        EXPECT_EQ(mesh.patches[i].faces, expected.patches[i].faces);
    }
}

TEST_P(GmshFile, CutAnywhereItIsRefused) {
    const std::string whole = bytes();
    // What follows the last element but the end mark is not missed.
    for (std::size_t length = 0; length < whole.size() - 2; ++length)
        EXPECT_NE(code_of(whole.substr(0, length)), ExitCode::ok) << length;
    EXPECT_EQ(code_of(whole.substr(0, whole.size() * 2 / 3)), ExitCode::input_truncated);
}

TEST_P(GmshFile, AnyChangedByteIsReadOrRefusedButNeverACrash) {
    const std::string whole = bytes();
    for (std::size_t i = 0; i < whole.size(); ++i)
        for (char value : {'\0', '\xff', '9'}) {
            std::string changed = whole;
            changed[i] = value;
            const ExitCode code = code_of(changed);
            EXPECT_NE(code, ExitCode::internal);
        }
}

TEST_P(GmshFile, WhatCannotBeReadIsNamed) {
    std::string message;
    test::MixedMesh mesh;
    mesh.points[10].z = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(code_of(bytes(mesh)), ExitCode::input_not_finite);
    mesh = {};
    mesh.cells.erase(mesh.cells.begin());  // prism and pyramid are left without the cube between them
    EXPECT_EQ(code_of(bytes(mesh), &message), ExitCode::mesh_failed);
    EXPECT_NE(message.find("unconnected"), std::string::npos) << message;
    mesh = {};
    mesh.cells.clear();
    EXPECT_EQ(code_of(bytes(mesh), &message), ExitCode::mesh_failed);
    EXPECT_NE(message.find("no volume cells"), std::string::npos) << message;
    std::string text = bytes();
    text.replace(text.find(GetParam().old ? "2.2" : "4.1"), 3, "4.0");
    EXPECT_EQ(code_of(text, &message), ExitCode::input_unsupported);
    EXPECT_NE(message.find("4.1 or 2.2"), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(Formats, GmshFile,
                         testing::Values(Format{true, false}, Format{true, true}, Format{false, false},
                                         Format{false, true}),
                         [](const auto& info) {
                             return std::string(info.param.old ? "v22" : "v41") +
                                    (info.param.binary ? "Binary" : "Ascii");
                         });

TEST(GmshFileOrder, SecondOrderElementsAreRefusedByName) {
    test::TemporaryFolder folder;
    write_text_atomically(
        folder.path() / "m.msh",
        "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$Nodes\n1\n1 0 0 0\n$EndNodes\n$Elements\n1\n1 "
        "11 0 1 1 1 1 1 1 1 1 1 1\n$EndElements\n");
    try {
        read_flow_mesh(folder.path() / "m.msh");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input_unsupported);
        EXPECT_NE(std::string(error.what()).find("type 11"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace ctffr
