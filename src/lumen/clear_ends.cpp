// SPDX-License-Identifier: Apache-2.0
#include "lumen/clear_ends.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "ctffr/core/units.hpp"

namespace ctffr::lumen {

namespace {

constexpr double reach_radii = 3;
constexpr double clearance_radii = 0.15;  // planes that meet close beside the wall leave a wedge there

// Greatest height of the contour of a section above the plane through `center` with unit normal `normal`.
double highest(const LumenSection& section, Vec3 center, Vec3 normal) {
    const double middle = dot(section.center_lps_mm - center, normal);
    const double u = dot(section.normal, normal), v = dot(section.binormal, normal);
    const auto n = static_cast<double>(section.radius_mm.size());
    double height = middle;
    for (std::size_t a = 0; a < section.radius_mm.size(); ++a) {
        const double phi = 2 * pi * static_cast<double>(a) / n;
        height = std::max(height, middle + section.radius_mm[a] * (std::cos(phi) * u + std::sin(phi) * v));
    }
    return height;
}

void clear_end(std::vector<LumenSection>& sections, bool at_start) {
    const LumenSection end = at_start ? sections.front() : sections.back();
    const Vec3 out = at_start ? -end.tangent : end.tangent;
    const double reach = reach_radii * *std::max_element(end.radius_mm.begin(), end.radius_mm.end());
    const auto crosses = [&](const LumenSection& s) {
        return distance(s.center_lps_mm, end.center_lps_mm) < reach &&
               highest(s, end.center_lps_mm, out) > -clearance_radii * reach / reach_radii;
    };
    sections.erase(std::remove_if(sections.begin() + 1, sections.end() - 1, crosses), sections.end() - 1);
}

}  // namespace

void clear_ends(std::vector<LumenBranch>& branches, const CoronaryTree& tree) {
    for (std::size_t b = 0; b < branches.size(); ++b) {
        if (tree.branches[b].parent < 0) clear_end(branches[b].sections, true);
        if (tree.children_of(static_cast<int>(b)).empty()) clear_end(branches[b].sections, false);
    }
}

}  // namespace ctffr::lumen
