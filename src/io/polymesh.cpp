// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/polymesh.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

#include <zlib.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"

namespace ctffr {

namespace {

namespace fs = std::filesystem;

// The text of NAME or NAME.gz in a folder.
struct FoamText {
    fs::path path;
    std::string text;
};

FoamText load(const fs::path& folder, const char* name) {
    FoamText file;
    file.path = folder / name;
    if (!fs::exists(file.path)) file.path += ".gz";
    if (!fs::exists(file.path))
        throw Error(ExitCode::input_missing, "No {} or {}.gz in {}: not a polyMesh folder.", name, name,
                    folder.string());
    // gzread reads plain files as they are.
    gzFile in = gzopen(file.path.c_str(), "rb");
    if (!in)
        throw Error(ExitCode::input_unreadable, "Cannot read {}: {}.", file.path.string(),
                    std::strerror(errno));
    std::string buffer(1 << 20, '\0');
    int got = 0;
    while ((got = gzread(in, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0)
        file.text.append(buffer, 0, static_cast<std::size_t>(got));
    const int closed = gzclose(in);
    if (got < 0 || closed != Z_OK)
        throw Error(ExitCode::input_truncated, "{} ends early or is damaged: copy it again.",
                    file.path.string());
    return file;
}

// Walks over the tokens of a dictionary or list file: comments and the FoamFile header are skipped.
class Scanner {
   public:
    explicit Scanner(const FoamText& file)
        : file_(file), at_(file.text.data()), end_(at_ + file.text.size()) {
        skip_space();
        if (std::string_view(at_, std::min<std::size_t>(8, static_cast<std::size_t>(end_ - at_))) ==
            "FoamFile") {
            const char* close = std::find(at_, end_, '}');
            if (close == end_) fail("the FoamFile header does not end");
            const std::string_view header(at_, static_cast<std::size_t>(close - at_));
            if (header.find("binary") != std::string_view::npos)
                fail("it is binary; convert it with foamFormatConvert to ascii");
            at_ = close + 1;
        }
    }

    [[noreturn]] void fail(const std::string& what) const {
        const auto line = 1 + std::count(file_.text.data(), at_, '\n');
        throw Error(ExitCode::input_unreadable, "{}:{}: {}.", file_.path.string(), line, what);
    }
    void expect(char c) {
        skip_space();
        if (at_ == end_ || *at_ != c) fail(fmt::format("expected '{}'", c));
        ++at_;
    }
    bool accept(char c) {
        skip_space();
        if (at_ == end_ || *at_ != c) return false;
        ++at_;
        return true;
    }
    template <class Number>
    Number number() {
        skip_space();
        Number value{};
        const auto [next, code] = std::from_chars(at_, end_, value);
        if (code != std::errc()) fail("expected a number");
        at_ = next;
        return value;
    }
    // A list's length, checked against what the file can hold.
    std::size_t count() {
        const auto n = number<long long>();
        if (n < 0 || n > end_ - at_) fail(fmt::format("a list of {} entries cannot stand in this file", n));
        return static_cast<std::size_t>(n);
    }
    std::string word() {
        skip_space();
        const char* first = at_;
        while (at_ < end_ && !std::strchr(" \t\r\n;{}()", *at_)) ++at_;
        if (first == at_) fail("expected a word");
        return {first, at_};
    }
    void skip_to(char c) {
        at_ = std::find(at_, end_, c);
        if (at_ == end_) fail(fmt::format("expected '{}'", c));
        ++at_;
    }

   private:
    void skip_space() {
        while (at_ < end_) {
            if (std::strchr(" \t\r\n", *at_)) {
                ++at_;
            } else if (end_ - at_ > 1 && at_[0] == '/' && at_[1] == '*') {
                const std::size_t close =
                    file_.text.find("*/", static_cast<std::size_t>(at_ - file_.text.data()));
                at_ = close == std::string::npos ? end_ : file_.text.data() + close + 2;
            } else if (end_ - at_ > 1 && at_[0] == '/' && at_[1] == '/') {
                at_ = std::find(at_, end_, '\n');
            } else {
                return;
            }
        }
    }

    const FoamText& file_;
    const char* at_;
    const char* end_;
};

std::vector<std::int32_t> read_labels(const fs::path& folder, const char* name) {
    const FoamText file = load(folder, name);
    Scanner in(file);
    std::vector<std::int32_t> labels(in.count());
    in.expect('(');
    for (std::int32_t& label : labels) label = in.number<std::int32_t>();
    in.expect(')');
    return labels;
}

void read_points(const fs::path& folder, FlowMesh& mesh) {
    const FoamText file = load(folder, "points");
    Scanner in(file);
    mesh.points.resize(in.count());
    in.expect('(');
    for (Vec3& p : mesh.points) {
        in.expect('(');
        p.x = in.number<double>(), p.y = in.number<double>(), p.z = in.number<double>();
        in.expect(')');
    }
}

void read_faces(const fs::path& folder, FlowMesh& mesh) {
    const FoamText file = load(folder, "faces");
    Scanner in(file);
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
}

FlowPatch::Kind kind_of(const std::string& type, const std::string& name) {
    if (type == "wall") return FlowPatch::Kind::wall;
    if (type.starts_with("symmetry")) return FlowPatch::Kind::symmetry;
    return name.starts_with("inlet") ? FlowPatch::Kind::inlet : FlowPatch::Kind::outlet;
}

void read_boundary(const fs::path& folder, FlowMesh& mesh) {
    const FoamText file = load(folder, "boundary");
    Scanner in(file);
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
            in.skip_to(';');
        }
        patch.kind = kind_of(type, patch.name);
        mesh.patches.push_back(patch);
    }
}

const char* patch_type(FlowPatch::Kind kind) {
    switch (kind) {
        case FlowPatch::Kind::wall: return "wall";
        case FlowPatch::Kind::symmetry: return "symmetry";
        case FlowPatch::Kind::inlet:
        case FlowPatch::Kind::outlet: return "patch";
    }
    return "patch";
}

std::string header(const char* type, const char* object) {
    return fmt::format(
        "FoamFile\n{{\n    version 2.0;\n    format ascii;\n    class {};\n    object {};\n}}\n", type,
        object);
}

void write_labels(const fs::path& path, const char* object, const std::vector<std::int32_t>& labels) {
    std::string text = header("labelList", object) + fmt::format("{}\n(\n", labels.size());
    for (std::int32_t label : labels) text += fmt::format("{}\n", label);
    write_text_atomically(path, text + ")\n");
}

}  // namespace

FlowMesh read_polymesh(const fs::path& folder) {
    FlowMesh mesh;
    read_points(folder, mesh);
    read_faces(folder, mesh);
    mesh.owner = read_labels(folder, "owner");
    mesh.neighbour = read_labels(folder, "neighbour");
    read_boundary(folder, mesh);
    for (const auto* side : {&mesh.owner, &mesh.neighbour})
        for (std::int32_t cell : *side) {
            if (cell < 0)
                throw Error(ExitCode::mesh_failed, "{} names cell {}: cell numbers start at 0.",
                            folder.string(), cell);
            mesh.cells = std::max(mesh.cells, Index{cell} + 1);
        }
    if (mesh.owner.size() + 1 != mesh.face_start.size() || mesh.neighbour.size() > mesh.owner.size())
        throw Error(ExitCode::mesh_failed, "{}: {} faces, {} owners and {} neighbours do not fit together.",
                    folder.string(), mesh.face_start.size() - 1, mesh.owner.size(), mesh.neighbour.size());
    compute_geometry(mesh);
    if (const auto broken = check(mesh); !broken.empty())
        throw Error(ExitCode::mesh_failed, "The mesh in {} is not usable: {}.", folder.string(),
                    broken.front());
    return mesh;
}

void write_polymesh(const fs::path& folder, const FlowMesh& mesh) {
    std::string points = header("vectorField", "points") + fmt::format("{}\n(\n", mesh.points.size());
    for (const Vec3& p : mesh.points) points += fmt::format("({:.17g} {:.17g} {:.17g})\n", p.x, p.y, p.z);
    write_text_atomically(folder / "points", points + ")\n");
    std::string faces = header("faceList", "faces") + fmt::format("{}\n(\n", mesh.faces());
    for (std::size_t f = 0; f + 1 < mesh.face_start.size(); ++f) {
        faces += fmt::format("{}(", mesh.face_start[f + 1] - mesh.face_start[f]);
        for (std::int32_t k = mesh.face_start[f]; k < mesh.face_start[f + 1]; ++k)
            faces += fmt::format("{}{}", k > mesh.face_start[f] ? " " : "",
                                 mesh.face_point[static_cast<std::size_t>(k)]);
        faces += ")\n";
    }
    write_text_atomically(folder / "faces", faces + ")\n");
    write_labels(folder / "owner", "owner", mesh.owner);
    write_labels(folder / "neighbour", "neighbour", mesh.neighbour);
    std::string boundary =
        header("polyBoundaryMesh", "boundary") + fmt::format("{}\n(\n", mesh.patches.size());
    for (const FlowPatch& patch : mesh.patches)
        boundary += fmt::format(
            "    {}\n    {{\n        type {};\n        nFaces {};\n        startFace {};\n    }}\n",
            patch.name, patch_type(patch.kind), patch.faces, patch.first_face);
    write_text_atomically(folder / "boundary", boundary + ")\n");
}

}  // namespace ctffr
