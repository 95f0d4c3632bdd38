// SPDX-License-Identifier: Apache-2.0
#include "meshing/jet_width.hpp"

#include <gtest/gtest.h>

#include "meshing/analytic_lumen.hpp"

namespace ctffr::test {
namespace {

using namespace ctffr::meshing;

TEST(JetWidth, GrowsSlowlyBehindAThroatAndFastBeforeIt) {
    std::vector<double> arc, width;
    for (int i = 0; i <= 60; ++i) {
        arc.push_back(i);
        width.push_back(i == 20 ? 1.5 : 3.0);
    }
    limit_by_throats(arc, width, 0);
    EXPECT_DOUBLE_EQ(width[20], 1.5);
    EXPECT_NEAR(width[30], 1.5 + 10 * jet_growth, 1e-12);
    EXPECT_NEAR(width[60], 3.0, 1e-12);
    EXPECT_NEAR(width[19], 1.5 + approach_growth, 1e-12);
    EXPECT_NEAR(width[16], 3.0, 1e-12);
    EXPECT_DOUBLE_EQ(width[0], 3.0);
}

TEST(JetWidth, NarrowingVesselsAreLeftAlone) {
    const std::vector<double> arc{0, 1, 2, 3}, taper{3, 2.9, 2.7, 2.6};
    std::vector<double> width = taper;
    limit_by_throats(arc, width, 3.5);
    EXPECT_EQ(width, taper);
}

TEST(JetWidth, ComesInFromTheVesselBefore) {
    std::vector<double> width{3, 3};
    limit_by_throats({0, 10}, width, 2);
    EXPECT_DOUBLE_EQ(width[0], 2);
    EXPECT_DOUBLE_EQ(width[1], 2 + 10 * jet_growth);
}

TEST(JetWidth, TubesFollowItAlongTheFlow) {
    // The parent of the fork runs against the flow: its own axis points at the inlet.
    Tube tube{{0, 0, 0}, {0, 0, 1}, 0,       40, [](double s) { return s > 28 && s < 32 ? 0.75 : 1.5; },
              false,     "outlet",  "inlet", {}};
    const TubeLumen lumen({tube}, 0);
    EXPECT_NEAR(lumen.sample({0, 0, 30}).diameter_mm, 1.5, 1e-9);
    EXPECT_NEAR(lumen.sample({0, 0, 18}).diameter_mm, 1.5 + 10 * jet_growth, 0.02);
    EXPECT_NEAR(lumen.sample({0, 0, 36}).diameter_mm, 3.0, 1e-9);
}

}  // namespace
}  // namespace ctffr::test
