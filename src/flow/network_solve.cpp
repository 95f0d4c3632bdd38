// SPDX-License-Identifier: Apache-2.0
#include "flow/network_solve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "flow/krylov.hpp"
#include "flow/mixing.hpp"
#include "flow/network_equations.hpp"

namespace ctffr {

namespace {

using Eigen::VectorXd;

// Solves the linearised network again and again. The change that it still asks for, relative to what each
// leaf and leak can carry, measures the error: in a throat that is all but closed a flow that is hardly wrong
// misses any amount of pressure, so pressures cannot be the measure on the way.
class Descent {
   public:
    // `slopes` of a network that is almost the same save the first linearisation.
    Descent(const NetworkEquations& equations, NetworkIterate start, const NetworkTangent* slopes)
        : equations_(equations), tangent_(equations.march()), now_(std::move(start)) {
        unit_ = equations.capacity(now_.unknowns);
        x_ = equations.pack(now_.unknowns);
        if (!slopes) {
            linearise();
            return;
        }
        tangent_.take_slopes(*slopes);
        tangent_.move_to(now_.state);
        change_ = equations_.pack(tangent_.solve()) - x_;
        fresh_ = false;
    }

    const NetworkIterate& now() const { return now_; }
    NetworkIterate take() { return std::move(now_); }
    double asked() const { return size(change_); }

    // One better iterate; false when there is none.
    bool step() {
        mixing_.add(x_.cwiseQuotient(unit_), change_.cwiseQuotient(unit_));
        Trial next;
        bool better = false;
        if (mixing_.ready()) {
            next = try_at(mixing_.next().cwiseProduct(unit_));
            better = next.asked < asked() / 2;
        }
        if (!better) better = search(change_, 2, next);
        if (!better && !fresh_) {
            linearise();
            mixing_.forget();
            better = search(change_, 2, next);
        }
        if (!better) {
            mixing_.forget();
            better = search(exact_newton(), 20, next);
        }
        if (!better) return false;
        constexpr double far = 1e-2, slow = 0.2;
        const bool renew = asked() > far || next.asked > slow * asked();
        now_ = std::move(next.iterate);
        x_ = std::move(next.x), change_ = std::move(next.change), fresh_ = false;
        if (renew) linearise();
        return true;
    }

   private:
    struct Trial {
        NetworkIterate iterate;
        VectorXd x, change;
        double asked = std::numeric_limits<double>::infinity();
    };

    double size(const VectorXd& change) const {
        return change.cwiseQuotient(unit_).norm() / std::sqrt(static_cast<double>(unit_.size()));
    }

    void linearise() {
        tangent_.linearise(now_.unknowns.flows, now_.state);
        change_ = equations_.pack(tangent_.solve()) - x_;
        fresh_ = true;
    }

    Trial try_at(const VectorXd& wanted) {
        Trial trial;
        trial.iterate = equations_.at(equations_.unpack(wanted, now_.unknowns));
        if (!trial.iterate.finite()) return trial;
        tangent_.move_to(trial.iterate.state);
        trial.x = equations_.pack(trial.iterate.unknowns);
        trial.change = equations_.pack(tangent_.solve()) - trial.x;
        trial.asked = size(trial.change);
        return trial;
    }

    bool search(const VectorXd& step, int halvings, Trial& found) {
        double fraction = 1;
        for (int k = 0; k < halvings; ++k, fraction /= 2) {
            found = try_at(x_ + fraction * step);
            if (found.asked < (1 - 0.1 * fraction) * asked()) return true;
        }
        return false;
    }

    // The slopes of the linear network leave out what a change of one flow does to the profiles of others;
    // here they are all there.
    VectorXd exact_newton() {
        constexpr int directions = 40;
        constexpr double reduction = 0.01, difference = 1e-6;
        const double by = difference * std::max(size(x_), 1e-3);
        const auto derivative = [&](const VectorXd& direction) -> VectorXd {
            const double length = by / direction.norm();
            const Trial moved = try_at(x_ + length * direction.cwiseProduct(unit_));
            if (!std::isfinite(moved.asked)) return VectorXd::Constant(x_.size(), moved.asked);
            return (moved.change - change_).cwiseQuotient(unit_) / length;
        };
        return newton_krylov(change_.cwiseQuotient(unit_), derivative, directions, reduction)
            .cwiseProduct(unit_);
    }

    const NetworkEquations& equations_;
    NetworkTangent tangent_;
    NetworkIterate now_;
    VectorXd x_, change_, unit_;
    Mixing mixing_;
    bool fresh_ = true;
};

NetworkSolution descend(const NetworkEquations& equations, NetworkIterate start, int max_iterations,
                        double tolerance, const Run& run, const NetworkTangent* slopes = nullptr) {
    NetworkSolution solution;
    SolveStatus& status = solution.status;
    if (!start.finite()) {
        status.reason = SolveStatus::Reason::not_finite;
        status.note = "the velocity profile has no solution at any starting flow";
    } else {
        constexpr double no_change = 1e-14;  // of what leaves and leaks can carry
        Descent descent(equations, std::move(start), slopes);
        solution.residual_history.push_back(descent.now().residual);
        while (descent.now().residual > tolerance && status.iterations < max_iterations) {
            run.check_cancel();
            ++status.iterations;
            if (descent.asked() <= no_change || !descent.step()) {
                status.reason = SolveStatus::Reason::stalled;
                break;
            }
            solution.residual_history.push_back(descent.now().residual);
        }
        start = descent.take();
        if (start.residual <= tolerance) status.reason = SolveStatus::Reason::converged;
        // Behind an occlusion pressures are the sum of much larger ones, and round-off ends the descent
        // early.
        constexpr double round_off = 1e-7;
        if (status.reason == SolveStatus::Reason::stalled && start.residual <= round_off) {
            status.reason = SolveStatus::Reason::converged;
            status.note = "stopped at round-off";
        }
    }
    status.residual = start.residual;
    solution.flows = std::move(start.unknowns.flows);
    solution.root_pressure = std::move(start.unknowns.root_pressure);
    solution.state = std::move(start.state);
    return solution;
}

// The same network with lighter blood, in which inertia matters little, then heavier step by step, each from
// the flows of the last one. (A jet that reaches a fork makes the split depend so sharply on the flow that no
// step from far away gets closer.)
NetworkSolution by_weight(const Network& network, int max_iterations, double tolerance, const Run& run) {
    constexpr double lightest = 0.02, first_factor = 2, least_factor = 1.02, loose = 1e-4;
    Network lighter = network;
    lighter.density *= lightest;
    const NetworkEquations light(lighter);
    NetworkSolution last = descend(light, light.first(), max_iterations, loose, run);
    int iterations = last.status.iterations;
    double density = lighter.density;
    for (double factor = first_factor; last.status.converged() && factor > least_factor;) {
        const bool whole = density * factor >= network.density;
        Network next = network;
        next.density = whole ? network.density : density * factor;
        const NetworkEquations equations(next);
        NetworkSolution s = descend(equations, equations.at({last.flows, last.root_pressure}), max_iterations,
                                    whole ? tolerance : loose, run);
        s.status.iterations = iterations += s.status.iterations;
        if (!s.status.converged()) {
            factor = std::sqrt(factor);
            continue;
        }
        s.status.note = "reached from lighter blood";
        if (whole) return s;
        last = std::move(s), density = next.density;
    }
    last.status.reason = SolveStatus::Reason::stalled;
    return last;
}

}  // namespace

NetworkSolution solve_network(const Network& network, int max_iterations, double tolerance, const Run& run) {
    const NetworkEquations equations(network);
    NetworkSolution direct = descend(equations, equations.first(), max_iterations, tolerance, run);
    const SolveStatus::Reason reason = direct.status.reason;
    if (reason == SolveStatus::Reason::converged || reason == SolveStatus::Reason::not_finite) return direct;
    NetworkSolution weighed = by_weight(network, max_iterations, tolerance, run);
    return weighed.status.converged() ? std::move(weighed) : std::move(direct);
}

namespace {
constexpr int response_iterations = 60;
// Of the driving pressure, far below the deviations that are asked for.
constexpr double base_tolerance = 1e-5, response_tolerance = 3e-4;
}  // namespace

struct NetworkResponse::Slopes {
    explicit Slopes(const Network& base) : network(base), march(network), tangent(march) {}
    Network network;
    NetworkMarch march;
    NetworkTangent tangent;
};

NetworkResponse::NetworkResponse(const Network& base, const Run& run)
    : solution_(solve_network(base, response_iterations, base_tolerance, run)) {
    if (!valid()) return;
    const auto slopes = std::make_shared<Slopes>(base);
    slopes->tangent.linearise(solution_.flows, solution_.state);
    slopes_ = slopes;
}

std::optional<NetworkState> NetworkResponse::to(const Network& changed, const Run& run) const {
    const NetworkEquations equations(changed);
    NetworkIterate start = equations.at({solution_.flows, solution_.root_pressure});
    NetworkSolution solved =
        descend(equations, std::move(start), response_iterations, response_tolerance, run, &slopes_->tangent);
    if (!solved.status.converged())
        solved = solve_network(changed, response_iterations, response_tolerance, run);
    if (!solved.status.converged()) return std::nullopt;
    return std::move(solved.state);
}

}  // namespace ctffr
