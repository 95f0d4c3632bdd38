// SPDX-License-Identifier: Apache-2.0
// Comparing images by place in the patient.
#pragma once

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/data/image.hpp"

namespace ctffr::test {

// Corner voxels lie at the same places (mm).
inline void expect_same_grid(const ImageGeometry& a, const ImageGeometry& b, double tolerance_mm) {
    ASSERT_EQ(a.size, b.size);
    for (int corner = 0; corner < 8; ++corner) {
        const Vec3 ijk{corner & 1 ? a.size.x - 1.0 : 0.0, corner & 2 ? a.size.y - 1.0 : 0.0,
                       corner & 4 ? a.size.z - 1.0 : 0.0};
        EXPECT_LE(distance(a.lps_from_index(ijk), b.lps_from_index(ijk)), tolerance_mm)
            << "corner " << corner;
    }
}

// Every voxel of `a` has a voxel of `b` at the same place with the same value, whatever the order of the
// axes.
inline void expect_same_image(const Volume& a, const Volume& b, double tolerance_mm) {
    ASSERT_EQ(a.hu.size(), b.hu.size());
    long different = 0;
    for (int k = 0; k < a.geometry.size.z; ++k)
        for (int j = 0; j < a.geometry.size.y; ++j)
            for (int i = 0; i < a.geometry.size.x; ++i) {
                const Vec3 place = a.geometry.lps_from_index({double(i), double(j), double(k)});
                const Vec3 at = b.geometry.index_from_lps(place);
                const Vec3 whole{std::round(at.x), std::round(at.y), std::round(at.z)};
                const bool inside = b.geometry.contains(whole);
                const bool same =
                    inside && distance(b.geometry.lps_from_index(whole), place) <= tolerance_mm &&
                    a.hu[static_cast<std::size_t>(a.geometry.offset(i, j, k))] ==
                        b.hu[static_cast<std::size_t>(b.geometry.offset(static_cast<int>(whole.x),
                                                                        static_cast<int>(whole.y),
                                                                        static_cast<int>(whole.z)))];
                different += same ? 0 : 1;
            }
    EXPECT_EQ(different, 0);
}

}  // namespace ctffr::test
