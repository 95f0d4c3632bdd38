// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/surface.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include <vtkCellArray.h>
#include <vtkCellData.h>
#include <vtkCleanPolyData.h>
#include <vtkDoubleArray.h>
#include <vtkIntArray.h>
#include <vtkPointData.h>
#include <vtkPoints.h>
#include <vtkSTLReader.h>
#include <vtkTriangleFilter.h>

#include "ctffr/core/error.hpp"
#include "ctffr/data/surface_caps.hpp"
#include "ctffr/io/files.hpp"
#include "io/vtk_polydata.hpp"

namespace ctffr {

namespace {

// A binary STL has 80 bytes of text, a count, and 50 bytes per triangle; VTK would read a short one without a
// word.
void check_stl_size(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    char header[84] = {};
    in.read(header, sizeof header);
    const bool ascii = std::strncmp(header, "solid", 5) == 0;
    const auto size = std::filesystem::file_size(path);
    std::uint32_t triangles = 0;
    std::memcpy(&triangles, header + 80, 4);
    const std::uintmax_t expected = 84 + std::uintmax_t{50} * triangles;
    if (ascii && size != expected) {
        const std::string text = read_text(path);
        if (text.find("endsolid") == std::string::npos)
            throw Error(ExitCode::input_truncated, "{} is an STL text file without its end ('endsolid').",
                        path.string());
        return;
    }
    if (in.gcount() < 84 || size < expected)
        throw Error(ExitCode::input_truncated,
                    "{} has {} bytes; its STL header promises {}: the file is cut short.", path.string(),
                    size, expected);
}

// With the number of the solid of each triangle as cell scalars, and the names of the solids of a text file.
vtkSmartPointer<vtkPolyData> read_stl(const std::filesystem::path& path, std::vector<std::string>& solids) {
    require_readable(path);
    check_stl_size(path);
    vtkObject::GlobalWarningDisplayOff();
    const auto reader = vtkSmartPointer<vtkSTLReader>::New();
    reader->SetFileName(path.c_str());
    reader->MergingOn();
    reader->ScalarTagsOn();
    reader->Update();
    vtkPolyData* data = reader->GetOutput();
    if (vtkDataArray* tags = data->GetCellData()->GetScalars()) {
        tags->SetName("solid");
        std::istringstream text(tags->GetRange()[1] >= 0 ? read_text(path) : "");
        for (std::string line; std::getline(text, line);) {
            const std::size_t start = line.find_first_not_of(" \t");
            if (start == std::string::npos || line.compare(start, 5, "solid") != 0) continue;
            std::istringstream words(line.substr(start + 5));
            std::string name;
            words >> name;
            solids.push_back(name);
        }
    }
    return data;
}

std::string lower_extension(const std::filesystem::path& path) {
    std::string extension = path.extension().string();
    for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return extension;
}

TriangleMesh mesh_of(vtkPolyData* data, const char* patch_array, const std::filesystem::path& path) {
    TriangleMesh mesh;
    for (vtkIdType i = 0; i < data->GetNumberOfPoints(); ++i) {
        double p[3];
        data->GetPoint(i, p);
        if (!std::isfinite(p[0]) || !std::isfinite(p[1]) || !std::isfinite(p[2]))
            throw Error(ExitCode::input_not_finite, "Point {} of the surface {} is not a finite number.", i,
                        path.string());
        mesh.points_lps_mm.push_back({p[0], p[1], p[2]});
    }
    vtkDataArray* patch = data->GetCellData()->GetArray(patch_array);
    for (vtkIdType cell = 0; cell < data->GetNumberOfCells(); ++cell) {
        vtkIdType count = 0;
        const vtkIdType* ids = nullptr;
        data->GetCellPoints(cell, count, ids);
        if (count != 3 || ids[0] == ids[1] || ids[1] == ids[2] || ids[0] == ids[2]) continue;
        mesh.triangles.push_back({static_cast<std::int32_t>(ids[0]), static_cast<std::int32_t>(ids[1]),
                                  static_cast<std::int32_t>(ids[2])});
        mesh.patch.push_back(patch ? static_cast<std::int32_t>(patch->GetTuple1(cell)) : 0);
    }
    if (mesh.triangles.empty())
        throw Error(ExitCode::input_unreadable, "The surface {} has no triangles.", path.string());
    return mesh;
}

// Triangles with merged points; `solids` receives the names of the solids of a text STL.
vtkSmartPointer<vtkPolyData> load(const std::filesystem::path& path, std::vector<std::string>& solids) {
    const std::string extension = lower_extension(path);
    if (extension != ".stl" && extension != ".vtp")
        throw Error(ExitCode::input_unsupported, "The surface {} must be an .stl or .vtp file.",
                    path.string());
    const vtkSmartPointer<vtkPolyData> raw =
        extension == ".stl" ? read_stl(path, solids) : read_polydata_vtp(path);
    const auto triangles = vtkSmartPointer<vtkTriangleFilter>::New();
    triangles->SetInputData(raw);
    triangles->PassLinesOff();
    triangles->PassVertsOff();
    const auto merged = vtkSmartPointer<vtkCleanPolyData>::New();
    merged->SetInputConnection(triangles->GetOutputPort());
    // Only points at exactly the same place: a tolerance would close thin gaps that the user drew.
    merged->ToleranceIsAbsoluteOn();
    merged->SetAbsoluteTolerance(0);
    merged->ConvertLinesToPointsOff();
    merged->ConvertPolysToLinesOff();
    merged->Update();
    return merged->GetOutput();
}

// Patch numbers from 0 in the order of their values; returns a name for each.
std::vector<std::string> number_patches(TriangleMesh& mesh, const std::vector<std::string>& solids,
                                        bool own) {
    std::map<std::int32_t, std::int32_t> number;
    for (std::int32_t patch : mesh.patch) number[patch] = 0;
    std::vector<std::string> names;
    for (auto& [patch, place] : number) {
        place = static_cast<std::int32_t>(names.size());
        if (patch >= 0 && static_cast<std::size_t>(patch) < solids.size() &&
            !solids[static_cast<std::size_t>(patch)].empty())
            names.push_back(solids[static_cast<std::size_t>(patch)]);
        else
            names.push_back(own && patch == 0 ? "wall" : fmt::format("{}_{}", own ? "cap" : "patch", patch));
    }
    for (std::int32_t& patch : mesh.patch) patch = number.at(patch);
    return names.size() > 1 ? names : std::vector<std::string>{};
}

}  // namespace

TriangleMesh read_surface(const std::filesystem::path& path) {
    std::vector<std::string> solids;
    return mesh_of(load(path, solids), "patch", path);
}

LumenSurface read_capped_surface(const std::filesystem::path& path, const SurfaceReadOptions& options) {
    std::vector<std::string> solids;
    const vtkSmartPointer<vtkPolyData> data = load(path, solids);
    const char* array = "";
    for (const char* name : {"solid", "gmsh:physical", "ModelFaceID", "CellEntityIds", "patch"})
        if (data->GetCellData()->GetArray(name)) array = name;
    TriangleMesh mesh = mesh_of(data, array, path);
    for (Vec3& p : mesh.points_lps_mm) p *= options.unit_mm;
    const std::vector<std::string> names = number_patches(mesh, solids, std::strcmp(array, "patch") == 0);
    Vec3 low = mesh.points_lps_mm[0], high = low;
    for (const Vec3& p : mesh.points_lps_mm)
        for (int k = 0; k < 3; ++k) low[k] = std::min(low[k], p[k]), high[k] = std::max(high[k], p[k]);
    const double extent = norm(high - low);
    if (!(extent > 0.5 && extent < 4000))
        throw Error(
            ExitCode::input_geometry,
            "The surface {} is {:.4g} mm across (with {:g} mm per unit): give its unit of length, mm or m.",
            path.string(), extent, options.unit_mm);
    try {
        return with_caps(std::move(mesh), names, options.inlet);
    } catch (const Error& error) {
        throw Error(error.code(), "{}: {}", path.string(), error.what());
    }
}

void write_surface_vtp(const std::filesystem::path& path, const TriangleMesh& mesh,
                       const std::map<std::string, std::vector<double>>& point_arrays) {
    const auto data = vtkSmartPointer<vtkPolyData>::New();
    const auto points = vtkSmartPointer<vtkPoints>::New();
    points->SetDataTypeToDouble();
    for (Vec3 p : mesh.points_lps_mm) points->InsertNextPoint(p.x, p.y, p.z);
    const auto cells = vtkSmartPointer<vtkCellArray>::New();
    const auto patch = vtkSmartPointer<vtkIntArray>::New();
    patch->SetName("patch");
    for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
        const vtkIdType ids[3] = {mesh.triangles[t][0], mesh.triangles[t][1], mesh.triangles[t][2]};
        cells->InsertNextCell(3, ids);
        patch->InsertNextValue(t < mesh.patch.size() ? mesh.patch[t] : 0);
    }
    data->SetPoints(points);
    data->SetPolys(cells);
    data->GetCellData()->AddArray(patch);
    for (const auto& [name, values] : point_arrays) {
        CTFFR_CHECK_OP(values.size(), ==, mesh.points_lps_mm.size());
        const auto array = vtkSmartPointer<vtkDoubleArray>::New();
        array->SetName(name.c_str());
        for (double value : values) array->InsertNextValue(value);
        data->GetPointData()->AddArray(array);
    }
    write_polydata_vtp(path, data);
}

}  // namespace ctffr
