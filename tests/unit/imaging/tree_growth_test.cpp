// SPDX-License-Identifier: Apache-2.0
// Where paths end: a thin vessel is no vein because blur takes its contrast, a vein is one.
#include "imaging/tree_growth.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace ctffr::imaging {
namespace {

constexpr double aorta_hu = 400, blur_mm = 0.65, wide_mm = 25, all_mm = 55;

// HU in the middle of a vessel of this radius, of blood of `blood_hu` without background, after the blur.
double middle_hu(double blood_hu, double radius_mm) {
    return blood_hu * (1 - std::exp(-0.5 * radius_mm * radius_mm / (blur_mm * blur_mm)));
}

// A straight vessel along x from 0 to all_mm, and what is recorded of it.
struct Straight {
    ImageGeometry geometry;
    std::vector<float> speed, evidence, in_image, radius, hu;
    Mask crossing;

    // Calls record(voxel, x) for the voxels of the vessel.
    template <class Record>
    explicit Straight(const Record& record) {
        geometry.size = {121, 9, 9};
        geometry.spacing_mm = {0.5, 0.5, 0.5};
        geometry.origin_lps_mm = {0, -2, -2};
        const auto n = static_cast<std::size_t>(geometry.size.count());
        speed.assign(n, 0.02F), evidence.assign(n, 0.0F), radius.assign(n, 0.0F), hu.assign(n, 0.0F);
        in_image = evidence;
        crossing.assign(n, 0);
        const Int3 size = geometry.size;
        for (std::size_t i = 0; i < n; ++i) {
            const auto v = static_cast<Index>(i);
            const Vec3 p = geometry.lps_from_index({static_cast<double>(v % size.x),
                                                    static_cast<double>(v / size.x % size.y),
                                                    static_cast<double>(v / (Index{size.x} * size.y))});
            if (std::hypot(p.y, p.z) > 0.8 || p.x > all_mm) continue;
            speed[i] = evidence[i] = in_image[i] = 1;
            radius[i] = 1.8F, hu[i] = static_cast<float>(aorta_hu);
            record(*this, i, p.x);
        }
    }

    double path_length_mm() const {
        const ScalarGrid frame{geometry, {}};
        const Front front = march(geometry, speed, in_image, {frame.voxel_at({0, 0, 0})}, {}, Run{});
        double longest = 0;
        for (const GrownPath& path :
             grow_paths(front, {evidence, in_image, radius, hu, aorta_hu, blur_mm, &crossing}, {}, Run{}))
            longest = std::max(longest, path.line.back().x);
        return longest;
    }
};

// Length of the path along a vessel that is 1.8 mm wide and then changes to a recorded radius and HU.
double path_length_mm(double then_radius_mm, double then_hu) {
    return Straight([&](Straight& vessel, std::size_t voxel, double x) {
               if (x < wide_mm) return;
               vessel.radius[voxel] = static_cast<float>(then_radius_mm);
               vessel.hu[voxel] = static_cast<float>(then_hu);
           })
        .path_length_mm();
}

// ... of one that the heart network does not see between two places, and the image not from the second one
// on.
double path_length_unseen_mm(double from_mm, double to_mm, double blind_from_mm = 1e9) {
    return Straight([&](Straight& vessel, std::size_t voxel, double x) {
               if (x >= from_mm && x < to_mm) vessel.evidence[voxel] = 0.1F;
               if (x >= blind_from_mm && x < to_mm) vessel.in_image[voxel] = 0.1F;
           })
        .path_length_mm();
}

TEST(Growth, FollowsAVesselThatBecomesThin) {
    // Recorded radii are the widest of a neighbourhood, a quarter too wide.
    for (const double radius : {0.7, 0.8, 1.0, 1.3})
        EXPECT_GT(path_length_mm(1.25 * radius, middle_hu(aorta_hu, radius)), all_mm - 1) << radius;
}

TEST(Growth, EndsWhereTheBloodOfAVeinBegins) {
    for (const double radius : {1.0, 1.3, 1.6})
        EXPECT_LT(path_length_mm(1.25 * radius, middle_hu(0.6 * aorta_hu, radius)), wide_mm + 3) << radius;
}

TEST(Growth, EndsWhereAVesselBecomesMuchWider) { EXPECT_LT(path_length_mm(3.2, aorta_hu), wide_mm + 3); }

TEST(Growth, CrossesALesionThatOnlyTheImageShows) {
    EXPECT_GT(path_length_unseen_mm(20, 40), all_mm - 1);
    // Also from the start on, and not when the network never sees the vessel again, or only its last 4 mm.
    EXPECT_GT(path_length_unseen_mm(0, 15), all_mm - 1);
    EXPECT_LT(path_length_unseen_mm(20, all_mm + 1), 22);
    EXPECT_LT(path_length_unseen_mm(27, 51), 29);
    // Too long.
    EXPECT_LT(path_length_unseen_mm(12, 39), 14);
    // A stretch that the image does not show either is a gap.
    EXPECT_LT(path_length_unseen_mm(20, 40, 30), 22);
    EXPECT_GT(path_length_unseen_mm(20, 40, 36), all_mm - 1);
}

// ... of one that nothing shows between 20 and `to_mm`, but for a mm in the middle, with a crossing over it
// or over its first half.
double path_length_across_mm(double to_mm, bool whole, double then_radius_mm = 1.8) {
    return Straight([&](Straight& vessel, std::size_t voxel, double x) {
               if (x >= to_mm) vessel.radius[voxel] = static_cast<float>(then_radius_mm);
               if (x < 20 || x >= to_mm) return;
               vessel.crossing[voxel] = whole || x < 0.5 * (20 + to_mm);
               vessel.radius[voxel] = 0.4F;
               if (std::abs(x - 0.5 * (20 + to_mm)) > 0.5)
                   vessel.evidence[voxel] = vessel.in_image[voxel] = 0.1F;
           })
        .path_length_mm();
}

TEST(Growth, CrossesToAPieceThatTheNetworkSees) {
    EXPECT_GT(path_length_across_mm(38, true), all_mm - 1);
    // Not where no crossing was laid, where too little lies beyond, or another vessel.
    EXPECT_LT(path_length_across_mm(38, false), 22);
    EXPECT_LT(path_length_across_mm(49, true), 22);
    EXPECT_LT(path_length_across_mm(38, true, 0.7), 22);
}

}  // namespace
}  // namespace ctffr::imaging
