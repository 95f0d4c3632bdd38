// SPDX-License-Identifier: Apache-2.0
// The coronary tree: branches of centerline points that meet only end to start.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctffr/core/vec3.hpp"

namespace ctffr {

enum class Side { left, right };
enum class Dominance { unknown, right, left, balanced };

// SCCT 18-segment model (Leipsic 2014). The number is the SCCT number; 0 = not named.
enum class Segment : int {
    unknown = 0,
    p_rca = 1,
    m_rca = 2,
    d_rca = 3,
    r_pda = 4,
    lm = 5,
    p_lad = 6,
    m_lad = 7,
    d_lad = 8,
    d1 = 9,
    d2 = 10,
    p_cx = 11,
    om1 = 12,
    d_cx = 13,
    om2 = 14,
    l_pda = 15,
    r_plb = 16,
    ramus = 17,
    l_plb = 18,
};
std::string_view segment_name(Segment segment);  // "pLAD", "R-PDA", ..., "unknown"
std::optional<Segment> segment_from_name(std::string_view name);
std::string_view dominance_name(Dominance dominance);
std::optional<Dominance> dominance_from_name(std::string_view name);

// One point of a centerline. Frame LPS, mm.
struct CenterlinePoint {
    Vec3 position_lps_mm;
    Vec3 tangent;          // unit, away from the ostium
    double arc_mm = 0;     // from the start of the branch
    double radius_mm = 0;  // area-equivalent lumen radius; estimate until the lumen stage has run
};

// A stretch of a branch about which the user must know.
struct BranchFlag {
    enum class Kind { gap_bridged, calcified, stent, not_analysable, myocardial_bridge, truncated, occluded };
    Kind kind = Kind::gap_bridged;
    double start_mm = 0, end_mm = 0;  // arc length in the branch
    std::string reason;               // one sentence
};
std::string_view flag_name(BranchFlag::Kind kind);

// An unbranched piece of one SCCT segment. A child starts at the last point of its parent (same position);
// roots start at an ostium. So a tree is an edge list, and a vessel (LM-LAD, LCX, RCA) is a chain of
// branches.
struct Branch {
    int id = 0;       // index in CoronaryTree::branches
    int parent = -1;  // id of the parent; -1 for a root
    Side side = Side::left;
    Segment segment = Segment::unknown;
    double label_confidence = 0;          // 0..1: probability that the segment is right
    std::vector<CenterlinePoint> points;  // at least 2, spaced about 0.5 mm
    std::vector<BranchFlag> flags;

    double length_mm() const { return points.empty() ? 0 : points.back().arc_mm; }
};

struct CoronaryTree {
    std::vector<Branch> branches;  // parents before children
    Dominance dominance = Dominance::unknown;
    double dominance_confidence = 0;  // 0..1: probability that it is right

    std::vector<int> children_of(int branch_id) const;
    std::vector<int> roots() const;
    // Branch ids from the root to `branch_id`, both included.
    std::vector<int> path_to(int branch_id) const;
};

// What an occlusion (BranchFlag::Kind::occluded) leaves of a tree.
struct OpenTree {
    std::vector<bool> flows;          // per branch: blood can run through it to at least one end
    std::vector<std::size_t> points;  // per branch: how many of its points, from the start, lie before any
                                      // occlusion on the way from the ostium

    bool reaches(std::size_t branch, std::size_t point) const { return point < points[branch]; }
    bool whole() const;  // no branch is occluded
};
OpenTree open_tree(const CoronaryTree& tree);

// How far the heart network sees an artery where a branch was found in the image.
struct BranchSupport {
    Segment segment = Segment::unknown;
    double length_mm = 0;
    double seen = 0;  // mean probability of coronary lumen along its centerline, 0..1
};

// A main vessel as users read it: name and its branches from the ostium to the distal end.
struct Vessel {
    std::string name;  // "LAD", "LCX", "RCA", "D1", ... ("LAD" includes the left main)
    std::vector<int> branches;
};
// The vessels of a labelled tree; unlabelled trees give one vessel per leaf named "branch N".
std::vector<Vessel> vessels_of(const CoronaryTree& tree);

std::vector<std::string> check(const CoronaryTree& tree);
// Recomputes arc lengths and tangents from the positions.
void update_arc_and_tangents(Branch& branch);

}  // namespace ctffr
