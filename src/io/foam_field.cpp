// SPDX-License-Identifier: Apache-2.0
#include <regex>
#include <string>

#include "ctffr/core/error.hpp"
#include "ctffr/io/polymesh.hpp"
#include "io/foam_text.hpp"

namespace ctffr {

namespace {

// One value: a number, or (x y z).
void read_value(FoamScanner& in, int components, std::vector<double>& out) {
    if (components == 1) {
        out.push_back(in.finite());
        return;
    }
    in.expect('(');
    for (int k = 0; k < components; ++k) out.push_back(in.finite());
    in.expect(')');
}

// "uniform V" or "nonuniform List<T> N (V V ...)".
struct Values {
    bool uniform = false;
    std::vector<double> values;
};
Values read_values(FoamScanner& in, int components) {
    Values out;
    const std::string kind = in.word();
    out.uniform = kind == "uniform";
    if (out.uniform) {
        read_value(in, components, out.values);
        return out;
    }
    if (kind != "nonuniform") in.fail(fmt::format("expected uniform or nonuniform, found '{}'", kind));
    if (!in.word().starts_with("List<")) in.fail("expected List<scalar> or List<vector>");
    const std::size_t count = in.count();
    out.values.reserve(count * static_cast<std::size_t>(components));
    in.expect('(');
    for (std::size_t i = 0; i < count; ++i) read_value(in, components, out.values);
    in.expect(')');
    return out;
}

// The values for n places.
std::vector<double> spread(const FoamScanner& in, const Values& given, int components, Index n,
                           const std::string& where) {
    std::vector<double> values = given.values;
    if (given.uniform) {
        values.clear();
        for (Index i = 0; i < n; ++i) values.insert(values.end(), given.values.begin(), given.values.end());
    }
    if (static_cast<Index>(values.size()) != n * components)
        throw Error(ExitCode::input_geometry,
                    "{} has {} values on {}, the mesh has {}: they do not belong together.",
                    in.path().string(), values.size() / static_cast<std::size_t>(components), where, n);
    return values;
}

std::vector<double> cell_values(const FoamField& field, const FlowMesh& mesh, const FlowPatch& patch) {
    std::vector<double> values;
    const auto width = static_cast<std::size_t>(field.components);
    for (Index f = patch.first_face; f < patch.first_face + patch.faces; ++f) {
        const auto first = width * static_cast<std::size_t>(mesh.owner[static_cast<std::size_t>(f)]);
        values.insert(values.end(), field.cells.begin() + static_cast<std::ptrdiff_t>(first),
                      field.cells.begin() + static_cast<std::ptrdiff_t>(first + width));
    }
    return values;
}

// The patches that an entry of boundaryField is for.
std::vector<std::size_t> patches_of_key(FoamScanner& in, const FlowMesh& mesh) {
    bool pattern = false;
    const std::string key = in.key(pattern);
    std::vector<std::size_t> found;
    try {
        const std::regex expression(pattern ? key : "", std::regex::extended);
        for (std::size_t i = 0; i < mesh.patches.size(); ++i)
            if (pattern ? std::regex_match(mesh.patches[i].name, expression) : mesh.patches[i].name == key)
                found.push_back(i);
    } catch (const std::regex_error&) {
        in.fail(fmt::format("'{}' is not a regular expression", key));
    }
    return found;
}

void read_boundary_field(FoamScanner& in, const FlowMesh& mesh, FoamField& field) {
    std::vector<bool> given(mesh.patches.size(), false);
    in.expect('{');
    while (!in.accept('}')) {
        const std::vector<std::size_t> patches = patches_of_key(in, mesh);
        std::string type;
        in.expect('{');
        while (!in.accept('}')) {
            const std::string key = in.word();
            if (key == "value" && !patches.empty()) {
                const Values values = read_values(in, field.components);
                for (std::size_t i : patches) {
                    const FlowPatch& patch = mesh.patches[i];
                    field.patches[i] =
                        spread(in, values, field.components, patch.faces, "patch " + patch.name);
                    given[i] = true;
                }
            } else if (key == "type") {
                type = in.word();
            }
            in.skip_entry();
        }
        for (std::size_t i : patches)
            if (type == "noSlip") {
                field.patches[i].assign(static_cast<std::size_t>(field.components * mesh.patches[i].faces),
                                        0.0);
                given[i] = true;
            }
    }
    for (std::size_t i = 0; i < given.size(); ++i)
        if (!given[i]) field.patches[i] = cell_values(field, mesh, mesh.patches[i]);
}

}  // namespace

FoamField read_foam_field(const std::filesystem::path& path, const FlowMesh& mesh) {
    const FoamText file = load_foam_text(path);
    if (file.text.find("volVectorField") == std::string::npos &&
        file.text.find("volScalarField") == std::string::npos)
        throw Error(ExitCode::input_unsupported, "{} is not a volScalarField or volVectorField.",
                    file.path.string());
    FoamScanner in(file);
    FoamField field;
    field.components = file.text.find("volVectorField") != std::string::npos ? 3 : 1;
    field.patches.resize(mesh.patches.size());
    bool cells = false, boundary = false;
    while (!in.at_end()) {
        const std::string key = in.word();
        if (key == "boundaryField") {
            if (!cells) in.fail("boundaryField stands before internalField");
            read_boundary_field(in, mesh, field);
            boundary = true;
            continue;
        }
        if (key == "internalField") {
            field.cells =
                spread(in, read_values(in, field.components), field.components, mesh.cells, "cells");
            cells = true;
        } else if (key == "dimensions") {
            in.expect('[');
            for (double& exponent : field.dimensions) exponent = in.number<double>();
            in.expect(']');
        }
        in.skip_entry();
    }
    if (!cells || !boundary) in.fail(cells ? "there is no boundaryField" : "there is no internalField");
    return field;
}

}  // namespace ctffr
