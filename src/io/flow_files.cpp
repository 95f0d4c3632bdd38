// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/flow_files.hpp"

#include <algorithm>
#include <vector>

#include <vtkCellData.h>
#include <vtkFloatArray.h>
#include <vtkPoints.h>
#include <vtkSmartPointer.h>
#include <vtkUnstructuredGrid.h>
#include <vtkXMLUnstructuredGridWriter.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/io/files.hpp"

namespace ctffr {

namespace {

// Faces of every cell: 2 * face, plus 1 where the cell is the neighbour and sees the polygon from behind.
struct CellFaces {
    std::vector<std::int32_t> start, side;

    explicit CellFaces(const FlowMesh& mesh) : start(static_cast<std::size_t>(mesh.cells) + 1, 0) {
        const auto inner = static_cast<std::size_t>(mesh.internal_faces());
        for (std::int32_t cell : mesh.owner) ++start[static_cast<std::size_t>(cell) + 1];
        for (std::int32_t cell : mesh.neighbour) ++start[static_cast<std::size_t>(cell) + 1];
        for (std::size_t c = 1; c < start.size(); ++c) start[c] += start[c - 1];
        side.resize(static_cast<std::size_t>(start.back()));
        std::vector<std::int32_t> next(start.begin(), start.end() - 1);
        for (std::size_t f = 0; f < mesh.owner.size(); ++f) {
            const auto put = [&](std::int32_t cell, std::size_t value) {
                side[static_cast<std::size_t>(next[static_cast<std::size_t>(cell)]++)] =
                    static_cast<std::int32_t>(value);
            };
            put(mesh.owner[f], 2 * f);
            if (f < inner) put(mesh.neighbour[f], 2 * f + 1);
        }
    }
};

vtkSmartPointer<vtkUnstructuredGrid> grid_of(const FlowMesh& mesh) {
    const auto grid = vtkSmartPointer<vtkUnstructuredGrid>::New();
    const auto points = vtkSmartPointer<vtkPoints>::New();
    points->SetDataTypeToFloat();
    points->SetNumberOfPoints(static_cast<vtkIdType>(mesh.points.size()));
    for (std::size_t n = 0; n < mesh.points.size(); ++n) {
        const Vec3 p = 1e3 * mesh.points[n];
        points->SetPoint(static_cast<vtkIdType>(n), p.x, p.y, p.z);
    }
    grid->SetPoints(points);
    grid->Allocate(mesh.cells);
    const CellFaces faces(mesh);
    std::vector<vtkIdType> stream, corners;
    for (std::size_t c = 0; c < static_cast<std::size_t>(mesh.cells); ++c) {
        stream.clear(), corners.clear();
        for (std::int32_t k = faces.start[c]; k < faces.start[c + 1]; ++k) {
            const std::int32_t side = faces.side[static_cast<std::size_t>(k)];
            const auto f = static_cast<std::size_t>(side >> 1);
            const auto first = mesh.face_point.begin() + mesh.face_start[f],
                       last = mesh.face_point.begin() + mesh.face_start[f + 1];
            stream.push_back(last - first);
            corners.insert(corners.end(), first, last);
            stream.insert(stream.end(), first, last);
            if (side & 1) std::reverse(stream.end() - (last - first), stream.end());
        }
        std::sort(corners.begin(), corners.end());
        corners.erase(std::unique(corners.begin(), corners.end()), corners.end());
        grid->InsertNextCell(VTK_POLYHEDRON, static_cast<vtkIdType>(corners.size()), corners.data(),
                             faces.start[c + 1] - faces.start[c], stream.data());
    }
    return grid;
}

vtkSmartPointer<vtkFloatArray> cell_array(const char* name, int components, Index cells) {
    const auto array = vtkSmartPointer<vtkFloatArray>::New();
    array->SetName(name);
    array->SetNumberOfComponents(components);
    array->SetNumberOfTuples(cells);
    return array;
}

void write_grid(const std::filesystem::path& path, vtkUnstructuredGrid* grid) {
    vtkObject::GlobalWarningDisplayOff();
    const auto writer = vtkSmartPointer<vtkXMLUnstructuredGridWriter>::New();
    writer->SetInputData(grid);
    writer->SetDataModeToAppended();
    writer->EncodeAppendedDataOff();
    writer->SetCompressorTypeToZLib();
    writer->SetCompressionLevel(1);
    writer->SetHeaderTypeToUInt64();
    writer->SetIdTypeToInt32();
    writer->WriteToOutputStringOn();
    if (writer->Write() != 1)
        throw Error(ExitCode::internal, "VTK could not encode {}. Please report this.", path.string());
    write_text_atomically(path, writer->GetOutputString());
}

}  // namespace

void write_mesh_vtu(const std::filesystem::path& path, const FlowMesh& mesh) {
    write_grid(path, grid_of(mesh));
}

void write_flow_vtu(const std::filesystem::path& path, const FlowMesh& mesh, const FlowField& field,
                    double aortic_pressure) {
    CTFFR_CHECK_OP(static_cast<Index>(field.pressure.size()), ==, mesh.cells);
    CTFFR_CHECK_OP(static_cast<Index>(field.velocity.size()), ==, 3 * mesh.cells);
    const auto grid = grid_of(mesh);
    const auto velocity = cell_array("velocity_m_s", 3, mesh.cells);
    const auto pressure = cell_array("pressure_mmhg", 1, mesh.cells);
    const auto ffr = cell_array("ffr", 1, mesh.cells);
    std::copy(field.velocity.begin(), field.velocity.end(), velocity->GetPointer(0));
    for (Index c = 0; c < mesh.cells; ++c) {
        const auto p = static_cast<double>(field.pressure[static_cast<std::size_t>(c)]);
        pressure->SetValue(c, static_cast<float>(mmhg_from_pa(p)));
        ffr->SetValue(c, static_cast<float>(p / aortic_pressure));
    }
    for (vtkFloatArray* array : {velocity.Get(), pressure.Get(), ffr.Get()})
        grid->GetCellData()->AddArray(array);
    write_grid(path, grid);
}

}  // namespace ctffr
