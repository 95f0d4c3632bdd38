// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include <vtkCellArray.h>
#include <vtkCellData.h>
#include <vtkCellType.h>
#include <vtkDoubleArray.h>
#include <vtkFieldData.h>
#include <vtkIdList.h>
#include <vtkIntArray.h>
#include <vtkPoints.h>
#include <vtkSmartPointer.h>
#include <vtkStringArray.h>
#include <vtkUnstructuredGrid.h>
#include <vtkXMLUnstructuredGridWriter.h>

#include "ctffr/core/error.hpp"
#include "ctffr/data/cell_faces.hpp"
#include "ctffr/io/files.hpp"
#include "io/cell_shape.hpp"
#include "io/mesh_formats.hpp"

namespace ctffr {

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

int vtk_type(MeshBuilder::Shape shape) {
    switch (shape) {
        case MeshBuilder::Shape::tetra: return VTK_TETRA;
        case MeshBuilder::Shape::pyramid: return VTK_PYRAMID;
        case MeshBuilder::Shape::prism: return VTK_WEDGE;
        case MeshBuilder::Shape::hexahedron: return VTK_HEXAHEDRON;
    }
    return VTK_HEXAHEDRON;
}

void insert_cell(vtkUnstructuredGrid* grid, const std::vector<std::vector<std::int32_t>>& faces) {
    std::vector<vtkIdType> ids;
    if (const auto shaped = shape_of_cell(faces)) {
        ids.assign(shaped->corners.begin(), shaped->corners.end());
        // VTK's wedge has its first triangle the other way round.
        if (shaped->shape == MeshBuilder::Shape::prism) std::swap(ids[1], ids[2]), std::swap(ids[4], ids[5]);
        grid->InsertNextCell(vtk_type(shaped->shape), static_cast<vtkIdType>(ids.size()), ids.data());
        return;
    }
    const auto stream = vtkSmartPointer<vtkIdList>::New();
    stream->InsertNextId(static_cast<vtkIdType>(faces.size()));
    for (const auto& face : faces) {
        stream->InsertNextId(static_cast<vtkIdType>(face.size()));
        for (std::int32_t point : face) stream->InsertNextId(point);
    }
    grid->InsertNextCell(VTK_POLYHEDRON, stream);
}

void insert_cells(vtkUnstructuredGrid* grid, const FlowMesh& mesh) {
    const CellFaces cell_faces(mesh);
    std::vector<std::vector<std::int32_t>> faces;
    for (Index c = 0; c < mesh.cells; ++c) {
        faces.clear();
        for (std::int32_t k = cell_faces.start[at(c)]; k < cell_faces.start[at(c) + 1]; ++k) {
            const std::int32_t f = cell_faces.face[at(k)];
            faces.emplace_back(mesh.face_point.begin() + mesh.face_start[at(f)],
                               mesh.face_point.begin() + mesh.face_start[at(f) + 1]);
            if (mesh.owner[at(f)] != c) std::reverse(faces.back().begin(), faces.back().end());
        }
        insert_cell(grid, faces);
    }
}

template <class Array, class Value>
vtkSmartPointer<Array> array_of(const char* name, const std::vector<Value>& values, int components = 1) {
    const auto array = vtkSmartPointer<Array>::New();
    array->SetName(name);
    array->SetNumberOfComponents(components);
    array->SetNumberOfTuples(static_cast<vtkIdType>(values.size()) / components);
    for (std::size_t i = 0; i < values.size(); ++i) array->SetValue(static_cast<vtkIdType>(i), values[i]);
    return array;
}

void insert_patches(vtkUnstructuredGrid* grid, const FlowMesh& mesh) {
    const auto names = vtkSmartPointer<vtkStringArray>::New();
    names->SetName("patch_names");
    std::vector<int> kinds, patch_of_face, start{0}, points;
    for (const FlowPatch& patch : mesh.patches) {
        for (Index f = patch.first_face; f < patch.first_face + patch.faces; ++f) {
            patch_of_face.push_back(static_cast<int>(kinds.size()));
            points.insert(points.end(), mesh.face_point.begin() + mesh.face_start[at(f)],
                          mesh.face_point.begin() + mesh.face_start[at(f) + 1]);
            start.push_back(static_cast<int>(points.size()));
        }
        names->InsertNextValue(patch.name);
        kinds.push_back(static_cast<int>(patch.kind));
    }
    vtkFieldData* data = grid->GetFieldData();
    data->AddArray(names);
    data->AddArray(array_of<vtkIntArray>("patch_kinds", kinds));
    data->AddArray(array_of<vtkIntArray>("patch_face_patch", patch_of_face));
    data->AddArray(array_of<vtkIntArray>("patch_face_start", start));
    data->AddArray(array_of<vtkIntArray>("patch_face_points", points));
}

}  // namespace

void write_vtu(const std::filesystem::path& path, const FlowMesh& mesh, const std::vector<CellField>& fields,
               double unit_m) {
    const auto grid = vtkSmartPointer<vtkUnstructuredGrid>::New();
    const auto points = vtkSmartPointer<vtkPoints>::New();
    points->SetDataTypeToDouble();
    points->SetNumberOfPoints(static_cast<vtkIdType>(mesh.points.size()));
    for (std::size_t i = 0; i < mesh.points.size(); ++i) {
        const Vec3 p = unit_m == 1 ? mesh.points[i] : mesh.points[i] / unit_m;
        points->SetPoint(static_cast<vtkIdType>(i), p.x, p.y, p.z);
    }
    grid->SetPoints(points);
    grid->Allocate(static_cast<vtkIdType>(mesh.cells));
    insert_cells(grid, mesh);
    insert_patches(grid, mesh);
    grid->GetFieldData()->AddArray(array_of<vtkDoubleArray>("length_unit_m", std::vector<double>{unit_m}));
    for (const CellField& field : fields)
        grid->GetCellData()->AddArray(
            array_of<vtkDoubleArray>(field.name.c_str(), field.values, field.components));
    vtkObject::GlobalWarningDisplayOff();
    const auto writer = vtkSmartPointer<vtkXMLUnstructuredGridWriter>::New();
    writer->SetInputData(grid);
    writer->SetDataModeToAppended();
    writer->EncodeAppendedDataOff();
    writer->SetCompressorTypeToZLib();
    writer->SetCompressionLevel(1);
    writer->WriteToOutputStringOn();
    if (writer->Write() != 1)
        throw Error(ExitCode::internal, "VTK could not encode {}. Please report this.", path.string());
    write_text_atomically(path, writer->GetOutputString());
}

}  // namespace ctffr
