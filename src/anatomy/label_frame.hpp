// SPDX-License-Identifier: Apache-2.0
// Directions of the heart in which the course of a coronary artery can be named.
#pragma once

#include "ctffr/core/vec3.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr::anatomy {

// Cylinder coordinates about the long axis of the left ventricle. Height: mm from the base towards the apex.
// Angle in degrees: 0 towards the septum and the right ventricle, 90 towards the anterior wall, 180 lateral,
// -90 inferior.
struct HeartAxes {
    Vec3 base_lps_mm, septal, anterior, apical;  // unit vectors at right angles
    double length_mm = 85;                       // base to apex
    double handed = 1;                           // -1 in a mirrored heart: anterior is the other way round

    // Unit vector around the axis at `p`, towards rising angles.
    Vec3 around(Vec3 p) const {
        const Vec3 d = p - base_lps_mm;
        return handed * normalized(cross(normalized(d - dot(d, apical) * apical), apical));
    }

    double height(Vec3 p) const { return dot(p - base_lps_mm, apical); }
    double angle_deg(Vec3 p) const;
    double off_axis_mm(Vec3 p) const;
};

// From the left ventricle when it was found, turned about its axis by what the aortic root says; an apex on
// the patient's right means a mirrored heart. Otherwise from the usual position of the heart in the chest,
// turned towards the farthest point of the left tree.
HeartAxes axes_of(const CoronaryTree& tree, const HeartFrame& heart);

// Distance of a point from the anterior interventricular groove, around the axis; positive on the lateral
// side. The groove leaves the base beside the pulmonary trunk and turns towards the septum.
double beside_anterior_groove_mm(const HeartAxes& axes, Vec3 p);

// Difference of two angles brought to (-180, 180].
double angle_difference_deg(double a, double b);

}  // namespace ctffr::anatomy
