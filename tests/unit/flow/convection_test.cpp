// SPDX-License-Identifier: Apache-2.0
// The bound on what convection extrapolates, on a mesh with hanging nodes: it leaves smooth flow alone and
// holds in rough flow.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/parallel/array.hpp"
#include "flow/fv_mesh.hpp"
#include "meshes/analytic/box.hpp"

namespace ctffr {
namespace {

using kernels::FvPatchKind;

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// Momentum of a given velocity field without viscosity, pressure and time steps, with a random flux through
// every face: what is left is convection.
class Convection {
   public:
    explicit Convection(FvPatchKind first_patch = FvPatchKind::wall)
        : mesh_(polyhedral_box_mesh(8, 8, 8)),
          tables_(mesh_, conditions(mesh_, first_patch)),
          flux_(at(mesh_.internal_faces())) {
        std::mt19937 random(7);
        std::uniform_real_distribution<double> any(-1, 1);
        for (double& f : flux_) f = any(random);
    }

    const FlowMesh& mesh() const { return mesh_; }
    const std::vector<double>& flux() const { return flux_; }

    struct Result {
        std::vector<float> residual, reach;
    };
    Result of(const std::vector<Vec3>& velocity, float bound) const {
        const Cpu cpu;
        std::vector<double> cells(4 * velocity.size(), 0.0);
        for (std::size_t i = 0; i < velocity.size(); ++i)
            for (int c = 0; c < 3; ++c) cells[4 * i + at(c)] = velocity[i][c];
        cells.resize(4 * at(tables_.rows), 0.0);
        FvMesh<Cpu> fv(cpu, tables_, {0.0f}, 1.0);
        const Index n = mesh_.cells;
        const Array<double, Cpu> state(cpu, cells), flux(cpu, flux_),
            boundary_flux(cpu, std::vector<double>(tables_.boundary.size(), 0.0));
        const Array<float, Cpu> rate(cpu, std::vector<float>(at(n), 1.0f)),
            enters(cpu, std::vector<float>(3 * mesh_.patches.size(), 0.0f));
        Array<float, Cpu> gradient(cpu, 12 * n), reach(cpu, n),
            value(cpu, static_cast<Index>(tables_.column.size())), diagonal(cpu, tables_.rows),
            residual(cpu, 4 * n), simplec(cpu, n), rhie_chow(cpu, n);
        kernels::fv_gradients<Cpu>(cpu, fv.view(), state.view(), gradient.view(), reach.view());
        kernels::FvMomentumTerms terms;
        terms.pseudo_rate = rate.view();
        terms.extrapolation_bound = bound;
        kernels::fv_momentum<Cpu>(cpu, fv.view(), state.view(), std::as_const(gradient).view(),
                                  std::as_const(reach).view(), flux.view(), boundary_flux.view(),
                                  enters.view(), terms, value.view(), diagonal.view(), residual.view(),
                                  simplec.view(), rhie_chow.view());
        return {residual.to_host(), reach.to_host()};
    }

   private:
    static std::vector<FlowCondition> conditions(const FlowMesh& mesh, FvPatchKind first_patch) {
        std::vector<FlowCondition> all(mesh.patches.size());
        all.front().kind = first_patch;
        return all;
    }

    FlowMesh mesh_;
    FvTables tables_;
    std::vector<double> flux_;
};

TEST(Convection, BoundLeavesALinearFieldAlone) {
    const Convection c;
    std::vector<Vec3> velocity;
    for (Vec3 x : c.mesh().cell_centre)
        velocity.push_back({1 + 2 * x.y - x.z, 3 * x.x + 0.5 * x.z, x.x - 2 * x.y + x.z});
    // Cells at the walls see the velocity of the wall in their gradients, which is not that of the field.
    std::vector<char> inner(velocity.size(), 1);
    for (Index f = c.mesh().internal_faces(); f < c.mesh().faces(); ++f) inner[at(c.mesh().owner[at(f)])] = 0;
    std::vector<char> deep = inner;
    for (Index f = 0; f < c.mesh().internal_faces(); ++f) {
        const auto p = at(c.mesh().owner[at(f)]), n = at(c.mesh().neighbour[at(f)]);
        if (!inner[p]) deep[n] = 0;
        if (!inner[n]) deep[p] = 0;
    }
    const Convection::Result bound = c.of(velocity, 0.7f), free = c.of(velocity, 1e9f);
    int seen = 0;
    for (std::size_t i = 0; i < velocity.size(); ++i) {
        if (!deep[i]) continue;
        ++seen;
        for (std::size_t k = 0; k < 3; ++k)
            EXPECT_EQ(bound.residual[4 * i + k], free.residual[4 * i + k]) << "cell " << i;
    }
    EXPECT_GT(seen, 20);
}

TEST(Convection, RoughFieldDepartsFromUpwindWithinTheBound) {
    const Convection c;
    std::mt19937 random(3);
    std::normal_distribution<double> any(0, 1);
    std::vector<Vec3> velocity(at(c.mesh().cells));
    for (Vec3& u : velocity) u = {any(random), any(random), any(random)};
    const Convection::Result upwind = c.of(velocity, 0), bound = c.of(velocity, 0.3f),
                             free = c.of(velocity, 1e9f);
    std::vector<double> allowed(velocity.size(), 0.0);
    for (Index f = 0; f < c.mesh().internal_faces(); ++f) {
        const auto p = at(c.mesh().owner[at(f)]), n = at(c.mesh().neighbour[at(f)]);
        const double flow = c.flux()[at(f)];
        const double carried = 0.3 * std::abs(flow) * static_cast<double>(bound.reach[flow > 0 ? p : n]);
        allowed[p] += carried, allowed[n] += carried;
    }
    const auto apart = [&](const Convection::Result& r, std::size_t i) {
        double square = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            const double d = static_cast<double>(r.residual[4 * i + k] - upwind.residual[4 * i + k]);
            square += d * d;
        }
        return std::sqrt(square);
    };
    double differs = 0;
    for (std::size_t i = 0; i < velocity.size(); ++i) {
        EXPECT_LE(apart(bound, i), allowed[i] * (1 + 1e-5)) << "cell " << i;
        differs = std::max(differs, std::abs(apart(free, i) - apart(bound, i)));
    }
    EXPECT_GT(differs, 0.1);  // the bound is at work here
}

TEST(Convection, ReachIsTheLargestDifferenceToANeighbour) {
    const Convection c;
    std::vector<Vec3> velocity(at(c.mesh().cells));
    const auto odd = at(c.mesh().cells / 2);
    velocity[odd] = {3, 0, 4};
    std::vector<double> expected(velocity.size(), 0.0);
    for (Index f = 0; f < c.mesh().internal_faces(); ++f) {
        const auto p = at(c.mesh().owner[at(f)]), n = at(c.mesh().neighbour[at(f)]);
        if (p == odd || n == odd) expected[p] = expected[n] = 5;
    }
    const Convection::Result r = c.of(velocity, 0.7f);
    for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_NEAR(static_cast<double>(r.reach[i]), expected[i], 1e-6) << "cell " << i;
}

TEST(Convection, CellsAtAnOpeningDoNotExtrapolate) {
    const Convection c(FvPatchKind::pressure);
    std::vector<Vec3> velocity;
    for (Vec3 x : c.mesh().cell_centre) velocity.push_back({x.y, x.z, x.x});
    std::vector<char> opens(velocity.size(), 0);
    const FlowPatch& patch = c.mesh().patches.front();
    for (Index f = patch.first_face; f < patch.first_face + patch.faces; ++f)
        opens[at(c.mesh().owner[at(f)])] = 1;
    const Convection::Result r = c.of(velocity, 0.7f);
    for (std::size_t i = 0; i < velocity.size(); ++i) EXPECT_EQ(r.reach[i] > 0, !opens[i]) << "cell " << i;
}

}  // namespace
}  // namespace ctffr
