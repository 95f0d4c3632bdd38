// SPDX-License-Identifier: Apache-2.0
// The coronary network that the reduced solver works on. SI units.
#pragma once

#include <optional>
#include <vector>

#include "flow/profile_march.hpp"
#include "flow/stenosis_laws.hpp"

namespace ctffr {

// Points [first, last] of a branch that a textbook law treats as one stenosis.
struct StenosisSpan {
    std::size_t first = 0, last = 0;
    double reference_area = 0;  // m2
};

// One branch of the tree. Vectors are per centerline point.
struct NetworkBranch {
    // Conductance of all that leaves through the wall over the stretch before a point (1, 2 ...).
    double leak_before(std::size_t point) const { return leak[point] + (point == 1 ? leak[0] : 0); }

    int parent = -1;
    std::vector<int> children;
    std::vector<double> arc, radius;     // m; area-equivalent radius
    std::vector<double> shape;           // viscous resistance over that of a circle of the same area, >= 1
    std::vector<double> curvature{};     // of the axis, 1/m; empty: straight
    std::vector<double> leak;            // conductance of unseen side branches, m3/(s Pa)
    double turn_cosine = 1;              // between the end of the parent and the start of this branch
    double outlet_resistance = 0;        // leaves only, Pa s/m3; 0 = outlet at venous pressure
    std::vector<StenosisSpan> stenoses;  // used by textbook laws only
    // From a fit (network_fit.hpp), for the stretch before each point; empty: none. The marched change of
    // pressure times `drop_factor`, less `extra_loss` (Pa s2/m6) times flow squared; extra_loss[0] is that of
    // the junction or ostium before the branch.
    std::vector<double> drop_factor{}, extra_loss{};
};

// What feeds a root: the aorta (blood at rest at `aortic_pressure` enters the ostium with a flat profile), or
// fully developed flow whose static pressure is `aortic_pressure` (verification cases).
enum class InletProfile { aorta, developed };

struct Network {
    std::vector<NetworkBranch> branches;  // parents before children
    double aortic_pressure = 0, venous_pressure = 0, density = 1060, viscosity = 3.5e-3;
    InletProfile inlet = InletProfile::aorta;
    FlowLaw law = FlowLaw::profile;
    std::optional<double> root_flow;  // m3/s into every root; its pressure is then an unknown
    double ostium_loss = 0.5;         // entry loss of an ostium over rho U^2 / 2
    int rings = 32;                   // of the velocity profile
    double max_step = 0.25e-3;        // m
    double max_radius_change = 0.03;  // relative, per step
    // The wall that the march sees opens no faster (dr/dx): behind a steeper one the jet is free anyway, and
    // what lies outside it is dead water.
    double max_divergence = 0.4;
    // No lumen counts as narrower, m: next to nothing passes a few blood cells' width in any case.
    double least_radius = 0.02e-3;
};

// Walks the velocity profile down branches and across junctions with given flows. Read-only after
// construction, so threads share it.
class NetworkMarch {
   public:
    explicit NetworkMarch(const Network& network);

    struct Inflow {
        double pressure = 0, flow = 0;
        Profile profile;
        double bend_excess = 0;  // friction by the secondary flow of bends, relative to none
    };
    // What the march fills, per point, Pa: static pressure, the static pressure that drives the leak over the
    // stretch before the point, and kinetic energy of the profile per volume that flows.
    struct Along {
        std::vector<double> pressure, leak_pressure, kinetic;
    };
    // The stretch before a point when flow creeps: pressure lost = at_start * (flow at its start) + at_end *
    // (flow at its end), Pa s/m3. Its leak is driven by the pressure at its start with weight `upstream`,
    // else by that at its end: 1/2 where the leak hardly matters, less where it takes much of the flow, so
    // that flow stays positive in throats that are all but closed.
    struct Creeping {
        double at_start = 0, at_end = 0, upstream = 0.5;
        double leak = 0;  // conductance, m3/(s Pa)
    };

    // Static pressure and profile just inside a root that takes `flow`, when the aorta (or the inlet) has
    // `pressure`.
    Inflow at_root(int branch, double pressure, double flow) const;
    // Moves `inflow` to the end of the branch; `flow` (m3/s) is given at every point and linear between.
    // False when the march has no solution.
    bool through_branch(int branch, Inflow& inflow, const std::vector<double>& flow, Along& along,
                        ProfileMarch& work) const;
    // Static pressure and profile at the start of each child, from the end of the parent
    // (docs/theory/reduced-flow.md).
    std::vector<Inflow> across_junction(int branch, const Inflow& end,
                                        const std::vector<double>& child_flows) const;

    const Creeping& creeping(int branch, std::size_t point) const {
        return creeping_[static_cast<std::size_t>(branch)][point];
    }
    // Conductance of what leaves over the stretch before a point: that of the network behind mouths that are
    // no wider than the lumen here, which matters in tight throats only.
    double leak(int branch, std::size_t point) const { return creeping(branch, point).leak; }
    // Kinetic energy at a point; 0 for the textbook laws, which know no profile.
    double kinetic(int branch, std::size_t point, const Inflow& inflow) const;

    const ProfileGrid& grid() const { return grid_; }
    const Network& network() const { return network_; }

   private:
    // Between point - 1 (t = 0) and point (t = 1).
    struct Station {
        double radius = 0, slope = 0, shape = 1, curvature = 0;
    };
    Station station(int branch, std::size_t point, double t) const;
    int steps_wanted(int branch, std::size_t point) const;
    bool march_interval(int branch, std::size_t point, double end_flow, Inflow& inflow,
                        ProfileMarch& work) const;
    bool algebraic_interval(int branch, std::size_t point, double end_flow, Inflow& inflow) const;

    const Network& network_;
    ProfileGrid grid_;
    std::vector<std::vector<double>> radius_;        // [branch][point], with the limited divergence
    std::vector<std::vector<double>> radius_slope_;  // [branch][point], dr/dx of the monotone cubic
    std::vector<std::vector<Creeping>> creeping_;    // [branch][point]
};

// Slopes of the monotone piecewise cubic through (x, y) (Fritsch and Carlson 1980).
std::vector<double> monotone_slopes(const std::vector<double>& x, const std::vector<double>& y);

// Flows out of every leaf and through the wall over the stretch before every point.
struct NetworkFlows {
    std::vector<double> outlet;             // per branch, m3/s; 0 for branches with children
    std::vector<std::vector<double>> leak;  // [branch][point], m3/s; what stands at point 0 leaves before 1

    // Flow along every branch: the sum of all that leaves further down, so that mass is conserved to
    // round-off, and small flows behind an occlusion are not differences of large ones.
    std::vector<std::vector<double>> along(const Network& network) const;
};

// Everything at every point (NetworkMarch::Along), and what arrives at the end of each branch.
struct NetworkState {
    std::vector<std::vector<double>> pressure, flow, leak_pressure, kinetic;
    std::vector<NetworkMarch::Inflow> end;
    int failed_branch = -1;  // the first one without a solution; what is behind it is not a number
};
// `root_pressure` is per branch, Pa; only those of roots are read.
NetworkState march_network(const NetworkMarch& march, const NetworkFlows& flows,
                           const std::vector<double>& root_pressure);
// The same; throws Error(not_converged) with the branch where the march fails.
NetworkState march_prescribed(const Network& network, const NetworkFlows& flows);

}  // namespace ctffr
