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
    int parent = -1;
    std::vector<int> children;
    std::vector<double> arc, radius;     // m; area-equivalent radius
    std::vector<double> shape;           // viscous resistance over that of a circle of the same area, >= 1
    std::vector<double> leak;            // conductance of unseen side branches, m3/(s Pa)
    double turn_cosine = 1;              // between the end of the parent and the start of this branch
    double outlet_resistance = 0;        // leaves only, Pa s/m3; 0 = outlet at venous pressure
    std::vector<StenosisSpan> stenoses;  // used by textbook laws only
    // From a fit (network_fit.hpp), for the stretch before each point; empty: none. The marched change of
    // pressure times `drop_factor`, less `extra_loss` (Pa s2/m6) times flow squared.
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
};

// Pressure and flow at every point, and the profile at the end of each branch.
struct NetworkState {
    std::vector<std::vector<double>> pressure, flow;
    std::vector<Profile> end;
};

// Walks the velocity profile down branches and across junctions. Read-only after construction, so threads
// share it.
class NetworkMarch {
   public:
    explicit NetworkMarch(const Network& network);

    struct Inflow {
        double pressure = 0, flow = 0;
        Profile profile;
    };
    // What leaves through the wall over the stretch before a point: conductance times pressure, or a given
    // flow.
    enum class Leak { conductance, flow };

    // Static pressure and profile just inside a root that takes `flow`, when the aorta (or the inlet) has
    // `pressure`.
    Inflow at_root(int branch, double pressure, double flow) const;
    // Moves `inflow` to the end of the branch; false when the march fails (no positive flow left, or no
    // solution). `leak` holds one value per point, as `kind` says; `pressure`, `flow` and `leak_pressure`
    // (mean pressure over the stretch before each point) are filled per point when not null.
    bool through_branch(int branch, Inflow& inflow, Leak kind, const std::vector<double>& leak,
                        std::vector<double>* pressure, std::vector<double>* flow,
                        std::vector<double>* leak_pressure, ProfileMarch& work) const;
    // Static pressure and profile at the start of each child, from the end of the parent
    // (docs/theory/reduced-flow.md).
    std::vector<Inflow> across_junction(int branch, const Inflow& end,
                                        const std::vector<double>& child_flows) const;

    const ProfileGrid& grid() const { return grid_; }
    const Network& network() const { return network_; }

   private:
    bool march_interval(int branch, std::size_t point, double leak, Leak kind, Inflow& inflow,
                        double& mean_pressure, ProfileMarch& work) const;
    bool algebraic_interval(int branch, std::size_t point, double leak, Leak kind, Inflow& inflow,
                            double& mean_pressure) const;

    const Network& network_;
    ProfileGrid grid_;
    std::vector<std::vector<double>> radius_;        // [branch][point], with the limited divergence
    std::vector<std::vector<double>> radius_slope_;  // [branch][point], dr/dx of the monotone cubic
};

// Slopes of the monotone piecewise cubic through (x, y) (Fritsch and Carlson 1980).
std::vector<double> monotone_slopes(const std::vector<double>& x, const std::vector<double>& y);

// The state with given flows out of every leaf and through the wall before every point.
struct PrescribedFlows {
    std::vector<double> outlet;             // per branch, m3/s; 0 for branches with children
    std::vector<std::vector<double>> leak;  // [branch][point], m3/s
};
struct PrescribedState {
    NetworkState state;
    std::vector<std::vector<double>> leak_pressure;  // [branch][point], Pa
};
// Throws Error(not_converged) with the branch where the march fails.
PrescribedState march_prescribed(const Network& network, const PrescribedFlows& flows);

}  // namespace ctffr
