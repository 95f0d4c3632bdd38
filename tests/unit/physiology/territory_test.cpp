// SPDX-License-Identifier: Apache-2.0
#include "physiology/territory.hpp"

#include <map>
#include <numeric>

#include <gtest/gtest.h>

#include "support/coronary_fixture.hpp"

namespace ctffr {
namespace {

constexpr double total = 1e-5;  // m3/s, 600 mL/min

// Flow of each territory, outlets and leaks together.
std::map<Territory, double> by_territory(const TargetFlows& targets) {
    std::map<Territory, double> sum;
    for (std::size_t b = 0; b < targets.outlet.size(); ++b) {
        sum[targets.territory[b]] += targets.outlet[b];
        sum[targets.territory[b]] += std::accumulate(targets.leak[b].begin(), targets.leak[b].end(), 0.0);
    }
    return sum;
}

template <class Fixture>
TargetFlows by_dominance(const Fixture& fixture, bool leak) {
    return target_flows(fixture.tree, fixture.healthy_radius_mm, total, 2.4, leak,
                        territory_shares(fixture.tree.dominance));
}

TEST(Territory, SharesAddUp) {
    for (Dominance d : {Dominance::unknown, Dominance::right, Dominance::left, Dominance::balanced}) {
        const TerritoryShares s = territory_shares(d);
        EXPECT_NEAR(s.lad + s.lcx + s.rca, 1, 1e-12);
    }
    EXPECT_LT(territory_shares(Dominance::left).rca, territory_shares(Dominance::right).rca);
}

TEST(Territory, LabelledTreeSplitsByDominance) {
    for (bool leak : {true, false}) {
        const auto fixture = test::make_fixture({});
        const TargetFlows targets = by_dominance(fixture, leak);
        auto sum = by_territory(targets);
        EXPECT_NEAR(sum[Territory::lad], 0.44 * total, 1e-12 * total);
        EXPECT_NEAR(sum[Territory::lcx], 0.24 * total, 1e-12 * total);
        EXPECT_NEAR(sum[Territory::rca], 0.32 * total, 1e-12 * total);
        EXPECT_NEAR(targets.total, total, 1e-12 * total);
    }
}

TEST(Territory, OutletsFollowTheDiameterLaw) {
    const auto fixture = test::make_fixture({});
    const TargetFlows targets = by_dominance(fixture, false);
    const auto d1 = static_cast<std::size_t>(test::branch_of(fixture.tree, Segment::d1));
    const auto lad = static_cast<std::size_t>(test::branch_of(fixture.tree, Segment::d_lad));
    const double ratio = fixture.healthy_radius_mm[d1].back() / fixture.healthy_radius_mm[lad].back();
    EXPECT_NEAR(targets.outlet[d1] / targets.outlet[lad], std::pow(ratio, 2.4), 1e-9);
}

TEST(Territory, TaperLeaksInProportion) {
    const auto fixture = test::make_fixture({});
    const TargetFlows targets = by_dominance(fixture, true);
    const auto d1 = static_cast<std::size_t>(test::branch_of(fixture.tree, Segment::d1));
    const auto& r = fixture.healthy_radius_mm[d1];
    const double leaked = std::accumulate(targets.leak[d1].begin(), targets.leak[d1].end(), 0.0);
    const double lost = std::pow(r.front(), 2.4) - std::pow(r.back(), 2.4);
    EXPECT_NEAR(leaked / targets.outlet[d1], lost / std::pow(r.back(), 2.4), 1e-9);
    EXPECT_EQ(targets.leak[d1].front(), 0);  // nothing leaves before the first stretch
    for (double leak : targets.leak[static_cast<std::size_t>(test::branch_of(fixture.tree, Segment::lm))])
        EXPECT_EQ(leak, 0);
}

TEST(Territory, MissingSystemTakesItsShareAway) {
    const auto left = test::make_fixture({.right = false});
    EXPECT_NEAR(by_dominance(left, true).total, 0.68 * total, 1e-12 * total);
    const auto right = test::make_fixture({.left = false});
    EXPECT_NEAR(by_dominance(right, true).total, 0.32 * total, 1e-12 * total);
}

TEST(Territory, UnnamedLeftTreeIsOneTerritory) {
    const auto fixture = test::make_fixture({.labels = false});
    const TargetFlows targets = by_dominance(fixture, true);
    auto sum = by_territory(targets);
    EXPECT_NEAR(sum[Territory::left], 0.68 * total, 1e-12 * total);
    EXPECT_NEAR(sum[Territory::rca], 0.32 * total, 1e-12 * total);
}

}  // namespace
}  // namespace ctffr
