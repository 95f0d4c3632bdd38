// SPDX-License-Identifier: Apache-2.0
// Womersley's solution (J. Physiol. 127 (1955) 553) and a meshed tube to compare with it.
#pragma once

#include <cmath>
#include <complex>
#include <functional>
#include <stdexcept>
#include <vector>

#include "ctffr/core/units.hpp"
#include "flow/transient_solver.hpp"
#include "meshing/swept_mesh.hpp"
#include "support/flow_cases.hpp"

namespace ctffr::test {

using kernels::FvPatchKind;
using Complex = std::complex<double>;

inline constexpr double radius = 1.5e-3;  // m

// Bessel functions of the first kind for a complex argument, by their power series.
inline Complex bessel(int order, Complex z) {
    Complex term = order == 0 ? Complex(1) : z / 2.0, sum = term;
    for (int k = 1; k < 80; ++k) {
        term *= -(z * z / 4.0) / static_cast<double>(k * (k + order));
        sum += term;
    }
    return sum;
}

// Flow of a tube under the pressure gradient Re(G e^{i w t}): u = G / (i rho w) (1 - J0(k r / R) / J0(k)), k
// = i^1.5 alpha.
struct Womersley {
    double alpha;
    Fluid fluid;

    double frequency() const {
        return alpha * alpha * fluid.viscosity / (fluid.density * radius * radius);
    }  // 1/s, angular
    double period() const { return 2 * pi / frequency(); }
    Complex k() const { return alpha * std::pow(Complex(0, 1), 1.5); }
    // Velocity and flow per gradient.
    Complex velocity(double r) const {
        return 1.0 / Complex(0, fluid.density * frequency()) *
               (1.0 - bessel(0, k() * (r / radius)) / bessel(0, k()));
    }
    Complex flow() const {
        return pi * radius * radius / Complex(0, fluid.density * frequency()) *
               (1.0 - 2.0 * bessel(1, k()) / (k() * bessel(0, k())));
    }
    // Shear at the wall per gradient.
    Complex wall_shear() const { return radius * bessel(1, k()) / (k() * bessel(0, k())); }
};

// A tube of the reference radius along z and what its ends do. `level` as in the recipes: 28 cells across
// at 1.
struct Tube {
    Tube(double level, int layers, double tube_length) : length(tube_length) {
        meshing::SweptTube shape;
        shape.curve = meshing::straight_curve({0, 0, 0}, {0, 0, 1});
        for (int i = 0; i <= layers; ++i) shape.stations_m.push_back(length * i / layers);
        shape.core = static_cast<int>(12 * level), shape.ring = static_cast<int>(8 * level);
        // The section is a polygon; it gets the area of the circle.
        const double corner = 2 * pi / (4 * shape.core), rim = radius * std::sqrt(corner / std::sin(corner));
        shape.radius_m = [rim](double, double) { return rim; };
        mesh = meshing::swept_mesh(shape);
        conditions.resize(mesh.patches.size());
    }

    TransientCondition& at(const char* name) { return conditions[patch(name)]; }
    std::size_t patch(const char* name) const {
        for (std::size_t q = 0; q < mesh.patches.size(); ++q)
            if (mesh.patches[q].name == name) return q;
        throw std::runtime_error(name);
    }
    // A Poiseuille profile of mean speed mean(t) at the inlet; returns the flow that the mesh's faces give
    // for a mean speed of 1 m/s.
    double drive(const std::function<double(double)>& mean) {
        const auto profile = parabola({0, 0, 0}, {0, 0, 1}, radius, 1);
        at("inlet").fixed.kind = FvPatchKind::velocity;
        at("inlet").velocity = [=](Vec3 x, double t) { return mean(t) * profile(x); };
        const FlowPatch& p = mesh.patches[patch("inlet")];
        double flow = 0;
        for (Index f = p.first_face; f < p.first_face + p.faces; ++f) {
            const auto k = static_cast<std::size_t>(f);
            flow -= dot(profile(mesh.face_centre[k]), mesh.face_area[k]);
        }
        return flow;
    }
    TransientResult solve(const Fluid& fluid, const TransientOptions& options) const {
        return solve_transient(mesh, conditions, fluid, options, {}, test_run());
    }

    double length;
    FlowMesh mesh;
    std::vector<TransientCondition> conditions;
};

}  // namespace ctffr::test
