// SPDX-License-Identifier: Apache-2.0
// Meshes of a box: hexahedra, or polyhedra with hanging nodes, flat or with randomly moved points.
#pragma once

#include <cstdint>
#include <functional>

#include "ctffr/data/flow_mesh.hpp"

namespace ctffr {

// The box [low, high], in metres. Points inside move by up to `distortion` of the spacing along each axis (at
// most 0.3 keeps all cells valid), so faces are not flat; points on the sides stay. Same seed, same mesh.
struct Box {
    Vec3 low{0, 0, 0}, high{1, 1, 1};
    double distortion = 0;
    std::uint64_t seed = 1;
};

// nx * ny * nz hexahedra, x fastest. Patches xmin xmax ymin ymax zmin zmax, all walls; set the kinds you
// need.
FlowMesh box_mesh(int nx, int ny, int nz, const Box& box = {});

// The same grid where the cells with refined(centre in [0,1]^3) are split in eight. Their neighbours become
// polyhedra with up to 24 faces and hanging points, as in a 2:1 octree.
FlowMesh polyhedral_box_mesh(int nx, int ny, int nz, const std::function<bool(Vec3)>& refined,
                             const Box& box = {});
// With the ball of radius 0.3 (in the unit cube) refined.
FlowMesh polyhedral_box_mesh(int nx, int ny, int nz, const Box& box = {});

// n x n cells, one thick, on the square [0, side_m]^2: patches lid (y = side_m) and wall, front and back
// symmetry.
FlowMesh cavity_mesh(int n, double side_m = 1);

}  // namespace ctffr
