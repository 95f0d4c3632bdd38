// SPDX-License-Identifier: Apache-2.0
#include "stages/ffr_uncertainty.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "ctffr/parallel/parallel.hpp"
#include "flow/network_solve.hpp"

namespace ctffr {

namespace {

using PerPoint = std::vector<std::vector<double>>;

constexpr double most_failed = 0.05;  // part of the samples; more, and the rest says nothing
constexpr Index block_size = 64;      // samples summed up by one thread

// Sums over samples, per point of the tree in one row; deviations are from the reported value.
struct Sums {
    std::vector<double> first, second, below;
    int failed = 0;
};

struct Point {
    std::size_t branch = 0, point = 0;
    double mesh_error = 0;  // of FFR
};

// Quantile of sorted values, linear between neighbours.
double quantile(const std::vector<double>& sorted, double p) {
    const double place = p * static_cast<double>(sorted.size() - 1);
    const auto low = static_cast<std::size_t>(place);
    const std::size_t high = std::min(low + 1, sorted.size() - 1);
    return sorted[low] + (place - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

FfrInterval interval_of(std::vector<double> values, double threshold) {
    std::erase_if(values, [](double v) { return !std::isfinite(v); });
    if (values.size() < 2) return {};
    std::sort(values.begin(), values.end());
    double mean = 0, squares = 0, below = 0;
    for (double v : values) mean += v;
    const auto n = static_cast<double>(values.size());
    mean /= n;
    for (double v : values) squares += (v - mean) * (v - mean), below += v <= threshold ? 1 : 0;
    return {std::sqrt(squares / n),
            quantile(values, 0.05),
            quantile(values, 0.95),
            std::isfinite(threshold) ? below / n : no_number,
            {}};
}

std::vector<Point> points_of(const FlowSolution& solution, const PerPoint& ffr, double aortic_pressure) {
    std::vector<Point> points;
    for (std::size_t b = 0; b < ffr.size(); ++b)
        for (std::size_t i = 0; i < ffr[b].size(); ++i)
            points.push_back(
                {b, i, solution.mesh_error.empty() ? 0.0 : solution.mesh_error[b][i] / aortic_pressure});
    return points;
}

std::vector<std::vector<std::size_t>> lesions_on_lines(const std::vector<VesselLine>& lines,
                                                       const SurrogatePlan& plan) {
    std::vector<std::vector<std::size_t>> on;
    for (const VesselLine& line : lines) {
        std::vector<std::size_t>& here = on.emplace_back();
        for (const VesselPoint& p : line.points)
            if (const int k =
                    plan.lesion[static_cast<std::size_t>(p.branch)][static_cast<std::size_t>(p.point)];
                k >= 0 && (here.empty() || here.back() != static_cast<std::size_t>(k)))
                here.push_back(static_cast<std::size_t>(k));
    }
    return on;
}

}  // namespace

FfrReadPoint read_point(const VesselLine& line, double arc_mm) {
    const auto& points = line.points;
    if (arc_mm <= points.front().arc_mm) return {points.front(), points.front(), 0};
    for (std::size_t i = 1; i < points.size(); ++i)
        if (points[i].arc_mm >= arc_mm)
            return {points[i - 1], points[i],
                    (arc_mm - points[i - 1].arc_mm) / (points[i].arc_mm - points[i - 1].arc_mm)};
    return {points.back(), points.back(), 0};
}

FfrModel::FfrModel(const FlowSurrogate& surrogate, const FfrCauses& causes, const PerPoint& reported)
    : surrogate_(surrogate), causes_(causes) {
    for (const auto& branch : reported) missing_.emplace_back(branch.size(), 0.0);
    const Answer base = answer(causes.neutral());
    PerPoint difference = missing_;
    for (std::size_t b = 0; b < reported.size(); ++b)
        for (std::size_t i = 0; i < reported[b].size(); ++i)
            if (std::isnan(reported[b][i]) || std::isfinite(at(base, b, i)))
                difference[b][i] = reported[b][i] - at(base, b, i);
    missing_ = std::move(difference);
}

FfrModel::Answer FfrModel::answer(const FfrDraw& draw) const {
    Answer answer;
    answer.state = causes_.solve(draw, answer.input);
    return answer;
}

double FfrModel::at(const Answer& answer, std::size_t branch, std::size_t point) const {
    if (!answer.state.converged) return no_number;
    return surrogate_.pressure(answer.input, answer.state, branch, point) / answer.input.aortic_pressure +
           missing_[branch][point];
}

double FfrModel::read(const Answer& answer, const FfrReadPoint& where) const {
    const auto value = [&](const VesselPoint& p) {
        return at(answer, static_cast<std::size_t>(p.branch), static_cast<std::size_t>(p.point));
    };
    const double before = value(where.before);
    return where.t == 0 ? before : before + where.t * (value(where.after) - before);
}

SampledFfr sample_ffr(const CoronaryTree& tree, const SectionMeasures& sections, const PerPoint& reference_mm,
                      const std::vector<VesselLine>& lines, const std::vector<PlacedLesion>& lesions,
                      const FfrReadings& readings, const FlowProblem& problem, const FlowSolution& solution,
                      const PerPoint& ffr, const Network& network, const FfrPriors& priors, int samples,
                      const Run& run) {
    SampledFfr result;
    FfrUncertainty& out = result.uncertainty;
    for (const auto& branch : ffr) result.sd.emplace_back(branch.size(), -1.0);
    out.lesions.resize(readings.lesions.size()), out.vessels.resize(readings.vessels.size());
    out.lesion_flips.resize(readings.lesions.size()), out.vessel_flips.resize(readings.vessels.size());
    out.state = FfrUncertainty::State::no_answer;
    out.threshold = ratio_threshold(problem.hyperaemia.state).value_or(no_number);
    // Longer steps: they move pressure drops by less than 1 % of themselves.
    Network base = network;
    base.max_step *= 2, base.max_radius_change *= 2;
    const NetworkSolution solved = solve_network(base, 60, 1e-6, run);
    if (!solved.status.converged()) return result;
    const FlowSurrogate surrogate(base, solved.state,
                                  surrogate_plan(tree, sections, lines, lesions, priors.throat_scale), run);
    if (!surrogate.valid()) return result;
    const FfrCauses causes(tree, sections, reference_mm, lesions, problem, surrogate, priors);
    const FfrModel model(surrogate, causes, ffr);
    if (!model.answer(causes.neutral()).state.converged) return result;

    const double aortic = problem.hyperaemia.aortic_pressure;
    const std::vector<Point> points = points_of(solution, ffr, aortic);
    const double unsteadiness = solution.unsteadiness / aortic;
    const auto n = static_cast<Index>(samples);
    std::vector<std::vector<double>> at_lesions(readings.lesions.size(), std::vector<double>(n, no_number)),
        at_vessels(readings.vessels.size(), std::vector<double>(n, no_number));
    const Index blocks = (n + block_size - 1) / block_size;
    std::vector<Sums> sums(static_cast<std::size_t>(blocks));
    parallel_for_uneven(Cpu{run.profiler}, "flow/uncertainty", blocks, 1, [&](Index block) {
        Sums& sum = sums[static_cast<std::size_t>(block)];
        sum.first.assign(points.size(), 0.0), sum.second = sum.below = sum.first;
        for (Index s = block * block_size; s < std::min(n, (block + 1) * block_size); ++s) {
            const auto sample = static_cast<std::uint64_t>(s);
            const FfrModel::Answer answer = model.answer(causes.sample(sample));
            if (!answer.state.converged) {
                ++sum.failed;
                continue;
            }
            const double mesh = FfrCauses::extra(0, sample);
            const double wave = unsteadiness * FfrCauses::extra(1, sample);
            const auto mesh_error = [&](const VesselPoint& p) {
                return solution.mesh_error.empty() ? 0.0
                                                   : solution.mesh_error[static_cast<std::size_t>(p.branch)]
                                                                        [static_cast<std::size_t>(p.point)] /
                                                         aortic;
            };
            for (std::size_t k = 0; k < points.size(); ++k) {
                const Point& p = points[k];
                const double value = model.at(answer, p.branch, p.point) + mesh * p.mesh_error + wave;
                const double by = value - ffr[p.branch][p.point];
                sum.first[k] += by, sum.second[k] += by * by;
                sum.below[k] += value <= out.threshold ? 1 : 0;
            }
            const auto take = [&](const std::vector<FfrReadPoint>& where,
                                  std::vector<std::vector<double>>& to) {
                for (std::size_t r = 0; r < where.size(); ++r)
                    to[r][static_cast<std::size_t>(s)] =
                        model.read(answer, where[r]) + mesh * mesh_error(where[r].before) + wave;
            };
            take(readings.lesions, at_lesions), take(readings.vessels, at_vessels);
        }
    });
    run.check_cancel();
    Sums all;
    all.first.assign(points.size(), 0.0), all.second = all.below = all.first;
    for (const Sums& sum : sums) {
        all.failed += sum.failed;
        for (std::size_t k = 0; k < points.size(); ++k)
            all.first[k] += sum.first[k], all.second[k] += sum.second[k], all.below[k] += sum.below[k];
    }
    out.samples = samples, out.failed = all.failed;
    if (all.failed > most_failed * samples) {
        out.state = FfrUncertainty::State::too_many_failed;
        return result;
    }
    out.state = FfrUncertainty::State::estimated;
    out.p_below = result.sd;
    const double counted = samples - all.failed;
    for (std::size_t k = 0; k < points.size(); ++k) {
        const Point& p = points[k];
        if (!std::isfinite(ffr[p.branch][p.point])) {
            out.p_below[p.branch][p.point] = no_number;
            continue;
        }
        const double mean = all.first[k] / counted;
        result.sd[p.branch][p.point] = std::sqrt(std::max(0.0, all.second[k] / counted - mean * mean));
        out.p_below[p.branch][p.point] = std::isfinite(out.threshold) ? all.below[k] / counted : no_number;
    }
    const auto position = [&](const FfrReadPoint& where) {
        const auto at = [&](const VesselPoint& p) {
            return tree.branches[static_cast<std::size_t>(p.branch)]
                .points[static_cast<std::size_t>(p.point)]
                .position_lps_mm;
        };
        return lerp(at(where.before), at(where.after), where.t);
    };
    const auto on_line = lesions_on_lines(lines, surrogate.plan());
    for (std::size_t r = 0; r < readings.lesions.size(); ++r) {
        out.lesions[r] = interval_of(std::move(at_lesions[r]), out.threshold);
        out.lesions[r].read_lps_mm = position(readings.lesions[r]);
        out.lesion_flips[r] = find_flip(model, readings.lesions[r], {r}, out.threshold);
    }
    for (std::size_t r = 0; r < readings.vessels.size(); ++r) {
        out.vessels[r] = interval_of(std::move(at_vessels[r]), out.threshold);
        out.vessels[r].read_lps_mm = position(readings.vessels[r]);
        out.vessel_flips[r] = find_flip(model, readings.vessels[r], on_line[r], out.threshold);
    }
    out.sensitivity = sensitivity_table(model, readings);
    if (problem.hyperaemia.state == FlowState::hyperaemia)
        result.resting = resting_ratio(surrogate, problem, readings);
    return result;
}

}  // namespace ctffr
