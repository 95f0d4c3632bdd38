// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/surface.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

// A cone frustum along z: radius 2 mm at z = 0 (patch 1), 1 mm at z = 10 mm (patch 2); 24 sides, 10 rows.
TriangleMesh frustum(bool caps) {
    constexpr int around = 24, rows = 10;
    TriangleMesh mesh;
    for (int k = 0; k <= rows; ++k)
        for (int a = 0; a < around; ++a) {
            const double r = 2.0 - static_cast<double>(k) / rows, angle = 2 * pi * a / around;
            mesh.points_lps_mm.push_back({r * std::cos(angle), r * std::sin(angle), 10.0 * k / rows});
        }
    const auto add = [&](int a, int b, int c, int patch) {
        mesh.triangles.push_back({a, b, c});
        mesh.patch.push_back(patch);
    };
    for (int k = 0; k < rows; ++k)
        for (int a = 0; a < around; ++a) {
            const int b = (a + 1) % around, p = k * around;
            add(p + a, p + b, p + around + b, 0);
            add(p + a, p + around + b, p + around + a, 0);
        }
    if (!caps) return mesh;
    mesh.points_lps_mm.push_back({0, 0, 0});
    mesh.points_lps_mm.push_back({0, 0, 10});
    const int low = around * (rows + 1), top = around * rows;
    for (int a = 0; a < around; ++a) {
        const int b = (a + 1) % around;
        add(low, b, a, 1);
        add(low + 1, top + a, top + b, 2);
    }
    return mesh;
}

std::string text_stl(const TriangleMesh& mesh, const std::vector<std::string>& names, double scale = 1) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        text += "solid " + names[i] + "\n";
        for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
            if (names.size() > 1 && mesh.patch[t] != static_cast<int>(i)) continue;
            text += "facet normal 0 0 0\nouter loop\n";
            for (std::int32_t corner : mesh.triangles[t]) {
                const Vec3 p = scale * mesh.points_lps_mm[static_cast<std::size_t>(corner)];
                text += fmt::format("vertex {:.9g} {:.9g} {:.9g}\n", p.x, p.y, p.z);
            }
            text += "endloop\nendfacet\n";
        }
        text += "endsolid " + names[i] + "\n";
    }
    return text;
}

class CappedSurface : public testing::Test {
   protected:
    LumenSurface read(const std::string& text, const SurfaceReadOptions& options = {}) const {
        write_text_atomically(folder_.path() / "s.stl", text);
        return read_capped_surface(folder_.path() / "s.stl", options);
    }
    std::string message(const std::string& text, ExitCode code,
                        const SurfaceReadOptions& options = {}) const {
        try {
            read(text, options);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), code) << error.what();
            return error.what();
        }
        ADD_FAILURE();
        return "";
    }
    // Area of the regular polygon with 24 corners on a circle.
    static double area(double radius) { return 12 * std::sin(2 * pi / 24) * radius * radius; }
    static void expect_caps(const LumenSurface& surface, const std::string& wide, const std::string& narrow) {
        EXPECT_TRUE(check(surface).empty()) << check(surface).front();
        ASSERT_EQ(surface.caps.size(), 2u);
        for (const Cap& cap : surface.caps) {
            const bool low = cap.name == wide;
            EXPECT_TRUE(low || cap.name == narrow) << cap.name;
            EXPECT_EQ(cap.inlet, low);
            EXPECT_NEAR(cap.area_mm2, area(low ? 2 : 1), 1e-6);
            EXPECT_NEAR(distance(cap.center_lps_mm, {0, 0, low ? 0.0 : 10.0}), 0, 1e-6);
            EXPECT_NEAR(cap.normal.z, low ? -1 : 1, 1e-9);
        }
        EXPECT_EQ(std::count(surface.mesh.patch.begin(), surface.mesh.patch.end(), 0), 480);
        EXPECT_EQ(std::count(surface.mesh.patch.begin(), surface.mesh.patch.end(), 2), 24);
    }
    test::TemporaryFolder folder_;
};

TEST_F(CappedSurface, SolidsOfATextStlAreThePatches) {
    expect_caps(read(text_stl(frustum(true), {"wall", "inlet", "outlet_LAD"})), "inlet", "outlet_LAD");
    // Names that say nothing: flat solids are caps, the largest is the inlet.
    expect_caps(read(text_stl(frustum(true), {"a", "b", "c"})), "b", "c");
}

TEST_F(CappedSurface, FlatEndsAndOpeningsAreFoundWithoutNames) {
    expect_caps(read(text_stl(frustum(true), {"all"})), "cap_1", "cap_2");
    const LumenSurface open = read(text_stl(frustum(false), {"all"}));
    expect_caps(open, open.caps[0].area_mm2 > 6 ? "cap_1" : "cap_2",
                open.caps[0].area_mm2 > 6 ? "cap_2" : "cap_1");
}

// Clipping programs leave rim points a fraction of a micrometre apart: the fan of the cap has needles whose
// normals are rounding noise.
TEST_F(CappedSurface, NeedlesDoNotSplitACap) {
    TriangleMesh mesh = frustum(true);
    for (std::size_t p : {1u, 2u, 7u, 15u})
        mesh.points_lps_mm[p] = mesh.points_lps_mm[p - 1] + Vec3{1e-7, 2e-7, 1e-7};
    const LumenSurface surface = read(text_stl(mesh, {"all"}));
    ASSERT_EQ(surface.caps.size(), 2u);
    EXPECT_EQ(surface.caps[0].name, "cap_1");
    EXPECT_GE(std::count(surface.mesh.patch.begin(), surface.mesh.patch.end(), 1), 24);
    EXPECT_NEAR(surface.caps[0].normal.z, -1, 1e-3);
}

TEST_F(CappedSurface, IsTurnedWhenInsideOutAndScaled) {
    TriangleMesh inside_out = frustum(true);
    for (auto& t : inside_out.triangles) std::swap(t[0], t[1]);
    expect_caps(read(text_stl(inside_out, {"wall", "inlet", "outlet"})), "inlet", "outlet");
    SurfaceReadOptions metres;
    metres.unit_mm = 1000;
    expect_caps(read(text_stl(frustum(true), {"wall", "inlet", "outlet"}, 1e-3), metres), "inlet", "outlet");
    EXPECT_NE(message(text_stl(frustum(true), {"wall", "inlet", "outlet"}, 1e-3), ExitCode::input_geometry)
                  .find("unit of length"),
              std::string::npos);
}

TEST_F(CappedSurface, ThePatchArrayOfAVtpIsRead) {
    write_surface_vtp(folder_.path() / "s.vtp", frustum(true), {});
    expect_caps(read_capped_surface(folder_.path() / "s.vtp"), "cap_1", "cap_2");
}

TEST_F(CappedSurface, WhatCannotBeCappedIsRefused) {
    SurfaceReadOptions options;
    options.inlet = "cap_2";
    EXPECT_TRUE(read(text_stl(frustum(true), {"all"}), options).caps[1].inlet);
    options.inlet = "cap_9";
    EXPECT_NE(message(text_stl(frustum(true), {"all"}), ExitCode::lumen_failed, options).find("cap_1, cap_2"),
              std::string::npos);
    TriangleMesh twice = frustum(true);
    twice.triangles.push_back(twice.triangles[0]), twice.patch.push_back(0);
    message(text_stl(twice, {"all"}), ExitCode::lumen_failed);
}

}  // namespace
}  // namespace ctffr
