// SPDX-License-Identifier: Apache-2.0
// From cells given by their corners to the face lists of a FlowMesh.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ctffr/data/flow_mesh.hpp"

namespace ctffr {

// Collects points, cells and named boundary polygons; build() joins the cells where they have all corners of
// a face in common. Faces come out upper triangular: internal faces by owner then neighbour, boundary faces
// by patch, then in the order of the polygons that name them. Those that no polygon names go to the patch
// `rest`, by owner.
class MeshBuilder {
   public:
    // Corners: the base, counter-clockwise seen from inside, then the far corners in the same order (VTK's
    // and Gmsh's order; VTK's prism is the mirror image). A cell given inside out is turned.
    enum class Shape { tetra, pyramid, prism, hexahedron };

    std::vector<Vec3> points;  // m

    void reserve(Index points, Index cell_faces, Index corners);
    // Returns the number of the new cell. Throws Error(mesh_failed) for point numbers that do not exist.
    Index add_cell(Shape shape, std::span<const std::int32_t> corners);
    // A polyhedron given as a stream of polygons: corners of the first face, its points, corners of the
    // second face ... in any orientation. Throws Error(mesh_failed) when the polygons do not close.
    Index add_polyhedron(std::span<const std::int32_t> face_stream);
    // The same with outward polygons already, unchecked: for generators.
    void begin_cell() { ++cells_; }
    void add_outward_face(std::span<const std::int32_t> polygon);

    int add_patch(const std::string& name,
                  FlowPatch::Kind kind);  // returns its number; same name, same patch
    void name_boundary(int patch, std::span<const std::int32_t> polygon);

    Index cells() const { return cells_; }
    Index cell_faces() const { return static_cast<Index>(side_cell_.size()); }

    // Geometry included. Patches without faces are left out. Throws Error(mesh_failed) when more than two
    // cells share a face, or when there is no cell.
    FlowMesh build(const FlowPatch& rest = {"wall", FlowPatch::Kind::wall, 0, 0}) const;

   private:
    struct Polygons {
        std::vector<std::int32_t> start{0}, point;
        Index count() const { return static_cast<Index>(start.size()) - 1; }
        std::span<const std::int32_t> operator[](Index i) const {
            const auto k = static_cast<std::size_t>(i);
            return {point.data() + start[k], static_cast<std::size_t>(start[k + 1] - start[k])};
        }
        void add(std::span<const std::int32_t> polygon);
    };
    struct Match;

    Match match() const;
    void check_points(std::span<const std::int32_t> corners) const;

    Index cells_ = 0;
    Polygons sides_;                       // one per face of a cell, outward
    std::vector<std::int32_t> side_cell_;  // the cell of each side
    Polygons named_;
    std::vector<std::int32_t> named_patch_;
    std::vector<FlowPatch> patches_;
};

}  // namespace ctffr
