// SPDX-License-Identifier: Apache-2.0
#include "flow/network_solve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <Eigen/Dense>
#include <fmt/format.h>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

// Resistance of everything behind the start of each branch with developed flow, and of the first stretch.
struct LinearNetwork {
    std::vector<double> behind;  // Pa s/m3
    explicit LinearNetwork(const Network& network) : behind(network.branches.size()) {
        for (std::size_t b = network.branches.size(); b-- > 0;) {
            const NetworkBranch& branch = network.branches[b];
            double resistance = branch.outlet_resistance;
            if (!branch.children.empty()) {
                double conductance = 0;
                for (int child : branch.children) conductance += 1 / behind[index(child)];
                resistance = 1 / conductance;
            }
            for (std::size_t i = branch.arc.size(); i-- > 1;) {
                resistance = resistance / (1 + branch.leak[i] * resistance);
                const double r = (branch.radius[i] + branch.radius[i - 1]) / 2;
                // Developed flow, with an allowance for entrance and inertia: this is only the starting
                // point.
                resistance += 1.5 * 8 * network.viscosity * branch.shape[i] *
                              (branch.arc[i] - branch.arc[i - 1]) / (pi * std::pow(r, 4));
            }
            behind[b] = resistance;
        }
    }
};

// Maps unknowns to branch flows and evaluates residuals.
class Equations {
   public:
    Equations(const Network& network, const Run& run) : network_(network), march_(network), run_(run) {
        leaf_of_.assign(network.branches.size(), -1);
        first_.assign(network.branches.size(), -1);
        for (std::size_t b = 0; b < network.branches.size(); ++b) {
            const NetworkBranch& branch = network.branches[b];
            if (branch.parent < 0) root_of_unknown_.push_back(static_cast<int>(b)), kind_.push_back(true);
            if (branch.children.empty()) leaf_of_[b] = leaves_++;
        }
        for (std::size_t b = 0; b < network.branches.size(); ++b) {
            if (network.branches[b].children.size() < 2) continue;
            first_[b] = static_cast<int>(kind_.size());
            for (std::size_t c = 1; c < network.branches[b].children.size(); ++c)
                root_of_unknown_.push_back(static_cast<int>(b)), kind_.push_back(false);
        }
    }

    int size() const { return leaves_; }
    bool is_root(int unknown) const { return kind_[index(unknown)]; }

    VectorXd first_guess() {
        const LinearNetwork linear(network_);
        VectorXd x(size());
        for (int u = 0; u < size(); ++u) {
            const int b = root_of_unknown_[index(u)];
            if (!kind_[index(u)]) continue;
            const double driving = network_.aortic_pressure - network_.venous_pressure;
            if (network_.root_flow) {
                const double drop = *network_.root_flow * linear.behind[index(b)];
                scale_ = std::max(scale_, drop);
                x(u) = network_.venous_pressure + drop;
            } else {
                scale_ = driving;
                x(u) = std::log(driving / linear.behind[index(b)]);
            }
        }
        for (std::size_t b = 0; b < network_.branches.size(); ++b) {
            const auto& children = network_.branches[b].children;
            for (std::size_t c = 1; c < children.size(); ++c)
                x(first_[b] + static_cast<int>(c) - 1) =
                    std::log(linear.behind[index(children[0])] / linear.behind[index(children[c])]);
        }
        // The unknown pressure of a prescribed-flow root counts in units of the driving pressure.
        if (network_.root_flow)
            for (int u = 0; u < size(); ++u)
                if (kind_[index(u)]) x(u) /= scale_;
        return x;
    }

    // Residual of every leaf; NaN where the march fails. Fills `state` when not null.
    VectorXd residual(const VectorXd& x, NetworkState* state) const {
        VectorXd f = VectorXd::Constant(size(), std::numeric_limits<double>::quiet_NaN());
        ProfileMarch work(march_.grid());
        for (int u = 0; u < size(); ++u)
            if (kind_[index(u)]) from_root(u, x, f, state, work);
        return f;
    }

    // Derivatives by forward differences; a column marches only the branches behind its unknown.
    MatrixXd jacobian(const VectorXd& x, const VectorXd& f, const NetworkState& state) const {
        constexpr double delta = 1e-6;
        MatrixXd j(size(), size());
        parallel_for_uneven(Cpu{run_.profiler}, "flow/jacobian", size(), 1, [&](Index column) {
            const int u = static_cast<int>(column);
            VectorXd moved = x, g = f;
            moved(u) += delta;
            ProfileMarch work(march_.grid());
            if (kind_[index(u)]) {
                from_root(u, moved, g, nullptr, work);
            } else {
                const int b = root_of_unknown_[index(u)];
                NetworkMarch::Inflow end{state.pressure[index(b)].back(), state.flow[index(b)].back(),
                                         state.end[index(b)]};
                below(b, std::move(end), moved, g, nullptr, work);
            }
            j.col(u) = (g - f) / delta;
        });
        return j;
    }

   private:
    void from_root(int u, const VectorXd& x, VectorXd& f, NetworkState* state, ProfileMarch& work) const {
        const int b = root_of_unknown_[index(u)];
        const double pressure = network_.root_flow ? x(u) * scale_ : network_.aortic_pressure;
        const double flow = network_.root_flow ? *network_.root_flow : std::exp(x(u));
        through(b, march_.at_root(b, pressure, flow), x, f, state, work);
    }

    void through(int b, NetworkMarch::Inflow inflow, const VectorXd& x, VectorXd& f, NetworkState* state,
                 ProfileMarch& work) const {
        if (!march_.through_branch(b, inflow, NetworkMarch::Leak::conductance,
                                   network_.branches[index(b)].leak,
                                   state ? &state->pressure[index(b)] : nullptr,
                                   state ? &state->flow[index(b)] : nullptr, nullptr, work)) {
            mark_failed(b, f);
            return;
        }
        if (state) state->end[index(b)] = inflow.profile;
        below(b, std::move(inflow), x, f, state, work);
    }

    void below(int b, NetworkMarch::Inflow end, const VectorXd& x, VectorXd& f, NetworkState* state,
               ProfileMarch& work) const {
        const NetworkBranch& branch = network_.branches[index(b)];
        if (branch.children.empty()) {
            f(leaf_of_[index(b)]) =
                (end.pressure - network_.venous_pressure - branch.outlet_resistance * end.flow) / scale_;
            return;
        }
        std::vector<double> weight = {1.0};
        double sum = 1;
        for (std::size_t c = 1; c < branch.children.size(); ++c) {
            weight.push_back(std::exp(x(first_[index(b)] + static_cast<int>(c) - 1)));
            sum += weight.back();
        }
        for (double& w : weight) w *= end.flow / sum;
        auto children = march_.across_junction(b, end, weight);
        for (std::size_t c = 0; c < children.size(); ++c)
            through(branch.children[c], std::move(children[c]), x, f, state, work);
    }

    void mark_failed(int b, VectorXd& f) const {
        const NetworkBranch& branch = network_.branches[index(b)];
        if (branch.children.empty()) f(leaf_of_[index(b)]) = std::numeric_limits<double>::quiet_NaN();
        for (int child : branch.children) mark_failed(child, f);
    }

    const Network& network_;
    NetworkMarch march_;
    const Run& run_;
    int leaves_ = 0;
    double scale_ = 0;                  // Pa
    std::vector<int> root_of_unknown_;  // the root, or the branch whose end is the junction
    std::vector<bool> kind_;            // true: unknown of a root
    std::vector<int> leaf_of_,
        first_;  // per branch: number of the leaf; first unknown of the junction at its end
};

// Branches that a failed march does not reach read as not-a-number.
NetworkState empty_state(const Network& network) {
    NetworkState state;
    for (const NetworkBranch& branch : network.branches) {
        state.pressure.emplace_back(branch.arc.size(), std::numeric_limits<double>::quiet_NaN());
        state.flow.push_back(state.pressure.back());
    }
    state.end.resize(network.branches.size());
    return state;
}

NetworkSolution try_to_solve(const Network& network, int max_iterations, double tolerance, const Run& run) {
    NetworkSolution solution;
    solution.state = empty_state(network);
    Equations equations(network, run);
    VectorXd x = equations.first_guess();
    VectorXd f = equations.residual(x, &solution.state);
    // Too much flow for the march at the first guess: less flow always has a solution.
    for (int tries = 0; tries < 30 && !f.allFinite() && !network.root_flow; ++tries) {
        for (int u = 0; u < equations.size(); ++u)
            if (equations.is_root(u)) x(u) -= 0.5;
        f = equations.residual(x, &solution.state);
    }
    SolveStatus& status = solution.status;
    if (!f.allFinite()) {
        status.reason = SolveStatus::Reason::not_finite;
        status.note = "the velocity profile has no solution at any starting flow";
        return solution;
    }
    MatrixXd j = equations.jacobian(x, f, solution.state);
    bool fresh = true;
    double norm = f.lpNorm<Eigen::Infinity>();
    solution.residual_history.push_back(norm);
    while (norm > tolerance && status.iterations < max_iterations) {
        run.check_cancel();
        ++status.iterations;
        VectorXd step = j.partialPivLu().solve(-f);
        // No unknown moves by more than a factor of e.
        if (const double longest = step.lpNorm<Eigen::Infinity>(); longest > 1) step /= longest;
        double fraction = 1;
        VectorXd x_new, f_new;
        NetworkState state_new = solution.state;
        bool better = false;
        for (int halving = 0; halving < 12 && !better; ++halving, fraction /= 2) {
            x_new = x + fraction * step;
            f_new = equations.residual(x_new, &state_new);
            better = f_new.allFinite() && f_new.norm() < (1 - 1e-4 * fraction) * f.norm();
        }
        if (!better) {
            if (fresh) {
                status.reason = SolveStatus::Reason::stalled;
                break;
            }
            j = equations.jacobian(x, f, solution.state), fresh = true;
            continue;
        }
        const VectorXd moved = x_new - x, changed = f_new - f;
        const double norm_new = f_new.lpNorm<Eigen::Infinity>();
        solution.state = std::move(state_new);
        x = x_new, f = f_new;
        if (norm_new > 0.2 * norm) {
            j = equations.jacobian(x, f, solution.state), fresh = true;
        } else {
            j += (changed - j * moved) * moved.transpose() / moved.squaredNorm(), fresh = false;  // Broyden
        }
        norm = norm_new;
        solution.residual_history.push_back(norm);
    }
    solution.unknowns.assign(x.begin(), x.end());
    status.residual = norm;
    if (norm <= tolerance) status.reason = SolveStatus::Reason::converged;
    // Behind an occlusion the flow is the difference of almost equal numbers, and round-off ends the descent
    // early.
    constexpr double round_off = 1e-7;
    if (status.reason == SolveStatus::Reason::stalled && norm <= round_off) {
        status.reason = SolveStatus::Reason::converged;
        status.note = "stopped at round-off";
    }
    return solution;
}

}  // namespace

NetworkSolution solve_network(const Network& network, int max_iterations, double tolerance, const Run& run) {
    NetworkSolution solution = try_to_solve(network, max_iterations, tolerance, run);
    // The jet of a very tight throat needs finer rings, or a wall that opens more slowly, for the march to
    // have a solution at every flow that Newton tries.
    const std::pair<int, double> fallback[] = {{2 * network.rings, network.max_divergence},
                                               {2 * network.rings, network.max_divergence / 2}};
    for (const auto& [rings, divergence] : fallback) {
        const bool failed = solution.status.reason == SolveStatus::Reason::stalled ||
                            solution.status.reason == SolveStatus::Reason::not_finite;
        if (!failed) break;
        Network finer = network;
        finer.rings = rings, finer.max_divergence = divergence;
        solution = try_to_solve(finer, max_iterations, tolerance, run);
        if (solution.status.converged())
            solution.status.note =
                fmt::format("solved with {} rings and a wall slope of at most {}", rings, divergence);
    }
    return solution;
}

namespace {
constexpr int response_iterations = 60;
constexpr double response_tolerance = 1e-5;  // far below the deviations that are asked for
}  // namespace

NetworkResponse::NetworkResponse(const Network& base, const Run& run) : base_(base), run_(run) {
    solution_ = try_to_solve(base, response_iterations, response_tolerance, run);
    if (!valid()) return;
    Equations equations(base_, run);
    (void)equations.first_guess();  // sets the scale of the residuals
    const VectorXd x = Eigen::Map<const VectorXd>(solution_.unknowns.data(), equations.size());
    const VectorXd f = equations.residual(x, nullptr);
    const MatrixXd inverse = equations.jacobian(x, f, solution_.state).inverse();
    for (Eigen::Index row = 0; row < inverse.rows(); ++row)
        for (Eigen::Index column = 0; column < inverse.cols(); ++column)
            inverse_.push_back(inverse(row, column));
}

std::optional<NetworkState> NetworkResponse::to(const Network& changed) const {
    Equations equations(changed, run_);
    (void)equations.first_guess();
    const int n = equations.size();
    const Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> inverse(
        inverse_.data(), n, n);
    const VectorXd x = Eigen::Map<const VectorXd>(solution_.unknowns.data(), n);
    const VectorXd f = equations.residual(x, nullptr);
    if (f.allFinite()) {
        // No flow moves by more than a factor of e, as in the solver.
        VectorXd step = inverse * f;
        if (const double longest = step.lpNorm<Eigen::Infinity>(); longest > 1) step /= longest;
        NetworkState state = empty_state(changed);
        const VectorXd left = equations.residual(x - step, &state);
        constexpr double first_order = 0.02;  // of the driving pressure
        if (left.allFinite() && left.lpNorm<Eigen::Infinity>() < first_order) return state;
    }
    // A very tight throat: first order has no answer, solving has.
    constexpr int few = 12;
    NetworkSolution solved = try_to_solve(changed, few, response_tolerance, run_);
    if (!solved.status.converged()) return std::nullopt;
    return std::move(solved.state);
}

}  // namespace ctffr
