// SPDX-License-Identifier: Apache-2.0
#include "stages/centerline_score.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>

namespace ctffr {

namespace {

double longest_path_mm(const CoronaryTree& tree, Side side) {
    double best = 0;
    for (const Branch& branch : tree.branches) {
        if (branch.side != side) continue;
        double length = 0;
        for (int id : tree.path_to(branch.id))
            length += tree.branches[static_cast<std::size_t>(id)].length_mm();
        best = std::max(best, length);
    }
    return best;
}

// Share of the tree whose radius does not grow downstream by more than a fifth over 10 mm.
double taper_score(const CoronaryTree& tree) {
    double fine = 0, all = 0;
    for (const Branch& branch : tree.branches)
        for (std::size_t i = 0; i + 20 < branch.points.size(); ++i) {
            all += 1;
            fine += branch.points[i + 20].radius_mm < 1.2 * branch.points[i].radius_mm ? 1 : 0;
        }
    return all > 0 ? fine / all : 0;
}

}  // namespace

void score_tree(CenterlineResult& result) {
    const auto has = [&](Side side) {
        return std::any_of(result.ostia.begin(), result.ostia.end(),
                           [&](const Ostium& o) { return o.side == side; });
    };
    const double left = longest_path_mm(result.tree, Side::left),
                 right = longest_path_mm(result.tree, Side::right);
    result.quality_score = 0.2 * (has(Side::left) ? 1 : 0) + 0.2 * (has(Side::right) ? 1 : 0) +
                           0.2 * std::min(1.0, left / 80) + 0.2 * std::min(1.0, right / 60) +
                           0.2 * taper_score(result.tree);
}

namespace {

void remark_short_arteries(const CoronaryTree& tree, std::vector<std::string>& remarks) {
    const double left = longest_path_mm(tree, Side::left), right = longest_path_mm(tree, Side::right);
    if (left > 0 && left < 80)
        remarks.push_back(fmt::format(
            "The longest left artery is {:.0f} mm long, at least 80 mm are expected: it may be cut short.",
            left));
    if (right > 0 && right < 60)
        remarks.push_back(fmt::format(
            "The right artery is {:.0f} mm long, at least 60 mm are expected: it may be small or cut short.",
            right));
}

struct MainArtery {
    std::vector<Segment> segments;
    const char* name;
    double least_mm;  // shorter, it is only its beginning: CT follows every heart's LAD, and the RCA unless
                      // the left side is dominant, at least so far
};
const MainArtery main_arteries[] = {
    {{Segment::p_lad, Segment::m_lad, Segment::d_lad}, "left anterior descending", 40},
    {{Segment::p_cx, Segment::d_cx}, "left circumflex", 0},
    {{Segment::p_rca, Segment::m_rca, Segment::d_rca}, "right coronary", 40}};

// Length of its segments on the way that has most of them; nothing where there are none.
std::optional<double> length_of(const CoronaryTree& tree, const MainArtery& artery) {
    std::optional<double> longest;
    const auto belongs = [&](const Branch& b) {
        return std::find(artery.segments.begin(), artery.segments.end(), b.segment) != artery.segments.end();
    };
    for (const Branch& branch : tree.branches) {
        if (!belongs(branch)) continue;
        double length = 0;
        for (int id : tree.path_to(branch.id))
            if (const Branch& b = tree.branches[static_cast<std::size_t>(id)]; belongs(b))
                length += b.length_mm();
        longest = std::max(longest.value_or(0), length);
    }
    return longest;
}

bool is_stump(const CoronaryTree& tree, const MainArtery& artery, double length_mm) {
    const bool small_right = artery.segments.front() == Segment::p_rca && tree.dominance == Dominance::left;
    return length_mm < artery.least_mm && !small_right;
}

void remark_missing_arteries(const CoronaryTree& tree, std::vector<std::string>& remarks) {
    for (const MainArtery& artery : main_arteries) {
        const std::optional<double> length = length_of(tree, artery);
        if (!length)
            remarks.push_back(fmt::format(
                "No {} artery was found: its territory is not assessed, and the flow of the others may be "
                "wrong.",
                artery.name));
        else if (is_stump(tree, artery, *length))
            remarks.push_back(
                fmt::format("Of the {} artery {:.0f} mm were found, at least {:.0f} mm are expected: it may "
                            "be occluded or "
                            "lost there, and what lies beyond is not assessed.",
                            artery.name, *length, artery.least_mm));
    }
}

void remark_gaps(const CoronaryTree& tree, std::vector<std::string>& remarks) {
    for (const Branch& branch : tree.branches)
        for (const BranchFlag& flag : branch.flags)
            if (flag.kind == BranchFlag::Kind::gap_bridged)
                remarks.push_back(fmt::format("A gap of {:.1f} mm without visible lumen was bridged in {}.",
                                              flag.end_mm - flag.start_mm, segment_name(branch.segment)));
}

}  // namespace

std::vector<std::string> remarks_on_tree(const CoronaryTree& tree) {
    std::vector<std::string> remarks;
    remark_short_arteries(tree, remarks);
    remark_missing_arteries(tree, remarks);
    remark_gaps(tree, remarks);
    return remarks;
}

std::vector<std::string> lost_main_arteries(const CoronaryTree& tree) {
    std::vector<std::string> lost;
    for (const MainArtery& artery : main_arteries)
        if (const std::optional<double> length = length_of(tree, artery);
            !length || is_stump(tree, artery, *length))
            lost.push_back(artery.name);
    return lost;
}

}  // namespace ctffr
