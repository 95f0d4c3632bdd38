// SPDX-License-Identifier: Apache-2.0
// Names on a tree while they are still being weighed: stretches of branches, readings with their scores, and
// the votes of many readings.
#pragma once

#include <array>
#include <vector>

#include "anatomy/label_paths.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr::anatomy {

// Where a segment begins on a branch.
struct Start {
    double arc_mm = 0;
    Segment segment = Segment::unknown;
};

// Per branch the starts, first at arc 0; an empty list says nothing about the branch.
class Names {
   public:
    explicit Names(std::size_t branches) : starts_(branches) {}

    // Sets the segment of a way from an arc onwards.
    void start_on(const CoronaryTree& tree, const Way& way, double arc_mm, Segment segment);
    // Sets a branch and everything below it.
    void name_subtree(const CoronaryTree& tree, int branch, Segment segment);

    const std::vector<Start>& of(int branch) const { return starts_[static_cast<std::size_t>(branch)]; }
    Segment at(int branch, double arc_mm) const;
    // Takes over what the other says.
    void add(const Names& other);

   private:
    std::vector<std::vector<Start>> starts_;
};

// One way to read a part of the tree. Score: natural logarithm of its likelihood, up to a constant.
struct Reading {
    double score = 0;
    Names names;
};

// log(sum(exp(score))) and the index of the first best.
double log_sum(const std::vector<Reading>& readings);
std::size_t best_of(const std::vector<Reading>& readings);

// Leaves out the readings that are too far behind the best to weigh anything.
void keep_likely(std::vector<Reading>& readings);

// Logarithm of the logistic function of `x`: of the probability of a yes with log odds `x`.
double log_odds_yes(double x);
inline double log_odds_no(double x) { return log_odds_yes(-x); }

// How much weight each segment got, every 2 mm of every branch.
class Votes {
   public:
    explicit Votes(const CoronaryTree& tree);
    void add(const Names& names, double weight);
    // Weight of a segment over a stretch of a branch, 0..1 when all weights sum to 1; branches about which
    // the readings said nothing are unnamed.
    double share(int branch, double start_mm, double end_mm, Segment segment) const;

   private:
    static constexpr double step_mm_ = 2;
    std::vector<std::vector<std::array<double, 19>>> weight_;
};

// The tree with every branch joined with its only child.
CoronaryTree merged_branches(const CoronaryTree& tree);
// A name less sure than this is not given (docs/theory/labels.md).
inline constexpr double least_named = 0.4;
// The tree cut at the starts of the segments, named, with `votes` as confidence.
CoronaryTree named_branches(const CoronaryTree& tree, const Names& names, const Votes& votes);

}  // namespace ctffr::anatomy
