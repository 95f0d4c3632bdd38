// SPDX-License-Identifier: Apache-2.0
#include "report/vessel_path.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ctffr/core/units.hpp"
#include "report/text.hpp"

namespace ctffr::report {

namespace {

// values[branch][point], NaN when the table does not reach that far.
double table_at(const std::vector<std::vector<double>>& values, int branch, std::size_t point) {
    const auto b = static_cast<std::size_t>(branch);
    return b < values.size() && point < values[b].size() ? values[b][point] : missing;
}

bool not_analysable(const Branch& branch, double arc_mm) {
    return std::any_of(branch.flags.begin(), branch.flags.end(), [&](const BranchFlag& flag) {
        return flag.kind == BranchFlag::Kind::not_analysable && arc_mm >= flag.start_mm &&
               arc_mm <= flag.end_mm;
    });
}

bool may_show(const CaseResult& result, int branch, std::size_t point) {
    if (!why_no_ffr(result).empty()) return false;
    const Branch& b = result.tree.branches[static_cast<std::size_t>(branch)];
    return point < b.points.size() && !not_analysable(b, b.points[point].arc_mm);
}

const LumenSection* section_at(const CaseResult& result, int branch, std::size_t point) {
    const auto b = static_cast<std::size_t>(branch);
    if (b >= result.lumen.branches.size() || point >= result.lumen.branches[b].sections.size())
        return nullptr;
    const LumenSection& section = result.lumen.branches[b].sections[point];
    return section.radius_mm.size() >= 3 ? &section : nullptr;
}

bool is_main(const std::string& name) { return name == "LAD" || name == "LCX" || name == "RCA"; }

}  // namespace

std::string why_no_ffr(const CaseResult& result) {
    if (result.state == ResultState::rejected) return "the case was rejected";
    if (!result.solution.status.converged())
        return fmt::format("the flow solver did not converge ({})",
                           reason_name(result.solution.status.reason));
    if (result.ffr.ffr.empty()) return "the run holds no FFR";
    return {};
}

double ffr_at(const CaseResult& result, int branch, std::size_t point) {
    return may_show(result, branch, point) ? table_at(result.ffr.ffr, branch, point) : missing;
}

double pressure_mmhg_at(const CaseResult& result, int branch, std::size_t point) {
    return may_show(result, branch, point) ? mmhg_from_pa(table_at(result.solution.pressure, branch, point))
                                           : missing;
}

double flow_ml_min_at(const CaseResult& result, int branch, std::size_t point) {
    return may_show(result, branch, point) ? ml_min_from_m3_s(table_at(result.solution.flow, branch, point))
                                           : missing;
}

bool VesselPath::holds(int branch) const { return std::isfinite(from_ostium(branch, 0)); }

bool VesselPath::holds(const Lesion& lesion) const {
    return holds(lesion.branch) && std::isfinite(lesion.start_mm) && std::isfinite(lesion.throat_mm) &&
           std::isfinite(lesion.end_mm);
}

double VesselPath::from_ostium(int branch, double arc_mm) const {
    for (const auto& [id, start_mm] : branch_start_mm)
        if (id == branch) return start_mm + arc_mm;
    return missing;
}

PathPoint VesselPath::at(double arc_mm) const {
    const double arc = std::clamp(arc_mm, 0.0, length_mm());
    const auto above = std::lower_bound(points.begin(), points.end(), arc,
                                        [](const PathPoint& p, double a) { return p.arc_mm < a; });
    if (above == points.begin()) return points.front();
    const PathPoint &b = above == points.end() ? points.back() : *above, &a = *(above - 1);
    const double t = (arc - a.arc_mm) / (b.arc_mm - a.arc_mm);
    PathPoint p = t < 0.5 ? a : b;
    p.position_lps_mm = lerp(a.position_lps_mm, b.position_lps_mm, t);
    p.tangent = normalized(lerp(a.tangent, b.tangent, t));
    p.normal = lerp(a.normal, b.normal, t);
    p.normal = normalized(p.normal - dot(p.normal, p.tangent) * p.tangent);
    p.binormal = cross(p.tangent, p.normal);
    p.arc_mm = arc;
    p.radius_mm = a.radius_mm + t * (b.radius_mm - a.radius_mm);
    return p;
}

VesselPath make_path(const CaseResult& result, const Vessel& vessel) {
    VesselPath path;
    path.name = vessel.name;
    Branch line;
    double start_mm = 0;
    for (const int id : vessel.branches) {
        const Branch& branch = result.tree.branches[static_cast<std::size_t>(id)];
        path.branch_start_mm.emplace_back(id, start_mm);
        start_mm += branch.length_mm();
        // A child repeats the last point of its parent.
        for (std::size_t i = line.points.empty() ? 0 : 1; i < branch.points.size(); ++i) {
            PathPoint p;
            p.branch = id, p.point = i;
            p.radius_mm = branch.points[i].radius_mm;
            p.reference_radius_mm = table_at(result.ffr.reference_radius_mm, id, i);
            p.ffr = ffr_at(result, id, i);
            const double sd = table_at(result.ffr.ffr_sd, id, i);
            p.ffr_sd = sd >= 0 ? sd : missing;
            path.points.push_back(p);
            line.points.push_back(branch.points[i]);
        }
    }
    update_arc_and_tangents(line);
    const std::vector<LumenSection> frames = frames_along(line);
    for (std::size_t i = 0; i < path.points.size(); ++i) {
        PathPoint& p = path.points[i];
        p.position_lps_mm = frames[i].center_lps_mm, p.tangent = frames[i].tangent;
        p.normal = frames[i].normal, p.binormal = frames[i].binormal, p.arc_mm = frames[i].arc_mm;
    }
    return path;
}

std::vector<VesselPath> shown_paths(const CaseResult& result) {
    std::vector<VesselPath> all, shown;
    for (const Vessel& vessel : vessels_of(result.tree)) {
        VesselPath path = make_path(result, vessel);
        if (path.points.size() >= 2) all.push_back(std::move(path));
    }
    for (const VesselPath& path : all)
        if (is_main(path.name)) shown.push_back(path);
    if (shown.empty()) {
        std::stable_sort(all.begin(), all.end(), [](const VesselPath& a, const VesselPath& b) {
            return a.length_mm() > b.length_mm();
        });
        shown.assign(all.begin(),
                     all.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(3, all.size())));
    }
    const auto holder = [](const std::vector<VesselPath>& paths, int branch) {
        return std::find_if(paths.begin(), paths.end(), [&](const VesselPath& p) { return p.holds(branch); });
    };
    for (const Lesion& lesion : result.lesions)
        if (holder(shown, lesion.branch) == shown.end())
            if (const auto found = holder(all, lesion.branch); found != all.end()) shown.push_back(*found);
    return shown;
}

double wall_distance_mm(const CaseResult& result, const PathPoint& at, Vec3 direction) {
    const LumenSection* section = section_at(result, at.branch, at.point);
    const Vec3 tangent = section ? section->tangent : at.tangent;
    const Vec3 across = direction - dot(direction, tangent) * tangent;
    // A ray nearly along the vessel has no wall nearby; the cylinder is cut off there.
    const double sine = std::max(0.3, norm(across) / norm(direction));
    if (!section) return at.radius_mm / sine;
    const auto n = static_cast<double>(section->radius_mm.size());
    double turn = std::atan2(dot(across, section->binormal), dot(across, section->normal)) / (2 * pi) * n;
    if (turn < 0) turn += n;
    const std::size_t a = static_cast<std::size_t>(turn) % section->radius_mm.size();
    const std::size_t b = (a + 1) % section->radius_mm.size();
    const double t = turn - std::floor(turn);
    return ((1 - t) * double{section->radius_mm[a]} + t * double{section->radius_mm[b]}) / sine;
}

std::string lesion_label(std::size_t i) { return fmt::format("L{}", i + 1); }

double lesion_ffr_distal(const CaseResult& result, const Lesion& lesion) {
    return why_no_ffr(result).empty() ? lesion.ffr_20mm_distal : missing;
}

double lesion_ffr_proximal(const CaseResult& result, const Lesion& lesion) {
    return why_no_ffr(result).empty() ? lesion.ffr_proximal : missing;
}

}  // namespace ctffr::report
