// SPDX-License-Identifier: Apache-2.0
// Setting up and measuring three-dimensional flows with known answers: for the verification tests and the
// validation programs. SI units.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "flow/steady_solver.hpp"

namespace ctffr::test {

// The device in CTFFR_TEST_DEVICE, else the CPU. Ends the test program as skipped (exit code 77) where that
// device is missing.
ctffr::Run test_run();

inline constexpr Fluid reference_blood{1060, 3.5e-3, {}};

// A mesh with its conditions; every patch begins as a resting wall.
struct FlowCase {
    explicit FlowCase(FlowMesh made);

    FlowMesh mesh;
    std::vector<FlowCondition> conditions;
    Fluid fluid = reference_blood;
    SteadyOptions options;

    std::size_t patch(const std::string& name) const;  // fails loudly when there is none
    double patch_area(const std::string& name) const;
    // Prescribed velocity at the face centres; with `flow` (m3/s, into the domain) scaled to carry exactly
    // that.
    void velocity(const std::string& name, const std::function<Vec3(Vec3)>& at_point, double flow = 0);
    void pressure(const std::string& name, double base_pressure, double resistance = 0);
    void symmetry(const std::string& name);

    SteadyResult solve() const;
};

// Developed flow of mean speed `mean_speed` in a circular tube.
std::function<Vec3(Vec3)> parabola(Vec3 centre, Vec3 direction, double radius, double mean_speed);

// Straight-line fit of the pressure over the cells whose axial coordinate lies in [from, to]: value at `from`
// and slope, Pa and Pa/m. `inside` leaves out cells of other vessels.
struct LineFit {
    double value = 0, slope = 0;
};
LineFit fit_pressure(const FlowMesh& mesh, const std::vector<double>& state, Vec3 origin, Vec3 direction,
                     double from, double to);

// Volume-weighted mean pressure of the cells with |axial coordinate - at| < half_width.
double slab_pressure(const FlowMesh& mesh, const std::vector<double>& state, Vec3 origin, Vec3 direction,
                     double at, double half_width);

// Velocity at a point by a quadratic least-squares fit to the 80 nearest cells.
Vec3 velocity_at(const FlowMesh& mesh, const std::vector<double>& state, Vec3 point);

// Order of convergence p from errors e1 (spacing h1) and e2 (h2 < h1).
double observed_order(double e1, double h1, double e2, double h2);

// Limit and order from three similar meshes with spacing ratio r (coarse to fine), Richardson's
// extrapolation.
struct Extrapolated {
    double limit = 0, order = 0;
};
Extrapolated richardson(double coarse, double middle, double fine, double ratio);

// Typical spacing, m: cube root of the mean cell volume.
double mean_spacing(const FlowMesh& mesh);

}  // namespace ctffr::test
