// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "ctffr/core/error.hpp"
#include "ctffr/data/mesh_patches.hpp"
#include "ctffr/io/polymesh.hpp"
#include "io/foam_text.hpp"

namespace ctffr {

namespace {

namespace fs = std::filesystem;

std::vector<std::int32_t> read_labels(const fs::path& folder, const char* name) {
    const FoamText file = load_foam_text(folder / name);
    FoamScanner in(file);
    std::vector<std::int32_t> labels(in.count());
    in.expect('(');
    for (std::int32_t& label : labels) label = in.number<std::int32_t>();
    in.expect(')');
    return labels;
}

void read_points(const fs::path& folder, FlowMesh& mesh) {
    const FoamText file = load_foam_text(folder / "points");
    FoamScanner in(file);
    mesh.points.resize(in.count());
    in.expect('(');
    for (Vec3& p : mesh.points) {
        in.expect('(');
        p.x = in.finite(), p.y = in.finite(), p.z = in.finite();
        in.expect(')');
    }
    in.expect(')');
}

void read_faces(const fs::path& folder, FlowMesh& mesh) {
    const FoamText file = load_foam_text(folder / "faces");
    FoamScanner in(file);
    const std::size_t faces = in.count();
    in.expect('(');
    for (std::size_t f = 0; f < faces; ++f) {
        const std::size_t corners = in.count();
        if (corners < 3) in.fail(fmt::format("face {} has {} corners", f, corners));
        in.expect('(');
        for (std::size_t k = 0; k < corners; ++k) {
            const auto point = in.number<std::int32_t>();
            if (point < 0 || static_cast<std::size_t>(point) >= mesh.points.size())
                in.fail(fmt::format("face {} uses point {}, there are {}", f, point, mesh.points.size()));
            mesh.face_point.push_back(point);
        }
        in.expect(')');
        mesh.face_start.push_back(static_cast<std::int32_t>(mesh.face_point.size()));
    }
    in.expect(')');
}

FlowPatch::Kind kind_of(const FoamScanner& in, const std::string& type, const FlowPatch& patch) {
    if (type == "wall") return FlowPatch::Kind::wall;
    if (type.starts_with("symmetry") || type == "empty") return FlowPatch::Kind::symmetry;
    if (type != "patch" && patch.faces > 0)
        in.fail(fmt::format("patch '{}' has type '{}'; there can be wall, patch, symmetry and empty",
                            patch.name, type));
    return kind_from_name(patch.name).value_or(FlowPatch::Kind::outlet);
}

void read_boundary(const fs::path& folder, FlowMesh& mesh) {
    const FoamText file = load_foam_text(folder / "boundary");
    FoamScanner in(file);
    const std::size_t patches = in.count();
    in.expect('(');
    for (std::size_t i = 0; i < patches; ++i) {
        FlowPatch patch;
        patch.name = in.word();
        std::string type;
        in.expect('{');
        while (!in.accept('}')) {
            const std::string key = in.word();
            if (key == "type")
                type = in.word();
            else if (key == "nFaces")
                patch.faces = in.number<Index>();
            else if (key == "startFace")
                patch.first_face = in.number<Index>();
            in.skip_entry();
        }
        patch.kind = kind_of(in, type, patch);
        if (patch.faces < 0 || patch.first_face < 0 || patch.faces > mesh.faces() ||
            patch.first_face > mesh.faces() - patch.faces)
            in.fail(fmt::format("patch '{}' has {} faces from {}, but the mesh has {}", patch.name,
                                patch.faces, patch.first_face, mesh.faces()));
        if (patch.faces > 0) mesh.patches.push_back(patch);
    }
}

}  // namespace

FlowMesh read_polymesh(const fs::path& folder) {
    FlowMesh mesh;
    read_points(folder, mesh);
    read_faces(folder, mesh);
    mesh.owner = read_labels(folder, "owner");
    mesh.neighbour = read_labels(folder, "neighbour");
    if (mesh.owner.size() + 1 != mesh.face_start.size() || mesh.neighbour.size() > mesh.owner.size())
        throw Error(ExitCode::mesh_failed, "{}: {} faces, {} owners and {} neighbours do not fit together.",
                    folder.string(), mesh.face_start.size() - 1, mesh.owner.size(), mesh.neighbour.size());
    for (const auto* side : {&mesh.owner, &mesh.neighbour})
        for (std::int32_t cell : *side) {
            // A cell has four faces or more.
            if (cell < 0 || static_cast<std::size_t>(cell) >= mesh.owner.size())
                throw Error(ExitCode::mesh_failed, "{} names cell {}, with {} faces in all.", folder.string(),
                            cell, mesh.owner.size());
            mesh.cells = std::max(mesh.cells, Index{cell} + 1);
        }
    read_boundary(folder, mesh);
    compute_geometry(mesh);
    return mesh;
}

}  // namespace ctffr
