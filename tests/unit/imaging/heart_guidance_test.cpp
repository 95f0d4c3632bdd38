// SPDX-License-Identifier: Apache-2.0
// What maps of the heart change in the search for arteries, on a painted root: each scene is searched without
// them as well, to see that they make the difference.
#include "imaging/heart_guidance.hpp"

#include <gtest/gtest.h>

#include "imaging/coronaries.hpp"
#include "unit/imaging/painted_root.hpp"

namespace ctffr::imaging {
namespace {

using namespace test;

struct Seen {
    Artery artery;
    HeartMaps::Map as = HeartMaps::lumen_left;
};

// Maps of a network that sees just these, blurred over its voxels.
HeartMaps maps_of(const std::vector<Seen>& seen) {
    HeartMaps maps;
    ImageGeometry g;
    g.size = {120, 127, 67};
    g.spacing_mm = {0.8, 0.8, 0.8};
    g.origin_lps_mm = {-31.6, -62.6, -21.6};
    for (ScalarGrid& map : maps.maps) map = {g, std::vector<float>(as_size(g.size.count()), 0.0f)};
    const ScalarGrid& frame = maps.maps[0];
    for (std::size_t n = 0; n < frame.values.size(); ++n) {
        const Vec3 p = frame.position(static_cast<Index>(n));
        const double aorta = std::hypot(p.x, p.y) - aorta_mm;
        maps.maps[HeartMaps::aorta_mm].values[n] = static_cast<float>(std::clamp(aorta, -4.0, 4.0));
        for (const Seen& s : seen)
            if (aorta > 0)
                maps.maps[s.as].values[n] =
                    std::max(maps.maps[s.as].values[n],
                             static_cast<float>(std::clamp(0.5 - s.artery.outside(p) / 0.8, 0.0, 1.0)));
    }
    return maps;
}

CoronaryPaths search(const Root& root, const HeartMaps* maps) {
    const Scene scene = painted(root);
    return find_coronaries(scene.volume, scene.labels, scene.heart, scene.scan, maps, {}, Run{});
}

double reached_mm(const CoronaryPaths& paths, const Artery& artery) {
    const Vec3 far = (aorta_mm + artery.length_mm - 6) * artery.direction();
    double best = 1e9;
    for (const GrownPath& path : paths.paths)
        for (const Vec3 p : path.line) best = std::min(best, distance(p, far));
    return best;
}

TEST(HeartGuidance, ALookAlikeBesideTheLeftOstiumIsLeftOut) {
    const Root root{{lad, lcx, rca}, {}};
    EXPECT_LT(reached_mm(search(root, nullptr), lcx), 1);
    const HeartMaps maps =
        maps_of({{lad, HeartMaps::lumen_left}, {lcx, HeartMaps::look_alike}, {rca, HeartMaps::lumen_right}});
    const CoronaryPaths paths = search(root, &maps);
    EXPECT_EQ(paths.ostia.size(), 2u);
    EXPECT_GT(reached_mm(paths, lcx), 10);
    EXPECT_LT(reached_mm(paths, lad), 1);
    EXPECT_LT(reached_mm(paths, rca), 1);
}

TEST(HeartGuidance, AWideArteryIsNoPool) {
    Artery wide = lad;
    wide.radius_mm = 4.6;
    const Root root{{wide, rca}, {}};
    EXPECT_GT(reached_mm(search(root, nullptr), wide), 3);
    const HeartMaps maps = maps_of({{wide, HeartMaps::lumen_left}, {rca, HeartMaps::lumen_right}});
    EXPECT_LT(reached_mm(search(root, &maps), wide), 1.5);
}

// A thin end, of which the grey levels show nothing and the network is sure.
TEST(HeartGuidance, AThinEndThatTheImageLosesIsFollowed) {
    Artery wide = lad, thin = lad;
    wide.length_mm = 25, thin.radius_mm = 0.9;
    const Root root{{wide, rca}, {}};
    EXPECT_LT(reached_mm(search(root, nullptr), wide), 1);
    EXPECT_GT(reached_mm(search(root, nullptr), thin), 10);
    HeartMaps maps = maps_of(
        {{wide, HeartMaps::lumen_left}, {thin, HeartMaps::lumen_left}, {rca, HeartMaps::lumen_right}});
    EXPECT_LT(reached_mm(search(root, &maps), thin), 1);
    // Away from the axis that the network gives it does not count alone.
    for (float& mm : maps.maps[HeartMaps::centerline_mm].values) mm = 3;
    EXPECT_GT(reached_mm(search(root, &maps), thin), 10);
}

// A wide artery that the image contradicts is not believed.
TEST(HeartGuidance, AWideEndThatTheImageLosesIsNotFollowed) {
    Artery wide = lad;
    wide.length_mm = 25;
    const HeartMaps maps = maps_of({{lad, HeartMaps::lumen_left}, {rca, HeartMaps::lumen_right}});
    EXPECT_GT(reached_mm(search({{wide, rca}, {}}, &maps), lad), 10);
}

TEST(HeartGuidance, TheSideIsTheNetworksWhereTheSinusLies) {
    // A right artery that leaves the left sinus beside the LAD.
    Artery anomalous = rca;
    anomalous.azimuth_deg = -35;
    const Root root{{lad, anomalous}, {}};
    const auto is_right = [&](const CoronaryPaths& paths) {
        for (const Ostium& o : paths.ostia)
            if (distance(o.position_lps_mm, anomalous.ostium()) < 2) return o.side == Side::right;
        return false;
    };
    EXPECT_FALSE(is_right(search(root, nullptr)));
    const HeartMaps maps = maps_of({{lad, HeartMaps::lumen_left}, {anomalous, HeartMaps::lumen_right}});
    EXPECT_TRUE(is_right(search(root, &maps)));
}

TEST(HeartGuidance, SupportIsTheMeanProbabilityAlongATree) {
    const HeartMaps maps = maps_of({{lad, HeartMaps::lumen_left}});
    std::vector<Vec3> line;
    for (double s = 2; s < 30; s += 0.5) line.push_back((aorta_mm + s) * lad.direction());
    SideSupport support = side_support(maps, line);
    EXPECT_GT(support.share(Side::left), 0.95);
    EXPECT_LT(support.share(Side::right), 0.01);
    support += side_support(maps, {{0, 40, 0}, {0, 40, 28}});  // as long, and nothing there
    EXPECT_NEAR(support.share(Side::left), 0.5, 0.03);
}

}  // namespace
}  // namespace ctffr::imaging
