// SPDX-License-Identifier: Apache-2.0
#include "phantom/tree_branches.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr::phantom {

namespace {

constexpr double point_spacing_mm = 0.5;

// Arc lengths at which a course is cut: its ends, its borders, and where branches leave.
std::vector<double> cuts(const std::vector<Course>& courses, std::size_t c) {
    const double length = courses[c].curve.length_mm();
    std::set<double> at{0, length};
    const auto add = [&](double arc) {
        if (arc > 0.25 && arc < length - 0.75) at.insert(arc);
    };
    for (const SegmentStart& start : courses[c].segments) add(start.arc_mm);
    for (const Course& other : courses)
        if (other.parent == static_cast<int>(c)) add(other.parent_arc_mm);
    return {at.begin(), at.end()};
}

CenterlinePoint tree_point(const Station& station) {
    CenterlinePoint point;
    point.position_lps_mm = station.axis.position_lps_mm;
    point.tangent = station.axis.tangent;
    point.radius_mm = station.lumen_mm;
    return point;
}

void set_arcs(Branch& branch) {
    for (std::size_t i = 1; i < branch.points.size(); ++i)
        branch.points[i].arc_mm =
            branch.points[i - 1].arc_mm +
            distance(branch.points[i].position_lps_mm, branch.points[i - 1].position_lps_mm);
}

}  // namespace

const Piece& CutTree::piece_at(int course, double arc_mm) const {
    const auto& list = pieces[static_cast<std::size_t>(course)];
    CTFFR_CHECK(!list.empty());
    for (const Piece& piece : list)
        if (arc_mm <= piece.end_mm) return piece;
    return list.back();
}

CutTree cut_into_branches(const std::vector<Course>& courses, const std::vector<ArteryTube>& tubes,
                          Dominance dominance) {
    CutTree cut;
    cut.tree.dominance = dominance;
    cut.pieces.resize(courses.size());
    for (std::size_t c = 0; c < courses.size(); ++c) {
        const Course& course = courses[c];
        int parent = course.parent < 0 ? -1 : cut.piece_at(course.parent, course.parent_arc_mm).branch;
        const std::vector<double> at = cuts(courses, c);
        for (std::size_t k = 0; k + 1 < at.size(); ++k) {
            Branch branch;
            branch.id = static_cast<int>(cut.tree.branches.size());
            branch.parent = parent, branch.side = course.side;
            branch.segment = course.segment_at(at[k]);
            branch.label_confidence = branch.segment == Segment::unknown ? 0 : 1;
            const std::size_t first = tubes[c].index_at(at[k]), last = tubes[c].index_at(at[k + 1]);
            const auto step = static_cast<std::size_t>(point_spacing_mm / Curve::step_mm);
            for (std::size_t i = first; i <= last; i += step)
                branch.points.push_back(tree_point(tubes[c].stations[i]));
            set_arcs(branch);
            cut.pieces[c].push_back({branch.id, at[k], at[k + 1]});
            parent = branch.id;
            cut.tree.branches.push_back(std::move(branch));
        }
    }
    return cut;
}

LumenSurface exact_sections(const CutTree& cut, const TubeField& field, int angles) {
    LumenSurface surface;
    surface.method = "phantom truth";
    surface.branches.resize(cut.tree.branches.size());
    for (std::size_t c = 0; c < cut.pieces.size(); ++c)
        for (const Piece& piece : cut.pieces[c]) {
            LumenBranch& out = surface.branches[static_cast<std::size_t>(piece.branch)];
            out.branch = piece.branch;
            out.sections = frames_along(cut.tree.branches[static_cast<std::size_t>(piece.branch)]);
            const ArteryTube& tube = field.tubes()[c];
            const std::size_t first = tube.index_at(piece.start_mm);
            for (std::size_t k = 0; k < out.sections.size(); ++k) {
                LumenSection& section = out.sections[k];
                const Station& station = tube.stations[first + 2 * k];
                for (int a = 0; a < angles; ++a) {
                    const double theta = 2 * pi * a / angles;
                    const Vec3 d = std::cos(theta) * section.normal + std::sin(theta) * section.binormal;
                    const double r = lumen_radius(station, dot(d, station.axis.normal),
                                                  dot(d, cross(station.axis.tangent, station.axis.normal)));
                    section.radius_mm.push_back(static_cast<float>(r));
                    section.radius_sd_mm.push_back(0);
                    const Vec3 end = section.center_lps_mm + r * d;
                    section.open.push_back(field.other_lumen_mm(end, static_cast<int>(c)) < 0 ? 1 : 0);
                }
                section.area_mm2 = polygon_area_mm2(section);
            }
        }
    return surface;
}

}  // namespace ctffr::phantom
