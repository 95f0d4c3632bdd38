// SPDX-License-Identifier: Apache-2.0
// Eigenvalues and one eigenvector of a symmetric 3x3 matrix, for host and device.
#pragma once

#include "ctffr/core/platform.hpp"
#include "ctffr/core/vec3.hpp"

namespace ctffr::kernels {

// xx, yy, zz, xy, xz, yz.
struct Symmetric3 {
    double xx = 0, yy = 0, zz = 0, xy = 0, xz = 0, yz = 0;
};

// Eigenvalues sorted by magnitude: |value[0]| <= |value[1]| <= |value[2]|.
struct Eigen3 {
    double value[3] = {0, 0, 0};
};

// Closed form by the angle of the characteristic cubic (Smith, Comm. ACM 4:168, 1961).
CTFFR_HD inline Eigen3 eigenvalues(const Symmetric3& a) {
    Eigen3 e;
    const double off = a.xy * a.xy + a.xz * a.xz + a.yz * a.yz;
    const double mean = (a.xx + a.yy + a.zz) / 3.0;
    const double dx = a.xx - mean, dy = a.yy - mean, dz = a.zz - mean;
    const double p = sqrt((dx * dx + dy * dy + dz * dz + 2.0 * off) / 6.0);
    if (p <= 0) {
        e.value[0] = e.value[1] = e.value[2] = mean;
        return e;
    }
    const double bx = dx / p, by = dy / p, bz = dz / p, bxy = a.xy / p, bxz = a.xz / p, byz = a.yz / p;
    double r =
        0.5 * (bx * (by * bz - byz * byz) - bxy * (bxy * bz - byz * bxz) + bxz * (bxy * byz - by * bxz));
    r = r < -1.0 ? -1.0 : (r > 1.0 ? 1.0 : r);
    const double angle = acos(r) / 3.0;
    double v0 = mean + 2.0 * p * cos(angle), v2 = mean + 2.0 * p * cos(angle + 2.0943951023931953);
    double v1 = 3.0 * mean - v0 - v2;
    if (fabs(v0) > fabs(v1)) {
        const double t = v0;
        v0 = v1, v1 = t;
    }
    if (fabs(v1) > fabs(v2)) {
        const double t = v1;
        v1 = v2, v2 = t;
    }
    if (fabs(v0) > fabs(v1)) {
        const double t = v0;
        v0 = v1, v1 = t;
    }
    e.value[0] = v0, e.value[1] = v1, e.value[2] = v2;
    return e;
}

// Unit eigenvector of a simple eigenvalue: the longest cross product of two rows of (A - value I).
CTFFR_HD inline Vec3 eigenvector(const Symmetric3& a, double value) {
    const Vec3 r0{a.xx - value, a.xy, a.xz}, r1{a.xy, a.yy - value, a.yz}, r2{a.xz, a.yz, a.zz - value};
    const Vec3 c0 = cross(r0, r1), c1 = cross(r0, r2), c2 = cross(r1, r2);
    const double n0 = dot(c0, c0), n1 = dot(c1, c1), n2 = dot(c2, c2);
    if (n0 >= n1 && n0 >= n2) return n0 > 0 ? c0 / sqrt(n0) : Vec3{0, 0, 1};
    if (n1 >= n2) return c1 / sqrt(n1);
    return c2 / sqrt(n2);
}

}  // namespace ctffr::kernels
