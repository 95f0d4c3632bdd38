// SPDX-License-Identifier: Apache-2.0
// The lumen: polar sections along the tree, and the closed triangle surface with planar caps.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ctffr/core/vec3.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

// Triangle surface, LPS mm, outward normals by right-hand rule.
struct TriangleMesh {
    std::vector<Vec3> points_lps_mm;
    std::vector<std::array<std::int32_t, 3>> triangles;
    std::vector<std::int32_t> patch;  // per triangle: 0 = wall, 1 + i = cap i
};

// The lumen contour in the plane at a centerline point: radius along `angles` directions, evenly spaced,
// direction a = cos(2 pi a / n) * normal + sin(2 pi a / n) * binormal, measured from `center`.
struct LumenSection {
    Vec3 center_lps_mm, tangent, normal,
        binormal;       // right-handed unit frame, rotation-minimising along the branch
    double arc_mm = 0;  // in the branch
    std::vector<float> radius_mm, radius_sd_mm;  // one per angle
    std::vector<std::uint8_t> open;              // 1: the ray leaves into another branch, radius interpolated
    double area_mm2 = 0;                         // of the polygon
    std::vector<float> outer_mm;                 // outer wall, one per angle; empty where it is not known
    double fit_residual_hu = 0;                  // root mean square of image minus model; 0 where not fitted
};

struct LumenBranch {
    int branch = 0;                      // id in the CoronaryTree
    std::vector<LumenSection> sections;  // one per centerline point of the branch
};

// A planar opening of the surface.
struct Cap {
    std::string name;  // "inlet_left", "outlet_dLAD", ...
    int branch = 0;
    bool inlet = false;
    Vec3 center_lps_mm, normal;  // outward unit normal
    double area_mm2 = 0;
};

struct LumenSurface {
    std::vector<LumenBranch> branches;  // one per branch of the tree, same order
    TriangleMesh mesh;                  // closed: every edge has exactly two triangles
    std::vector<Cap> caps;
    std::string method;  // "psf-fit", "mask", "user surface", "phantom truth"
};

// How the measurement that counts and the other one compare on a branch of the tree they were made on.
// Differences are other minus chosen, of area-equivalent radii.
struct BranchAgreement {
    Segment segment = Segment::unknown;
    double mean_radius_mm = 0, mean_mm = 0, mean_abs_mm = 0, largest_mm = 0;
    double expected_mm = 0;  // mean standard deviation of such a difference, as both state it
};

// Area, area-equivalent, smallest and largest diameter of a section (mm, mm2).
double polygon_area_mm2(const LumenSection& section);
double equivalent_radius_mm(const LumenSection& section);
double min_diameter_mm(const LumenSection& section);
double max_diameter_mm(const LumenSection& section);
// Rotation-minimising frames (double reflection, Wang 2008) along the points of a branch, contours left
// empty.
std::vector<LumenSection> frames_along(const Branch& branch);

// Enclosed volume (mm3), and edges that do not have exactly two triangles (0 for a closed surface).
double enclosed_volume_mm3(const TriangleMesh& mesh);
std::int64_t open_edges(const TriangleMesh& mesh);

std::vector<std::string> check(const LumenSurface& lumen);

}  // namespace ctffr
