// SPDX-License-Identifier: Apache-2.0
#include "flow/network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "flow/bend_friction.hpp"

namespace ctffr {

namespace {

double square(double x) { return x * x; }
const NetworkBranch& branch_at(const Network& network, int b) {
    return network.branches[static_cast<std::size_t>(b)];
}

// Pa, of a fitted network.
double extra_loss(const NetworkBranch& branch, std::size_t point, double flow) {
    return branch.extra_loss.empty() ? 0 : branch.extra_loss[point] * flow * std::abs(flow);
}

constexpr double mouth_length = 4;  // of an unseen side branch in radii, for the resistance of its mouth

double creeping_resistance(double radius0, double radius1, double length, double viscosity) {
    return 8 * viscosity / pi * (std::pow(radius0, -4) + std::pow(radius1, -4)) / 2 * length;
}

// Flow that turned round behind a throat cannot enter a steep contraction, where pressure falls downstream:
// it dies out over a few per cent of radius. (The march leaves out its inertia, and would drive it to any
// speed.)
void end_dead_water(const ProfileGrid& grid, const MarchStep& step, Profile& profile) {
    constexpr double strength = 40, full_slope = 0.2;
    if (step.radius1 >= step.radius0) return;
    const double steep = std::min((step.radius0 - step.radius1) / (full_slope * step.length), 1.0);
    const double factor = std::pow(step.radius1 / step.radius0, strength * steep);
    double mean = 0;
    for (std::size_t k = 0; k < profile.value.size(); ++k) {
        if (profile.value[k] < 0) profile.value[k] *= factor;
        mean += grid.width[k] * profile.value[k];
    }
    for (double& u : profile.value) u /= mean;
}

// Pressure change over a step. Creeping flow is locally developed; treating it so also keeps iterates finite
// in which the flow vanishes or turns round. Between the two Reynolds numbers the one goes over into the
// other, so that pressure depends on flow without a step.
double change_over(const ProfileGrid& grid, const MarchStep& step, Profile& profile, ProfileMarch& work) {
    constexpr double creeping_reynolds = 0.25, marched_reynolds = 0.5;
    const double radius = (step.radius0 + step.radius1) / 2, flow = std::min(step.flow0, step.flow1);
    const double reynolds = 2 * step.density * flow / (pi * radius * step.viscosity);
    const double weight =
        std::clamp((reynolds - creeping_reynolds) / (marched_reynolds - creeping_reynolds), 0.0, 1.0);
    double change = 0;
    if (weight > 0) {
        change = weight * work.advance(step, profile);
        end_dead_water(grid, step, profile);
    }
    if (weight < 1) {
        change -= (1 - weight) *
                  creeping_resistance(step.radius0, step.radius1, step.length, step.viscosity) *
                  (step.flow0 + step.flow1) / 2;
        const Profile developed = Profile::parabola(grid);
        for (std::size_t k = 0; k < profile.value.size(); ++k)
            profile.value[k] = weight * profile.value[k] + (1 - weight) * developed.value[k];
    }
    return change;
}

}  // namespace

std::vector<double> monotone_slopes(const std::vector<double>& x, const std::vector<double>& y) {
    const std::size_t n = x.size();
    std::vector<double> secant(n - 1), slope(n);
    for (std::size_t i = 0; i + 1 < n; ++i) secant[i] = (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
    slope[0] = secant[0], slope[n - 1] = secant[n - 2];
    for (std::size_t i = 1; i + 1 < n; ++i) {
        const double h0 = x[i] - x[i - 1], h1 = x[i + 1] - x[i];
        // Second-order slope, limited to three times the smaller secant; zero at an extremum.
        const double mean = (h1 * secant[i - 1] + h0 * secant[i]) / (h0 + h1);
        const double limit = 3 * std::min(std::abs(secant[i - 1]), std::abs(secant[i]));
        slope[i] = secant[i - 1] * secant[i] <= 0 ? 0 : std::clamp(mean, -limit, limit);
    }
    return slope;
}

NetworkMarch::NetworkMarch(const Network& network) : network_(network), grid_(network.rings) {
    for (const NetworkBranch& branch : network.branches) {
        std::vector<double> radius = branch.radius;
        for (double& r : radius) r = std::max(r, network.least_radius);
        for (std::size_t i = 1; i < radius.size(); ++i)
            radius[i] = std::min(
                radius[i], radius[i - 1] + network.max_divergence * (branch.arc[i] - branch.arc[i - 1]));
        radius_slope_.push_back(monotone_slopes(branch.arc, radius));
        radius_.push_back(std::move(radius));
    }
    for (std::size_t b = 0; b < network.branches.size(); ++b) {
        const NetworkBranch& branch = network.branches[b];
        std::vector<Creeping> stretches(branch.arc.size());
        for (std::size_t i = 1; i < branch.arc.size(); ++i) {
            const int steps = steps_wanted(static_cast<int>(b), i);
            const double h = (branch.arc[i] - branch.arc[i - 1]) / steps;
            double before = station(static_cast<int>(b), i, 0).radius;
            Creeping& c = stretches[i];
            for (int k = 1; k <= steps; ++k) {
                const Station here = station(static_cast<int>(b), i, static_cast<double>(k) / steps);
                const double lost =
                    creeping_resistance(before, here.radius, h, network.viscosity * here.shape);
                const double middle = (k - 0.5) / steps;
                c.at_start += lost * (1 - middle), c.at_end += lost * middle;
                before = here.radius;
            }
            const double mouth = (radius_[b][i - 1] + radius_[b][i]) / 2;
            c.leak = branch.leak_before(i);
            c.leak /= 1 + c.leak * creeping_resistance(mouth, mouth, mouth_length * mouth, network.viscosity);
            c.upstream = 1 / (2 + c.leak * (c.at_start + c.at_end));
        }
        creeping_.push_back(std::move(stretches));
    }
}

NetworkMarch::Inflow NetworkMarch::at_root(int branch, double pressure, double flow) const {
    pressure -= extra_loss(branch_at(network_, branch), 0, flow);
    switch (network_.inlet) {
        case InletProfile::developed: return {pressure, flow, Profile::parabola(grid_)};
        case InletProfile::aorta: break;
    }
    const double speed = flow / (pi * square(branch_at(network_, branch).radius.front()));
    const double loss = (1 + network_.ostium_loss) * network_.density * square(speed) / 2;
    return {pressure - loss, flow, Profile::flat(grid_)};
}

bool NetworkMarch::through_branch(int b, Inflow& inflow, const std::vector<double>& flow, Along& along,
                                  ProfileMarch& work) const {
    const std::size_t n = branch_at(network_, b).arc.size();
    along.pressure.assign(n, std::numeric_limits<double>::quiet_NaN());
    along.leak_pressure = along.kinetic = along.pressure;
    along.pressure[0] = along.leak_pressure[0] = inflow.pressure;
    along.kinetic[0] = kinetic(b, 0, inflow);
    for (std::size_t i = 1; i < n; ++i) {
        const double before = inflow.pressure;
        const bool done = network_.law == FlowLaw::profile ? march_interval(b, i, flow[i], inflow, work)
                                                           : algebraic_interval(b, i, flow[i], inflow);
        if (!done) return false;
        const NetworkBranch& branch = branch_at(network_, b);
        if (!branch.drop_factor.empty())
            inflow.pressure = before + branch.drop_factor[i] * (inflow.pressure - before) -
                              extra_loss(branch, i, inflow.flow);
        along.pressure[i] = inflow.pressure, along.kinetic[i] = kinetic(b, i, inflow);
        const double upstream = creeping(b, i).upstream;
        along.leak_pressure[i] = upstream * along.pressure[i - 1] + (1 - upstream) * along.pressure[i];
    }
    return true;
}

double NetworkMarch::kinetic(int branch, std::size_t point, const Inflow& inflow) const {
    if (network_.law != FlowLaw::profile) return 0;
    const double speed = inflow.flow / (pi * square(radius_[static_cast<std::size_t>(branch)][point]));
    return energy_factor(grid_, inflow.profile) * network_.density * square(speed) / 2;
}

NetworkMarch::Station NetworkMarch::station(int b, std::size_t point, double t) const {
    const NetworkBranch& branch = branch_at(network_, b);
    const std::vector<double>& radius = radius_[static_cast<std::size_t>(b)];
    const std::vector<double>& slope = radius_slope_[static_cast<std::size_t>(b)];
    const double length = branch.arc[point] - branch.arc[point - 1], t2 = t * t, t3 = t2 * t;
    const double r0 = radius[point - 1], r1 = radius[point];
    return {
        (2 * t3 - 3 * t2 + 1) * r0 + (t3 - 2 * t2 + t) * length * slope[point - 1] + (3 * t2 - 2 * t3) * r1 +
            (t3 - t2) * length * slope[point],
        (6 * t2 - 6 * t) * (r0 - r1) / length + (3 * t2 - 4 * t + 1) * slope[point - 1] +
            (3 * t2 - 2 * t) * slope[point],
        branch.shape[point - 1] + t * (branch.shape[point] - branch.shape[point - 1]),
        branch.curvature.empty() ? 0 : std::lerp(branch.curvature[point - 1], branch.curvature[point], t)};
}

int NetworkMarch::steps_wanted(int b, std::size_t point) const {
    const NetworkBranch& branch = branch_at(network_, b);
    const std::vector<double>& radius = radius_[static_cast<std::size_t>(b)];
    const double length = branch.arc[point] - branch.arc[point - 1];
    return static_cast<int>(
        std::ceil(std::max(length / network_.max_step, std::abs(std::log(radius[point] / radius[point - 1])) /
                                                           network_.max_radius_change)));
}

// From point - 1 to point with the velocity profile.
bool NetworkMarch::march_interval(int b, std::size_t point, double end_flow, Inflow& inflow,
                                  ProfileMarch& work) const {
    const NetworkBranch& branch = branch_at(network_, b);
    const double length = branch.arc[point] - branch.arc[point - 1];
    const int wanted = steps_wanted(b, point);
    const Inflow start = inflow;
    // Halve the steps where a steep wall leaves an implicit stage without a solution.
    constexpr int refinements = 5;
    for (int refinement = 0; refinement < refinements; ++refinement) {
        const int steps = wanted << refinement;
        Station before = station(b, point, 0);
        bool done = true;
        inflow = start;
        for (int k = 1; k <= steps && done; ++k) {
            const double t = static_cast<double>(k) / steps;
            const Station here = station(b, point, t);
            const double flow = start.flow + t * (end_flow - start.flow);
            const double reynolds = 2 * network_.density * flow / (pi * here.radius * network_.viscosity);
            const double bend = here.radius * here.curvature;
            inflow.bend_excess += (bend_friction(reynolds * std::sqrt(bend)) - 1 - inflow.bend_excess) *
                                  -std::expm1(-length / steps / (here.radius * bend_turnover(bend)));
            const double friction = here.shape * (1 + inflow.bend_excess);
            const MarchStep step{length / steps, before.radius,    here.radius,
                                 before.slope,   here.slope,       inflow.flow,
                                 flow,           network_.density, network_.viscosity * friction};
            inflow.pressure += change_over(grid_, step, inflow.profile, work);
            inflow.flow = flow;
            before = here;
            done = std::isfinite(inflow.pressure);
        }
        if (done) return true;
    }
    return false;
}

// The same with developed flow, and a textbook law spread over the points of a stenosis by their viscous
// part.
bool NetworkMarch::algebraic_interval(int b, std::size_t point, double end_flow, Inflow& inflow) const {
    const NetworkBranch& branch = branch_at(network_, b);
    const auto viscous = [&](std::size_t i) {
        const double inverse4 = (std::pow(branch.radius[i - 1], -4) + std::pow(branch.radius[i], -4)) / 2;
        return 8 * network_.viscosity / pi * inverse4 * (branch.arc[i] - branch.arc[i - 1]) *
               (branch.shape[i - 1] + branch.shape[i]) / 2;
    };
    double drop = viscous(point) * inflow.flow;
    for (const StenosisSpan& span : branch.stenoses) {
        if (point <= span.first || point > span.last) continue;
        StenosisShape stenosis;
        stenosis.reference_area = span.reference_area;
        const auto area = [&](std::size_t i) { return pi * square(branch.radius[i]); };
        stenosis.inlet_area = area(span.first), stenosis.outlet_area = area(span.last);
        stenosis.throat_area = stenosis.inlet_area;
        for (std::size_t i = span.first; i <= span.last; ++i)
            stenosis.throat_area = std::min(stenosis.throat_area, area(i));
        for (std::size_t i = span.first + 1; i <= span.last; ++i) stenosis.viscous_resistance += viscous(i);
        stenosis.length = branch.arc[span.last] - branch.arc[span.first];
        // Mean heart rate under adenosine, for the pulsatile factor of Itu's law.
        constexpr double angular_frequency = 2 * pi * 90 / 60;
        const Blood blood{network_.density, network_.viscosity};
        double whole = 0;
        switch (network_.law) {
            case FlowLaw::profile: break;
            case FlowLaw::young_tsai: whole = young_tsai_drop(stenosis, blood, inflow.flow); break;
            case FlowLaw::itu: whole = itu_drop(stenosis, blood, inflow.flow, angular_frequency); break;
            case FlowLaw::huo_kassab: whole = huo_kassab_drop(stenosis, blood, inflow.flow); break;
        }
        drop = whole * viscous(point) / stenosis.viscous_resistance;
    }
    inflow.flow = end_flow;
    inflow.pressure -= drop;
    return std::isfinite(inflow.pressure);
}

std::vector<NetworkMarch::Inflow> NetworkMarch::across_junction(
    int b, const Inflow& end, const std::vector<double>& child_flows) const {
    const NetworkBranch& parent = branch_at(network_, b);
    if (network_.law != FlowLaw::profile || !(end.flow > 0)) {
        std::vector<Inflow> same;
        for (std::size_t i = 0; i < child_flows.size(); ++i)
            same.push_back(
                {end.pressure - extra_loss(branch_at(network_, parent.children[i]), 0, child_flows[i]),
                 child_flows[i], Profile::parabola(grid_)});
        return same;
    }
    const double parent_speed = end.flow / (pi * square(radius_[static_cast<std::size_t>(b)].back()));
    // Each child takes the part of the profile beyond a plane parallel to the axis. With more than two
    // children the parts overlap; scaling keeps the energy that arrives.
    std::vector<double> share, part_energy;
    double energy = 0;
    for (double flow : child_flows) {
        share.push_back(flow / end.flow);
        part_energy.push_back(energy_factor_of_part(grid_, end.profile, share.back()));
        energy += share.back() * part_energy.back();
    }
    const double scale = energy_factor_of_part(grid_, end.profile, 1) / energy;
    std::vector<Inflow> children;
    for (std::size_t i = 0; i < child_flows.size(); ++i) {
        const NetworkBranch& child = branch_at(network_, parent.children[i]);
        // A child that takes nearly all keeps the profile; a small one starts with thin boundary layers.
        Profile profile = Profile::flat(grid_);
        const double keep = square(share[i]);
        for (std::size_t k = 0; k < profile.value.size(); ++k)
            profile.value[k] += keep * (end.profile.value[k] - profile.value[k]);
        const double speed =
            child_flows[i] / (pi * square(radius_[static_cast<std::size_t>(parent.children[i])].front()));
        const double arriving = parent_speed * std::sqrt(scale * part_energy[i]);
        const double leaving = speed * std::sqrt(energy_factor(grid_, profile));
        // Borda-Carnot with direction: the speed across the child is lost, and the excess of speed along it.
        const double cosine = std::clamp(child.turn_cosine, 0.0, 1.0);
        const double across = square(arriving) * (1 - square(cosine));
        const double excess = square(std::max(arriving * cosine - leaving, 0.0));
        const double change = square(arriving) - square(leaving) - across - excess;
        children.push_back(
            {end.pressure + network_.density / 2 * change - extra_loss(child, 0, child_flows[i]),
             child_flows[i], std::move(profile), keep * end.bend_excess});
    }
    return children;
}

std::vector<std::vector<double>> NetworkFlows::along(const Network& network) const {
    std::vector<std::vector<double>> flow(network.branches.size());
    for (std::size_t b = network.branches.size(); b-- > 0;) {
        const std::size_t n = leak[b].size();
        double here = outlet[b];
        for (int child : network.branches[b].children) here += flow[static_cast<std::size_t>(child)].front();
        flow[b].resize(n);
        for (std::size_t i = n; i-- > 0;) {
            flow[b][i] = here;
            here += leak[b][i] + (i == 1 ? leak[b][0] : 0);
        }
    }
    return flow;
}

NetworkState march_network(const NetworkMarch& march, const NetworkFlows& flows,
                           const std::vector<double>& root_pressure) {
    const Network& network = march.network();
    const std::size_t n = network.branches.size();
    ProfileMarch work(march.grid());
    NetworkState state;
    state.flow = flows.along(network);
    state.end.resize(n);
    std::vector<NetworkMarch::Inflow> start(n);
    std::vector<char> reached(n, 0);
    for (std::size_t b = 0; b < n; ++b) {
        const NetworkBranch& branch = network.branches[b];
        const int id = static_cast<int>(b);
        if (branch.parent < 0)
            start[b] = march.at_root(id, root_pressure[b], state.flow[b].front()), reached[b] = 1;
        NetworkMarch::Along along;
        along.pressure.assign(branch.arc.size(), std::numeric_limits<double>::quiet_NaN());
        along.leak_pressure = along.kinetic = along.pressure;
        if (reached[b]) {
            if (march.through_branch(id, start[b], state.flow[b], along, work)) {
                std::vector<double> child_flows;
                for (int child : branch.children)
                    child_flows.push_back(state.flow[static_cast<std::size_t>(child)].front());
                auto children = march.across_junction(id, start[b], child_flows);
                for (std::size_t c = 0; c < children.size(); ++c) {
                    const auto child = static_cast<std::size_t>(branch.children[c]);
                    start[child] = std::move(children[c]), reached[child] = 1;
                }
            } else if (state.failed_branch < 0) {
                state.failed_branch = id;
            }
        }
        state.pressure.push_back(std::move(along.pressure));
        state.leak_pressure.push_back(std::move(along.leak_pressure));
        state.kinetic.push_back(std::move(along.kinetic));
        state.end[b] = std::move(start[b]);
    }
    return state;
}

NetworkState march_prescribed(const Network& network, const NetworkFlows& flows) {
    NetworkState state = march_network(NetworkMarch(network), flows,
                                       std::vector<double>(network.branches.size(), network.aortic_pressure));
    if (state.failed_branch < 0) return state;
    const auto b = static_cast<std::size_t>(state.failed_branch);
    const auto& radius = network.branches[b].radius;
    throw Error(ExitCode::not_converged,
                "The flow of {:.1f} mL/min that branch {} should take cannot be marched through it (smallest "
                "radius {:.2f} mm): check the lumen of this branch.",
                ml_min_from_m3_s(state.flow[b].front()), b,
                *std::min_element(radius.begin(), radius.end()) * 1e3);
}

}  // namespace ctffr
