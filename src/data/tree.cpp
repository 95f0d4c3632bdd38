// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/tree.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace ctffr {

namespace {

constexpr std::array<std::string_view, 19> segment_names = {
    "unknown", "pRCA", "mRCA", "dRCA", "R-PDA", "LM",    "pLAD",  "mLAD", "dLAD", "D1",
    "D2",      "pCx",  "OM1",  "LCx",  "OM2",   "L-PDA", "R-PLB", "RI",   "L-PLB"};

// The chain of segments that makes each vessel, distal-most last; the last ones present end the vessel.
struct VesselRule {
    const char* name;
    std::vector<Segment> ends;  // preferred distal end, first match wins
};
const std::vector<VesselRule>& vessel_rules() {
    static const std::vector<VesselRule> rules = {
        {"LAD", {Segment::d_lad, Segment::m_lad, Segment::p_lad}},
        {"LCX", {Segment::l_pda, Segment::d_cx, Segment::p_cx}},
        {"RCA", {Segment::r_pda, Segment::d_rca, Segment::m_rca, Segment::p_rca}},
        {"D1", {Segment::d1}},
        {"D2", {Segment::d2}},
        {"OM1", {Segment::om1}},
        {"OM2", {Segment::om2}},
        {"RI", {Segment::ramus}},
        {"R-PLB", {Segment::r_plb}},
        {"L-PLB", {Segment::l_plb}},
    };
    return rules;
}

}  // namespace

std::string_view segment_name(Segment segment) { return segment_names[static_cast<std::size_t>(segment)]; }

std::optional<Segment> segment_from_name(std::string_view name) {
    for (std::size_t i = 0; i < segment_names.size(); ++i)
        if (segment_names[i] == name) return static_cast<Segment>(i);
    return std::nullopt;
}

std::string_view dominance_name(Dominance dominance) {
    switch (dominance) {
        case Dominance::unknown: return "unknown";
        case Dominance::right: return "right";
        case Dominance::left: return "left";
        case Dominance::balanced: return "balanced";
    }
    return "unknown";
}

std::optional<Dominance> dominance_from_name(std::string_view name) {
    for (Dominance d : {Dominance::unknown, Dominance::right, Dominance::left, Dominance::balanced})
        if (name == dominance_name(d)) return d;
    return std::nullopt;
}

std::string_view flag_name(BranchFlag::Kind kind) {
    switch (kind) {
        case BranchFlag::Kind::gap_bridged: return "gap-bridged";
        case BranchFlag::Kind::calcified: return "calcified";
        case BranchFlag::Kind::stent: return "stent";
        case BranchFlag::Kind::not_analysable: return "not-analysable";
        case BranchFlag::Kind::myocardial_bridge: return "myocardial-bridge";
        case BranchFlag::Kind::truncated: return "truncated";
        case BranchFlag::Kind::occluded: return "occluded";
    }
    return "unknown";
}

std::vector<int> CoronaryTree::children_of(int branch_id) const {
    std::vector<int> children;
    for (const Branch& branch : branches)
        if (branch.parent == branch_id) children.push_back(branch.id);
    return children;
}

std::vector<int> CoronaryTree::roots() const { return children_of(-1); }

std::vector<int> CoronaryTree::path_to(int branch_id) const {
    std::vector<int> path;
    for (int id = branch_id; id >= 0; id = branches[static_cast<std::size_t>(id)].parent) path.push_back(id);
    std::reverse(path.begin(), path.end());
    return path;
}

bool OpenTree::whole() const { return std::find(flows.begin(), flows.end(), false) == flows.end(); }

OpenTree open_tree(const CoronaryTree& tree) {
    OpenTree open;
    for (const Branch& branch : tree.branches) {
        const auto parent = static_cast<std::size_t>(std::max(branch.parent, 0));
        std::size_t before = branch.points.size();
        if (branch.parent >= 0 && open.points[parent] < tree.branches[parent].points.size()) before = 0;
        for (const BranchFlag& flag : branch.flags)
            if (flag.kind == BranchFlag::Kind::occluded)
                before = std::min(
                    before, static_cast<std::size_t>(std::find_if(branch.points.begin(), branch.points.end(),
                                                                  [&](const CenterlinePoint& p) {
                                                                      return p.arc_mm >= flag.start_mm;
                                                                  }) -
                                                     branch.points.begin()));
        open.points.push_back(before);
    }
    open.flows.assign(tree.branches.size(), false);
    for (std::size_t b = tree.branches.size(); b-- > 0;) {
        if (open.points[b] < tree.branches[b].points.size()) continue;
        const std::vector<int> children = tree.children_of(static_cast<int>(b));
        open.flows[b] = children.empty() || std::any_of(children.begin(), children.end(), [&](int child) {
                            return open.flows[static_cast<std::size_t>(child)];
                        });
    }
    return open;
}

std::vector<Vessel> vessels_of(const CoronaryTree& tree) {
    // Of several branches with one label, the end of a vessel is the one farthest from the ostium.
    const auto distal_end = [&](Segment segment) {
        int best = -1;
        double best_length = -1;
        for (const Branch& branch : tree.branches) {
            if (branch.segment != segment) continue;
            double length = 0;
            for (int id : tree.path_to(branch.id))
                length += tree.branches[static_cast<std::size_t>(id)].length_mm();
            if (length > best_length) best = branch.id, best_length = length;
        }
        return best;
    };
    std::vector<Vessel> vessels;
    for (const VesselRule& rule : vessel_rules())
        for (Segment segment : rule.ends)
            if (const int end = distal_end(segment); end >= 0) {
                vessels.push_back({rule.name, tree.path_to(end)});
                break;
            }
    if (vessels.empty())
        for (const Branch& branch : tree.branches)
            if (tree.children_of(branch.id).empty())
                vessels.push_back({fmt::format("branch {}", branch.id), tree.path_to(branch.id)});
    return vessels;
}

void update_arc_and_tangents(Branch& branch) {
    auto& points = branch.points;
    const std::size_t n = points.size();
    for (std::size_t i = 0; i < n; ++i)
        points[i].arc_mm = i == 0 ? 0
                                  : points[i - 1].arc_mm +
                                        distance(points[i].position_lps_mm, points[i - 1].position_lps_mm);
    for (std::size_t i = 0; i < n && n > 1; ++i) {
        const Vec3 before = points[i == 0 ? 0 : i - 1].position_lps_mm;
        const Vec3 after = points[i + 1 == n ? n - 1 : i + 1].position_lps_mm;
        points[i].tangent = normalized(after - before);
    }
}

std::vector<std::string> check(const CoronaryTree& tree) {
    std::vector<std::string> broken;
    for (std::size_t b = 0; b < tree.branches.size(); ++b) {
        const Branch& branch = tree.branches[b];
        if (branch.id != static_cast<int>(b))
            broken.push_back(fmt::format("branch {} has id {}", b, branch.id));
        if (branch.points.size() < 2)
            broken.push_back(
                fmt::format("branch {} has {} points, needs at least 2", b, branch.points.size()));
        if (branch.parent >= static_cast<int>(b) || branch.parent < -1) {
            broken.push_back(
                fmt::format("branch {} has parent {}, parents must come first", b, branch.parent));
            continue;
        }
        for (const CenterlinePoint& point : branch.points)
            if (!std::isfinite(norm(point.position_lps_mm)) || !std::isfinite(point.radius_mm) ||
                point.radius_mm < 0) {
                broken.push_back(fmt::format("branch {} has a point or radius that is not finite", b));
                break;
            }
        for (std::size_t i = 1; i < branch.points.size(); ++i)
            if (!(branch.points[i].arc_mm > branch.points[i - 1].arc_mm)) {
                broken.push_back(fmt::format("branch {}: arc length does not grow at point {}", b, i));
                break;
            }
        if (branch.parent >= 0 && !branch.points.empty()) {
            const auto& parent = tree.branches[static_cast<std::size_t>(branch.parent)].points;
            if (!parent.empty() &&
                distance(parent.back().position_lps_mm, branch.points.front().position_lps_mm) > 1e-6)
                broken.push_back(
                    fmt::format("branch {} does not start at the end of branch {}", b, branch.parent));
        }
    }
    return broken;
}

}  // namespace ctffr
