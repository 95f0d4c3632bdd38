// SPDX-License-Identifier: Apache-2.0
// Flat ends (caps) of a closed surface of polygons, found by shape alone.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/vec3.hpp"

namespace ctffr {

// Polygons: the corners of polygon f are point[start[f] .. start[f + 1]), outward by the right-hand rule.
struct PolygonSurface {
    std::vector<Vec3> points;
    std::vector<std::int32_t> start{0}, point;
    std::size_t size() const { return start.size() - 1; }
};

struct FlatEnd {
    std::vector<std::int32_t> faces;  // ascending
    Vec3 centre, normal;              // outward
    double area = 0;
};

struct FlatEndOptions {
    double flat_deg = 3;    // neighbours within this angle lie in one plane
    double sharp_deg = 40;  // an edge this sharp or sharper ends a cap
    double rim = 0.8;       // share of a cap's rim, by length, that must be sharp
};

// Groups of faces in one plane whose rim is a sharp edge: what a cut through a vessel leaves. Strips of a
// faceted wall have soft rims and are no caps. Groups of under 4 faces and under 1 % of the surface do not
// count. Largest first.
std::vector<FlatEnd> find_flat_ends(const PolygonSurface& surface, const FlatEndOptions& options = {});

}  // namespace ctffr
