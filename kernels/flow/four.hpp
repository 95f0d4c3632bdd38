// SPDX-License-Identifier: Apache-2.0
// Four floats that move together: the three velocity components and the pressure of a cell. One vector
// register under g++; under nvcc scalars that are read and written 16 bytes at a time, so addresses are
// multiples of that.
#pragma once

#include <cstring>

#include "ctffr/core/platform.hpp"

namespace ctffr::kernels {

#if defined(__CUDACC__)

struct Four {
    float v[4];
    CTFFR_HD float operator[](int i) const { return v[i]; }
};
CTFFR_HD inline Four operator+(Four a, Four b) {
    return {{a.v[0] + b.v[0], a.v[1] + b.v[1], a.v[2] + b.v[2], a.v[3] + b.v[3]}};
}
CTFFR_HD inline Four operator-(Four a, Four b) {
    return {{a.v[0] - b.v[0], a.v[1] - b.v[1], a.v[2] - b.v[2], a.v[3] - b.v[3]}};
}
CTFFR_HD inline Four operator*(float s, Four a) { return {{s * a.v[0], s * a.v[1], s * a.v[2], s * a.v[3]}}; }
CTFFR_HD inline Four four(float x, float y, float z, float w) { return {{x, y, z, w}}; }
CTFFR_HD inline Four load4(const float* from) {
    const float4 a = *reinterpret_cast<const float4*>(from);
    return {{a.x, a.y, a.z, a.w}};
}
CTFFR_HD inline void store4(float* to, Four a) {
    *reinterpret_cast<float4*>(to) = make_float4(a.v[0], a.v[1], a.v[2], a.v[3]);
}
// there - here, subtracted in double precision: (u, v, w, p) of two rows of the state.
CTFFR_HD inline Four difference4(const double* there, const double* here) {
    const double2 *t = reinterpret_cast<const double2*>(there), *h = reinterpret_cast<const double2*>(here);
    const double2 t0 = t[0], t1 = t[1], h0 = h[0], h1 = h[1];
    return four(static_cast<float>(t0.x - h0.x), static_cast<float>(t0.y - h0.y),
                static_cast<float>(t1.x - h1.x), static_cast<float>(t1.y - h1.y));
}

#else

using Four = float __attribute__((vector_size(16)));
inline Four four(float x, float y, float z, float w) { return Four{x, y, z, w}; }
inline Four load4(const float* from) {
    Four a;
    std::memcpy(&a, from, sizeof a);
    return a;
}
inline void store4(float* to, Four a) { std::memcpy(to, &a, sizeof a); }
inline Four difference4(const double* there, const double* here) {
    return four(static_cast<float>(there[0] - here[0]), static_cast<float>(there[1] - here[1]),
                static_cast<float>(there[2] - here[2]), static_cast<float>(there[3] - here[3]));
}

#endif

// Square of the velocity among the four.
CTFFR_HD inline float speed2(Four a) { return a[0] * a[0] + a[1] * a[1] + a[2] * a[2]; }

// Gradients of the four along x, y, z.
struct Gradient4 {
    Four x, y, z;
};
CTFFR_HD inline Gradient4 load_gradient(const float* from) {
    return {load4(from), load4(from + 4), load4(from + 8)};
}
CTFFR_HD inline Gradient4 blend(float a, const Gradient4& g, float b, const Gradient4& h) {
    return {a * g.x + b * h.x, a * g.y + b * h.y, a * g.z + b * h.z};
}
// Change of the four over the displacement d.
CTFFR_HD inline Four along(const Gradient4& g, const float* d) {
    return d[0] * g.x + d[1] * g.y + d[2] * g.z;
}

}  // namespace ctffr::kernels
