// SPDX-License-Identifier: Apache-2.0
// The readers and writers behind read_flow_mesh and write_flow_mesh.
#pragma once

#include <filesystem>
#include <optional>

#include "ctffr/data/flow_mesh.hpp"
#include "ctffr/io/flow_mesh_file.hpp"

namespace ctffr {

// A mesh as it stands in a file, in the file's unit of length.
struct FileMesh {
    FlowMesh mesh;
    std::optional<double> unit_m;  // what the file says
    bool kinds_known = false;      // the file says what each patch is
    bool named = true;             // the boundary has patches; else it is one, to be split by shape
};

FileMesh read_vtu(const std::filesystem::path& path);
FileMesh read_gmsh(const std::filesystem::path& path);
void write_vtu(const std::filesystem::path& path, const FlowMesh& mesh, const std::vector<CellField>& fields,
               double unit_m);

}  // namespace ctffr
