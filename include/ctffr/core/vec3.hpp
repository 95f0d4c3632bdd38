// SPDX-License-Identifier: Apache-2.0
// Small fixed-size vectors and matrices that host and device code share (no Eigen in public headers).
#pragma once

#include <cmath>
#include <cstdint>

#include "ctffr/core/platform.hpp"

namespace ctffr {

// A point or vector in 3-D. The name of the variable says frame and unit (`center_lps_mm`).
struct Vec3 {
    double x = 0, y = 0, z = 0;

    CTFFR_HD double& operator[](int i) { return i == 0 ? x : (i == 1 ? y : z); }
    CTFFR_HD double operator[](int i) const { return i == 0 ? x : (i == 1 ? y : z); }
    CTFFR_HD Vec3& operator+=(Vec3 b) {
        x += b.x, y += b.y, z += b.z;
        return *this;
    }
    CTFFR_HD Vec3& operator-=(Vec3 b) {
        x -= b.x, y -= b.y, z -= b.z;
        return *this;
    }
    CTFFR_HD Vec3& operator*=(double s) {
        x *= s, y *= s, z *= s;
        return *this;
    }
    CTFFR_HD bool operator==(const Vec3& b) const { return x == b.x && y == b.y && z == b.z; }
};

CTFFR_HD inline Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
CTFFR_HD inline Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
CTFFR_HD inline Vec3 operator-(Vec3 a) { return {-a.x, -a.y, -a.z}; }
CTFFR_HD inline Vec3 operator*(double s, Vec3 a) { return {s * a.x, s * a.y, s * a.z}; }
CTFFR_HD inline Vec3 operator*(Vec3 a, double s) { return s * a; }
CTFFR_HD inline Vec3 operator/(Vec3 a, double s) { return {a.x / s, a.y / s, a.z / s}; }
CTFFR_HD inline double dot(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
CTFFR_HD inline Vec3 cross(Vec3 a, Vec3 b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
CTFFR_HD inline double norm(Vec3 a) { return sqrt(dot(a, a)); }
CTFFR_HD inline double distance(Vec3 a, Vec3 b) { return norm(a - b); }
// The unit vector along `a`; the zero vector stays zero.
CTFFR_HD inline Vec3 normalized(Vec3 a) {
    const double n = norm(a);
    return n > 0 ? a / n : a;
}
CTFFR_HD inline Vec3 lerp(Vec3 a, Vec3 b, double t) { return a + t * (b - a); }
// Any unit vector at right angles to the unit vector `t`.
CTFFR_HD inline Vec3 any_normal(Vec3 t) {
    const Vec3 axis = fabs(t.x) < 0.6 ? Vec3{1, 0, 0} : Vec3{0, 1, 0};
    return normalized(cross(t, axis));
}

// Index of a voxel (i fastest) or a size.
struct Int3 {
    int x = 0, y = 0, z = 0;

    CTFFR_HD int operator[](int i) const { return i == 0 ? x : (i == 1 ? y : z); }
    CTFFR_HD bool operator==(const Int3& b) const { return x == b.x && y == b.y && z == b.z; }
    CTFFR_HD std::int64_t count() const { return std::int64_t{1} * x * y * z; }
};

// 3x3 matrix, row major; columns of a direction matrix are the image axes in LPS.
struct Mat3 {
    double m[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

    CTFFR_HD Vec3 column(int j) const { return {m[0][j], m[1][j], m[2][j]}; }
    CTFFR_HD static Mat3 from_columns(Vec3 a, Vec3 b, Vec3 c) {
        Mat3 r;
        r.m[0][0] = a.x, r.m[1][0] = a.y, r.m[2][0] = a.z;
        r.m[0][1] = b.x, r.m[1][1] = b.y, r.m[2][1] = b.z;
        r.m[0][2] = c.x, r.m[1][2] = c.y, r.m[2][2] = c.z;
        return r;
    }
    CTFFR_HD Mat3 transposed() const {
        return from_columns({m[0][0], m[0][1], m[0][2]}, {m[1][0], m[1][1], m[1][2]},
                            {m[2][0], m[2][1], m[2][2]});
    }
};

CTFFR_HD inline Vec3 operator*(const Mat3& a, Vec3 v) {
    return {a.m[0][0] * v.x + a.m[0][1] * v.y + a.m[0][2] * v.z,
            a.m[1][0] * v.x + a.m[1][1] * v.y + a.m[1][2] * v.z,
            a.m[2][0] * v.x + a.m[2][1] * v.y + a.m[2][2] * v.z};
}
CTFFR_HD inline double determinant(const Mat3& a) {
    return dot(a.column(0), cross(a.column(1), a.column(2)));
}

}  // namespace ctffr
