// SPDX-License-Identifier: Apache-2.0
// Topology of triangle meshes: where they are not two-manifold, how to cut them there, parts and handles.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/data/lumen.hpp"

namespace ctffr::lumen {

// Vertices of edges without exactly two triangles of opposite direction, and vertices whose triangles form
// more than one fan; sorted.
std::vector<std::int32_t> non_manifold_vertices(const TriangleMesh& mesh);

// Makes a closed, consistently oriented mesh two-manifold by giving each sheet its own copy of shared
// vertices. At an edge of four or more triangles the two faces that bound the same piece of inside are kept
// together (Gueziec, Taubin, Lazarus, Horn, "Cutting and stitching", IEEE TVCG 7 (2001)).
void cut_apart(TriangleMesh& mesh);

// Components and handles of a closed mesh: Euler characteristic = 2 x components - 2 x handles.
struct Topology {
    int components = 0, handles = 0;
};
Topology topology_of(const TriangleMesh& mesh);
// Component number of each triangle, numbered by first appearance; returns their count in `count`.
std::vector<std::int32_t> components_of(const TriangleMesh& mesh, int& count);

}  // namespace ctffr::lumen
