// SPDX-License-Identifier: Apache-2.0
#include "stages/centerline_score.hpp"

#include <algorithm>
#include <iterator>

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
    Segment first;
    const char* name;
};
constexpr MainArtery main_arteries[] = {{Segment::p_lad, "left anterior descending"},
                                        {Segment::p_cx, "left circumflex"},
                                        {Segment::p_rca, "right coronary"}};

bool is_missing(const CoronaryTree& tree, const MainArtery& artery) {
    return std::none_of(tree.branches.begin(), tree.branches.end(),
                        [&](const Branch& b) { return b.segment == artery.first; });
}

void remark_missing_arteries(const CoronaryTree& tree, std::vector<std::string>& remarks) {
    for (const MainArtery& artery : main_arteries)
        if (is_missing(tree, artery))
            remarks.push_back(fmt::format(
                "No {} artery was found: its territory is not assessed, and the flow of the others may be "
                "wrong.",
                artery.name));
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

bool lacks_main_artery(const CoronaryTree& tree) {
    return std::any_of(std::begin(main_arteries), std::end(main_arteries),
                       [&](const MainArtery& artery) { return is_missing(tree, artery); });
}

}  // namespace ctffr
