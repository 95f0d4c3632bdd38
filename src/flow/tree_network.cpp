// SPDX-License-Identifier: Apache-2.0
#include "flow/tree_network.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"

namespace ctffr {

namespace {

Vec3 position_at(const Branch& branch, double arc_mm) {
    const auto& points = branch.points;
    if (arc_mm <= 0) return points.front().position_lps_mm;
    for (std::size_t i = 1; i < points.size(); ++i)
        if (points[i].arc_mm >= arc_mm) {
            const double t = (arc_mm - points[i - 1].arc_mm) / (points[i].arc_mm - points[i - 1].arc_mm);
            return lerp(points[i - 1].position_lps_mm, points[i].position_lps_mm, t);
        }
    return points.back().position_lps_mm;
}

// Of the axis at every point, 1/m, by chords of 5 mm: secondary flow takes about two diameters to come and
// go, and what a centerline wiggles within less is not the vessel's. Near its ends a branch bends as it does
// 5 mm from them.
std::vector<double> curvature_along(const Branch& branch) {
    const double length = branch.length_mm(), chord = std::min(5.0, length / 2);
    std::vector<double> curvature;
    for (const auto& point : branch.points) {
        const double middle = std::clamp(point.arc_mm, chord, length - chord);
        const Vec3 here = position_at(branch, middle);
        const Vec3 before = here - position_at(branch, middle - chord);
        const Vec3 after = position_at(branch, middle + chord) - here;
        const double cosine = std::clamp(dot(normalized(before), normalized(after)), -1.0, 1.0);
        curvature.push_back(std::acos(cosine) / (chord * m_per_mm));
    }
    return curvature;
}

}  // namespace

double turn_cosine(const Branch& parent, const Branch& child, double parent_radius_mm) {
    const double chord_mm = 3 * parent_radius_mm;
    const Vec3 before =
        parent.points.back().position_lps_mm - position_at(parent, parent.length_mm() - chord_mm);
    const Vec3 after = position_at(child, chord_mm) - child.points.front().position_lps_mm;
    return std::clamp(dot(normalized(before), normalized(after)), -1.0, 1.0);
}

Network network_of(const CoronaryTree& tree, const std::vector<std::vector<double>>& radius_mm,
                   const std::vector<std::vector<double>>& shape, const Hyperaemia& hyperaemia) {
    Network network;
    network.aortic_pressure = hyperaemia.aortic_pressure;
    network.venous_pressure = hyperaemia.venous_pressure;
    network.density = hyperaemia.density;
    network.viscosity = hyperaemia.viscosity;
    for (const Branch& branch : tree.branches) {
        const auto b = static_cast<std::size_t>(branch.id);
        NetworkBranch out;
        out.parent = branch.parent;
        out.children = tree.children_of(branch.id);
        for (std::size_t i = 0; i < branch.points.size(); ++i) {
            out.arc.push_back(branch.points[i].arc_mm * m_per_mm);
            out.radius.push_back(radius_mm[b][i] * m_per_mm);
        }
        out.shape = shape[b];
        out.curvature = curvature_along(branch);
        out.leak.assign(branch.points.size(), 0.0);
        if (branch.parent >= 0) {
            const auto p = static_cast<std::size_t>(branch.parent);
            // Two segments of one vessel with nothing between them are one tube: bends are not junctions.
            const bool continues = tree.children_of(branch.parent).size() == 1;
            out.turn_cosine = continues ? 1 : turn_cosine(tree.branches[p], branch, radius_mm[p].back());
        }
        network.branches.push_back(std::move(out));
    }
    return network;
}

}  // namespace ctffr
