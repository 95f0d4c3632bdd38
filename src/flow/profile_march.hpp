// SPDX-License-Identifier: Apache-2.0
// Steady laminar flow along a slender tube, one cross-section after the other: the Prandtl (boundary-layer)
// form of Navier-Stokes with the pressure uniform over a section,
//     u u_x + v u_r = -p'(x)/rho + (nu/r) (r u_r)_r,   2 pi int u r dr = Q(x),
// marched downstream with the whole velocity profile as state. Viscous loss, kinetic energy of the true
// profile, separation and the slow recovery behind a stenosis come out of the equation, so no loss
// coefficient is needed. Where u < 0 the streamwise convection is left out (Reyhner & Fluegge-Lotz 1968),
// which keeps the march stable. Source: Lagree, Berger, Deverge, Vilain, Hirschberg, "Characterization of the
// pressure drop in a 2D symmetrical pipe: some asymptotical, numerical and experimental comparisons", ZAMM 85
// (2005).
#pragma once

#include <vector>

namespace ctffr {

// Rings of the cross-section in the area coordinate xi = (r/R)^2, from the axis (0) to the wall (1). A
// parabola is linear in xi, so developed flow is exact on any grid.
struct ProfileGrid {
    std::vector<double> face;   // rings + 1 values
    std::vector<double> width;  // face[i+1] - face[i]
    std::vector<double> gap;    // centre to centre over face i+1; the last one is centre to wall
    std::vector<double> blend;  // weight of ring i+1 in the value at face i+1 (0 at the wall)

    explicit ProfileGrid(int rings);
    int rings() const { return static_cast<int>(width.size()); }
};

// Velocity over a section relative to its mean; `value[i]` is the mean of ring i.
struct Profile {
    std::vector<double> value;

    static Profile flat(const ProfileGrid& grid);
    static Profile parabola(const ProfileGrid& grid);
};

// Kinetic energy flux over that of a flat profile (2 for a parabola, 1 when flat).
double energy_factor(const ProfileGrid& grid, const Profile& profile);
// Energy factor of the part of the flow that a plane parallel to the axis cuts off, when that part carries
// `fraction` of the whole; relative to the mean speed of the whole section. 0 < fraction <= 1.
double energy_factor_of_part(const ProfileGrid& grid, const Profile& profile, double fraction);

// A short piece of tube: radius along it is the cubic with the given ends and slopes, flow changes linearly.
struct MarchStep {
    double length = 0;                  // m
    double radius0 = 0, radius1 = 0;    // m
    double slope0 = 0, slope1 = 0;      // dr/dx
    double flow0 = 0, flow1 = 0;        // m3/s; the difference leaves through the wall
    double density = 0, viscosity = 0;  // viscosity times the shape factor of the section
};

// Marches profiles downstream; holds work space, one object per thread.
class ProfileMarch {
   public:
    explicit ProfileMarch(const ProfileGrid& grid);

    // Moves `profile` over the step (two implicit stages, second order) and returns the change of static
    // pressure, Pa; NaN when the flow is not positive or an implicit stage has no solution.
    double advance(const MarchStep& step, Profile& profile);

   private:
    // One implicit stage at a section: u = base + length * du/dx(u).
    struct Stage {
        double length, area, area_slope, mean_speed, viscosity;  // area over pi; kinematic viscosity
    };
    bool solve(const Stage& stage, double& gradient);
    double newton_update(const Stage& stage, double& gradient);

    const ProfileGrid& grid_;
    std::vector<double> start_, base_, base_sum_, now_, sum_, upper_, response_, right_;
};

}  // namespace ctffr
