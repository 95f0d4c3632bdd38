// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

#include "report/surface_data.hpp"
#include "report/text.hpp"
#include "report/vessel_path.hpp"
#include "support/sample_result.hpp"

namespace ctffr::report {
namespace {

// What tools/viewer/src/surface.js does, step by step.
struct Unpacked {
    std::vector<Vec3> points;
    std::vector<double> ffr;
    std::vector<std::uint32_t> nearest, corners;
};

std::vector<std::uint32_t> unpack(const std::vector<std::uint8_t>& bytes, std::size_t offset,
                                  std::size_t count, std::size_t width) {
    std::vector<std::uint32_t> values;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t plane = 0; plane < width; ++plane)
            value += std::uint32_t{bytes[offset + plane * count + i]} << (8 * plane);
        if (width == 2) value &= 0xffff;
        values.push_back(value);
    }
    return values;
}

Unpacked unpack(const PackedSurface& packed) {
    const std::size_t n = packed.vertices;
    std::vector<std::uint8_t> raw(10 * n + 12 * packed.triangles);
    uLongf size = raw.size();
    EXPECT_EQ(uncompress(raw.data(), &size, packed.data.data(), packed.data.size()), Z_OK);
    EXPECT_EQ(size, raw.size());
    Unpacked out;
    out.points.resize(n);
    for (int a = 0; a < 3; ++a) {
        const auto values = unpack(raw, static_cast<std::size_t>(a) * 2 * n, n, 2);
        for (std::size_t i = 0; i < n; ++i)
            out.points[i][a] = packed.origin_lps_mm[a] + packed.step_mm[a] * values[i];
    }
    for (const std::uint32_t value : unpack(raw, 6 * n, n, 2))
        out.ffr.push_back(value == 65535 ? missing : value / 60000.0);
    out.nearest = unpack(raw, 8 * n, n, 2);
    out.corners = unpack(raw, 10 * n, 3 * packed.triangles, 4);
    return out;
}

TEST(ReportSurface, PackingLosesNoMoreThanTheQuantisation) {
    const CaseResult result = test::sample_result();
    ColouredSurface surface = coloured_surface(result, 1000000, {});
    surface.ffr[5] = missing;
    const PackedSurface packed = pack(surface);
    const Unpacked back = unpack(packed);
    ASSERT_EQ(back.points.size(), surface.points_lps_mm.size());
    for (std::size_t i = 0; i < back.points.size(); ++i) {
        EXPECT_LT(distance(back.points[i], surface.points_lps_mm[i]), 0.002);
        EXPECT_EQ(back.nearest[i], static_cast<std::uint32_t>(surface.nearest[i]));
        if (i == 5)
            EXPECT_TRUE(std::isnan(back.ffr[i]));
        else
            EXPECT_NEAR(back.ffr[i], surface.ffr[i], 1e-5);
    }
    for (std::size_t t = 0; t < surface.triangles.size(); ++t)
        for (std::size_t k = 0; k < 3; ++k)
            EXPECT_EQ(back.corners[3 * t + k], static_cast<std::uint32_t>(surface.triangles[t][k]));
    EXPECT_LT(packed.data.size(), 10 * surface.points_lps_mm.size());
}

TEST(ReportSurface, VerticesTakeTheFfrOfTheirOwnBranch) {
    const CaseResult result = test::sample_result();
    const ColouredSurface surface = coloured_surface(result, 1000000, {});
    // The sample surface has one tube of 24 points per section and 2 cap centres per branch, in tree order.
    std::size_t vertex = 0, wrong = 0, total = 0;
    for (const LumenBranch& branch : result.lumen.branches) {
        const std::size_t sections = branch.sections.size();
        const double length = branch.sections.back().arc_mm;
        for (std::size_t s = 0; s < sections; ++s)
            for (int a = 0; a < 24; ++a, ++vertex) {
                const double arc = branch.sections[s].arc_mm;
                if (arc < 4 || arc > length - 4) continue;  // junctions belong to several branches
                ++total;
                const double expected = result.ffr.ffr[static_cast<std::size_t>(branch.branch)][s];
                if (std::abs(surface.ffr[vertex] - expected) > 0.006) ++wrong;
            }
        vertex += 2;
    }
    EXPECT_GT(total, 10000u);
    EXPECT_LT(wrong, total / 100);
}

TEST(ReportSurface, ThinningKeepsTheShapeUnderTheLimit) {
    const CaseResult result = test::sample_result();
    const TriangleMesh& mesh = result.lumen.mesh;
    const TriangleMesh thin = thinned(mesh, mesh.triangles.size() / 2);
    EXPECT_LE(thin.triangles.size(), mesh.triangles.size() / 2);
    EXPECT_GT(thin.triangles.size(), mesh.triangles.size() / 4);
    EXPECT_NEAR(enclosed_volume_mm3(thin), enclosed_volume_mm3(mesh), 0.1 * enclosed_volume_mm3(mesh));
    EXPECT_EQ(thinned(mesh, mesh.triangles.size()).triangles, mesh.triangles);
}

TEST(ReportSurface, TubesStandInForAMissingSurface) {
    CaseResult result = test::sample_result();
    result.lumen = {};
    const ColouredSurface surface = coloured_surface(result, 1000000, {});
    ASSERT_FALSE(surface.triangles.empty());
    for (std::size_t i = 0; i < surface.points_lps_mm.size(); i += 97)
        EXPECT_TRUE(std::isfinite(surface.ffr[i]));
}

TEST(ReportSurface, JsonHoldsTheTreeAndNoNumbersThatAreNotKnown) {
    CaseResult result = test::sample_result();
    result.ffr.ffr[3][7] = missing;
    const nlohmann::json data = nlohmann::json::parse(viewer_json(result, {}));
    ASSERT_EQ(data["branches"].size(), result.tree.branches.size());
    EXPECT_EQ(data["branches"][2]["segment"], "mLAD");
    EXPECT_TRUE(data["branches"][3]["ffr"][7].is_null());
    EXPECT_NEAR(data["branches"][3]["ffr"][8].get<double>(), result.ffr.ffr[3][8], 1e-4);
    EXPECT_EQ(data["branches"][3]["xyz"].size(), 3 * result.tree.branches[3].points.size());
    EXPECT_EQ(data["lesions"][0]["label"], "L1");
    EXPECT_EQ(data["vessels"][0]["name"], "LAD");
}

TEST(ReportPath, RunsThroughTheBranchesWithoutDoublePoints) {
    const CaseResult result = test::sample_result();
    const VesselPath path = make_path(result, {"LAD", {0, 1, 2, 3}});
    std::size_t points = 0;
    double length = 0;
    for (int b = 0; b < 4; ++b) {
        points += result.tree.branches[static_cast<std::size_t>(b)].points.size();
        length += result.tree.branches[static_cast<std::size_t>(b)].length_mm();
    }
    EXPECT_EQ(path.points.size(), points - 3);
    EXPECT_NEAR(path.length_mm(), length, 1e-9);
    EXPECT_NEAR(path.from_ostium(2, 5),
                result.tree.branches[0].length_mm() + result.tree.branches[1].length_mm() + 5, 1e-9);
    EXPECT_TRUE(std::isnan(path.from_ostium(7, 0)));
    const PathPoint at = path.at(33.3);
    EXPECT_NEAR(at.arc_mm, 33.3, 1e-12);
    EXPECT_NEAR(dot(at.normal, at.tangent), 0, 1e-12);
    EXPECT_NEAR(norm(at.binormal), 1, 1e-12);
}

// The sample sections are r (1 + 0.08 cos 2 phi) in their own frame.
TEST(ReportPath, WallDistanceFollowsTheSection) {
    const CaseResult result = test::sample_result();
    const VesselPath path = make_path(result, {"RCA", {8, 9, 10, 11}});
    const PathPoint& at = path.points[40];
    const LumenSection& section = result.lumen.branches[8].sections[40];
    const double r = result.tree.branches[8].points[40].radius_mm;
    for (double phi = 0; phi < 6.2; phi += 0.37) {
        const Vec3 direction = std::cos(phi) * section.normal + std::sin(phi) * section.binormal;
        EXPECT_NEAR(wall_distance_mm(result, at, direction), r * (1 + 0.08 * std::cos(2 * phi)), 0.005 * r);
    }
    const Vec3 oblique =
        section.normal + section.tangent;  // 45 degrees: the wall of a tube is sqrt(2) farther
    EXPECT_NEAR(wall_distance_mm(result, at, oblique), std::sqrt(2.0) * 1.08 * r, 0.01 * r);
}

}  // namespace
}  // namespace ctffr::report
