// SPDX-License-Identifier: Apache-2.0
#include "flow/network.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr {

namespace {

double square(double x) { return x * x; }
const NetworkBranch& branch_at(const Network& network, int b) {
    return network.branches[static_cast<std::size_t>(b)];
}

// Pressure change over a step. Creeping flow is locally developed; treating it so also keeps iterates in
// which leaks use up the flow (or turn it round) finite, so that Newton can leave them.
double change_over(const MarchStep& step, Profile& profile, ProfileMarch& work) {
    constexpr double creeping_reynolds = 0.5;
    const double radius = (step.radius0 + step.radius1) / 2;
    const double creeping = creeping_reynolds * pi * radius * step.viscosity / (2 * step.density);
    if (std::min(step.flow0, step.flow1) > creeping) return work.advance(step, profile);
    const double inverse4 = (std::pow(step.radius0, -4) + std::pow(step.radius1, -4)) / 2;
    return -8 * step.viscosity / pi * inverse4 * step.length * (step.flow0 + step.flow1) / 2;
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
        for (std::size_t i = 1; i < radius.size(); ++i)
            radius[i] = std::min(
                radius[i], radius[i - 1] + network.max_divergence * (branch.arc[i] - branch.arc[i - 1]));
        radius_slope_.push_back(monotone_slopes(branch.arc, radius));
        radius_.push_back(std::move(radius));
    }
}

NetworkMarch::Inflow NetworkMarch::at_root(int branch, double pressure, double flow) const {
    switch (network_.inlet) {
        case InletProfile::developed: return {pressure, flow, Profile::parabola(grid_)};
        case InletProfile::aorta: break;
    }
    const double speed = flow / (pi * square(branch_at(network_, branch).radius.front()));
    const double loss = (1 + network_.ostium_loss) * network_.density * square(speed) / 2;
    return {pressure - loss, flow, Profile::flat(grid_)};
}

bool NetworkMarch::through_branch(int b, Inflow& inflow, Leak kind, const std::vector<double>& leak,
                                  std::vector<double>* pressure, std::vector<double>* flow,
                                  std::vector<double>* leak_pressure, ProfileMarch& work) const {
    const std::size_t n = branch_at(network_, b).arc.size();
    if (pressure) pressure->assign(n, inflow.pressure), flow->assign(n, inflow.flow);
    if (leak_pressure) leak_pressure->assign(n, inflow.pressure);
    for (std::size_t i = 1; i < n; ++i) {
        const double out = leak[i] + (i == 1 ? leak[0] : 0);
        double mean_pressure = 0;
        const double before = inflow.pressure;
        const bool done = network_.law == FlowLaw::profile
                              ? march_interval(b, i, out, kind, inflow, mean_pressure, work)
                              : algebraic_interval(b, i, out, kind, inflow, mean_pressure);
        if (!done) return false;
        const NetworkBranch& branch = branch_at(network_, b);
        if (!branch.drop_factor.empty())
            inflow.pressure = before + branch.drop_factor[i] * (inflow.pressure - before) -
                              branch.extra_loss[i] * inflow.flow * std::abs(inflow.flow);
        if (pressure) (*pressure)[i] = inflow.pressure, (*flow)[i] = inflow.flow;
        if (leak_pressure) (*leak_pressure)[i] = mean_pressure;
    }
    return true;
}

// From point - 1 to point with the velocity profile; `mean_pressure` is over the steps, as the leak sees it.
bool NetworkMarch::march_interval(int b, std::size_t point, double leak, Leak kind, Inflow& inflow,
                                  double& mean_pressure, ProfileMarch& work) const {
    const NetworkBranch& branch = branch_at(network_, b);
    const std::vector<double>& slope = radius_slope_[static_cast<std::size_t>(b)];
    const double length = branch.arc[point] - branch.arc[point - 1];
    const std::vector<double>& radius = radius_[static_cast<std::size_t>(b)];
    const double r0 = radius[point - 1], r1 = radius[point];
    const double wanted =
        std::max(length / network_.max_step, std::abs(std::log(r1 / r0)) / network_.max_radius_change);
    const Inflow start = inflow;
    // Halve the steps where a steep wall leaves an implicit stage without a solution.
    constexpr int refinements = 5;
    for (int refinement = 0; refinement < refinements; ++refinement) {
        const int steps = static_cast<int>(std::ceil(wanted)) << refinement;
        const double h = length / steps;
        double r_before = r0, slope_before = slope[point - 1], pressure_sum = 0;
        bool done = true;
        inflow = start;
        for (int k = 1; k <= steps && done; ++k) {
            const double t = static_cast<double>(k) / steps, t2 = t * t, t3 = t2 * t;
            const double r = (2 * t3 - 3 * t2 + 1) * r0 + (t3 - 2 * t2 + t) * length * slope[point - 1] +
                             (3 * t2 - 2 * t3) * r1 + (t3 - t2) * length * slope[point];
            const double dr = (6 * t2 - 6 * t) * (r0 - r1) / length +
                              (3 * t2 - 4 * t + 1) * slope[point - 1] + (3 * t2 - 2 * t) * slope[point];
            const double lost =
                leak / steps * (kind == Leak::flow ? 1 : inflow.pressure - network_.venous_pressure);
            pressure_sum += inflow.pressure;
            const double shape =
                branch.shape[point - 1] + t * (branch.shape[point] - branch.shape[point - 1]);
            const MarchStep step{h,
                                 r_before,
                                 r,
                                 slope_before,
                                 dr,
                                 inflow.flow,
                                 inflow.flow - lost,
                                 network_.density,
                                 network_.viscosity * shape};
            inflow.pressure += change_over(step, inflow.profile, work);
            inflow.flow -= lost;
            r_before = r, slope_before = dr;
            done = std::isfinite(inflow.pressure);
        }
        mean_pressure = pressure_sum / steps;
        if (done) return true;
    }
    return false;
}

// The same with developed flow, and a textbook law spread over the points of a stenosis by their viscous
// part.
bool NetworkMarch::algebraic_interval(int b, std::size_t point, double leak, Leak kind, Inflow& inflow,
                                      double& mean_pressure) const {
    const NetworkBranch& branch = branch_at(network_, b);
    const auto viscous = [&](std::size_t i) {
        const double inverse4 = (std::pow(branch.radius[i - 1], -4) + std::pow(branch.radius[i], -4)) / 2;
        return 8 * network_.viscosity / pi * inverse4 * (branch.arc[i] - branch.arc[i - 1]) *
               (branch.shape[i - 1] + branch.shape[i]) / 2;
    };
    mean_pressure = inflow.pressure;
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
    inflow.flow -= leak * (kind == Leak::flow ? 1 : inflow.pressure - network_.venous_pressure);
    inflow.pressure -= drop;
    return std::isfinite(inflow.pressure);
}

std::vector<NetworkMarch::Inflow> NetworkMarch::across_junction(
    int b, const Inflow& end, const std::vector<double>& child_flows) const {
    const NetworkBranch& parent = branch_at(network_, b);
    if (network_.law != FlowLaw::profile || !(end.flow > 0)) {
        std::vector<Inflow> same;
        for (double flow : child_flows) same.push_back({end.pressure, flow, Profile::parabola(grid_)});
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
            {end.pressure + network_.density / 2 * change, child_flows[i], std::move(profile)});
    }
    return children;
}

PrescribedState march_prescribed(const Network& network, const PrescribedFlows& flows) {
    const NetworkMarch march(network);
    ProfileMarch work(march.grid());
    const std::size_t n = network.branches.size();
    PrescribedState result;
    result.state.pressure.resize(n), result.state.flow.resize(n), result.state.end.resize(n);
    result.leak_pressure.resize(n);
    // Flow at the start of each branch, from the leaves up.
    std::vector<double> start(n, 0.0);
    std::vector<NetworkMarch::Inflow> inflow(n);
    for (std::size_t b = n; b-- > 0;) {
        start[b] = flows.outlet[b];
        for (double leak : flows.leak[b]) start[b] += leak;
        for (int child : network.branches[b].children) start[b] += start[static_cast<std::size_t>(child)];
    }
    for (std::size_t b = 0; b < n; ++b) {
        const int id = static_cast<int>(b);
        if (network.branches[b].parent < 0) inflow[b] = march.at_root(id, network.aortic_pressure, start[b]);
        if (!march.through_branch(id, inflow[b], NetworkMarch::Leak::flow, flows.leak[b],
                                  &result.state.pressure[b], &result.state.flow[b], &result.leak_pressure[b],
                                  work))
            throw Error(
                ExitCode::not_converged,
                "The flow of {:.1f} mL/min that branch {} should take cannot be marched through it (smallest "
                "radius {:.2f} mm): check the lumen of this branch.",
                ml_min_from_m3_s(start[b]), id,
                *std::min_element(network.branches[b].radius.begin(), network.branches[b].radius.end()) *
                    1e3);
        result.state.end[b] = inflow[b].profile;
        std::vector<double> child_flows;
        for (int child : network.branches[b].children)
            child_flows.push_back(start[static_cast<std::size_t>(child)]);
        if (child_flows.empty()) continue;
        auto children = march.across_junction(id, inflow[b], child_flows);
        for (std::size_t i = 0; i < children.size(); ++i)
            inflow[static_cast<std::size_t>(network.branches[b].children[i])] = std::move(children[i]);
    }
    return result;
}

}  // namespace ctffr
