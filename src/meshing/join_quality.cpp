// SPDX-License-Identifier: Apache-2.0
#include "meshing/join_quality.hpp"

#include <algorithm>

namespace ctffr::meshing {

namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
}  // namespace

double JoinQuality::badness(std::int32_t face, Vec3 owner, Vec3 neighbour) const {
    const Vec3 area = geometry.face_area[at(face)], d = neighbour - owner;
    const double size = norm(area);
    if (size <= 0) return 0;
    const double before = dot(area, geometry.face_centre[at(face)] - owner),
                 behind = dot(area, neighbour - geometry.face_centre[at(face)]);
    if (before <= 0 || behind <= 0) return 2 - std::min(before, behind) / (size * norm(d));
    return 1 - dot(area, d) / (size * norm(d));
}

double JoinQuality::excess(std::int32_t a, std::int32_t b, double limit) const {
    double volume = geometry.cell_volume[at(a)];
    Vec3 centre = geometry.cell_centre[at(a)];
    if (b >= 0) {
        const double other = geometry.cell_volume[at(b)];
        if (volume + other <= 0) return 99;
        centre = (std::max(volume, 0.0) * centre + std::max(other, 0.0) * geometry.cell_centre[at(b)]) /
                 (std::max(volume, 0.0) + std::max(other, 0.0));
        volume += other;
    }
    double sum = volume > 0 ? 0 : 9;
    for (std::int32_t c : {a, b}) {
        if (c < 0) continue;
        for (std::int32_t f : cell_faces.of(c)) {
            const std::int32_t own = mesh.owner[at(f)], mate = mesh.neighbour[at(f)];
            const std::int32_t other = own == c ? mate : own;
            if (other < 0) {
                // A boundary face has only the one side.
                if (dot(geometry.face_area[at(f)], geometry.face_centre[at(f)] - centre) <= 0) sum += 2;
                continue;
            }
            if (other == a || other == b) continue;
            const Vec3 there = geometry.cell_centre[at(other)];
            sum += std::max(0.0, (own == c ? badness(f, centre, there) : badness(f, there, centre)) - limit);
        }
    }
    return sum;
}

}  // namespace ctffr::meshing
