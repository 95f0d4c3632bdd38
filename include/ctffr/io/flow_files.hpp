// SPDX-License-Identifier: Apache-2.0
// Flow meshes and 3-D fields as VTU (VTK XML unstructured grid of polyhedra), LPS mm.
#pragma once

#include <filesystem>

#include "ctffr/data/flow_field.hpp"
#include "ctffr/data/flow_mesh.hpp"

namespace ctffr {

// The mesh alone. Throws Error(disk_full | file_system).
void write_mesh_vtu(const std::filesystem::path& path, const FlowMesh& mesh);
// With the cell arrays velocity_m_s, pressure_mmhg and ffr (pressure over `aortic_pressure`, Pa).
void write_flow_vtu(const std::filesystem::path& path, const FlowMesh& mesh, const FlowField& field,
                    double aortic_pressure);

}  // namespace ctffr
