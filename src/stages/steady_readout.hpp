// SPDX-License-Identifier: Apache-2.0
// From a 3-D field back to the tree: section means, flows, walls.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/flow_field.hpp"
#include "ctffr/data/flow_mesh.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/data/tree_place.hpp"
#include "flow/point_tree.hpp"
#include "stages/steady_conditions.hpp"

namespace ctffr {

// Reads the section means of section_pressures() one by one; refers to all that it is given, so that the
// pressure may be another at every call.
class SectionReader {
   public:
    struct Section {
        std::size_t branch = 0, point = 0;
    };
    SectionReader(const FlowMesh& mesh, const std::vector<double>& cell_pressure,
                  const std::vector<TreePlace>& place_of_cell, const CoronaryTree& tree);
    double read(const Section& s) const;  // Pa; NaN where the mesh has no section

   private:
    bool try_read(const Section& s, double half, double present, double& value) const;

    const FlowMesh& mesh_;
    const std::vector<double>& pressure_;
    const std::vector<TreePlace>& place_;
    const CoronaryTree& tree_;
    PointTree cells_;
};

// Mean static pressure (Pa) over the plane across the branch at every centerline point: a line fitted along
// the branch through the cells near the plane, by volume. Cells of other branches do not count, except in the
// mouth of a junction, where the branch has no section of its own. `cell_pressure`: Pa.
std::vector<std::vector<double>> section_pressures(const FlowMesh& mesh,
                                                   const std::vector<double>& cell_pressure,
                                                   const std::vector<TreePlace>& place_of_cell,
                                                   const CoronaryTree& tree, const Run& run);

// Flow through every centerline point from what leaves behind it: outlets and leaks. `outlet_flow`: per
// outlet; `leak_flow`: through each wall face, m3/s.
std::vector<std::vector<double>> flows_along(const CoronaryTree& tree, const FlowProblem& problem,
                                             const std::vector<double>& outlet_flow, const WallLeak& leak,
                                             const std::vector<double>& leak_flow);

// Pressure and wall shear of the nearest wall faces at every point of the surface. `shear`: three values a
// boundary face of the mesh.
WallField wall_field(const FlowMesh& mesh, const PatchRoles& roles, const std::vector<double>& cell_pressure,
                     const std::vector<float>& shear, const TriangleMesh& surface, const Run& run);

}  // namespace ctffr
