// SPDX-License-Identifier: Apache-2.0
// A FlowMesh as the finite-volume kernels want it: rows, entries and single-precision geometry on one device.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/raw_vector.hpp"
#include "ctffr/data/flow_mesh.hpp"
#include "ctffr/kernels/flow.hpp"
#include "ctffr/linear/multigrid.hpp"

namespace ctffr {

// What one patch of the mesh prescribes; one per FlowMesh patch, same order.
struct FlowCondition {
    kernels::FvPatchKind kind = kernels::FvPatchKind::wall;
    // Wall and velocity patches: velocity at each face, m/s, three values a face; empty means zero.
    std::vector<float> velocity;
    // Pressure patches: P = base_pressure + resistance * outflow - 1/2 rho loss (inflow / area)^2 where blood
    // enters. `loss` = 1 makes base_pressure a total pressure with a flat profile.
    double base_pressure = 0;  // Pa
    double resistance = 0;     // Pa s/m3
    double loss = 0;
    // Blood that enters through a pressure patch: at the patch's mean speed along its normal (a flat
    // profile), or at rest (backflow at an outlet).
    bool flat_inflow = false;
    // Velocity patches: conductance of each face to `leak_pressure`, m/(s Pa); its normal velocity then
    // follows the pressure. Empty: none.
    std::vector<float> leak_conductance;
    double leak_pressure = 0;  // Pa
};

// Host-side tables of a mesh, made once and copied to the device.
struct FvTables {
    std::vector<std::int32_t> row_start, column, owner, neighbour, boundary_start, boundary_list, patch_row;
    RawVector<std::int32_t> side;
    RawVector<kernels::FvFace> face;
    RawVector<float> gradient_u, gradient_p;
    std::vector<kernels::FvBoundaryFace> boundary;
    std::vector<kernels::FvPatchKind> patch_kind;
    std::vector<float> volume, boundary_gradient_u, boundary_velocity;
    std::vector<float> leak_conductance, leak_pressure;  // one per boundary face; empty: nothing leaks
    std::vector<double> patch_area;                      // m2, every patch
    std::vector<Index> patch_first;            // first boundary face of every patch, and one past the last
    std::vector<Vec3> patch_normal;            // mean outward unit normal, every patch
    std::vector<std::int32_t> pressure_patch;  // patch of each row beyond the cells
    Index cells = 0, rows = 0;

    // Throws Error(mesh_failed) when a condition does not fit its patch.
    FvTables(const FlowMesh& mesh, const std::vector<FlowCondition>& conditions);
    // Frees what only the device needs: about 300 B a cell.
    void drop_uploaded();
};

template <class Exec>
class FvMesh {
   public:
    FvMesh(const Exec& exec, const FvTables& tables, std::vector<float> viscosity, double density);

    kernels::FvMeshView view() const;
    Array<float, Exec>& viscosity() { return viscosity_; }
    Array<float, Exec>& boundary_velocity() { return boundary_velocity_; }

   private:
    Index cells_, rows_;
    float density_;
    Array<std::int32_t, Exec> row_start_, column_, side_, owner_, neighbour_, boundary_start_, boundary_list_,
        patch_row_;
    Array<kernels::FvFace, Exec> face_;
    Array<kernels::FvBoundaryFace, Exec> boundary_;
    Array<kernels::FvPatchKind, Exec> patch_kind_;
    Array<float, Exec> volume_, gradient_u_, gradient_p_, boundary_gradient_u_, boundary_velocity_,
        viscosity_;
};

}  // namespace ctffr
