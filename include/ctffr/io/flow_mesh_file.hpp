// SPDX-License-Identifier: Apache-2.0
// Volume meshes for the flow solver as files: OpenFOAM polyMesh, VTU, Gmsh.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ctffr/data/flow_mesh.hpp"
#include "ctffr/data/renumber.hpp"

namespace ctffr {

struct MeshReadOptions {
    // Metres per length unit of the file (1e-3 for mm). Without it: what the file says (VTU of ours), else
    // metres. A mesh that is then over 4 m or under 0.5 mm across is refused: its unit must be given.
    std::optional<double> unit_m;
    std::string inlet;      // name of the inlet patch, where the file's names do not say
    bool renumber = false;  // order cells for locality (renumber_cells)
};

// Reads and checks a mesh. Which format, by content and name:
//   a folder with points, faces, owner ... or one above it (polyMesh, constant/polyMesh), or a .foam file in
//   it; .vtu (VTK XML, any encoding): tetrahedra, hexahedra, voxels, prisms, pyramids, polyhedra; patches
//   from
//     the field data of write_flow_mesh, else from polygons with a cell array patch, CellEntityIds,
//     ModelFaceID or gmsh:physical, else from the shape of the boundary (flat ends are caps);
//   .msh (Gmsh 2.2 and 4.1, ascii and binary): the same cells of first order; patches from the physical
//     groups of dimension 2, else from shape.
// Patches whose names do not say what they are get their kind by settle_patch_kinds. `order` receives where
// cells and faces stood in the file (empty without renumber). Throws Error(input_missing | input_unreadable |
// input_truncated | input_unsupported | input_not_finite | input_geometry | mesh_failed) with one sentence.
FlowMesh read_flow_mesh(const std::filesystem::path& path, const MeshReadOptions& options = {},
                        MeshOrder* order = nullptr);

// Values at the cells, named with their unit: "pressure_pa", "velocity_m_s".
struct CellField {
    std::string name;
    int components = 1;
    std::vector<double> values;  // components * cells, cell by cell
};

// Writes a VTU (when `path` ends in .vtu; coordinates in units of `unit_m`, cells of simple shapes as such,
// patches as field data) or a polyMesh folder (metres; then there can be no fields). Written atomically.
void write_flow_mesh(const std::filesystem::path& path, const FlowMesh& mesh,
                     const std::vector<CellField>& fields = {}, double unit_m = 1);

}  // namespace ctffr
