// SPDX-License-Identifier: Apache-2.0
#include "anatomy/label_names.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ctffr::anatomy {

namespace {

// A border this close to a bifurcation lies on it.
constexpr double border_mm = 0.3;

}  // namespace

void Names::start_on(const CoronaryTree& tree, const Way& way, double arc_mm, Segment segment) {
    for (std::size_t b = 0; b < way.branches.size(); ++b) {
        const double begin = way.branch_start_mm[b];
        const double length = tree.branches[static_cast<std::size_t>(way.branches[b])].length_mm();
        if (begin + length <= arc_mm + border_mm) continue;
        auto& own = starts_[static_cast<std::size_t>(way.branches[b])];
        const double at = arc_mm - begin;
        if (at <= border_mm) {
            own.assign(1, {0, segment});
        } else {
            if (own.empty()) own.push_back({});
            while (own.size() > 1 && own.back().arc_mm >= at) own.pop_back();
            own.push_back({at, segment});
        }
    }
}

void Names::name_subtree(const CoronaryTree& tree, int branch, Segment segment) {
    starts_[static_cast<std::size_t>(branch)].assign(1, {0, segment});
    for (int child : tree.children_of(branch)) name_subtree(tree, child, segment);
}

Segment Names::at(int branch, double arc_mm) const {
    Segment segment = Segment::unknown;
    for (const Start& start : of(branch))
        if (start.arc_mm <= arc_mm) segment = start.segment;
    return segment;
}

void Names::add(const Names& other) {
    for (std::size_t b = 0; b < starts_.size(); ++b)
        if (!other.starts_[b].empty()) starts_[b] = other.starts_[b];
}

double log_odds_yes(double x) { return x > 0 ? -std::log1p(std::exp(-x)) : x - std::log1p(std::exp(x)); }

std::size_t best_of(const std::vector<Reading>& readings) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < readings.size(); ++i)
        if (readings[i].score > readings[best].score) best = i;
    return best;
}

double log_sum(const std::vector<Reading>& readings) {
    if (readings.empty()) return -std::numeric_limits<double>::infinity();
    const double top = readings[best_of(readings)].score;
    double sum = 0;
    for (const Reading& r : readings) sum += std::exp(r.score - top);
    return top + std::log(sum);
}

void keep_likely(std::vector<Reading>& readings) {
    constexpr double far_behind = 10;
    if (readings.empty()) return;
    const double least = readings[best_of(readings)].score - far_behind;
    std::erase_if(readings, [&](const Reading& r) { return r.score < least; });
}

Votes::Votes(const CoronaryTree& tree) {
    for (const Branch& branch : tree.branches)
        weight_.emplace_back(static_cast<std::size_t>(branch.length_mm() / step_mm_) + 1);
}

void Votes::add(const Names& names, double weight) {
    for (std::size_t b = 0; b < weight_.size(); ++b) {
        if (names.of(static_cast<int>(b)).empty()) continue;
        for (std::size_t i = 0; i < weight_[b].size(); ++i) {
            const double arc = step_mm_ * static_cast<double>(i);
            weight_[b][i][static_cast<std::size_t>(names.at(static_cast<int>(b), arc))] += weight;
        }
    }
}

double Votes::share(int branch, double start_mm, double end_mm, Segment segment) const {
    const auto& own = weight_[static_cast<std::size_t>(branch)];
    const auto first = std::min(own.size() - 1, static_cast<std::size_t>(std::ceil(start_mm / step_mm_)));
    const auto last = std::clamp(static_cast<std::size_t>(end_mm / step_mm_), first, own.size() - 1);
    double sum = 0;
    for (std::size_t i = first; i <= last; ++i) {
        double named = 0;
        for (std::size_t s = 1; s < own[i].size(); ++s) named += own[i][s];
        sum += segment == Segment::unknown ? 1 - named : own[i][static_cast<std::size_t>(segment)];
    }
    return std::clamp(sum / static_cast<double>(last - first + 1), 0.0, 1.0);
}

CoronaryTree merged_branches(const CoronaryTree& tree) {
    CoronaryTree result;
    std::vector<int> number(tree.branches.size(), -1);
    for (const Branch& branch : tree.branches) {
        const int parent = branch.parent < 0 ? -1 : number[static_cast<std::size_t>(branch.parent)];
        if (parent >= 0 && tree.children_of(branch.parent).size() == 1) {
            Branch& into = result.branches[static_cast<std::size_t>(parent)];
            const double shift = into.length_mm();
            for (BranchFlag flag : branch.flags) {
                flag.start_mm += shift, flag.end_mm += shift;
                into.flags.push_back(flag);
            }
            into.points.insert(into.points.end(), branch.points.begin() + 1, branch.points.end());
            update_arc_and_tangents(into);
            number[static_cast<std::size_t>(branch.id)] = parent;
            continue;
        }
        Branch copy = branch;
        copy.id = static_cast<int>(result.branches.size());
        copy.parent = parent;
        number[static_cast<std::size_t>(branch.id)] = copy.id;
        result.branches.push_back(std::move(copy));
    }
    return result;
}

namespace {

// Points [first, last] of a branch as a branch of its own, with the flags that touch it.
Branch piece_of(const Branch& branch, std::size_t first, std::size_t last) {
    Branch piece;
    piece.side = branch.side;
    piece.points.assign(branch.points.begin() + static_cast<std::ptrdiff_t>(first),
                        branch.points.begin() + static_cast<std::ptrdiff_t>(last) + 1);
    const double start_mm = branch.points[first].arc_mm, end_mm = branch.points[last].arc_mm;
    update_arc_and_tangents(piece);
    for (BranchFlag flag : branch.flags) {
        if (flag.end_mm < start_mm || flag.start_mm > end_mm) continue;
        flag.start_mm = std::max(flag.start_mm, start_mm) - start_mm;
        flag.end_mm = std::min(flag.end_mm, end_mm) - start_mm;
        piece.flags.push_back(flag);
    }
    return piece;
}

}  // namespace

CoronaryTree named_branches(const CoronaryTree& tree, const Names& names, const Votes& votes) {
    CoronaryTree result;
    std::vector<int> last_piece(tree.branches.size(), -1);
    for (const Branch& branch : tree.branches) {
        std::vector<Start> own = names.of(branch.id);
        if (own.empty()) own.push_back({});
        int parent = branch.parent < 0 ? -1 : last_piece[static_cast<std::size_t>(branch.parent)];
        std::size_t first = 0;
        const std::size_t end = branch.points.size() - 1;
        for (std::size_t s = 0; s < own.size() && first < end; ++s) {
            std::size_t last = end;
            if (s + 1 < own.size()) {
                last = first;
                while (last < end && branch.points[last].arc_mm < own[s + 1].arc_mm) ++last;
                if (last == first) continue;  // a piece needs two points
            }
            Branch piece = piece_of(branch, first, last);
            piece.id = static_cast<int>(result.branches.size());
            piece.parent = parent;
            piece.segment = own[s].segment;
            piece.label_confidence = votes.share(branch.id, branch.points[first].arc_mm,
                                                 branch.points[last].arc_mm, piece.segment);
            if (piece.segment != Segment::unknown && piece.label_confidence < least_named) {
                piece.segment = Segment::unknown;
                piece.label_confidence = votes.share(branch.id, branch.points[first].arc_mm,
                                                     branch.points[last].arc_mm, Segment::unknown);
            }
            parent = piece.id;
            result.branches.push_back(std::move(piece));
            first = last;
        }
        last_piece[static_cast<std::size_t>(branch.id)] = parent;
    }
    return result;
}

}  // namespace ctffr::anatomy
