// SPDX-License-Identifier: Apache-2.0
// Distance transform against brute force; skeletons, Betti numbers and mask agreement on shapes whose figures
// are known.
#include "imaging/voxel_metrics.hpp"

#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "imaging/distance_transform.hpp"
#include "imaging/thinning.hpp"

namespace ctffr::imaging {
namespace {

Mask mask_of(Int3 size, const std::function<bool(Vec3)>& inside) {
    Mask mask;
    for (int k = 0; k < size.z; ++k)
        for (int j = 0; j < size.y; ++j)
            for (int i = 0; i < size.x; ++i)
                mask.push_back(inside({double(i), double(j), double(k)}) ? 1 : 0);
    return mask;
}

long count(const Mask& mask) {
    long n = 0;
    for (std::uint8_t value : mask) n += value;
    return n;
}

Mask torus(Int3 size) {
    return mask_of(size, [&](Vec3 p) {
        const double ring = std::hypot(p.x - size.x / 2, p.y - size.y / 2) - 10;
        return std::hypot(ring, p.z - size.z / 2) < 3.6;
    });
}

Mask shell(Int3 size, double inner, double outer) {
    return mask_of(size, [&](Vec3 p) {
        const double r = distance(p, {size.x / 2.0, size.y / 2.0, size.z / 2.0});
        return r >= inner && r < outer;
    });
}

ImageGeometry geometry_of(Int3 size, Vec3 spacing) {
    ImageGeometry g;
    g.size = size, g.spacing_mm = spacing;
    return g;
}

constexpr LabelSet ones = label_set({Label::coronary_left});

TEST(DistanceTransform, EqualsBruteForceOnAnisotropicVoxels) {
    const Int3 size{17, 13, 11};
    const Vec3 spacing{0.33, 0.41, 0.75};
    Random random(3);
    for (int trial = 0; trial < 8; ++trial) {
        Mask mask(as_size(size.count()), 0);
        const int points = 1 << trial;
        for (int n = 0; n < points; ++n)
            mask[as_size(random.integer(0, static_cast<int>(size.count()) - 1))] = 1;
        const auto distances = distance_transform(size, spacing, mask, ctffr::Run{});
        const auto at = [&](Index v) {
            return Vec3{double(v % size.x) * spacing.x, double(v / size.x % size.y) * spacing.y,
                        double(v / (size.x * size.y)) * spacing.z};
        };
        for (Index v = 0; v < size.count(); ++v) {
            double nearest = 1e9;
            for (Index w = 0; w < size.count(); ++w)
                if (mask[as_size(w)]) nearest = std::min(nearest, distance(at(v), at(w)));
            ASSERT_NEAR(distances[as_size(v)], nearest, 2e-6 * (1 + nearest)) << "voxel " << v;
        }
    }
    const auto none = distance_transform(size, spacing, Mask(as_size(size.count()), 0), ctffr::Run{});
    EXPECT_TRUE(std::isinf(none[0]) && std::isinf(none.back()));
}

TEST(Betti, CountsComponentsTunnelsAndCavities) {
    const auto expect = [](const Betti& b, long components, long tunnels, long cavities) {
        EXPECT_EQ(b.components, components);
        EXPECT_EQ(b.tunnels, tunnels);
        EXPECT_EQ(b.cavities, cavities);
    };
    const Int3 size{32, 32, 32};
    expect(betti_numbers(size, Mask(as_size(size.count()), 0)), 0, 0, 0);
    expect(betti_numbers(size, shell(size, 0, 8)), 1, 0, 0);
    expect(betti_numbers(size, shell(size, 6, 10)), 1, 0, 1);
    expect(betti_numbers(size, torus(size)), 1, 1, 0);
    const auto balls = mask_of(size, [](Vec3 p) {
        return distance(p, {8, 16, 16}) < 6 || distance(p, {24, 16, 16}) < 6;
    });
    expect(betti_numbers(size, balls), 2, 0, 0);
    // A tube closed on both ends around a ball: a cavity and another component in it.
    const auto nested = mask_of(size, [](Vec3 p) {
        const double r = distance(p, {16, 16, 16});
        return r < 3 || (r > 8 && r < 12);
    });
    expect(betti_numbers(size, nested), 2, 0, 1);
    // Voxels that share a corner alone are one component; a mask that fills the grid has no cavity.
    Mask corner(8, 0);
    corner[0] = corner[7] = 1;
    expect(betti_numbers({2, 2, 2}, corner), 1, 0, 0);
    expect(betti_numbers({2, 2, 2}, Mask(8, 1)), 1, 0, 0);
    // A full torus of one-voxel faces: four voxels around an edge-connected hole.
    const auto ring = mask_of({3, 3, 1}, [](Vec3 p) { return p.x != 1 || p.y != 1; });
    expect(betti_numbers({3, 3, 1}, ring), 1, 1, 0);
}

TEST(Betti, ATorusWithAHandleMoreHasTwoTunnels) {
    const Int3 size{32, 32, 32};
    Mask mask = torus(size);
    for (int i = 6; i < 27; ++i) mask[as_size(i + 32 * (16 + 32 * 16))] = 1;  // a spoke through the middle
    EXPECT_EQ(betti_numbers(size, mask).tunnels, 2);
}

TEST(Skeleton, KeepsTopologyAndIsThin) {
    const Int3 size{32, 32, 32};
    struct Shape {
        Mask mask;
        long most;  // voxels that a curve may have
    };
    for (const Shape& shape : {Shape{torus(size), 120}, Shape{shell(size, 0, 9), 40}}) {
        const Mask skeleton = skeleton_of(size, shape.mask);
        const Betti a = betti_numbers(size, shape.mask), b = betti_numbers(size, skeleton);
        EXPECT_EQ(a.components, b.components);
        EXPECT_EQ(a.tunnels, b.tunnels);
        EXPECT_EQ(a.cavities, b.cavities);
        EXPECT_LT(count(skeleton), shape.most);
        EXPECT_GT(count(skeleton), 0);
        for (std::size_t v = 0; v < skeleton.size(); ++v) EXPECT_LE(skeleton[v], shape.mask[v]);
    }
    const Mask hollow = shell(size, 6, 10), surface = skeleton_of(size, hollow);
    EXPECT_EQ(betti_numbers(size, surface).cavities, 1);
    EXPECT_LT(count(surface), count(hollow) / 2);
}

TEST(Skeleton, OfATubeIsItsAxis) {
    const Int3 size{60, 21, 21};
    const auto tube =
        mask_of(size, [](Vec3 p) { return p.x >= 5 && p.x < 55 && std::hypot(p.y - 10, p.z - 10) < 4.5; });
    const Mask skeleton = skeleton_of(size, tube);
    EXPECT_GE(count(skeleton), 40);
    EXPECT_LE(count(skeleton), 60);
    for (Index v = 0; v < size.count(); ++v)
        if (skeleton[as_size(v)]) {
            EXPECT_LE(std::hypot(double(v / 60 % 21) - 10, double(v / (60 * 21)) - 10), 1.5);
        }
    // What is thin already stays as it is, ends included.
    EXPECT_EQ(skeleton_of(size, skeleton), skeleton);
}

TEST(Skeleton, KeepsTheTopologyOfRandomMasks) {
    const Int3 size{12, 12, 12};
    Random random(11);
    for (int trial = 0; trial < 60; ++trial) {
        const double density = random.uniform(0.1, 0.9);
        Mask mask(as_size(size.count()), 0);
        for (std::uint8_t& value : mask) value = random.uniform(0, 1) < density;
        const Betti a = betti_numbers(size, mask), b = betti_numbers(size, skeleton_of(size, mask));
        EXPECT_EQ(a.components, b.components);
        EXPECT_EQ(a.tunnels, b.tunnels);
        EXPECT_EQ(a.cavities, b.cavities);
    }
}

TEST(CompareMasks, OfShiftedCubesIsKnown) {
    const Int3 size{40, 40, 40};
    const auto cube = [&](double x) {
        return mask_of(size, [=](Vec3 p) {
            return p.x >= x && p.x < x + 10 && p.y >= 10 && p.y < 20 && p.z >= 10 && p.z < 20;
        });
    };
    const ImageGeometry g = geometry_of(size, {0.5, 0.5, 0.8});
    const auto same = compare_masks(g, cube(10), cube(10), ones, ctffr::Run{});
    EXPECT_EQ(same.dice, 1);
    EXPECT_EQ(same.hd95_mm, 0);
    EXPECT_EQ(same.assd_mm, 0);
    EXPECT_EQ(same.cl_dice, 1);
    EXPECT_EQ(same.found_voxels, 1000);
    const auto shifted = compare_masks(g, cube(13), cube(10), ones, ctffr::Run{});
    EXPECT_NEAR(shifted.dice, 0.7, 1e-12);
    EXPECT_NEAR(compare_masks(g, cube(21), cube(10), ones, ctffr::Run{}).dice, 0, 1e-12);
    // The end face of 100 of 488 border voxels is 3 voxels away: more than 5 % of the border.
    EXPECT_NEAR(shifted.hd95_mm, 1.5, 1e-6);
    EXPECT_GT(shifted.assd_mm, 0.3);
    EXPECT_LT(shifted.assd_mm, 0.8);
}

TEST(CompareMasks, OfShiftedPlanesIsTheShiftAlongEachAxis) {
    const Int3 size{24, 24, 24};
    const Vec3 spacing{0.4, 0.6, 0.9};
    for (int axis = 0; axis < 3; ++axis) {
        const auto plane = [&](int at) { return mask_of(size, [=](Vec3 p) { return p[axis] == at; }); };
        const auto a = compare_masks(geometry_of(size, spacing), plane(12), plane(8), ones, ctffr::Run{});
        EXPECT_NEAR(a.hd95_mm, 4 * spacing[axis], 1e-6);
        EXPECT_NEAR(a.assd_mm, 4 * spacing[axis], 1e-6);
        EXPECT_EQ(a.dice, 0);
    }
}

TEST(CompareMasks, ClDiceFallsByTheMissingHalf) {
    const Int3 size{100, 15, 15};
    const auto tube = [&](double end) {
        return mask_of(size,
                       [=](Vec3 p) { return p.x >= 5 && p.x < end && std::hypot(p.y - 7, p.z - 7) < 3.5; });
    };
    const auto a = compare_masks(geometry_of(size, {1, 1, 1}), tube(50), tube(95), ones, ctffr::Run{});
    EXPECT_EQ(a.skeleton_precision, 1);
    EXPECT_NEAR(a.skeleton_sensitivity, 0.5, 0.04);
    EXPECT_NEAR(a.cl_dice, 2 * a.skeleton_sensitivity / (1 + a.skeleton_sensitivity), 1e-12);
}

TEST(CompareMasks, TakesTheLabelsOfTheSetAndSaysWhatIsEmpty) {
    const Int3 size{8, 8, 8};
    Mask labels(as_size(size.count()), 0);
    labels[100] = 1, labels[101] = 2, labels[102] = 6;
    const Mask nothing(as_size(size.count()), 0);
    const ImageGeometry g = geometry_of(size, {1, 1, 1});
    const auto both = label_set({Label::coronary_left, Label::coronary_right});
    EXPECT_EQ(compare_masks(g, labels, labels, both, ctffr::Run{}).found_voxels, 2);
    const auto a = compare_masks(g, labels, nothing, both, ctffr::Run{});
    EXPECT_EQ(a.found_voxels, 2);
    EXPECT_EQ(a.found_betti.components, 1);
    EXPECT_TRUE(std::isnan(a.dice) && std::isnan(a.hd95_mm) && std::isnan(a.cl_dice));
    EXPECT_TRUE(std::isnan(compare_masks(g, nothing, nothing, both, ctffr::Run{}).dice));
    EXPECT_EQ(dice_of(labels, labels, Label::calcium), 1);
    EXPECT_TRUE(std::isnan(dice_of(labels, nothing, Label::calcium)));
}

}  // namespace
}  // namespace ctffr::imaging
