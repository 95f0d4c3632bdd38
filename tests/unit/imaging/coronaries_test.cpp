// SPDX-License-Identifier: Apache-2.0
// From a painted aortic root with its arteries to ostia and paths: separate LAD and LCX, an occluded one, a
// calcified ostium.
#include "imaging/coronaries.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "unit/imaging/painted_root.hpp"

namespace ctffr::imaging {
namespace {

using namespace test;

CoronaryPaths found(const Root& root) {
    const Scene scene = painted(root);
    return find_coronaries(scene.volume, scene.labels, scene.heart, scene.scan, nullptr, {}, Run{});
}

double ostium_error_mm(const CoronaryPaths& paths, const Artery& artery) {
    double best = 1e9;
    for (const Ostium& o : paths.ostia) best = std::min(best, distance(o.position_lps_mm, artery.ostium()));
    return best;
}

TEST(Coronaries, WithoutLeftMainHaveTwoLeftOstia) {
    const CoronaryPaths paths = found({{lad, lcx, rca}, {}});
    ASSERT_EQ(paths.ostia.size(), 3u);
    for (const Artery& a : {lad, lcx, rca}) EXPECT_LT(ostium_error_mm(paths, a), 1.0) << a.azimuth_deg;
    ASSERT_EQ(paths.remarks.size(), 1u);
    EXPECT_NE(paths.remarks[0].find("separately"), std::string::npos);
}

TEST(Coronaries, KeepTheStumpOfASecondMainArtery) {
    Artery stump = lcx;
    stump.length_mm = 14;
    const CoronaryPaths paths = found({{lad, stump, rca}, {}});
    ASSERT_EQ(paths.ostia.size(), 3u);
    EXPECT_LT(ostium_error_mm(paths, stump), 1.0);
}

TEST(Coronaries, DoNotTakeAThinBranchBesideTheLeftMainForASecondMainArtery) {
    Artery thin = lcx;
    thin.length_mm = 30, thin.radius_mm = 0.6;
    EXPECT_EQ(found({{lad, thin, rca}, {}}).ostia.size(), 2u);
}

TEST(Coronaries, WithATightOstiumStartAtTheWallAndNotInThePlaque) {
    Artery tight = lad;
    tight.throat_mm = 2, tight.throat_radius_mm = 0.5;
    const Vec3 throat = tight.ostium() + 2.0 * tight.direction();
    const CoronaryPaths paths = found({{tight, rca}, {{throat + Vec3{0, 0, -2.0}, 1.5}}});
    ASSERT_EQ(paths.ostia.size(), 2u);
    EXPECT_LT(ostium_error_mm(paths, tight), 1.0);
    double through_throat = 1e9;
    for (const GrownPath& path : paths.paths)
        for (Vec3 p : path.line) through_throat = std::min(through_throat, distance(p, throat));
    EXPECT_LT(through_throat, 0.7);
}

// A left main of 5 mm, behind which the only artery leaves at right angles: its points do not hide the left
// main from the search for the wall.
TEST(Coronaries, WithAShortLeftMainStartAtTheWall) {
    Artery left_main = lad;
    left_main.length_mm = 5, left_main.radius_mm = 2.0;
    const Vec3 fork = left_main.ostium() + 5.0 * left_main.direction();
    Artery branch{.radius_mm = 1.4};
    branch.azimuth_deg = -85, branch.start = fork;
    const CoronaryPaths paths = found({{left_main, branch, rca}, {}});
    EXPECT_LT(ostium_error_mm(paths, left_main), 1.3);
}

// The rays to the wall beside a vessel must clear it where it is widest, not where it is narrowed.
TEST(Coronaries, WithAWideLeftMainThatNarrowsStartAtTheWall) {
    Artery wide = lad, narrow = lad;
    wide.length_mm = 1.5, wide.radius_mm = 3.4, narrow.radius_mm = 1.4;
    const CoronaryPaths paths = found({{wide, narrow, rca}, {}});
    EXPECT_LT(ostium_error_mm(paths, lad), 1.15);
}

// Three arteries in muscle, at a noise of more than a third of their contrast.
TEST(Coronaries, InNoiseAreFoundAndLittleElse) {
    const std::vector<Artery> arteries{lad, lcx, rca};
    Root root{arteries, {}};
    root.blood = 290, root.around = muscle_hu, root.noise = 65;
    const CoronaryPaths paths = found(root);
    for (const Artery& a : arteries) EXPECT_LT(ostium_error_mm(paths, a), 1.0) << a.azimuth_deg;
    double on = 0, off = 0;
    for (const GrownPath& path : paths.paths)
        for (Vec3 p : path.line) {
            double outside = 1e9;
            for (const Artery& a : arteries) outside = std::min(outside, a.outside(p));
            (outside < 0.5 ? on : off) += 1;
        }
    EXPECT_LT(off, 0.05 * on);
    for (const Artery& a : arteries) {
        const Vec3 far = (aorta_mm + a.length_mm - 5) * a.direction();
        double reached = 1e9;
        for (const GrownPath& path : paths.paths)
            for (Vec3 p : path.line) reached = std::min(reached, distance(p, far));
        EXPECT_LT(reached, 1.0) << a.azimuth_deg;
    }
}

// Thin vessels lose contrast to blur; that must not look like the blood of a vein.
TEST(Coronaries, GoOnBeyondATightStenosisIntoAThinnerVessel) {
    Artery narrowed = rca, thinner = rca;
    narrowed.length_mm = 24, narrowed.throat_mm = 18, narrowed.throat_radius_mm = 0.5;
    thinner.length_mm = 55, thinner.radius_mm = 1.0;
    const CoronaryPaths paths = found({{lad, narrowed, thinner}, {}});
    const Vec3 far = thinner.ostium() + 48.0 * thinner.direction();
    double reached = 1e9;
    for (const GrownPath& path : paths.paths)
        for (Vec3 p : path.line) reached = std::min(reached, distance(p, far));
    EXPECT_LT(reached, 0.7);
}

// Maps of a heart network that sees these arteries, and no lumen where there is none.
HeartMaps maps_of(const Scene& scene, const Root& root) {
    HeartMaps maps;
    ImageGeometry geometry;
    geometry.size = {118, 126, 64};
    geometry.spacing_mm = {0.8, 0.8, 0.8};
    geometry.origin_lps_mm = scene.volume.geometry.origin_lps_mm;
    const auto n = static_cast<std::size_t>(geometry.size.count());
    for (ScalarGrid& map : maps.maps) map = {geometry, std::vector<float>(n, 0.0f)};
    const auto near = [](double mm) {
        return static_cast<float>(std::clamp(mm, -HeartMaps::reach_mm, HeartMaps::reach_mm));
    };
    for (std::size_t v = 0; v < n; ++v) {
        const Vec3 p = maps.maps[0].position(static_cast<Index>(v));
        double outside = 1e9, axis = 1e9;
        for (const Artery& a : root.arteries)
            outside = std::min(outside, a.outside(p)), axis = std::min(axis, a.outside(p) + a.radius_mm);
        const double aorta = std::hypot(p.x, p.y) - aorta_mm;
        if (outside < 0 && aorta > 0)
            maps.maps[p.y < -10 ? HeartMaps::lumen_right : HeartMaps::lumen_left].values[v] = 0.95f;
        maps.maps[HeartMaps::centerline_mm].values[v] = near(axis);
        maps.maps[HeartMaps::aorta_mm].values[v] = near(aorta);
        maps.maps[HeartMaps::lv_blood_mm].values[v] = maps.maps[HeartMaps::lv_outer_mm].values[v] =
            near(HeartMaps::reach_mm);
    }
    return maps;
}

// A subtotal narrowing of which the image shows nothing over 12 mm, longer than any gap that is bridged
// unguided.
TEST(Coronaries, AreFollowedAcrossASubtotalNarrowingToWhatTheNetworkSees) {
    Artery before{.azimuth_deg = 40, .length_mm = 14 - aorta_mm, .radius_mm = 1.4}, beyond = before;
    before.start = (aorta_mm + 15) * lad.direction();
    beyond.start = before.start + (14.0 + 12.0) * before.direction();
    beyond.length_mm = 18 - aorta_mm;
    const Root root{{lad, before, beyond, rca}, {}};
    const Scene scene = painted(root);
    const HeartMaps maps = maps_of(scene, root);
    const Vec3 end = beyond.start + 15.0 * beyond.direction();
    const auto reached_mm = [&](const CoronaryPaths& paths) {
        double nearest = 1e9;
        for (const GrownPath& path : paths.paths)
            for (Vec3 p : path.line) nearest = std::min(nearest, distance(p, end));
        return nearest;
    };
    const auto found_with = [&](const HeartMaps* guide) {
        return find_coronaries(scene.volume, scene.labels, scene.heart, scene.scan, guide, {}, ctffr::Run{});
    };
    EXPECT_GT(reached_mm(found_with(nullptr)), 10);
    const CoronaryPaths guided = found_with(&maps);
    EXPECT_LT(reached_mm(guided), 1.5);
    ASSERT_EQ(guided.remarks.size(), 1u);
    EXPECT_NE(guided.remarks[0].find("12"), std::string::npos) << guided.remarks[0];
}

}  // namespace
}  // namespace ctffr::imaging
