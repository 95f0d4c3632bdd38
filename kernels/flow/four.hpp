// SPDX-License-Identifier: Apache-2.0
// Four floats that move together: the three velocity components and the pressure of a cell. One vector
// register under g++, plain scalars under nvcc.
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
CTFFR_HD inline Four load4(const float* from) { return {{from[0], from[1], from[2], from[3]}}; }
CTFFR_HD inline void store4(float* to, Four a) {
    for (int i = 0; i < 4; ++i) to[i] = a.v[i];
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

#endif

// there - here, subtracted in double precision: (u, v, w, p) of two rows of the state.
CTFFR_HD inline Four difference4(const double* there, const double* here) {
    return four(static_cast<float>(there[0] - here[0]), static_cast<float>(there[1] - here[1]),
                static_cast<float>(there[2] - here[2]), static_cast<float>(there[3] - here[3]));
}

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
