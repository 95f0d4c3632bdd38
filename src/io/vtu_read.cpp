// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include <vtkCellType.h>
#include <vtkCellTypes.h>
#include <vtkXMLDataElement.h>

#include "ctffr/core/error.hpp"
#include "ctffr/data/mesh_builder.hpp"
#include "io/mesh_formats.hpp"
#include "io/vtk_xml.hpp"

namespace ctffr {

namespace {

std::optional<MeshBuilder::Shape> shape_of(std::int64_t type) {
    switch (type) {
        case VTK_TETRA: return MeshBuilder::Shape::tetra;
        case VTK_PYRAMID: return MeshBuilder::Shape::pyramid;
        case VTK_WEDGE: return MeshBuilder::Shape::prism;
        case VTK_HEXAHEDRON:
        case VTK_VOXEL: return MeshBuilder::Shape::hexahedron;
        default: return std::nullopt;
    }
}

class Reader {
   public:
    explicit Reader(const std::filesystem::path& path) : xml_(path, "UnstructuredGrid") {}

    FileMesh read() {
        vtkXMLDataElement* grid = child(xml_.root(), "UnstructuredGrid");
        if (!grid) fail(ExitCode::input_unreadable, "there is no UnstructuredGrid");
        FileMesh file;
        vtkXMLDataElement* field_data = child(grid, "FieldData");
        read_unit(field_data, file);
        const bool own = has_own_patches(field_data);
        for (int i = 0; i < grid->GetNumberOfNestedElements(); ++i) {
            vtkXMLDataElement* piece = grid->GetNestedElement(i);
            if (std::strcmp(piece->GetName(), "Piece") == 0) read_piece(piece, !own);
        }
        if (own) read_own_patches(field_data);
        file.kinds_known = own;
        file.named = own || polygons_;
        file.mesh = builder_.build();
        return file;
    }

   private:
    [[noreturn]] void fail(ExitCode code, const std::string& what) const {
        throw Error(code, "{}: {}.", xml_.path().string(), what);
    }

    std::int32_t point(std::int64_t id, std::size_t points) const {
        if (id < 0 || static_cast<std::size_t>(id) >= points)
            fail(ExitCode::mesh_failed,
                 fmt::format("a cell uses point {}, but there are {} points", id, points));
        return static_cast<std::int32_t>(first_point_ + static_cast<std::size_t>(id));
    }

    void read_points(vtkXMLDataElement* piece, std::size_t count) {
        vtkXMLDataElement* points = child(piece, "Points");
        vtkXMLDataElement* array = child(points, "DataArray");
        if (!array) fail(ExitCode::input_unreadable, "there are no Points");
        const std::vector<double> xyz = xml_.reals(array, 3 * count);
        for (std::size_t i = 0; i < count; ++i) {
            const Vec3 p{xyz[3 * i], xyz[3 * i + 1], xyz[3 * i + 2]};
            if (!std::isfinite(p.x) || !std::isfinite(p.y) || !std::isfinite(p.z))
                fail(ExitCode::input_not_finite, fmt::format("point {} is not a finite number", i));
            builder_.points.push_back(p);
        }
    }

    // End places into a list, per cell; must not fall.
    std::vector<std::int64_t> ends(vtkXMLDataElement* array, std::size_t count) const {
        std::vector<std::int64_t> end = xml_.integers(array, count);
        std::int64_t before = 0;
        for (std::int64_t e : end) {
            if (e < before || e > std::numeric_limits<std::int32_t>::max())
                fail(ExitCode::input_unreadable, "the offsets of the cells are damaged");
            before = e;
        }
        return end;
    }

    void read_piece(vtkXMLDataElement* piece, bool use_polygons) {
        const std::size_t points = xml_.count(piece, "NumberOfPoints"),
                          cells = xml_.count(piece, "NumberOfCells");
        first_point_ = builder_.points.size();
        read_points(piece, points);
        vtkXMLDataElement* lists = child(piece, "Cells");
        vtkXMLDataElement *connectivity = named_array(lists, "connectivity"),
                          *offsets = named_array(lists, "offsets"), *types = named_array(lists, "types");
        if (!connectivity || !offsets || !types) fail(ExitCode::input_unreadable, "there are no Cells");
        const auto type = xml_.integers(types, cells);
        const auto end = ends(offsets, cells);
        const auto corner = xml_.integers(connectivity, cells > 0 ? static_cast<std::size_t>(end.back()) : 0);
        read_faces(lists, cells);
        std::vector<std::int64_t> patch;
        for (const char* name : {"patch", "CellEntityIds", "ModelFaceID", "gmsh:physical"})
            if (vtkXMLDataElement* array = named_array(child(piece, "CellData"), name);
                array && patch.empty())
                for (double value : xml_.reals(array, cells))
                    patch.push_back(static_cast<std::int64_t>(value));
        std::vector<std::int32_t> corners;
        for (std::size_t c = 0; c < cells; ++c) {
            if (type[c] == VTK_POLYHEDRON) {
                builder_.add_polyhedron(face_stream(c, points));
                continue;
            }
            corners.clear();
            for (std::int64_t k = c > 0 ? end[c - 1] : 0; k < end[c]; ++k)
                corners.push_back(point(corner[static_cast<std::size_t>(k)], points));
            if (const auto shape = shape_of(type[c])) {
                if (type[c] == VTK_VOXEL && corners.size() == 8)
                    std::swap(corners[2], corners[3]), std::swap(corners[6], corners[7]);
                builder_.add_cell(*shape, corners);
            } else if (type[c] == VTK_TRIANGLE || type[c] == VTK_QUAD || type[c] == VTK_POLYGON) {
                if (!use_polygons || patch.empty()) continue;
                const int number =
                    builder_.add_patch(fmt::format("patch_{}", patch[c]), FlowPatch::Kind::wall);
                builder_.name_boundary(number, corners);
                polygons_ = true;
            } else if (type[c] != VTK_VERTEX && type[c] != VTK_LINE && type[c] != VTK_POLY_LINE) {
                const char* name = vtkCellTypes::GetClassNameFromTypeId(static_cast<int>(type[c]));
                fail(ExitCode::input_unsupported,
                     fmt::format(
                         "cell {} is a {}; there can be tetrahedra, hexahedra, voxels, prisms, pyramids "
                         "and polyhedra of first order",
                         c, name ? name : "cell of unknown type"));
            }
        }
    }

    // The faces of all polyhedra of the piece: faces, and where those of each cell end (-1: no polyhedron).
    void read_faces(vtkXMLDataElement* lists, std::size_t cells) {
        faces_.clear(), face_end_.clear();
        vtkXMLDataElement *faces = named_array(lists, "faces"), *offsets = named_array(lists, "faceoffsets");
        if (!faces || !offsets) return;
        face_end_ = xml_.integers(offsets, cells);
        std::int64_t most = 0;
        for (std::int64_t e : face_end_) {
            if (e > std::numeric_limits<std::int32_t>::max() || (e >= 0 && e < most))
                fail(ExitCode::input_unreadable, "the face offsets are damaged");
            most = std::max(most, e);
        }
        faces_ = xml_.integers(faces, static_cast<std::size_t>(most));
        face_next_ = 0;
    }

    std::vector<std::int32_t> face_stream(std::size_t cell, std::size_t points) {
        if (face_end_.empty())
            fail(ExitCode::input_unsupported,
                 "the polyhedra have no arrays 'faces' and 'faceoffsets': save it with VTK XML version 1.0");
        const auto broken = [&] {
            fail(ExitCode::input_unreadable, fmt::format("the faces of polyhedron {} are damaged", cell));
        };
        const std::int64_t end = face_end_[cell];
        const auto next = [&]() -> std::int64_t {
            if (face_next_ >= end) broken();
            return faces_[static_cast<std::size_t>(face_next_++)];
        };
        std::vector<std::int32_t> stream;
        const std::int64_t count = next();
        for (std::int64_t f = 0; f < count; ++f) {
            const std::int64_t corners = next();
            if (corners < 3 || corners > end) broken();
            stream.push_back(static_cast<std::int32_t>(corners));
            for (std::int64_t k = 0; k < corners; ++k) stream.push_back(point(next(), points));
        }
        if (face_next_ != end) broken();
        return stream;
    }

    void read_unit(vtkXMLDataElement* field_data, FileMesh& file) const {
        vtkXMLDataElement* array = named_array(field_data, "length_unit_m");
        if (!array) return;
        const double unit_m = xml_.reals(array, 1)[0];
        if (!(unit_m > 0 && unit_m < 1e3)) fail(ExitCode::input_unreadable, "length_unit_m is damaged");
        file.unit_m = unit_m;
    }

    static bool has_own_patches(vtkXMLDataElement* field_data) {
        for (const char* name :
             {"patch_names", "patch_kinds", "patch_face_patch", "patch_face_start", "patch_face_points"})
            if (!named_array(field_data, name)) return false;
        return true;
    }

    // The patches that write_vtu left in the field data: names, kinds, and the polygons of all of them.
    void read_own_patches(vtkXMLDataElement* field_data) {
        const auto list = [&](const char* name) {
            vtkXMLDataElement* array = named_array(field_data, name);
            return xml_.integers(array, xml_.count(array, "NumberOfTuples"));
        };
        const auto names = xml_.strings(named_array(field_data, "patch_names"));
        const auto kinds = list("patch_kinds"), patches = list("patch_face_patch"),
                   start = list("patch_face_start"), points = list("patch_face_points");
        const auto broken = [&](bool when) {
            if (when) fail(ExitCode::input_unreadable, "the patches in the field data are damaged");
        };
        broken(kinds.size() != names.size() || start.size() != patches.size() + 1);
        std::vector<int> number;
        for (std::size_t i = 0; i < kinds.size(); ++i) {
            broken(kinds[i] < 0 || kinds[i] > static_cast<int>(FlowPatch::Kind::symmetry));
            number.push_back(builder_.add_patch(names[i], static_cast<FlowPatch::Kind>(kinds[i])));
        }
        first_point_ = 0;
        std::vector<std::int32_t> polygon;
        for (std::size_t f = 0; f < patches.size(); ++f) {
            broken(patches[f] < 0 || patches[f] >= std::ssize(number) || start[f] < 0 ||
                   start[f + 1] <= start[f] || start[f + 1] > std::ssize(points));
            polygon.clear();
            for (std::int64_t k = start[f]; k < start[f + 1]; ++k)
                polygon.push_back(point(points[static_cast<std::size_t>(k)], builder_.points.size()));
            builder_.name_boundary(number[static_cast<std::size_t>(patches[f])], polygon);
        }
    }

    VtkXmlFile xml_;
    MeshBuilder builder_;
    std::size_t first_point_ = 0;  // of the present piece
    std::vector<std::int64_t> faces_, face_end_;
    std::int64_t face_next_ = 0;
    bool polygons_ = false;
};

}  // namespace

FileMesh read_vtu(const std::filesystem::path& path) { return Reader(path).read(); }

}  // namespace ctffr
