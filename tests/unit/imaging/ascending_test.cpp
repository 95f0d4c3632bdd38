// SPDX-License-Identifier: Apache-2.0
// Which chain of discs is taken for the ascending aorta.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "imaging/aorta.hpp"

namespace ctffr::imaging {
namespace {

// A straight vessel with one disc per mm from z = 0 upwards.
DiscChain vessel(double x, double y, double radius_mm, double length_mm, double hu, double roundness) {
    DiscChain chain;
    for (double z = length_mm; z >= 0; z -= 1)
        chain.discs.push_back({{x, y, z}, radius_mm, roundness, 1.0, hu});
    return chain;
}

const DiscChain aorta = vessel(0, 0, 16, 45, 450, 0.94), descending = vessel(20, 68, 12, 110, 450, 1.0);

TEST(AscendingAorta, IsNotTheDescendingOneNorTheLeftAtrium) {
    EXPECT_EQ(choose_ascending({descending, aorta, vessel(-5, 40, 19, 60, 465, 0.75)}), 1);
}

// In a large heart the middle of the aorta lies more than 28 mm behind that of a bright pulmonary trunk.
TEST(AscendingAorta, IsFoundBehindAWideBrightPulmonaryTrunk) {
    const DiscChain trunk = vessel(16, -31, 17, 52, 411, 0.89);
    EXPECT_EQ(choose_ascending({descending, trunk, aorta}), 2);
}

// A short, uneven stack of discs in the left ventricle says nothing about what lies behind what.
TEST(AscendingAorta, IsFoundBehindALeftVentricleThatReachesFarToTheFront) {
    const DiscChain ventricle = vessel(37, -30, 18, 22, 430, 0.6);
    EXPECT_EQ(choose_ascending({descending, aorta, ventricle}), 1);
}

// A round vessel that far behind, but apart from the foremost one, is not its neighbour.
TEST(AscendingAorta, DoesNotLieApartFromTheForemostVessel) {
    const DiscChain front = vessel(16, -31, 14, 30, 400, 0.8);
    EXPECT_EQ(choose_ascending({vessel(0, 6, 15, 80, 450, 1.0), front}), 1);
}

// What a network sees as aorta leaves the others out, also where grey levels would choose them.
TEST(AscendingAorta, IsAmongTheChainsThatLieInTheAortaAsSeen) {
    const DiscChain front = vessel(16, -31, 14, 30, 400, 0.8), true_one = vessel(0, 6, 15, 80, 450, 1.0);
    ScalarGrid aorta_mm{grid_geometry({{-40, -50, 0}, {40, 50, 60}}, 2.0), {}};
    for (Index v = 0; v < aorta_mm.geometry.size.count(); ++v) {
        const Vec3 p = aorta_mm.position(v);
        aorta_mm.values.push_back(static_cast<float>(std::clamp(std::hypot(p.x, p.y - 6) - 15, -4.0, 4.0)));
    }
    EXPECT_EQ(choose_ascending({true_one, front}, aorta_mm), 0);
    EXPECT_EQ(choose_ascending({front, true_one}, aorta_mm), 1);
    EXPECT_EQ(choose_ascending({front}, aorta_mm), -1);
}

}  // namespace
}  // namespace ctffr::imaging
