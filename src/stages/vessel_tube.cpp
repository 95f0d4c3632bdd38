// SPDX-License-Identifier: Apache-2.0
#include "stages/vessel_tube.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "lumen/chains.hpp"
#include "meshing/jet_width.hpp"

namespace ctffr {

namespace {

constexpr double joint_reach = 1.5;  // radii on either side of a joint within which sections may be left out
constexpr double least_spacing = 0.1;  // of neighbouring sections anywhere, over that of their centres
constexpr double length_over_width = 2;

// Smallest rotation that takes unit vector a to unit vector b, applied to v.
Vec3 transport(Vec3 v, Vec3 a, Vec3 b) {
    const Vec3 axis = cross(a, b);
    const double c = dot(a, b);
    return c < -0.999 ? v : v + cross(axis, v) + cross(axis, cross(axis, v)) / (1 + c);
}

Vec3 wall_point(const LumenSection& section, std::size_t a) {
    const double theta = 2 * pi * static_cast<double>(a) / static_cast<double>(section.radius_mm.size());
    return section.center_lps_mm + double{section.radius_mm[a]} * (std::cos(theta) * section.normal +
                                                                   std::sin(theta) * section.binormal);
}

// Whether some of the wall of one lies behind the plane of the other, or too close to it.
bool cross_over(const LumenSection& a, const LumenSection& b) {
    const double least = least_spacing * distance(a.center_lps_mm, b.center_lps_mm);
    for (std::size_t k = 0; k < a.radius_mm.size(); ++k)
        if (dot(wall_point(b, k) - a.center_lps_mm, a.tangent) < least ||
            dot(b.center_lps_mm - wall_point(a, k), b.tangent) < least)
            return true;
    return false;
}

LumenSection turned(const LumenSection& from, int angles, double phase) {
    LumenSection to = from;
    to.normal = std::cos(phase) * from.normal + std::sin(phase) * from.binormal;
    to.normal = normalized(to.normal - dot(to.normal, to.tangent) * to.tangent);
    to.binormal = cross(to.tangent, to.normal);
    to.radius_mm = lumen::resample_contour(from.radius_mm, angles, phase);
    return to;
}

// Leaves out sections between `low` and `high` mm until none of them crosses its neighbour, nearest to the
// joint first.
void clear_joint(std::vector<LumenSection>& sections, double joint, double reach) {
    const auto near = [&](std::size_t i) {
        return i > 0 && i + 1 < sections.size() && std::abs(sections[i].arc_mm - joint) <= reach;
    };
    for (std::size_t i = 0; i + 1 < sections.size();) {
        if (!(near(i) || near(i + 1)) || !cross_over(sections[i], sections[i + 1])) {
            ++i;
            continue;
        }
        const bool first = near(i) && (!near(i + 1) || std::abs(sections[i].arc_mm - joint) <=
                                                           std::abs(sections[i + 1].arc_mm - joint));
        sections.erase(sections.begin() + static_cast<std::ptrdiff_t>(first ? i : i + 1));
        i = i > 0 ? i - 1 : 0;
    }
}

}  // namespace

std::vector<LumenSection> sections_along(const LumenSurface& lumen, const CoronaryTree& tree,
                                         const std::vector<int>& branches) {
    int angles = 32;
    for (int id : branches) {
        const auto b = static_cast<std::size_t>(id);
        if (b >= lumen.branches.size() || lumen.branches[b].sections.size() < 2)
            throw Error(ExitCode::mesh_failed,
                        "The lumen has no two sections of branch {}: make it anew from this tree.", id);
        for (const LumenSection& section : lumen.branches[b].sections) {
            if (section.radius_mm.size() < 8)
                throw Error(ExitCode::mesh_failed,
                            "The section {:.1f} mm from the start of branch {} has {} radii, at least 8 are "
                            "needed: make the lumen anew.",
                            section.arc_mm, id, section.radius_mm.size());
            angles = std::max(angles, static_cast<int>(section.radius_mm.size()));
        }
    }
    std::vector<LumenSection> joined;
    struct Joint {
        double arc_mm = 0, radius_mm = 0;
    };
    std::vector<Joint> joints;
    for (int id : branches) {
        double phase = 0;
        const auto& own = lumen.branches[static_cast<std::size_t>(id)].sections;
        if (!joined.empty()) {
            const LumenSection &last = joined.back(), &start = own.front();
            const Vec3 carried = transport(last.normal, last.tangent, start.tangent);
            phase = std::atan2(dot(carried, start.binormal), dot(carried, start.normal));
            joints.push_back({last.arc_mm, equivalent_radius_mm(last)});
        }
        for (const LumenSection& section : own) {
            const double step =
                joined.empty() ? 0 : distance(section.center_lps_mm, joined.back().center_lps_mm);
            if (!joined.empty() && step < 1e-4) continue;
            const double arc = joined.empty() ? 0 : joined.back().arc_mm + step;
            joined.push_back(turned(section, angles, phase));
            joined.back().arc_mm = arc;
        }
    }
    for (const Joint& joint : joints) clear_joint(joined, joint.arc_mm, joint_reach * joint.radius_mm);
    for (std::size_t i = 0; i + 1 < joined.size(); ++i)
        if (const LumenSection& a = joined[i], &b = joined[i + 1]; cross_over(a, b)) {
            const Vec3 place = 0.5 * (a.center_lps_mm + b.center_lps_mm);
            throw Error(
                ExitCode::mesh_failed,
                "No swept mesh of the vessel that ends with branch {} ({}): its cross-sections {:.1f} "
                "and {:.1f} mm from its start, at ({:.1f}, {:.1f}, {:.1f}) mm, cross, because it turns "
                "there more tightly than it is wide; leave out --vessel to mesh the whole tree.",
                branches.back(),
                segment_name(tree.branches[static_cast<std::size_t>(branches.back())].segment), a.arc_mm,
                b.arc_mm, place.x, place.y, place.z);
        }
    return joined;
}

namespace {

// Centre, frame and radii between two sections of a chain, at `t` from 0 to 1.
struct Between {
    meshing::Frame frame;  // mm
    std::vector<float> radius_mm;
};
Between between(const lumen::Chain& chain, std::size_t angles, std::size_t i, double t) {
    const lumen::ChainSection &a = chain.sections[i], &b = chain.sections[i + 1];
    const double length = b.arc_mm - a.arc_mm, h01 = t * t * (3 - 2 * t);
    const double h10 = t * (1 - t) * (1 - t) * length, h11 = -t * t * (1 - t) * length;
    Between out;
    out.frame.origin =
        (1 - h01) * a.center + h01 * b.center + h10 * chain.center_slope[i] + h11 * chain.center_slope[i + 1];
    out.frame.tangent = normalized(lerp(a.tangent, b.tangent, t));
    const Vec3 normal = lerp(a.normal, b.normal, t);
    out.frame.normal = normalized(normal - dot(normal, out.frame.tangent) * out.frame.tangent);
    out.frame.binormal = cross(out.frame.tangent, out.frame.normal);
    for (std::size_t k = 0; k < angles; ++k) {
        const std::size_t at = i * angles + k, next = at + angles;
        out.radius_mm.push_back(
            static_cast<float>((1 - h01) * double{chain.radius_mm[at]} + h01 * double{chain.radius_mm[next]} +
                               h10 * double{chain.slope[at]} + h11 * double{chain.slope[next]}));
    }
    return out;
}

// Arcs of the planes of cells: as far apart as `step` says at each place, evened out to end at the end.
std::vector<double> stations(const std::vector<double>& arc, const std::vector<double>& step) {
    std::vector<double> at{arc.front()}, count{0};  // cells up to a place
    constexpr int parts = 8;
    for (std::size_t i = 0; i + 1 < arc.size(); ++i)
        for (int k = 0; k < parts; ++k) {
            const double length = (arc[i + 1] - arc[i]) / parts;
            const double middle = step[i] + (step[i + 1] - step[i]) * (k + 0.5) / parts;
            at.push_back(k + 1 == parts ? arc[i + 1] : at.back() + length);
            count.push_back(count.back() + length / middle);
        }
    const int n = std::max(1, static_cast<int>(std::ceil(count.back())));
    std::vector<double> out;
    for (int k = 0; k <= n; ++k) out.push_back(meshing::value_at(count, at, count.back() * k / n));
    out.front() = arc.front(), out.back() = arc.back();
    return out;
}

}  // namespace

meshing::SweptTube vessel_tube(const std::vector<LumenSection>& sections, double cells_per_diameter) {
    // A tree of this one vessel, for the derivatives along it.
    Branch branch;
    for (const LumenSection& section : sections)
        branch.points.push_back(
            {section.center_lps_mm, section.tangent, section.arc_mm, equivalent_radius_mm(section)});
    const lumen::ChainSet set = lumen::build_chains({{0, sections}}, CoronaryTree{{branch}, {}}, false);
    const lumen::Chain& chain = set.chains.front();
    std::vector<double> arc, width;
    for (const lumen::ChainSection& section : chain.sections)
        arc.push_back(section.arc_mm), width.push_back(2 * section.half_width_mm);
    meshing::limit_by_throats(arc, width, 0);
    for (double& w : width) w *= length_over_width / cells_per_diameter;

    meshing::SweptTube tube;
    tube.core = std::max(2, static_cast<int>(std::lround(12 * cells_per_diameter / 28)));
    tube.ring = std::max(2, static_cast<int>(std::lround(8 * cells_per_diameter / 28)));
    tube.keep_area = true;
    const auto angles = static_cast<std::size_t>(set.angles);
    auto contours = std::make_shared<std::vector<std::vector<float>>>();
    for (double s : stations(arc, width)) {
        const auto above = std::upper_bound(arc.begin() + 1, arc.end() - 1, s);
        const auto i = static_cast<std::size_t>(above - arc.begin()) - 1;
        Between plane = between(chain, angles, i, (s - arc[i]) / (arc[i + 1] - arc[i]));
        plane.frame.origin = m_per_mm * plane.frame.origin;
        tube.stations_m.push_back(m_per_mm * s);
        tube.frames.push_back(plane.frame);
        contours->push_back(std::move(plane.radius_mm));
    }
    tube.radius_m = [contours, places = tube.stations_m](double s, double theta) {
        const auto at = std::lower_bound(places.begin(), places.end(), s) - places.begin();
        return m_per_mm *
               double{lumen::resample_contour((*contours)[static_cast<std::size_t>(at)], 1, theta).front()};
    };
    return tube;
}

}  // namespace ctffr
