// SPDX-License-Identifier: Apache-2.0
// How the heart lies in the chest.
#pragma once

#include <cmath>

#include "ctffr/core/vec3.hpp"

namespace ctffr::phantom {

// Columns: axes of the heart frame in LPS. The long axis points left, forward and down; the septum faces
// right and forward; the anterior wall faces up and forward. The frame is left-handed; solids do not mind.
inline Mat3 heart_axes() {
    const Vec3 long_axis = normalized({0.69, -0.53, -0.50});
    const Vec3 toward_right{-0.6, -0.7, -0.3};
    const Vec3 septal = normalized(toward_right - dot(toward_right, long_axis) * long_axis);
    return Mat3::from_columns(septal, cross(septal, long_axis), long_axis);
}

// Rotation by angles (rad) about x, then y, then z.
inline Mat3 rotation(Vec3 angle_rad) {
    const double cx = std::cos(angle_rad.x), sx = std::sin(angle_rad.x);
    const double cy = std::cos(angle_rad.y), sy = std::sin(angle_rad.y);
    const double cz = std::cos(angle_rad.z), sz = std::sin(angle_rad.z);
    return Mat3::from_columns({cy * cz, cy * sz, -sy},
                              {sx * sy * cz - cx * sz, sx * sy * sz + cx * cz, sx * cy},
                              {cx * sy * cz + sx * sz, cx * sy * sz - sx * cz, cx * cy});
}

}  // namespace ctffr::phantom
