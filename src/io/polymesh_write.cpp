// SPDX-License-Identifier: Apache-2.0
#include <iterator>

#include <fmt/format.h>
#include <zlib.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/polymesh.hpp"

namespace ctffr {

namespace {

namespace fs = std::filesystem;

const char* patch_type(FlowPatch::Kind kind) {
    switch (kind) {
        case FlowPatch::Kind::wall: return "wall";
        case FlowPatch::Kind::symmetry: return "symmetry";
        case FlowPatch::Kind::inlet:
        case FlowPatch::Kind::outlet: return "patch";
    }
    return "patch";
}

// Text that grows by formatted pieces.
struct Text {
    std::string text;
    template <class... Args>
    void add(fmt::format_string<Args...> form, Args&&... args) {
        fmt::format_to(std::back_inserter(text), form, std::forward<Args>(args)...);
    }
};

Text start_list(const char* type, const char* object, std::size_t count) {
    Text out;
    out.add("FoamFile\n{{\n    version 2.0;\n    format ascii;\n    class {};\n    object {};\n}}\n{}\n(\n",
            type, object, count);
    return out;
}

// Ends the list and writes it; a file of the other kind (plain, .gz) at the same place goes away.
void finish(fs::path path, Text out, bool compressed) {
    out.text += ")\n";
    fs::path other = path;
    other += ".gz";
    if (compressed) std::swap(path, other);
    if (!compressed) {
        write_text_atomically(path, out.text);
    } else {
        write_atomically(path, [&](const fs::path& temporary) {
            gzFile file = gzopen(temporary.c_str(), "wb1");
            const std::size_t piece = 1 << 24;
            bool good = file != nullptr;
            for (std::size_t at = 0; good && at < out.text.size(); at += piece) {
                const auto size = static_cast<unsigned>(std::min(piece, out.text.size() - at));
                good = gzwrite(file, out.text.data() + at, size) == static_cast<int>(size);
            }
            if ((file && gzclose(file) != Z_OK) || !good)
                throw Error(ExitCode::disk_full, "Cannot write {}: is the disk full?", path.string());
        });
    }
    std::error_code error;
    fs::remove(other, error);
}

void write_labels(const fs::path& folder, const char* object, const std::vector<std::int32_t>& labels,
                  bool compressed) {
    Text out = start_list("labelList", object, labels.size());
    for (std::int32_t label : labels) out.add("{}\n", label);
    finish(folder / object, std::move(out), compressed);
}

}  // namespace

void write_polymesh(const fs::path& folder, const FlowMesh& mesh, bool compressed) {
    Text points = start_list("vectorField", "points", mesh.points.size());
    for (const Vec3& p : mesh.points) points.add("({:.17g} {:.17g} {:.17g})\n", p.x, p.y, p.z);
    finish(folder / "points", std::move(points), compressed);
    Text faces = start_list("faceList", "faces", static_cast<std::size_t>(mesh.faces()));
    for (std::size_t f = 0; f + 1 < mesh.face_start.size(); ++f) {
        faces.add("{}(", mesh.face_start[f + 1] - mesh.face_start[f]);
        for (std::int32_t k = mesh.face_start[f]; k < mesh.face_start[f + 1]; ++k)
            faces.add("{}{}", k > mesh.face_start[f] ? " " : "",
                      mesh.face_point[static_cast<std::size_t>(k)]);
        faces.text += ")\n";
    }
    finish(folder / "faces", std::move(faces), compressed);
    write_labels(folder, "owner", mesh.owner, compressed);
    write_labels(folder, "neighbour", mesh.neighbour, compressed);
    Text boundary = start_list("polyBoundaryMesh", "boundary", mesh.patches.size());
    for (const FlowPatch& patch : mesh.patches)
        boundary.add("    {}\n    {{\n        type {};\n        nFaces {};\n        startFace {};\n    }}\n",
                     patch.name, patch_type(patch.kind), patch.faces, patch.first_face);
    finish(folder / "boundary", std::move(boundary), false);
}

}  // namespace ctffr
