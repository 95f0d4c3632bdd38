// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/flow_mesh_file.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fstream>

#include "ctffr/core/error.hpp"
#include "ctffr/data/mesh_patches.hpp"
#include "ctffr/io/polymesh.hpp"
#include "io/mesh_formats.hpp"
#include "io/vtk_polydata.hpp"

namespace ctffr {

namespace {

namespace fs = std::filesystem;

constexpr double longest_m = 4, shortest_m = 5e-4;

std::string lower_extension(const fs::path& path) {
    std::string extension = path.extension().string();
    for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return extension;
}

// The polyMesh folder in or at `path`; empty when there is none.
fs::path polymesh_folder(const fs::path& path) {
    std::error_code error;
    const fs::path base = lower_extension(path) == ".foam" ? path.parent_path() : path;
    for (const fs::path& folder : {base, base / "polyMesh", base / "constant" / "polyMesh"})
        if (fs::exists(folder / "faces", error) || fs::exists(folder / "faces.gz", error) ||
            fs::exists(folder / "points", error) || fs::exists(folder / "points.gz", error))
            return folder;
    return {};
}

FileMesh read_any(const fs::path& path) {
    std::error_code error;
    if (!fs::exists(path, error)) throw Error(ExitCode::input_missing, "There is no {}.", path.string());
    if (fs::is_directory(path, error) || lower_extension(path) == ".foam") {
        const fs::path folder = polymesh_folder(path);
        if (folder.empty())
            throw Error(ExitCode::input_unreadable,
                        "{} holds no polyMesh (points, faces, owner, neighbour, boundary).", path.string());
        FileMesh file;
        file.mesh = read_polymesh(folder);
        file.kinds_known = true;
        return file;
    }
    require_readable(path);
    std::string head(512, '\0');
    std::ifstream in(path, std::ios::binary);
    in.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(in.gcount()));
    if (head.find("<VTKFile") != std::string::npos || lower_extension(path) == ".vtu") return read_vtu(path);
    if (head.starts_with("$MeshFormat") || head.starts_with("$Comments") || lower_extension(path) == ".msh")
        return read_gmsh(path);
    throw Error(ExitCode::input_unsupported,
                "{} is no volume mesh that can be read: give a polyMesh folder, a .vtu or a Gmsh .msh file.",
                path.string());
}

double extent_m(const FlowMesh& mesh) {
    Vec3 low{1e300, 1e300, 1e300}, high{-1e300, -1e300, -1e300};
    for (const Vec3& p : mesh.points)
        for (int k = 0; k < 3; ++k) low[k] = std::min(low[k], p[k]), high[k] = std::max(high[k], p[k]);
    return norm(high - low);
}

}  // namespace

FlowMesh read_flow_mesh(const fs::path& path, const MeshReadOptions& options, MeshOrder* order) {
    FileMesh file;
    try {
        file = read_any(path);
        if (!file.named) patches_from_shape(file.mesh);
        if (!file.kinds_known || !options.inlet.empty()) settle_patch_kinds(file.mesh, options.inlet);
    } catch (const Error& error) {
        const std::string what = error.what();
        if (what.find(path.string()) != std::string::npos) throw;
        throw Error(error.code(), "{}: {}", path.string(), what);
    }
    FlowMesh& mesh = file.mesh;
    const double unit_m = options.unit_m.value_or(file.unit_m.value_or(1));
    if (unit_m != 1) {
        for (Vec3& p : mesh.points) p *= unit_m;
        compute_geometry(mesh);
    }
    const double extent = extent_m(mesh);
    if (!(extent <= longest_m && extent >= shortest_m))
        throw Error(
            ExitCode::input_geometry,
            "The mesh in {} is {:.4g} m across (with {:g} m per unit): give its unit of length, mm or m.",
            path.string(), extent, unit_m);
    if (const auto broken = check(mesh); !broken.empty())
        throw Error(ExitCode::mesh_failed, "The mesh in {} is not usable: {}.", path.string(),
                    broken.front());
    MeshOrder moved;
    if (options.renumber) moved = renumber_cells(mesh);
    if (order) *order = std::move(moved);
    return std::move(mesh);
}

void write_flow_mesh(const fs::path& path, const FlowMesh& mesh, const std::vector<CellField>& fields,
                     double unit_m) {
    for (const CellField& field : fields)
        CTFFR_CHECK_OP(static_cast<Index>(field.values.size()), ==, field.components * mesh.cells);
    if (lower_extension(path) == ".vtu") {
        write_vtu(path, mesh, fields, unit_m);
        return;
    }
    if (!path.extension().empty() || !fields.empty())
        throw Error(ExitCode::usage, "{}: a mesh is written as .vtu, or without fields as a polyMesh folder.",
                    path.string());
    write_polymesh(path, mesh);
}

}  // namespace ctffr
