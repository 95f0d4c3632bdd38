// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstring>
#include <fstream>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/surface.hpp"
#include "support/sample_result.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

template <class Action>
ExitCode code_of(Action&& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.code();
    }
    return ExitCode::ok;
}

// A tetrahedron with outward normals; volume 1/6 mm3.
TriangleMesh tetrahedron() {
    TriangleMesh mesh;
    mesh.points_lps_mm = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    mesh.triangles = {{0, 2, 1}, {0, 1, 3}, {0, 3, 2}, {1, 2, 3}};
    mesh.patch = {0, 0, 1, 2};
    return mesh;
}

std::string binary_stl(const TriangleMesh& mesh) {
    std::string bytes(84, '\0');
    const auto count = static_cast<std::uint32_t>(mesh.triangles.size());
    std::memcpy(bytes.data() + 80, &count, 4);
    for (const auto& triangle : mesh.triangles) {
        float values[12] = {};
        for (std::size_t c = 0; c < 3; ++c)
            for (int a = 0; a < 3; ++a)
                values[3 + 3 * c + static_cast<std::size_t>(a)] =
                    static_cast<float>(mesh.points_lps_mm[static_cast<std::size_t>(triangle[c])][a]);
        bytes.append(reinterpret_cast<const char*>(values), sizeof values);
        bytes.append(2, '\0');
    }
    return bytes;
}

TEST(SurfaceFiles, VtpRoundTripKeepsGeometryAndPatches) {
    const test::TemporaryFolder folder;
    const TriangleMesh mesh = test::sample_result().lumen.mesh;
    std::vector<double> values(mesh.points_lps_mm.size(), 0.8);
    write_surface_vtp(folder.path() / "lumen.vtp", mesh, {{"ffr", values}});
    const TriangleMesh back = read_surface(folder.path() / "lumen.vtp");
    EXPECT_EQ(back.triangles.size(), mesh.triangles.size());
    EXPECT_EQ(open_edges(back), 0);
    EXPECT_NEAR(enclosed_volume_mm3(back), enclosed_volume_mm3(mesh), 1e-9 * enclosed_volume_mm3(mesh));
    EXPECT_EQ(std::count(back.patch.begin(), back.patch.end(), 1),
              std::count(mesh.patch.begin(), mesh.patch.end(), 1));
    EXPECT_GT(std::count(back.patch.begin(), back.patch.end(), 1), 0);
}

TEST(SurfaceFiles, WritingTwiceGivesTheSameBytes) {
    const test::TemporaryFolder folder;
    const CaseResult sample = test::sample_result();
    for (const char* name : {"a", "b"}) {
        write_surface_vtp(folder.path() / name / "l.vtp", sample.lumen.mesh, {});
        write_centerline_vtp(folder.path() / name / "c.vtp", sample);
    }
    EXPECT_EQ(read_text(folder.path() / "a/l.vtp"), read_text(folder.path() / "b/l.vtp"));
    EXPECT_EQ(read_text(folder.path() / "a/c.vtp"), read_text(folder.path() / "b/c.vtp"));
}

TEST(SurfaceFiles, ReadsBinaryAndTextStlAndMergesPoints) {
    const test::TemporaryFolder folder;
    const TriangleMesh mesh = tetrahedron();
    write_text_atomically(folder.path() / "binary.stl", binary_stl(mesh));
    std::string text = "solid t\n";
    for (const auto& triangle : mesh.triangles) {
        text += "facet normal 0 0 0\nouter loop\n";
        for (std::int32_t corner : triangle) {
            const Vec3 p = mesh.points_lps_mm[static_cast<std::size_t>(corner)];
            text += fmt::format("vertex {} {} {}\n", p.x, p.y, p.z);
        }
        text += "endloop\nendfacet\n";
    }
    write_text_atomically(folder.path() / "text.stl", text + "endsolid t\n");
    for (const char* name : {"binary.stl", "text.stl"}) {
        const TriangleMesh back = read_surface(folder.path() / name);
        EXPECT_EQ(back.points_lps_mm.size(), 4u) << name;
        EXPECT_EQ(open_edges(back), 0) << name;
        EXPECT_NEAR(enclosed_volume_mm3(back), 1.0 / 6, 1e-7) << name;
    }
}

TEST(SurfaceFiles, BrokenFilesHaveTheirOwnCodes) {
    const test::TemporaryFolder folder;
    const auto at = [&](const char* name) { return folder.path() / name; };
    const std::string stl = binary_stl(tetrahedron());
    write_text_atomically(at("short.stl"), stl.substr(0, stl.size() - 30));
    write_text_atomically(at("tiny.stl"), "abc");
    write_text_atomically(at("cut.stl"), "solid t\nfacet normal 0 0 0\nouter loop\nvertex 0 0 0\n");
    write_text_atomically(at("text.vtp"), "hello");
    write_text_atomically(at("x.obj"), "v 0 0 0");
    TriangleMesh nan = tetrahedron();
    nan.points_lps_mm[2].y = std::nan("");
    write_text_atomically(at("nan.stl"), binary_stl(nan));
    write_surface_vtp(at("whole.vtp"), test::sample_result().lumen.mesh, {});
    const std::string vtp = read_text(at("whole.vtp"));
    write_text_atomically(at("cut.vtp"), vtp.substr(0, vtp.size() / 2));
    const auto read = [&](const char* name) { return code_of([&] { (void)read_surface(at(name)); }); };
    EXPECT_EQ(read("absent.stl"), ExitCode::input_missing);
    EXPECT_EQ(read("short.stl"), ExitCode::input_truncated);
    EXPECT_EQ(read("tiny.stl"), ExitCode::input_truncated);
    EXPECT_EQ(read("cut.stl"), ExitCode::input_truncated);
    EXPECT_EQ(read("text.vtp"), ExitCode::input_unreadable);
    EXPECT_EQ(read("x.obj"), ExitCode::input_unsupported);
    EXPECT_EQ(read("nan.stl"), ExitCode::input_not_finite);
    EXPECT_NE(read("cut.vtp"), ExitCode::ok);
}

TEST(CenterlineFiles, OwnFileComesBackAsItWas) {
    const test::TemporaryFolder folder;
    const CaseResult sample = test::sample_result();
    write_centerline_vtp(folder.path() / "centerline.vtp", sample);
    const CoronaryTree tree = read_centerline_vtp(folder.path() / "centerline.vtp");
    EXPECT_TRUE(check(tree).empty());
    EXPECT_EQ(tree.dominance, Dominance::right);
    ASSERT_EQ(tree.branches.size(), sample.tree.branches.size());
    for (std::size_t b = 0; b < tree.branches.size(); ++b) {
        EXPECT_EQ(tree.branches[b].parent, sample.tree.branches[b].parent);
        EXPECT_EQ(tree.branches[b].segment, sample.tree.branches[b].segment);
        EXPECT_EQ(tree.branches[b].side, sample.tree.branches[b].side);
        ASSERT_EQ(tree.branches[b].points.size(), sample.tree.branches[b].points.size());
        EXPECT_EQ(tree.branches[b].points[3].position_lps_mm,
                  sample.tree.branches[b].points[3].position_lps_mm);
        EXPECT_EQ(tree.branches[b].points[3].radius_mm, sample.tree.branches[b].points[3].radius_mm);
    }
}

TEST(CenterlineFiles, HasTheArraysOfTheContract) {
    const test::TemporaryFolder folder;
    CaseResult sample = test::sample_result();
    write_centerline_vtp(folder.path() / "c.vtp", sample);
    const std::string text = read_text(folder.path() / "c.vtp");
    for (const char* name : {"radius_mm", "\"ffr\"", "pressure_mmhg", "flow_ml_min", "reference_radius_mm",
                             "ffr_sd", "\"segment\"", "\"branch\""})
        EXPECT_NE(text.find(name), std::string::npos) << name;
    sample.ffr = {};
    sample.solution = {};
    write_centerline_vtp(folder.path() / "bare.vtp", sample);
    EXPECT_EQ(read_text(folder.path() / "bare.vtp").find("pressure_mmhg"), std::string::npos);
}

// A Y of plain polylines without our cell arrays, lines running in any direction, as other programs write.
std::string foreign_y_vtp(bool with_radius, bool looped) {
    const std::string points = "0 0 0  0 0 -5  0 0 -10  4 0 -14  8 0 -18  -4 0 -14  -8 0 -18";
    // trunk from its end to its start, two limbs from the junction
    std::string connectivity = "2 1 0  2 3 4  2 5 6", offsets = "3 6 9";
    int lines = 3;
    if (looped) connectivity += "  4 6", offsets += " 11", lines = 4;
    const std::string radius =
        with_radius
            ? "<PointData><DataArray type=\"Float64\" Name=\"MaximumInscribedSphereRadius\" format=\"ascii\">"
              "2 1.9 1.8 1.5 1.2 1.4 1.1</DataArray></PointData>"
            : "";
    return fmt::format(
        "<VTKFile type=\"PolyData\" version=\"0.1\" byte_order=\"LittleEndian\"><PolyData><Piece "
        "NumberOfPoints=\"7\" "
        "NumberOfVerts=\"0\" NumberOfLines=\"{}\" NumberOfStrips=\"0\" "
        "NumberOfPolys=\"0\">{}<Points><DataArray "
        "type=\"Float64\" NumberOfComponents=\"3\" format=\"ascii\">{}</DataArray></Points><Lines><DataArray "
        "type=\"Int64\" Name=\"connectivity\" format=\"ascii\">{}</DataArray><DataArray type=\"Int64\" "
        "Name=\"offsets\" format=\"ascii\">{}</DataArray></Lines></Piece></PolyData></VTKFile>",
        lines, radius, points, connectivity, offsets);
}

TEST(CenterlineFiles, RootsForeignLinesAtTheThickEnd) {
    const test::TemporaryFolder folder;
    write_text_atomically(folder.path() / "y.vtp", foreign_y_vtp(true, false));
    const CoronaryTree tree = read_centerline_vtp(folder.path() / "y.vtp");
    ASSERT_EQ(tree.branches.size(), 3u);
    EXPECT_EQ(tree.roots(), std::vector<int>{0});
    EXPECT_EQ(tree.branches[0].points.front().position_lps_mm, (Vec3{0, 0, 0}));
    EXPECT_NEAR(tree.branches[0].length_mm(), 10, 1e-12);
    EXPECT_EQ(tree.children_of(0).size(), 2u);
    EXPECT_NEAR(tree.branches[1].length_mm(), 8 * std::sqrt(2.0), 1e-12);
}

TEST(CenterlineFiles, RefusesLoopsAndMissingRadius) {
    const test::TemporaryFolder folder;
    write_text_atomically(folder.path() / "bare.vtp", foreign_y_vtp(false, false));
    write_text_atomically(folder.path() / "loop.vtp", foreign_y_vtp(true, true));
    EXPECT_EQ(code_of([&] { (void)read_centerline_vtp(folder.path() / "bare.vtp"); }),
              ExitCode::input_unreadable);
    EXPECT_EQ(code_of([&] { (void)read_centerline_vtp(folder.path() / "loop.vtp"); }),
              ExitCode::input_unreadable);
}

}  // namespace
}  // namespace ctffr
