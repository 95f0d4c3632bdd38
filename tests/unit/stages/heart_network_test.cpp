// SPDX-License-Identifier: Apache-2.0
// The shipped heart network: the numbers its training tool wrote, what is refused, what it sees of a virtual
// patient.
#include "stages/heart_network.hpp"

#include <functional>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/stages/centerline.hpp"
#include "ctffr/stages/phantom.hpp"
#include "stages/tree_support.hpp"
#include "unit/stages/parity.hpp"

namespace ctffr::test {
namespace {

using imaging::HeartMaps;

const std::filesystem::path weights = std::filesystem::path(CTFFR_SOURCE_DIR) / "src/network/weights";

TEST(ShippedHeartNetwork, GivesTheNumbersOfItsTrainingTool) {
    const auto network = shipped_heart_network();
    ASSERT_TRUE(network);
    expect_parity(network->file.graph, weights / "heart.parity.json");
}

TEST(HeartNetwork, RefusesWhatIsNoHeartNetwork) {
    const std::string onnx = read_text(weights / "heart.onnx"), sidecar = read_text(weights / "heart.json");
    const auto code = [&](const std::function<void(nlohmann::json&)>& change) {
        auto json = nlohmann::json::parse(sidecar);
        change(json);
        try {
            read_heart_network(onnx, json.dump(), "x");
        } catch (const Error& error) {
            return error.code();
        }
        return ExitCode::ok;
    };
    EXPECT_EQ(code([](auto&) {}), ExitCode::ok);
    EXPECT_EQ(code([](auto& j) { j["kind"] = "lumen"; }), ExitCode::input_unsupported);
    EXPECT_EQ(code([](auto& j) { j["input"]["spacing_mm"] = 1.0; }), ExitCode::input_unsupported);
    EXPECT_EQ(code([](auto& j) { std::swap(j["outputs"][0], j["outputs"][1]); }),
              ExitCode::input_unsupported);
    EXPECT_EQ(code([](auto& j) { j["outputs"].erase(9); }), ExitCode::input_unsupported);
    EXPECT_EQ(code([](auto& j) { j.erase("outputs"); }), ExitCode::input_unreadable);
    // The lumen network under the heart network's sidecar has other shapes.
    const std::string other = read_text(weights / "lumen.onnx");
    auto json = nlohmann::json::parse(sidecar);
    json["sha256"] = sha256_hex(other);
    EXPECT_THROW(read_heart_network(other, json.dump(), "x"), Error);
}

class SmallPatient : public testing::Test {
   protected:
    static void SetUpTestSuite() {
        PhantomOptions options = phantom_preset("small");
        options.seed = 11;
        const Phantom phantom = run_phantom(options, ctffr::Run{});
        scene = new Scene{
            phantom.volume, phantom.truth.tree, run_segment(phantom.volume, {}, nullptr, ctffr::Run{}), {}};
        scene->sight = see_heart(*shipped_heart_network(), scene->volume, scene->segment.heart,
                                 scene->segment.scan, ctffr::Run{});
    }
    static void TearDownTestSuite() { delete scene; }
    struct Scene {
        Volume volume;
        CoronaryTree truth;
        SegmentResult segment;
        std::shared_ptr<const HeartSight> sight;
    };
    static Scene* scene;
};
SmallPatient::Scene* SmallPatient::scene = nullptr;

TEST_F(SmallPatient, ArteriesAreSeenOnTheirSide) {
    double right_side = 0, seen = 0, count = 0;
    for (const Branch& branch : scene->truth.branches)
        for (const CenterlinePoint& point : branch.points) {
            if (point.radius_mm < 0.75) continue;
            const Vec3 p = point.position_lps_mm;
            const double left = scene->sight->maps.at(HeartMaps::lumen_left, p),
                         right = scene->sight->maps.at(HeartMaps::lumen_right, p);
            ++count, seen += left + right > 0.5;
            right_side += (branch.side == Side::left ? left > right : right > left);
        }
    ASSERT_GT(count, 200);
    EXPECT_GT(seen / count, 0.9);
    EXPECT_GT(right_side / count, 0.95);
    EXPECT_TRUE(sees_both_trees(scene->sight->maps));
}

TEST_F(SmallPatient, TheAortaIsToldFromOtherVessels) {
    EXPECT_TRUE(sees_aorta(*scene->sight, scene->segment.heart));
    HeartFrame trunk = scene->segment.heart;  // as far to the front and side as a pulmonary trunk
    for (AortaSection& section : trunk.aorta) section.center_lps_mm += Vec3{8, -28, -10};
    EXPECT_FALSE(sees_aorta(*scene->sight, trunk));
}

TEST_F(SmallPatient, TheNetworkAloneLeadsToTheSameRoot) {
    const auto whole = see_image(*shipped_heart_network(), scene->volume, scene->segment.scan, ctffr::Run{});
    const SegmentResult again = run_segment(scene->volume, {}, whole.get(), ctffr::Run{});
    EXPECT_LT(distance(again.heart.root_center_lps_mm, scene->segment.heart.root_center_lps_mm), 1e-6);
    HeartSight blind = *whole;
    for (float& mm : blind.maps.maps[HeartMaps::aorta_mm].values) mm = 4;
    EXPECT_THROW((void)run_segment(scene->volume, {}, &blind, ctffr::Run{}), Error);
}

TEST_F(SmallPatient, ItsGuidanceIsSaidAndMeasured) {
    const CenterlineResult guided =
        run_centerline(scene->volume, scene->segment, scene->sight.get(), {}, ctffr::Run{});
    EXPECT_EQ(guided.method, "network heart 2");
    ASSERT_EQ(guided.support.size(), guided.tree.branches.size());
    double seen = 0, length = 0;
    for (const BranchSupport& branch : guided.support)
        seen += branch.seen * branch.length_mm, length += branch.length_mm;
    EXPECT_GT(seen / length, 0.8);
}

TEST_F(SmallPatient, ANetworkThatSeesNothingLeavesTheClassicalTree) {
    HeartSight blind = *scene->sight;
    for (const auto map : {HeartMaps::lumen_left, HeartMaps::lumen_right})
        for (float& p : blind.maps.maps[map].values) p = 0;
    const CenterlineResult without = run_centerline(scene->volume, scene->segment, nullptr, {}, ctffr::Run{}),
                           result = run_centerline(scene->volume, scene->segment, &blind, {}, ctffr::Run{});
    EXPECT_EQ(result.method, "classical");
    ASSERT_EQ(result.tree.branches.size(), without.tree.branches.size());
    EXPECT_EQ(result.tree.branches[0].points.size(), without.tree.branches[0].points.size());
    ASSERT_FALSE(result.remarks.empty());
    EXPECT_NE(result.remarks.back().find("without it"), std::string::npos);
}

TEST_F(SmallPatient, AMisleadingNetworkIsOutvotedByTheBetterTree) {
    // It sees the proximal arteries alone: the guided tree is cut short, and the search without it finds
    // more.
    HeartSight misleading = *scene->sight;
    const Vec3 root = scene->segment.heart.root_center_lps_mm;
    for (const auto map : {HeartMaps::lumen_left, HeartMaps::lumen_right}) {
        imaging::ScalarGrid& grid = misleading.maps.maps[map];
        for (std::size_t n = 0; n < grid.values.size(); ++n)
            if (distance(grid.position(static_cast<Index>(n)), root) > 28) grid.values[n] = 0;
    }
    const CenterlineResult result =
        run_centerline(scene->volume, scene->segment, &misleading, {}, ctffr::Run{});
    EXPECT_EQ(result.method, "classical");
    EXPECT_GT(result.quality_score, 0.8);
}

}  // namespace
}  // namespace ctffr::test
