// SPDX-License-Identifier: Apache-2.0
#include "physiology/muscle_territory.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ctffr/parallel/parallel.hpp"

namespace ctffr {

namespace {

constexpr double muscle_g_per_mm3 = 1.05e-3;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

// Branches of the right coronary that lie on the right ventricle.
std::vector<bool> on_right_ventricle(const CoronaryTree& tree) {
    std::vector<bool> on;
    for (const Branch& branch : tree.branches) {
        const bool named = branch.segment == Segment::p_rca || branch.segment == Segment::m_rca;
        const bool hangs_on =
            branch.segment == Segment::unknown && branch.parent >= 0 && on[index(branch.parent)];
        on.push_back(branch.side == Side::right && (named || hangs_on));
    }
    return on;
}

struct Claim {
    Vec3 position;
    std::size_t branch = 0, point = 0;
};

std::vector<Claim> claims_of(const CoronaryTree& tree,
                             const std::vector<std::vector<double>>& reference_radius_mm) {
    const std::vector<bool> elsewhere = on_right_ventricle(tree);
    std::vector<Claim> claims;
    for (const Branch& branch : tree.branches) {
        const std::size_t b = index(branch.id);
        if (elsewhere[b]) continue;
        for (std::size_t i = branch.parent >= 0 ? 1 : 0; i < branch.points.size(); ++i)
            if (2 * reference_radius_mm[b][i] >= least_claiming_diameter_mm)
                claims.push_back({branch.points[i].position_lps_mm, b, i});
    }
    return claims;
}

double sum_of(const std::vector<double>& values) {
    double sum = 0;
    for (double value : values) sum += value;
    return sum;
}

// Gives mass to outlets and leaks by their weights.
class Giver {
   public:
    Giver(const CoronaryTree& tree, const SinkWeights& weights, MuscleFlows& to)
        : tree_(tree), weights_(weights), to_(to) {}

    // False when these branches have no sinks.
    bool give(double mass, const std::vector<std::size_t>& branches) {
        double all = 0;
        for (std::size_t b : branches) all += sum_of(weights_.leak[b]) + weights_.outlet[b];
        if (!(all > 0)) return false;
        for (std::size_t b : branches) {
            to_.targets.outlet[b] += mass * weights_.outlet[b] / all;
            for (std::size_t i = 0; i < weights_.leak[b].size(); ++i)
                to_.targets.leak[b][i] += mass * weights_.leak[b][i] / all;
        }
        return true;
    }
    std::vector<std::size_t> below(int branch) const {
        std::vector<std::size_t> all;
        for (int child : tree_.children_of(branch)) {
            all.push_back(index(child));
            const auto further = below(child);
            all.insert(all.end(), further.begin(), further.end());
        }
        return all;
    }

   private:
    const CoronaryTree& tree_;
    const SinkWeights& weights_;
    MuscleFlows& to_;
};

}  // namespace

std::vector<MusclePiece> muscle_pieces(const Segmentation& labels, double spacing_mm) {
    const ImageGeometry& g = labels.geometry;
    const auto step = [&](double spacing) {
        return std::max(1, static_cast<int>(spacing_mm / spacing + 0.5));
    };
    const int si = step(g.spacing_mm.x), sj = step(g.spacing_mm.y), sk = step(g.spacing_mm.z);
    const double voxel_g = g.spacing_mm.x * g.spacing_mm.y * g.spacing_mm.z * muscle_g_per_mm3;
    std::vector<MusclePiece> pieces;
    for (int k = 0; k < g.size.z; k += sk)
        for (int j = 0; j < g.size.y; j += sj)
            for (int i = 0; i < g.size.x; i += si) {
                Vec3 sum;
                int n = 0;
                for (int c = k; c < std::min(k + sk, g.size.z); ++c)
                    for (int b = j; b < std::min(j + sj, g.size.y); ++b)
                        for (int a = i; a < std::min(i + si, g.size.x); ++a)
                            if (labels.labels[static_cast<std::size_t>(g.offset(a, b, c))] ==
                                static_cast<std::uint8_t>(Label::lv_myocardium)) {
                                sum = sum + Vec3{static_cast<double>(a), static_cast<double>(b),
                                                 static_cast<double>(c)};
                                ++n;
                            }
                if (n > 0) pieces.push_back({g.lps_from_index((1.0 / n) * sum), n * voxel_g});
            }
    return pieces;
}

std::vector<std::vector<double>> part_muscle(const CoronaryTree& tree,
                                             const std::vector<std::vector<double>>& reference_radius_mm,
                                             const std::vector<MusclePiece>& pieces, const Run& run) {
    const std::vector<Claim> claims = claims_of(tree, reference_radius_mm);
    if (claims.empty()) return {};
    // Distances do not depend on the order of the branches, and equal ones share: no order shows.
    std::vector<std::vector<std::size_t>> nearest(pieces.size());
    parallel_for(Cpu{run.profiler}, "muscle", static_cast<Index>(pieces.size()), [&](Index p) {
        const auto at = static_cast<std::size_t>(p);
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t c = 0; c < claims.size(); ++c) {
            const Vec3 by = pieces[at].center_lps_mm - claims[c].position;
            const double squared = dot(by, by);
            if (squared < least) least = squared, nearest[at].clear();
            if (squared == least) nearest[at].push_back(c);
        }
    });
    std::vector<std::vector<double>> mass;
    for (const Branch& branch : tree.branches) mass.emplace_back(branch.points.size(), 0.0);
    for (std::size_t p = 0; p < pieces.size(); ++p)
        for (std::size_t c : nearest[p])
            mass[claims[c].branch][claims[c].point] +=
                pieces[p].mass_g / static_cast<double>(nearest[p].size());
    return mass;
}

MuscleFlows muscle_flows(const CoronaryTree& tree,
                         const std::vector<std::vector<double>>& reference_radius_mm, double total_flow,
                         double exponent, bool leak, const MuscleTerritories& muscle) {
    const SinkWeights weights = sink_weights(tree, reference_radius_mm, exponent, leak);
    const std::vector<bool> on_rv = on_right_ventricle(tree);
    const std::size_t n = tree.branches.size();
    MuscleFlows flows;
    flows.targets.territory = weights.territory;
    flows.targets.outlet.assign(n, 0.0);
    for (const auto& along : weights.leak) flows.targets.leak.emplace_back(along.size(), 0.0);
    flows.outlet_origin.resize(n);
    std::vector<double> own;
    for (const auto& along : muscle.lv_g) own.push_back(sum_of(along));
    // An outlet without muscle of its own takes part in that of the branch it comes from.
    std::vector<std::vector<std::size_t>> guests(n);
    for (const Branch& branch : tree.branches) {
        const std::size_t b = index(branch.id);
        if (weights.outlet[b] <= 0) continue;
        flows.outlet_origin[b] = on_rv[b] ? "right ventricle, by rule" : "myocardium";
        if (on_rv[b] || own[b] > 0) continue;
        flows.outlet_origin[b] = "diameter (no muscle is nearest to this branch)";
        for (int up = branch.parent; up >= 0; up = tree.branches[index(up)].parent)
            if (own[index(up)] > 0 && sum_of(weights.leak[index(up)]) > 0) {
                guests[index(up)].push_back(b);
                break;
            }
    }
    Giver giver(tree, weights, flows);
    for (std::size_t b = 0; b < n; ++b) {
        if (own[b] <= 0) continue;
        std::vector<std::size_t> to{b};
        to.insert(to.end(), guests[b].begin(), guests[b].end());
        if (!giver.give(own[b], to)) giver.give(own[b], giver.below(tree.branches[b].id));
    }
    std::vector<std::size_t> right, before_crux;
    for (std::size_t b = 0; b < n; ++b) {
        if (tree.branches[b].side != Side::right) continue;
        right.push_back(b);
        if (on_rv[b]) before_crux.push_back(b);
    }
    if (!giver.give(muscle.rv_mass_g, before_crux)) giver.give(muscle.rv_mass_g, right);
    flows.outlet_g = flows.targets.outlet;
    for (std::size_t b = 0; b < n; ++b)
        if (weights.outlet[b] > 0 && !(flows.outlet_g[b] > 0))
            flows.outlet_without_muscle = static_cast<int>(b);
    const double per_g = total_flow / (muscle.lv_mass_g + muscle.rv_mass_g);
    for (double& q : flows.targets.outlet) q *= per_g;
    for (auto& along : flows.targets.leak)
        for (double& q : along) q *= per_g;
    flows.targets.total = total_flow;
    return flows;
}

TargetFlows healthy_flows(const CoronaryTree& tree,
                          const std::vector<std::vector<double>>& reference_radius_mm, double total_flow,
                          double exponent, bool leak, const TerritoryShares& shares,
                          const MuscleTerritories& muscle) {
    if (muscle.splits_flow)
        return muscle_flows(tree, reference_radius_mm, total_flow, exponent, leak, muscle).targets;
    return target_flows(tree, reference_radius_mm, total_flow, exponent, leak, shares);
}

double muscle_below_g(const CoronaryTree& tree, const MuscleTerritories& muscle, int branch, double arc_mm) {
    double sum = 0;
    const auto& points = tree.branches[index(branch)].points;
    for (std::size_t i = 0; i < points.size(); ++i)
        if (points[i].arc_mm > arc_mm) sum += muscle.lv_g[index(branch)][i];
    for (int child : tree.children_of(branch)) sum += muscle_below_g(tree, muscle, child, -1);
    return sum;
}

}  // namespace ctffr
