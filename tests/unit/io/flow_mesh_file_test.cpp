// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/flow_mesh_file.hpp"

#include <cmath>
#include <fstream>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/polymesh.hpp"
#include "ctffr/parallel/exec.hpp"
#include "meshes/analytic/box.hpp"
#include "meshes/analytic/recipes.hpp"
#include "support/mixed_mesh.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

namespace fs = std::filesystem;

class FlowMeshFile : public testing::Test {
   protected:
    fs::path at(const char* name) const { return folder_.path() / name; }
    ExitCode code_of(const fs::path& path, std::string* message = nullptr,
                     MeshReadOptions options = {}) const {
        try {
            read_flow_mesh(path, options);
        } catch (const Error& error) {
            if (message) *message = error.what();
            EXPECT_NE(std::string(error.what()).find(path.filename().string()), std::string::npos)
                << error.what();
            return error.code();
        }
        return ExitCode::ok;
    }
    test::TemporaryFolder folder_;
};

void expect_same(const FlowMesh& a, const FlowMesh& b, double tolerance_m) {
    ASSERT_EQ(a.cells, b.cells);
    ASSERT_EQ(a.owner, b.owner);
    ASSERT_EQ(a.neighbour, b.neighbour);
    ASSERT_EQ(a.patches.size(), b.patches.size());
    for (std::size_t i = 0; i < a.patches.size(); ++i) {
        EXPECT_EQ(a.patches[i].name, b.patches[i].name);
        EXPECT_EQ(a.patches[i].kind, b.patches[i].kind);
        EXPECT_EQ(a.patches[i].first_face, b.patches[i].first_face);
        EXPECT_EQ(a.patches[i].faces, b.patches[i].faces);
    }
    for (std::size_t c = 0; c < a.cell_centre.size(); ++c)
        ASSERT_LT(distance(a.cell_centre[c], b.cell_centre[c]), tolerance_m);
    for (std::size_t f = 0; f < a.face_area.size(); ++f) {
        ASSERT_LT(distance(a.face_centre[f], b.face_centre[f]), tolerance_m);
        ASSERT_LT(distance(a.face_area[f], b.face_area[f]), tolerance_m);
    }
}

TEST_F(FlowMeshFile, VtuHoldsAllShapesAndPatches) {
    for (const FlowMesh& mesh :
         {test::MixedMesh{}.build(), polyhedral_box_mesh(4, 5, 4, {{0, 0, 0}, {1, 1, 1}, 0.2, 3}),
          pipe_mesh(0.5)}) {
        write_flow_mesh(at("m.vtu"), mesh);
        expect_same(read_flow_mesh(at("m.vtu")), mesh, 1e-15);
    }
}

TEST_F(FlowMeshFile, VtuInMillimetresSaysSo) {
    const FlowMesh mesh = pipe_mesh(0.5);
    write_flow_mesh(at("m.vtu"), mesh, {}, 1e-3);
    expect_same(read_flow_mesh(at("m.vtu")), mesh, 1e-15);
    MeshReadOptions metres;
    metres.unit_m = 1;
    std::string message;
    EXPECT_EQ(code_of(at("m.vtu"), &message, metres), ExitCode::input_geometry);
    EXPECT_NE(message.find("unit of length"), std::string::npos) << message;
}

TEST_F(FlowMeshFile, FieldsAreWrittenWithTheirNames) {
    const FlowMesh mesh = test::MixedMesh{}.build();
    write_flow_mesh(at("m.vtu"), mesh,
                    {{"pressure_pa", 1, {1, 2, 3, 4}}, {"velocity_m_s", 3, std::vector<double>(12, 0.5)}});
    const std::string text = read_text(at("m.vtu"));
    for (const char* name : {"pressure_pa", "velocity_m_s", "patch_names"})
        EXPECT_NE(text.find(name), std::string::npos) << name;
    write_flow_mesh(at("n.vtu"), mesh,
                    {{"pressure_pa", 1, {1, 2, 3, 4}}, {"velocity_m_s", 3, std::vector<double>(12, 0.5)}});
    EXPECT_EQ(text, read_text(at("n.vtu")));
}

// As other programs write it: a cell array on polygons, or nothing at all.
std::string foreign_vtu(bool polygons) {
    // A prism of height 2 over the unit triangle in two cells.
    std::string text =
        "<VTKFile type=\"UnstructuredGrid\" version=\"1.0\" byte_order=\"LittleEndian\" "
        "header_type=\"UInt64\"><UnstructuredGrid>\n<Piece NumberOfPoints=\"9\" NumberOfCells=\"";
    text += polygons ? "4" : "2";
    text +=
        "\"><Points><DataArray type=\"Float64\" NumberOfComponents=\"3\" format=\"ascii\">0 0 0 1 0 0 0 1 0 "
        "0 0 1 "
        "1 0 1 0 1 1 0 0 2 1 0 2 0 1 2</DataArray></Points><Cells><DataArray type=\"Int64\" "
        "Name=\"connectivity\" format=\"ascii\">0 1 2 3 4 5 3 4 5 6 7 8";
    text += polygons ? " 0 1 2 6 7 8" : "";
    text += "</DataArray><DataArray type=\"Int64\" Name=\"offsets\" format=\"ascii\">6 12";
    text += polygons ? " 15 18" : "";
    text += "</DataArray><DataArray type=\"UInt8\" Name=\"types\" format=\"ascii\">13 13";
    text += polygons ? " 5 5" : "";
    text += "</DataArray></Cells><CellData>";
    if (polygons)
        text += "<DataArray type=\"Int32\" Name=\"CellEntityIds\" format=\"ascii\">0 0 2 3</DataArray>";
    return text + "</CellData></Piece></UnstructuredGrid></VTKFile>\n";
}

TEST_F(FlowMeshFile, VtuOfOthersGetsPatchesFromPolygonsOrShape) {
    write_text_atomically(at("named.vtu"), foreign_vtu(true));
    MeshReadOptions options;
    options.inlet = "patch_3";
    const FlowMesh named = read_flow_mesh(at("named.vtu"), options);
    ASSERT_EQ(named.patches.size(), 3u);
    EXPECT_EQ(named.patches[0].name, "patch_2");
    EXPECT_EQ(named.patches[0].kind, FlowPatch::Kind::outlet);
    EXPECT_EQ(named.patches[1].kind, FlowPatch::Kind::inlet);
    EXPECT_EQ(named.patches[2].kind, FlowPatch::Kind::wall);
    EXPECT_NEAR(quality_of(named).volume, 1, 1e-15);
    options.inlet = "patch_9";
    std::string message;
    EXPECT_EQ(code_of(at("named.vtu"), &message, options), ExitCode::mesh_failed);
    EXPECT_NE(message.find("patch_2, patch_3, wall"), std::string::npos) << message;

    write_text_atomically(at("bare.vtu"), foreign_vtu(false));
    const FlowMesh bare = read_flow_mesh(at("bare.vtu"));
    EXPECT_EQ(bare.patches.size(), 5u);  // all sides are flat
    EXPECT_EQ(bare.patches[0].name, "cap_1");
}

TEST_F(FlowMeshFile, RenumberingKeepsTheWayBack) {
    const FlowMesh mesh = polyhedral_box_mesh(4, 5, 4);
    write_flow_mesh(at("m.vtu"), mesh);
    MeshReadOptions options;
    options.renumber = true;
    MeshOrder order;
    const FlowMesh moved = read_flow_mesh(at("m.vtu"), options, &order);
    EXPECT_LT(bandwidth(moved), bandwidth(mesh));
    const auto centres = order.restored(moved.cell_centre);
    for (std::size_t c = 0; c < centres.size(); ++c)
        ASSERT_LT(distance(centres[c], mesh.cell_centre[c]), 1e-15);
}

TEST_F(FlowMeshFile, FindsThePolyMeshOfACase) {
    const FlowMesh mesh = pipe_mesh(0.5);
    write_polymesh(at("case") / "constant" / "polyMesh", mesh, true);
    write_text_atomically(at("case") / "case.foam", "");
    for (const fs::path& path : {at("case"), at("case") / "constant", at("case") / "case.foam",
                                 at("case") / "constant" / "polyMesh"})
        EXPECT_EQ(read_flow_mesh(path).points, mesh.points);
    fs::create_directories(at("empty"));
    EXPECT_EQ(code_of(at("empty")), ExitCode::input_unreadable);
    EXPECT_EQ(code_of(at("absent")), ExitCode::input_missing);
    write_text_atomically(at("mesh.txt"), "hello");
    EXPECT_EQ(code_of(at("mesh.txt")), ExitCode::input_unsupported);
}

TEST_F(FlowMeshFile, BrokenVtuHasItsOwnCodes) {
    write_flow_mesh(at("m.vtu"), polyhedral_box_mesh(3, 3, 3));
    const std::string whole = read_text(at("m.vtu"));
    for (double share : {0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99}) {
        const auto length = static_cast<std::size_t>(share * static_cast<double>(whole.size()));
        write_text_atomically(at("cut.vtu"), whole.substr(0, length));
        EXPECT_NE(code_of(at("cut.vtu")), ExitCode::ok) << share;
    }
    write_text_atomically(at("text.vtu"), "hello");
    EXPECT_EQ(code_of(at("text.vtu")), ExitCode::input_unreadable);
    const std::string text = foreign_vtu(false);
    const auto changed = [&](const char* from, const char* to) {
        std::string other = text;
        other.replace(other.find(from), std::string(from).size(), to);
        write_text_atomically(at("changed.vtu"), other);
        std::string message;
        const ExitCode code = code_of(at("changed.vtu"), &message);
        EXPECT_FALSE(message.empty()) << to;
        return code;
    };
    EXPECT_EQ(changed("1 0 1 0 1 1", "1 0 nan 0 1 1"), ExitCode::input_not_finite);
    EXPECT_EQ(changed("0 1 2 3 4 5 3", "0 1 2 3 4 99 3"), ExitCode::mesh_failed);
    EXPECT_EQ(changed("0 1 2 3 4 5 3", "0 1 2 3 4 -1 3"), ExitCode::mesh_failed);
    EXPECT_EQ(changed("6 12", "6 13"), ExitCode::input_truncated);
    EXPECT_EQ(changed("6 12", "6 -1"), ExitCode::input_unreadable);
    EXPECT_EQ(changed("NumberOfPoints=\"9\"", "NumberOfPoints=\"9000000000\""), ExitCode::input_unreadable);
    EXPECT_EQ(changed("6 12", "7 12"), ExitCode::mesh_failed);
    EXPECT_EQ(changed("13 13", "13 24"), ExitCode::input_unsupported);  // a quadratic tetrahedron
    EXPECT_EQ(changed("3 4 5 6 7 8", "0 4 5 6 7 8"), ExitCode::mesh_failed);
}

TEST_F(FlowMeshFile, AnyChangedByteOfAVtuIsReadOrRefusedButNeverACrash) {
    set_threads(1);
    write_flow_mesh(at("m.vtu"), test::MixedMesh{}.build());
    const std::string whole = read_text(at("m.vtu"));
    for (std::size_t i = 0; i < whole.size(); i += 3) {
        std::string changed = whole;
        changed[i] = static_cast<char>(changed[i] ^ (i % 2 ? 0xff : 0x10));
        std::ofstream(at("changed.vtu"), std::ios::binary) << changed;
        EXPECT_NE(code_of(at("changed.vtu")), ExitCode::internal);
    }
}

TEST_F(FlowMeshFile, DamagedPolyhedraAreRefused) {
    // A tetrahedron as a polyhedron; its faces are then damaged.
    const std::string text =
        "<VTKFile type=\"UnstructuredGrid\" version=\"1.0\" byte_order=\"LittleEndian\" "
        "header_type=\"UInt64\"><UnstructuredGrid><Piece NumberOfPoints=\"4\" "
        "NumberOfCells=\"1\"><Points><DataArray type=\"Float64\" NumberOfComponents=\"3\" "
        "format=\"ascii\">0 0 0 1 0 0 0 1 0 0 0 1</DataArray></Points><Cells><DataArray type=\"Int64\" "
        "Name=\"connectivity\" format=\"ascii\">0 1 2 3</DataArray><DataArray type=\"Int64\" "
        "Name=\"offsets\" format=\"ascii\">4</DataArray><DataArray type=\"UInt8\" Name=\"types\" "
        "format=\"ascii\">42</DataArray><DataArray type=\"Int64\" Name=\"faces\" format=\"ascii\">4 3 0 1 2 "
        "3 0 1 3 3 1 2 3 3 0 2 3</DataArray><DataArray type=\"Int64\" Name=\"faceoffsets\" "
        "format=\"ascii\">17</DataArray></Cells></Piece></UnstructuredGrid></VTKFile>\n";
    const auto code = [&](const char* from, const char* to) {
        std::string other = text;
        other.replace(other.find(from), std::string(from).size(), to);
        write_text_atomically(at("p.vtu"), other);
        return code_of(at("p.vtu"));
    };
    // A lone tetrahedron has four flat ends.
    EXPECT_EQ(code("4 3 0 1 2", "4 3 0 1 2"), ExitCode::ok);
    EXPECT_EQ(code("4 3 0 1 2", "9 3 0 1 2"), ExitCode::input_unreadable);
    EXPECT_EQ(code("4 3 0 1 2", "4 8 0 1 2"), ExitCode::input_unreadable);
    EXPECT_EQ(code("4 3 0 1 2", "3 3 0 1 2"), ExitCode::input_unreadable);
    EXPECT_EQ(code(">17<", ">99<"), ExitCode::input_truncated);
    EXPECT_EQ(code(">17<", ">-5<"), ExitCode::input_unreadable);
    EXPECT_EQ(code("3 0 2 3<", "3 0 2 7<"), ExitCode::mesh_failed);
}

}  // namespace
}  // namespace ctffr
