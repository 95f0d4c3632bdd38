// SPDX-License-Identifier: Apache-2.0
#include "flow/flow_surrogate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr {

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double least_flow = 1e-16;  // m3/s, behind an occlusion

// Energy at the start of a piece and at its end.
double start_energy(const Network& network, const NetworkState& state, const SurrogatePiece& piece) {
    const auto b = static_cast<std::size_t>(piece.branch);
    if (piece.first > 0) return state.pressure[b][piece.first] + state.kinetic[b][piece.first];
    const int parent = network.branches[b].parent;
    if (parent < 0) return network.aortic_pressure;
    const auto p = static_cast<std::size_t>(parent);
    return state.pressure[p].back() + state.kinetic[p].back();
}

double end_energy(const NetworkState& state, const SurrogatePiece& piece) {
    const auto b = static_cast<std::size_t>(piece.branch);
    return state.pressure[b][piece.last] + state.kinetic[b][piece.last];
}

NetworkFlows scaled_flows(const Network& network, const NetworkState& base, double factor) {
    NetworkFlows flows;
    for (std::size_t b = 0; b < network.branches.size(); ++b) {
        const std::vector<double>& flow = base.flow[b];
        flows.outlet.push_back(network.branches[b].children.empty() ? factor * flow.back() : 0.0);
        std::vector<double> leak(flow.size(), 0.0);
        for (std::size_t i = 1; i < flow.size(); ++i) leak[i] = factor * (flow[i - 1] - flow[i]);
        flows.leak.push_back(std::move(leak));
    }
    return flows;
}

double to_minus_4(double ratio) {
    const double square = ratio * ratio;
    return 1 / (square * square);
}

}  // namespace

FlowSurrogate::FlowSurrogate(const Network& network, const NetworkState& base, SurrogatePlan plan,
                             const Run& run)
    : plan_(std::move(plan)) {
    const std::size_t n = network.branches.size();
    first_.assign(n, 0);
    for (std::size_t p = plan_.pieces.size(); p-- > 0;)
        first_[static_cast<std::size_t>(plan_.pieces[p].branch)] = p;
    for (std::size_t b = 0; b < n; ++b) {
        const NetworkBranch& branch = network.branches[b];
        parent_.push_back(branch.parent), children_.push_back(branch.children);
        radius_.push_back(branch.radius);
        base_kinetic_.push_back(base.kinetic[b]);
        part_.emplace_back(branch.radius.size(), 0.0);
        piece_.emplace_back(branch.radius.size(), first_[b]);
    }
    SurrogateInput& in = base_input_;
    in.aortic_pressure = network.aortic_pressure, in.venous_pressure = network.venous_pressure;
    in.shift.assign(plan_.radius_shift.size(), 0.0);
    in.widening.assign(plan_.pieces.size(), 0.0);
    in.loss_factor.assign(plan_.pieces.size(), 1.0);
    in.outlet.assign(n, 0.0), in.leak.assign(plan_.pieces.size(), 0.0);
    for (std::size_t p = 0; p < plan_.pieces.size(); ++p) {
        const SurrogatePiece& piece = plan_.pieces[p];
        const auto b = static_cast<std::size_t>(piece.branch);
        CTFFR_CHECK_OP(piece.first, <, piece.last);
        base_flow_.push_back(std::max(base.flow[b][piece.first], least_flow));
        // Conductances that take what leaves at the base, so that the base is met.
        const double driving = base.pressure[b][piece.last] - network.venous_pressure;
        if (driving > 0) {
            in.leak[p] = std::max(base.flow[b][piece.first] - base.flow[b][piece.last], 0.0) / driving;
            if (ends_branch(p) && children_[b].empty()) in.outlet[b] = base.flow[b].back() / driving;
        }
        const double above = start_energy(network, base, piece), lost = above - end_energy(base, piece);
        for (std::size_t i = piece.first == 0 ? 0 : piece.first + 1; i <= piece.last; ++i) {
            piece_[b][i] = p;
            part_[b][i] =
                std::abs(lost) > 1e-9 ? (above - base.pressure[b][i] - base.kinetic[b][i]) / lost : 0.0;
        }
    }
    fill_tables(network, base, run);
}

void FlowSurrogate::fill_tables(const Network& network, const NetworkState& base, const Run& run) {
    const std::size_t shifts = plan_.radius_shift.empty() ? 1 : plan_.radius_shift.front().size();
    for (const SurrogatePiece& piece : plan_.pieces)
        table_.emplace_back(piece.lesion < 0 ? 1 : shifts,
                            std::array<double, 5>{missing, missing, missing, missing, missing});
    const std::size_t marches = shifts * flow_nodes.size();
    parallel_for_uneven(Cpu{run.profiler}, "flow/surrogate", static_cast<Index>(marches), 1, [&](Index job) {
        const std::size_t s = static_cast<std::size_t>(job) / flow_nodes.size();
        const std::size_t f = static_cast<std::size_t>(job) % flow_nodes.size();
        Network moved = network;
        bool still = true;
        for (std::size_t b = 0; b < moved.branches.size(); ++b)
            for (std::size_t i = 0; i < moved.branches[b].radius.size(); ++i)
                if (const int lesion = plan_.lesion[b][i]; lesion >= 0) {
                    const double by = plan_.radius_shift[static_cast<std::size_t>(lesion)][s];
                    still = still && by == 0;
                    double& radius = moved.branches[b].radius[i];
                    radius = std::max(radius + by * plan_.weight[b][i], 0.1 * radius);
                }
        const NetworkState state =
            march_network(NetworkMarch(moved), scaled_flows(network, base, flow_nodes[f]),
                          std::vector<double>(network.branches.size(), network.aortic_pressure));
        for (std::size_t p = 0; p < plan_.pieces.size(); ++p) {
            const SurrogatePiece& piece = plan_.pieces[p];
            if (piece.lesion < 0 && !still) continue;
            table_[p][piece.lesion < 0 ? 0 : s][f] =
                (start_energy(network, state, piece) - end_energy(state, piece)) / flow_nodes[f];
        }
    });
    run.check_cancel();
    complete_tables();
}

// Where a march had no solution the nearest two flows that had one are continued: loss = a flow + b flow^2. A
// shift with fewer than two takes the row of its neighbour.
void FlowSurrogate::complete_tables() {
    valid_ = true;
    for (auto& rows : table_) {
        std::vector<char> known;
        for (auto& row : rows) {
            std::vector<std::size_t> there;
            for (std::size_t f = 0; f < row.size(); ++f)
                if (std::isfinite(row[f])) there.push_back(f);
            known.push_back(there.size() >= 2);
            if (there.size() < 2) continue;
            for (std::size_t f = 0; f < row.size(); ++f) {
                if (std::isfinite(row[f])) continue;
                std::size_t k = 0;
                while (k + 2 < there.size() && there[k + 1] < f) ++k;
                const std::size_t a = there[k], b = there[k + 1];
                const double t = (flow_nodes[f] - flow_nodes[a]) / (flow_nodes[b] - flow_nodes[a]);
                row[f] = row[a] + t * (row[b] - row[a]);
            }
        }
        const auto some = std::find(known.begin(), known.end(), char{1});
        if (some == known.end()) {
            valid_ = false;
            continue;
        }
        const auto from = static_cast<std::size_t>(some - known.begin());
        for (std::size_t s = from; s-- > 0;) rows[s] = rows[s + 1];
        for (std::size_t s = from + 1; s < rows.size(); ++s)
            if (!known[s]) rows[s] = rows[s - 1];
    }
}

FlowSurrogate::Loss FlowSurrogate::loss(std::size_t piece, double flow_ratio,
                                        const SurrogateInput& input) const {
    const auto& rows = table_[piece];
    // Flow of another viscosity is the same flow at another speed: loss(m mu, f) = m^2 loss(mu, f / m).
    const double m = input.viscosity_ratio, f = std::abs(flow_ratio) / m;
    std::size_t k = 0;
    while (k + 2 < flow_nodes.size() && flow_nodes[k + 1] < f) ++k;
    const double width = flow_nodes[k + 1] - flow_nodes[k], t = (f - flow_nodes[k]) / width;
    const auto in_row = [&](std::size_t s) -> std::pair<double, double> {
        const double low = rows[s][k], high = rows[s][k + 1];
        // Below the first node the loss does not turn negative.
        const double value = low + t * (high - low);
        return {f < flow_nodes[0] && low > 0 ? std::max(value, 0.1 * low) : value, (high - low) / width};
    };
    double value, slope;
    if (rows.size() == 1) {
        std::tie(value, slope) = in_row(0);
        const double factor = to_minus_4(1 + input.widening[piece]);
        value *= factor, slope *= factor;
    } else {
        const auto lesion = static_cast<std::size_t>(plan_.pieces[piece].lesion);
        const std::vector<double>& shifts = plan_.radius_shift[lesion];
        const double by = std::clamp(input.shift[lesion], shifts.front(), shifts.back());
        std::size_t s = 0;
        while (s + 2 < shifts.size() && shifts[s + 1] < by) ++s;
        const double u = (by - shifts[s]) / (shifts[s + 1] - shifts[s]);
        const auto [low, low_slope] = in_row(s);
        const auto [high, high_slope] = in_row(s + 1);
        // Losses go with powers of the radius, so their logarithms are smooth in the shift.
        value = low > 0 && high > 0 ? low * std::pow(high / low, u) : low + u * (high - low);
        slope = low_slope + u * (high_slope - low_slope);
    }
    const double factor = input.loss_factor[piece] * m;
    return {factor * m * value * f * (flow_ratio < 0 ? -1 : 1), factor * (value + f * slope)};
}

double FlowSurrogate::kinetic(std::size_t piece, std::size_t point, double flow_ratio,
                              const SurrogateInput& input) const {
    const auto b = static_cast<std::size_t>(plan_.pieces[piece].branch);
    double ratio = 1 + input.widening[piece];
    if (const int lesion = plan_.lesion[b][point]; lesion >= 0) {
        const std::vector<double>& shifts = plan_.radius_shift[static_cast<std::size_t>(lesion)];
        const double by =
            std::clamp(input.shift[static_cast<std::size_t>(lesion)], shifts.front(), shifts.back());
        ratio = std::max(1 + by * plan_.weight[b][point] / radius_[b][point], 0.1);
    }
    return base_kinetic_[b][point] * flow_ratio * flow_ratio * to_minus_4(ratio);
}

double FlowSurrogate::viscous_share(std::size_t piece) const {
    const auto& rows = table_[piece];
    std::size_t s = 0;
    if (rows.size() > 1) {
        const std::vector<double>& shifts =
            plan_.radius_shift[static_cast<std::size_t>(plan_.pieces[piece].lesion)];
        s = static_cast<std::size_t>(std::find(shifts.begin(), shifts.end(), 0.0) - shifts.begin());
    }
    // Loss over flow = a + b flow, b from the nodes beside the base.
    const double b = (rows[s][3] - rows[s][1]) / (flow_nodes[3] - flow_nodes[1]);
    return rows[s][2] > 0 ? std::clamp(1 - b / rows[s][2], 0.0, 1.0) : 0.0;
}

// Newton's method; every step is a linear network, solved by one pass up the tree and one down.
SurrogateState FlowSurrogate::solve(const SurrogateInput& input) const {
    constexpr int most_iterations = 60;
    constexpr double tolerance = 1e-8, largest_step = 8;
    const std::size_t n = plan_.pieces.size();
    SurrogateState state;
    state.flow = base_flow_;
    state.start.assign(n, 0.0), state.loss.assign(n, 0.0);
    std::vector<double> offset(n), slope(n);
    std::vector<Behind> behind(n);
    double inflow = 0;
    for (std::size_t b = 0; b < parent_.size(); ++b)
        if (parent_[b] < 0) inflow += base_flow_[first_[b]];
    for (int iteration = 0; iteration < most_iterations; ++iteration) {
        for (std::size_t p = n; p-- > 0;) {
            const auto b = static_cast<std::size_t>(plan_.pieces[p].branch);
            const double f = state.flow[p] / base_flow_[p];
            const Loss lost = loss(p, f, input);
            slope[p] = std::max(lost.slope, 0.0) / base_flow_[p];
            offset[p] = lost.value - slope[p] * state.flow[p];
            Behind end;
            double wall = input.leak[p];
            if (!ends_branch(p)) {
                end = behind[p + 1];
            } else if (children_[b].empty()) {
                wall += input.outlet[b];
            } else {
                for (int child : children_[b]) {
                    const Behind& next = behind[first_[static_cast<std::size_t>(child)]];
                    end.by_energy += next.by_energy, end.offset += next.offset;
                }
            }
            end.by_energy += wall;
            end.offset -= wall * (kinetic(p, plan_.pieces[p].last, f, input) + input.venous_pressure);
            const double share = 1 / (1 + end.by_energy * slope[p]);
            behind[p] = {end.by_energy * share, (end.offset - end.by_energy * offset[p]) * share};
        }
        double change = 0;
        for (std::size_t p = 0; p < n; ++p) {
            const auto b = static_cast<std::size_t>(plan_.pieces[p].branch);
            if (p != first_[b])
                state.start[p] = state.start[p - 1] - state.loss[p - 1];
            else if (parent_[b] < 0)
                state.start[p] = input.aortic_pressure;
            else {
                const auto parent = static_cast<std::size_t>(parent_[b]);
                std::size_t last = first_[parent];
                while (!ends_branch(last)) ++last;
                state.start[p] = state.start[last] - state.loss[last];
            }
            const double wanted = behind[p].by_energy * state.start[p] + behind[p].offset;
            const double next =
                std::clamp(wanted, state.flow[p] / largest_step, state.flow[p] * largest_step);
            if (!std::isfinite(wanted)) return state;
            state.loss[p] = offset[p] + slope[p] * wanted;
            change = std::max(change, std::abs(next - state.flow[p]) / std::max(next, 1e-4 * inflow));
            state.flow[p] = next;
        }
        if (change < tolerance) {
            state.converged = true;
            return state;
        }
    }
    return state;
}

double FlowSurrogate::pressure(const SurrogateInput& input, const SurrogateState& state, std::size_t branch,
                               std::size_t point) const {
    const std::size_t p = piece_[branch][point];
    return state.start[p] - part_[branch][point] * state.loss[p] -
           kinetic(p, point, state.flow[p] / base_flow_[p], input);
}

}  // namespace ctffr
