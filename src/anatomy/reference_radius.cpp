// SPDX-License-Identifier: Apache-2.0
#include "anatomy/reference_radius.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

#include "ctffr/core/error.hpp"

namespace ctffr {

namespace {

// log radius = level + slope t + bend (t^2 - L^2/12), t = arc - L/2.
struct Taper {
    double middle_mm = 0, length_mm = 0;
    double level = 0, slope = 0, bend = 0;

    double at(double arc_mm) const {
        const double t = arc_mm - middle_mm;
        return level + slope * t + bend * (t * t - length_mm * length_mm / 12);
    }
};

struct Sample {
    int branch;
    double arc_mm, log_radius, length_mm;  // length of vessel it stands for
};

// Spread of healthy log radius about the taper, and what is known of tapers before looking
// (docs/theory/lesions.md).
constexpr double scatter = 0.05, independent_mm = 2.0, smoothing_mm = 1.5;
constexpr double slope_mean = -0.004, slope_sd = 0.006;  // per mm
constexpr double bend_end_sd = 0.03;                     // log radius at the ends of a branch
constexpr double junction_sd = 0.05, junction_exponent = 7.0 / 3;
// How far the level of a branch may lie from where it starts: a factor of e, nothing against a millimetre of
// samples. A short branch whose samples all count as diseased has only the junction law, linearised; where
// its siblings alone are wider than the parent, that would make it thinner with every step without end.
constexpr double level_sd = 1;
// Residuals beyond these count nothing: below the taper is disease, above it dilatation.
constexpr double cut_below = 0.08, cut_above = 0.22;
// Levels within this of each other agree; a level counts with this part of the support of the best one.
constexpr double shared_width = 0.10, least_support = 0.5;
constexpr int unknowns_per_branch = 3;

double square(double x) { return x * x; }

double tukey(double residual) {
    const double u = residual / (residual < 0 ? cut_below : cut_above);
    return std::abs(u) < 1 ? square(1 - u * u) : 0;
}

std::vector<Sample> samples_of(const CoronaryTree& tree, const SectionMeasures& sections) {
    std::vector<Sample> samples;
    for (const Branch& branch : tree.branches) {
        const auto b = static_cast<std::size_t>(branch.id);
        const std::size_t n = branch.points.size();
        // The first stretch of a child lies inside its parent.
        const double mouth =
            branch.parent < 0 ? 0 : sections.radius_mm[static_cast<std::size_t>(branch.parent)].back();
        for (std::size_t i = 0; i < n; ++i) {
            const double arc = branch.points[i].arc_mm;
            bool use = sections.usable[b][i] && arc >= std::min(mouth, branch.length_mm() / 3);
            for (const BranchFlag& flag : branch.flags) {
                const bool inside = arc >= flag.start_mm && arc <= flag.end_mm;
                const bool not_lumen = flag.kind == BranchFlag::Kind::gap_bridged ||
                                       flag.kind == BranchFlag::Kind::not_analysable ||
                                       flag.kind == BranchFlag::Kind::occluded;
                if (inside && not_lumen) use = false;
            }
            if (!use) continue;
            const double before = i > 0 ? branch.points[i - 1].arc_mm : arc;
            const double after = i + 1 < n ? branch.points[i + 1].arc_mm : arc;
            samples.push_back({branch.id, arc, std::log(sections.radius_mm[b][i]), (after - before) / 2});
        }
    }
    // Scatter from point to point would blur the border between healthy and not: mean over 3 mm.
    std::vector<Sample> smooth = samples;
    for (Sample& s : smooth) {
        double sum = 0, weight = 0;
        for (const Sample& other : samples) {
            const double w = 1 - std::abs(other.arc_mm - s.arc_mm) / smoothing_mm;
            if (other.branch == s.branch && w > 0) sum += w * other.log_radius, weight += w;
        }
        s.log_radius = sum / weight;
    }
    return smooth;
}

// Highest level, after removing the expected taper, that a good part of the branch agrees on. Lesions and
// dilatations spread over many levels; the healthy stretches share one. NaN without samples.
double shared_level(const std::vector<Sample>& samples, const Taper& taper, int branch) {
    struct Value {
        double level, length_mm;
    };
    std::vector<Value> values;
    for (const Sample& s : samples)
        if (s.branch == branch)
            values.push_back({s.log_radius - slope_mean * (s.arc_mm - taper.middle_mm), s.length_mm});
    const auto weight = [&](double level, const Value& v) {
        const double u = (v.level - level) / shared_width;
        return std::abs(u) < 1 ? v.length_mm * square(1 - u * u) : 0;
    };
    const auto support = [&](double level) {
        double sum = 0;
        for (const Value& v : values) sum += weight(level, v);
        return sum;
    };
    double most = 0, best = std::nan("");
    for (const Value& v : values) most = std::max(most, support(v.level));
    for (const Value& v : values)
        if (support(v.level) >= least_support * most && !(v.level <= best)) best = v.level;
    // Climb from there to the middle of the agreement.
    for (int i = 0; i < 20; ++i) {
        double sum = 0, moment = 0;
        for (const Value& v : values) sum += weight(best, v), moment += weight(best, v) * v.level;
        if (sum > 0) best = moment / sum;
    }
    return best;
}

// log of (sum of r^(7/3))^(3/7) over the starts of the children (Huo and Kassab 2012).
double log_parent_radius(const std::vector<Taper>& taper, const std::vector<int>& children,
                         std::vector<double>* share) {
    double sum = 0;
    std::vector<double> part;
    for (int child : children) {
        part.push_back(std::exp(junction_exponent * taper[static_cast<std::size_t>(child)].at(0)));
        sum += part.back();
    }
    if (share) {
        share->clear();
        for (double p : part) share->push_back(p / sum);
    }
    return std::log(sum) / junction_exponent;
}

// Starting tapers: shared level of each branch, raised where the children show that the whole branch is
// narrowed.
std::vector<Taper> starting_tapers(const CoronaryTree& tree, const std::vector<Sample>& samples) {
    std::vector<Taper> taper(tree.branches.size());
    for (const Branch& branch : tree.branches) {
        Taper& t = taper[static_cast<std::size_t>(branch.id)];
        t.length_mm = branch.length_mm(), t.middle_mm = t.length_mm / 2, t.slope = slope_mean;
        t.level = shared_level(samples, t, branch.id);
    }
    for (auto branch = tree.branches.rbegin(); branch != tree.branches.rend(); ++branch) {
        Taper& t = taper[static_cast<std::size_t>(branch->id)];
        const std::vector<int> children = tree.children_of(branch->id);
        // Without taper: only what is certain, or the error would grow from branch to branch.
        double least = children.empty() ? t.level : log_parent_radius(taper, children, nullptr);
        if (children.empty() && branch->parent < 0 && std::isnan(least)) least = 0;
        if (std::isnan(t.level)) t.level = least;
        if (children.size() > 1) least -= junction_sd;
        if (std::isfinite(least)) t.level = std::max(t.level, least);
    }
    for (const Branch& branch : tree.branches) {
        Taper& t = taper[static_cast<std::size_t>(branch.id)];
        if (std::isnan(t.level) && branch.parent >= 0)
            t.level = taper[static_cast<std::size_t>(branch.parent)].level + slope_mean * t.length_mm;
    }
    return taper;
}

class TaperFit {
   public:
    TaperFit(const CoronaryTree& tree, const SectionMeasures& sections)
        : tree_(tree),
          samples_(samples_of(tree, sections)),
          taper_(starting_tapers(tree, samples_)),
          start_(taper_) {}

    const std::vector<Taper>& run() {
        constexpr int iterations = 40;
        for (int i = 0; i < iterations; ++i)
            if (update() < 1e-6) break;
        return taper_;
    }

   private:
    void add(int row_branch, const Eigen::Vector3d& row, double value, double weight) {
        const int at = unknowns_per_branch * row_branch;
        matrix_.block<3, 3>(at, at) += weight * row * row.transpose();
        right_.segment<3>(at) += weight * row * value;
    }

    // One weighted least-squares solve; returns the largest change of a level.
    double update() {
        const int n = unknowns_per_branch * static_cast<int>(taper_.size());
        matrix_ = Eigen::MatrixXd::Zero(n, n), right_ = Eigen::VectorXd::Zero(n);
        for (const Sample& s : samples_) {
            const Taper& t = taper_[static_cast<std::size_t>(s.branch)];
            const double x = s.arc_mm - t.middle_mm;
            const double weight = tukey(s.log_radius - t.at(s.arc_mm)) * s.length_mm / independent_mm;
            add(s.branch, {1, x, x * x - square(t.length_mm) / 12}, s.log_radius, weight / square(scatter));
        }
        for (const Branch& branch : tree_.branches) {
            const Taper& t = taper_[static_cast<std::size_t>(branch.id)];
            // A taper that would grow is held flat.
            const double slope = t.slope > 0 ? 0 : slope_mean, sd = t.slope > 0 ? 1e-5 : slope_sd;
            add(branch.id, {0, 1, 0}, slope, 1 / square(sd));
            add(branch.id, {0, 0, 1}, 0, square(square(t.length_mm) / 6 / bend_end_sd));
            add(branch.id, {1, 0, 0}, start_[static_cast<std::size_t>(branch.id)].level,
                1 / square(level_sd));
            add_junction(branch);
        }
        const Eigen::VectorXd x = matrix_.ldlt().solve(right_);
        double change = 0;
        for (std::size_t b = 0; b < taper_.size(); ++b) {
            const auto at = static_cast<Eigen::Index>(unknowns_per_branch * b);
            change = std::max(change, std::abs(x(at) - taper_[b].level));
            taper_[b].level = x(at), taper_[b].slope = x(at + 1), taper_[b].bend = x(at + 2);
        }
        return change;
    }

    // Linearised junction law: log r_parent(end) - sum share_c log r_c(start) = constant.
    void add_junction(const Branch& branch) {
        const std::vector<int> children = tree_.children_of(branch.id);
        if (children.empty()) return;
        std::vector<double> share;
        double constant = log_parent_radius(taper_, children, &share);
        Eigen::VectorXd row = Eigen::VectorXd::Zero(right_.size());
        const auto put = [&](int b, double arc_mm, double factor) {
            const Taper& t = taper_[static_cast<std::size_t>(b)];
            const double x = arc_mm - t.middle_mm;
            row.segment<3>(unknowns_per_branch * b) +=
                factor * Eigen::Vector3d(1, x, x * x - square(t.length_mm) / 12);
        };
        put(branch.id, branch.length_mm(), 1);
        for (std::size_t c = 0; c < children.size(); ++c) {
            constant -= share[c] * taper_[static_cast<std::size_t>(children[c])].at(0);
            put(children[c], 0, -share[c]);
        }
        const double weight = 1 / square(children.size() > 1 ? junction_sd : 0.03);
        matrix_ += weight * row * row.transpose();
        right_ += weight * constant * row;
    }

    const CoronaryTree& tree_;
    std::vector<Sample> samples_;
    std::vector<Taper> taper_, start_;
    Eigen::MatrixXd matrix_;
    Eigen::VectorXd right_;
};

}  // namespace

void check_healthy_radii(const CoronaryTree& tree, const std::vector<std::vector<double>>& reference_mm) {
    constexpr double least_mm = 0.02, largest_mm = 15;
    for (std::size_t b = 0; b < reference_mm.size(); ++b)
        for (const double radius : reference_mm[b])
            if (!(radius >= least_mm && radius <= largest_mm))
                throw Error(ExitCode::physiology_out_of_range,
                            "The healthy radius along branch {} ({}, {:.0f} mm long) comes out as {:.2g} mm, "
                            "which no coronary artery has: the tree has probably left the arteries there. "
                            "Give a corrected mask, surface or centerlines; no FFR is given.",
                            tree.branches[b].id, segment_name(tree.branches[b].segment),
                            tree.branches[b].length_mm(), radius);
}

std::vector<std::vector<double>> reference_radius_mm(const CoronaryTree& tree,
                                                     const SectionMeasures& sections) {
    if (tree.branches.empty()) return {};
    TaperFit fit(tree, sections);
    const std::vector<Taper>& taper = fit.run();
    std::vector<std::vector<double>> reference;
    for (const Branch& branch : tree.branches) {
        std::vector<double> radius;
        double smallest = 1e300;
        for (const CenterlinePoint& point : branch.points) {
            smallest =
                std::min(smallest, std::exp(taper[static_cast<std::size_t>(branch.id)].at(point.arc_mm)));
            radius.push_back(smallest);
        }
        reference.push_back(std::move(radius));
    }
    check_healthy_radii(tree, reference);
    return reference;
}

}  // namespace ctffr
