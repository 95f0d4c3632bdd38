// SPDX-License-Identifier: Apache-2.0
// Meshes and fields in OpenFOAM's formats (ascii, plain or .gz).
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "ctffr/data/flow_mesh.hpp"

namespace ctffr {

// Reads a polyMesh folder (points, faces, owner, neighbour, boundary). Patch types:
// wall
// -> wall; symmetry*, empty -> symmetry; other patches by name (kind_from_name), else outlet. Wedges, cyclic
// and processor patches with faces are refused. Geometry is computed; check() is left to read_flow_mesh.
// Throws Error(input_missing | input_unreadable | input_truncated | input_unsupported | input_not_finite |
// mesh_failed) naming file and line.
FlowMesh read_polymesh(const std::filesystem::path& folder);

// Writes the five files, ascii, numbers with 17 digits; gzipped (NAME.gz, but boundary) when `compressed`.
void write_polymesh(const std::filesystem::path& folder, const FlowMesh& mesh, bool compressed = false);

// A volScalarField or volVectorField. OpenFOAM's incompressible p is kinematic (m2/s2): dimensions tell.
struct FoamField {
    int components = 1;
    std::array<double, 7> dimensions{};  // exponents of kg, m, s, K, mol, A, cd
    std::vector<double> cells;           // components * cells, cell by cell
    // The same per face of each patch, in the order of mesh.patches. Where the file gives no value
    // (zeroGradient) it is that of the cell; zero for noSlip.
    std::vector<std::vector<double>> patches;

    bool kinematic_pressure() const { return dimensions == std::array<double, 7>{0, 2, -2, 0, 0, 0, 0}; }
};

// Reads a field of the cells of `mesh`, whose cells are in file order. Errors as for read_polymesh;
// input_geometry when the numbers of values and cells differ.
FoamField read_foam_field(const std::filesystem::path& path, const FlowMesh& mesh);

}  // namespace ctffr
