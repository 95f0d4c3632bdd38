// SPDX-License-Identifier: Apache-2.0
// How the heart lies in the chest.
#pragma once

#include "ctffr/core/vec3.hpp"

namespace ctffr::phantom {

// Columns: axes of the heart frame in LPS. The long axis points left, forward and down; the septum faces
// right and forward; the anterior wall faces up and forward. The frame is left-handed; solids do not mind.
inline Mat3 heart_axes() {
    const Vec3 long_axis = normalized({0.70, -0.55, -0.45});
    const Vec3 toward_right{-0.6, -0.7, -0.3};
    const Vec3 septal = normalized(toward_right - dot(toward_right, long_axis) * long_axis);
    return Mat3::from_columns(septal, cross(septal, long_axis), long_axis);
}

}  // namespace ctffr::phantom
