// SPDX-License-Identifier: Apache-2.0
// A vessel as one line from the ostium to its end, with everything the curves and the image views read off
// it; and the one place that decides whether a value may be shown.
#pragma once

#include <string>
#include <vector>

#include "ctffr/data/result.hpp"

namespace ctffr::report {

// Why the page shows no FFR at all (a rejected case, a solver that did not converge, no solution); empty: it
// does.
std::string why_no_ffr(const CaseResult& result);
// FFR at a point; NaN where it must not or cannot be shown (see above; also inside not-analysable stretches).
double ffr_at(const CaseResult& result, int branch, std::size_t point);
// Pressure (mmHg) and flow (mL/min) at a point under the same rule.
double pressure_mmhg_at(const CaseResult& result, int branch, std::size_t point);
double flow_ml_min_at(const CaseResult& result, int branch, std::size_t point);

struct PathPoint {
    int branch = 0;
    std::size_t point = 0;                            // in the branch
    Vec3 position_lps_mm, tangent, normal, binormal;  // rotation-minimising frame along the vessel
    double arc_mm = 0;                                // from the ostium
    double radius_mm = 0, reference_radius_mm = 0;    // reference: NaN when not known
    double ffr = 0, ffr_sd = 0;                       // NaN when not known
};

struct VesselPath {
    std::string name;
    std::vector<PathPoint> points;
    std::vector<std::pair<int, double>> branch_start_mm;  // branch id, distance of its start from the ostium

    double length_mm() const { return points.empty() ? 0 : points.back().arc_mm; }
    bool holds(int branch) const;
    // True when the lesion lies on this vessel and its place is known.
    bool holds(const Lesion& lesion) const;
    // Distance from the ostium of an arc length of a branch; NaN when the branch is not part of the vessel.
    double from_ostium(int branch, double arc_mm) const;
    // Point (frame and radii interpolated linearly) at a distance from the ostium, clamped to the vessel.
    PathPoint at(double arc_mm) const;
};

VesselPath make_path(const CaseResult& result, const Vessel& vessel);
// The vessels that get curves and image views: LAD, LCX, RCA, and others that hold a lesion none of these
// holds; the three longest when nothing is named.
std::vector<VesselPath> shown_paths(const CaseResult& result);

// Distance from the centerline point to the lumen wall in a direction (need not be at right angles to the
// vessel: the wall is taken as a cylinder locally), mm.
double wall_distance_mm(const CaseResult& result, const PathPoint& at, Vec3 direction);

// Label of lesion i: "L1", ...
std::string lesion_label(std::size_t i);
// FFR below (and above) a lesion under the rule of ffr_at.
double lesion_ffr_distal(const CaseResult& result, const Lesion& lesion);
double lesion_ffr_proximal(const CaseResult& result, const Lesion& lesion);

}  // namespace ctffr::report
