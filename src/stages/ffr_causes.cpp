// SPDX-License-Identifier: Apache-2.0
#include "stages/ffr_causes.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"
#include "stages/bed_regulation.hpp"

namespace ctffr {

namespace {

constexpr std::uint64_t seed = 20260101;
constexpr std::array<double, 3> exponent_nodes{2.0, 2.35, 2.7};
constexpr double most_sd = 3;  // draws end here

// Streams of random numbers: one per cause, so that a cause more or less leaves the others as they were.
enum Stream : std::uint64_t {
    all_radii = 1,
    flow,
    microvascular,
    pressure,
    venous,
    viscosity,
    exponent,
    share,
    share_end = share + 3,
    other_losses,
    extra_stream,
    extra_end = extra_stream + 2,
    lesion_radius = 1000,
    lesion_loss = 2000,
    lesion_length = 3000,
    branch_radius = 10000,
    branch_outlet = 20000
};

double normal(std::uint64_t stream, std::uint64_t n) {
    return std::clamp(normal_at(seed, stream, n), -most_sd, most_sd);
}

double uniform(std::uint64_t stream, std::uint64_t n) {
    const Philox4 bits = philox(seed, stream, n);
    return uniform_from_bits(bits.v[0], bits.v[1]);
}

double patient_value(const Hyperaemia& hyperaemia, const char* key, double otherwise) {
    const auto found = hyperaemia.patient.find(key);
    return found == hyperaemia.patient.end() ? otherwise : found->second.value;
}

std::size_t index(int i) { return static_cast<std::size_t>(i); }

// Sum over the points of a piece; what stands at the first point of a branch belongs to its first piece.
double sum_in(const SurrogatePiece& piece, const std::vector<std::vector<double>>& values) {
    const auto& along = values[index(piece.branch)];
    double sum = piece.first == 0 ? along[0] : 0;
    for (std::size_t i = piece.first + 1; i <= piece.last; ++i) sum += along[i];
    return sum;
}

// Mean deviation around the throat, m: the sections there share the error.
double throat_sd(const SectionMeasures& sections, const VesselLine& line, const PlacedLesion& lesion,
                 double scale) {
    constexpr double reach_mm = 1.5;
    double sum = 0;
    int n = 0;
    for (const VesselPoint& p : line.points)
        if (std::abs(p.arc_mm - lesion.throat_arc_mm) <= reach_mm)
            sum += radius_sd_mm(sections, index(p.branch), index(p.point), scale), ++n;
    return n > 0 ? sum / n * m_per_mm : 0;
}

double throat_radius(const SectionMeasures& sections, const VesselLine& line, const PlacedLesion& lesion) {
    double least = 1e9;
    for (const VesselPoint& p : line.points)
        if (p.arc_mm >= lesion.start_arc_mm && p.arc_mm <= lesion.end_arc_mm)
            least = std::min(least, sections.radius_mm[index(p.branch)][index(p.point)]);
    return least * m_per_mm;
}

// The whole lesion moves with its throat and fades out towards its ends, where a step in the wall would be a
// narrowing of its own.
double shift_weight(const PlacedLesion& lesion, double arc_mm) {
    constexpr double fading = 0.2;
    const auto side = [&](double from_end, double throat_from_end) {
        const double over = std::min(fading * (lesion.end_arc_mm - lesion.start_arc_mm), throat_from_end / 2);
        return over > 0 && from_end < over ? 0.5 - 0.5 * std::cos(pi * from_end / over) : 1.0;
    };
    return side(arc_mm - lesion.start_arc_mm, lesion.throat_arc_mm - lesion.start_arc_mm) *
           side(lesion.end_arc_mm - arc_mm, lesion.end_arc_mm - lesion.throat_arc_mm);
}

std::vector<double> shift_nodes(double sd, double radius) {
    constexpr int each_side = 6;
    constexpr double least_range = 0.25e-3, closest = 0.72;  // m of radius; of the throat's radius
    const double up = std::max(most_sd * sd, least_range), down = std::min(up, closest * radius);
    std::vector<double> nodes;
    for (int k = -each_side; k <= each_side; ++k) nodes.push_back(k * (k < 0 ? down : up) / each_side);
    return nodes;
}

}  // namespace

double radius_sd_mm(const SectionMeasures& sections, std::size_t branch, std::size_t point, double scale) {
    const double known = sections.sd_mm[branch][point];
    return known >= 0 ? scale * known : std::max(0.055, 0.07 * sections.radius_mm[branch][point]);
}

SurrogatePlan surrogate_plan(const CoronaryTree& tree, const SectionMeasures& sections,
                             const std::vector<VesselLine>& lines, const std::vector<PlacedLesion>& lesions,
                             double throat_scale) {
    constexpr double jet_mm = 25, longest_piece_mm = 12;
    SurrogatePlan plan;
    std::vector<std::vector<int>> group;  // of the stretch before each point
    for (const Branch& branch : tree.branches) {
        plan.lesion.emplace_back(branch.points.size(), -1);
        plan.weight.emplace_back(branch.points.size(), 0.0);
        group.emplace_back(branch.points.size(), -1);
    }
    for (std::size_t k = 0; k < lesions.size(); ++k) {
        const PlacedLesion& lesion = lesions[k];
        const VesselLine& line = lines[index(lesion.line)];
        plan.radius_shift.push_back(shift_nodes(throat_sd(sections, line, lesion, throat_scale),
                                                throat_radius(sections, line, lesion)));
        for (const VesselPoint& p : line.points) {
            if (p.arc_mm < lesion.start_arc_mm || p.arc_mm > lesion.end_arc_mm) continue;
            int& owner = plan.lesion[index(p.branch)][index(p.point)];
            if (owner >= 0) continue;
            owner = group[index(p.branch)][index(p.point)] = static_cast<int>(k);
            plan.weight[index(p.branch)][index(p.point)] = shift_weight(lesion, p.arc_mm);
        }
    }
    // Jets, up to the next lesion, into every branch that they reach.
    for (const VesselLine& line : lines) {
        int from = -1;
        double end_mm = 0;
        for (const VesselPoint& p : line.points) {
            const int here = plan.lesion[index(p.branch)][index(p.point)];
            if (here >= 0) from = here, end_mm = p.arc_mm;
            int& owner = group[index(p.branch)][index(p.point)];
            if (from >= 0 && owner < 0 && p.arc_mm <= end_mm + jet_mm) owner = from;
        }
    }
    for (const Branch& branch : tree.branches) {
        const std::vector<int>& owner = group[index(branch.id)];
        std::size_t first = 0;
        for (std::size_t i = 1; i < branch.points.size(); ++i) {
            const bool last = i + 1 == branch.points.size();
            if (last || owner[i + 1] != owner[i] ||
                branch.points[i + 1].arc_mm - branch.points[first].arc_mm > longest_piece_mm) {
                plan.pieces.push_back({branch.id, first, i, owner[i]});
                first = i;
            }
        }
    }
    return plan;
}

FfrCauses::FfrCauses(const CoronaryTree& tree, const SectionMeasures& sections,
                     const std::vector<std::vector<double>>& reference_mm,
                     const std::vector<PlacedLesion>& lesions, const FlowProblem& problem,
                     const FlowSurrogate& surrogate, const FfrPriors& priors)
    : surrogate_(surrogate), priors_(priors), hyperaemia_(problem.hyperaemia) {
    const TerritoryShares usual = territory_shares(tree.dominance);
    exponent_ = patient_value(hyperaemia_, "outlet_exponent", exponent_);
    shares_ = {patient_value(hyperaemia_, "share_lad_pct", 100 * usual.lad) / 100,
               patient_value(hyperaemia_, "share_lcx_pct", 100 * usual.lcx) / 100,
               patient_value(hyperaemia_, "share_rca_pct", 100 * usual.rca) / 100};
    bool leaks = false;
    for (const auto& branch : problem.leak)
        for (double g : branch) leaks = leaks || g > 0;
    const auto targets = [&](double p, bool leak) {
        TargetFlows flows = healthy_flows(tree, reference_mm, hyperaemia_.total_flow, p, leak,
                                          {shares_[0], shares_[1], shares_[2]}, problem.muscle);
        Split result{flows.outlet, {}};
        for (const SurrogatePiece& piece : surrogate.plan().pieces)
            result.leak.push_back(sum_in(piece, flows.leak));
        territory_ = std::move(flows.territory);
        return result;
    };
    for (std::size_t k = 0; k < exponent_nodes.size(); ++k)
        at_exponent_[k] = targets(exponent_nodes[k], leaks);
    without_leak_ = targets(exponent_, false);
    if (const BedReserve& reserve = problem.reserve; !reserve.outlet_open.empty()) {
        demand_.outlet.assign(tree.branches.size(), 0.0), open_.outlet = demand_.outlet;
        for (std::size_t o = 0; o < problem.outlets.size(); ++o) {
            demand_.outlet[index(problem.outlets[o].branch)] = problem.outlets[o].target_flow;
            open_.outlet[index(problem.outlets[o].branch)] = reserve.outlet_open[o];
        }
        for (const SurrogatePiece& piece : surrogate.plan().pieces) {
            demand_.leak.push_back(sum_in(piece, reserve.leak_demand));
            open_.leak.push_back(sum_in(piece, reserve.leak_open));
        }
    }
    const std::vector<VesselLine> lines = vessel_lines(tree);
    for (const PlacedLesion& lesion : lesions) {
        throat_sd_.push_back(throat_sd(sections, lines[index(lesion.line)], lesion, priors_.throat_scale));
        lesion_length_.push_back((lesion.end_arc_mm - lesion.start_arc_mm) * m_per_mm);
    }
    for (const SurrogatePiece& piece : surrogate.plan().pieces) {
        double relative = 0, radius = 0;
        const auto b = index(piece.branch);
        for (std::size_t i = piece.first + 1; i <= piece.last; ++i) {
            relative += radius_sd_mm(sections, b, i, priors_.branch_scale) / sections.radius_mm[b][i];
            radius += sections.radius_mm[b][i];
        }
        const auto n = static_cast<double>(piece.last - piece.first);
        relative_sd_.push_back(std::min(relative / n, 0.3));
        radius_mm_.push_back(radius / n);
    }
}

FfrDraw FfrCauses::neutral() const {
    FfrDraw draw;
    draw.venous_pressure = hyperaemia_.venous_pressure;
    draw.exponent = exponent_;
    draw.outlet.assign(territory_.size(), 1.0);
    draw.shift.assign(throat_sd_.size(), 0.0);
    draw.widening.assign(relative_sd_.size(), 0.0);
    draw.loss_factor.assign(relative_sd_.size(), 1.0);
    return draw;
}

FfrDraw FfrCauses::sample(std::uint64_t n) const {
    FfrDraw draw = neutral();
    const FfrPriors& by = priors_;
    draw.flow = std::exp(by.flow * normal(flow, n));
    if (uniform(microvascular, n) < by.microvascular_chance) draw.microvascular = by.microvascular_factor;
    draw.pressure = 1 + by.pressure * normal(pressure, n);
    draw.viscosity = std::exp(by.viscosity * normal(viscosity, n));
    draw.venous_pressure =
        std::max(0.0, draw.venous_pressure + pa_from_mmhg(by.venous_mmhg) * normal(venous, n));
    draw.exponent = by.exponent_low + (by.exponent_high - by.exponent_low) * uniform(exponent, n);
    for (std::size_t t = 0; t < draw.share.size(); ++t)
        draw.share[t] = std::exp(by.share * normal(share + t, n));
    for (std::size_t b = 0; b < draw.outlet.size(); ++b)
        draw.outlet[b] = std::exp(draw.exponent * by.reference_diameter * normal(branch_outlet + b, n));
    const double common = std::sqrt(by.radius_common) * normal(all_radii, n);
    const double own = std::sqrt(1 - by.radius_common);
    for (std::size_t k = 0; k < draw.shift.size(); ++k)
        draw.shift[k] = throat_sd_[k] * (common + own * normal(lesion_radius + k, n));
    const double others = by.model * normal(other_losses, n);
    const auto& pieces = surrogate_.plan().pieces;
    for (std::size_t p = 0; p < pieces.size(); ++p) {
        if (pieces[p].lesion < 0) {
            const double z = common + own * normal(branch_radius + index(pieces[p].branch), n);
            draw.widening[p] = relative_sd_[p] * z;
            draw.loss_factor[p] = 1 + others;
            continue;
        }
        const auto k = index(pieces[p].lesion);
        const double longer =
            by.lesion_length_mm * m_per_mm / std::max(lesion_length_[k], 2e-3) * normal(lesion_length + k, n);
        draw.loss_factor[p] = std::max(
            0.1, (1 + by.model * normal(lesion_loss + k, n)) * (1 + surrogate_.viscous_share(p) * longer));
    }
    return draw;
}

double FfrCauses::extra(int cause, std::uint64_t n) {
    return normal(extra_stream + static_cast<std::uint64_t>(cause), n);
}

void FfrCauses::widen(FfrDraw& draw, double radius_mm) const {
    for (double& by : draw.shift) by += radius_mm * m_per_mm;
    for (std::size_t p = 0; p < draw.widening.size(); ++p) draw.widening[p] += radius_mm / radius_mm_[p];
}

FfrCauses::Split FfrCauses::split(double p, bool leak) const {
    if (!leak) return without_leak_;
    // The parabola through the three exponents.
    std::array<double, 3> weight{};
    for (std::size_t k = 0; k < 3; ++k) {
        weight[k] = 1;
        for (std::size_t j = 0; j < 3; ++j)
            if (j != k) weight[k] *= (p - exponent_nodes[j]) / (exponent_nodes[k] - exponent_nodes[j]);
    }
    const auto mix = [&](const std::vector<double> Split::*values) {
        std::vector<double> result((at_exponent_[0].*values).size(), 0.0);
        for (std::size_t i = 0; i < result.size(); ++i) {
            for (std::size_t k = 0; k < 3; ++k) result[i] += weight[k] * (at_exponent_[k].*values)[i];
            result[i] = std::max(result[i], 0.0);
        }
        return result;
    };
    return {mix(&Split::outlet), mix(&Split::leak)};
}

SurrogateInput FfrCauses::input(const FfrDraw& draw) const {
    SurrogateInput in = surrogate_.base_input();
    const double driving = in.aortic_pressure - in.venous_pressure;
    in.aortic_pressure *= draw.pressure;
    in.venous_pressure = draw.venous_pressure;
    in.viscosity_ratio = draw.viscosity;
    in.shift = draw.shift, in.widening = draw.widening, in.loss_factor = draw.loss_factor;
    // At another pressure the flow of the healthy tree is still the wanted one, so the resistances follow.
    const double all = draw.flow / draw.microvascular * driving / (in.aortic_pressure - in.venous_pressure);
    const Split before = split(exponent_, true);
    Split now = split(draw.exponent, draw.leak);
    for (std::size_t b = 0; b < now.outlet.size(); ++b) now.outlet[b] *= draw.outlet[b];
    // Each territory takes its share, whatever its outlets have become.
    const auto& pieces = surrogate_.plan().pieces;
    std::array<double, 4> was{}, is{};
    const auto territory = [&](std::size_t b) { return static_cast<std::size_t>(territory_[b]); };
    for (std::size_t b = 0; b < now.outlet.size(); ++b)
        was[territory(b)] += before.outlet[b], is[territory(b)] += now.outlet[b];
    for (std::size_t p = 0; p < pieces.size(); ++p)
        was[territory(index(pieces[p].branch))] += before.leak[p],
            is[territory(index(pieces[p].branch))] += now.leak[p];
    double sum = 0;
    for (std::size_t t = 0; t < 3; ++t) sum += shares_[t] * draw.share[t];
    std::array<double, 4> wanted{};
    for (std::size_t t = 0; t < 3; ++t) wanted[t] = draw.share[t] / sum;
    wanted[3] = (shares_[0] * draw.share[0] + shares_[1] * draw.share[1]) / (shares_[0] + shares_[1]) / sum;
    std::array<double, 4> scale{};
    for (std::size_t t = 0; t < 4; ++t) scale[t] = is[t] > 0 ? all * wanted[t] * was[t] / is[t] : 0;
    for (std::size_t b = 0; b < now.outlet.size(); ++b)
        in.outlet[b] *= before.outlet[b] > 0 ? scale[territory(b)] * now.outlet[b] / before.outlet[b] : 0;
    for (std::size_t p = 0; p < pieces.size(); ++p) {
        const double t = scale[territory(index(pieces[p].branch))];
        // Where nothing leaked before, what leaks now is driven by all the pressure there is.
        in.leak[p] =
            before.leak[p] > 0 ? in.leak[p] * t * now.leak[p] / before.leak[p] : t * now.leak[p] / driving;
    }
    return in;
}

SurrogateState FfrCauses::solve(const FfrDraw& draw, SurrogateInput& in) const {
    in = input(draw);
    SurrogateState state = surrogate_.solve(in);
    if (open_.outlet.empty()) return state;
    // Conductances only rise from round to round, and are bounded (bed_regulation.cpp).
    constexpr int most_rounds = 40;
    constexpr double settled = 1e-4;
    const SurrogateInput base = surrogate_.base_input(), drawn = in;
    const auto& pieces = surrogate_.plan().pieces;
    // What the draw makes of a bed is what it makes of its flow in the healthy tree under the drawn pressure.
    // Microvascular disease takes from the reserve of a bed, not from what it wants.
    const double driving =
        (in.aortic_pressure - in.venous_pressure) / (base.aortic_pressure - base.venous_pressure);
    for (int round = 0; round < most_rounds && state.converged; ++round) {
        double change = 0;
        const auto regulate = [&](double& now, double was, double of_draw, double demand, double open,
                                  double pressure) {
            if (was <= 0) return;
            const double by = of_draw / was;
            const double wanted = regulated_conductance(by * driving * draw.microvascular * demand, by * open,
                                                        pressure - in.venous_pressure);
            if (wanted <= 0) return;
            change = std::max(change, std::abs(wanted - now) / wanted);
            now = wanted;
        };
        for (std::size_t p = 0; p < pieces.size(); ++p) {
            const auto b = index(pieces[p].branch);
            const double pressure = surrogate_.pressure(in, state, b, pieces[p].last);
            regulate(in.leak[p], base.leak[p], drawn.leak[p], demand_.leak[p], open_.leak[p], pressure);
            if (p + 1 == pieces.size() || pieces[p + 1].branch != pieces[p].branch)
                regulate(in.outlet[b], base.outlet[b], drawn.outlet[b], demand_.outlet[b], open_.outlet[b],
                         pressure);
        }
        if (change <= settled) return state;
        state = surrogate_.solve(in);
    }
    state.converged = false;
    return state;
}

}  // namespace ctffr
