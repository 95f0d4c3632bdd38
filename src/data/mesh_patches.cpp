// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/mesh_patches.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"
#include "ctffr/data/flat_ends.hpp"

namespace ctffr {

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

double area_of(const FlowMesh& mesh, const FlowPatch& patch, Vec3& sum) {
    double area = 0;
    sum = {};
    for (Index f = patch.first_face; f < patch.first_face + patch.faces; ++f) {
        sum += mesh.face_area[at(f)];
        area += norm(mesh.face_area[at(f)]);
    }
    return area;
}

}  // namespace

std::optional<FlowPatch::Kind> kind_from_name(const std::string& name) {
    std::string lower = name;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto begins = [&](const char* text) { return lower.starts_with(text); };
    if (begins("inlet") || begins("inflow")) return FlowPatch::Kind::inlet;
    if (begins("outlet") || begins("outflow")) return FlowPatch::Kind::outlet;
    if (begins("wall") || begins("lumen")) return FlowPatch::Kind::wall;
    if (begins("sym") || begins("empty") || begins("frontandback")) return FlowPatch::Kind::symmetry;
    return std::nullopt;
}

void regroup_boundary(FlowMesh& mesh, const std::vector<std::int32_t>& patch_of_face,
                      std::vector<FlowPatch> patches) {
    const Index inner = mesh.internal_faces(), outer = mesh.faces() - inner;
    CTFFR_CHECK_OP(static_cast<Index>(patch_of_face.size()), ==, outer);
    std::vector<std::int32_t> order(at(outer));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
        return patch_of_face[at(a)] < patch_of_face[at(b)];
    });
    const FlowMesh old = mesh;
    mesh.face_point.resize(at(old.face_start[at(inner)]));
    mesh.face_start.resize(at(inner) + 1);
    for (FlowPatch& patch : patches) patch.faces = 0;
    for (std::size_t k = 0; k < order.size(); ++k) {
        const std::size_t from = at(inner + order[k]), to = at(inner) + k;
        mesh.face_point.insert(mesh.face_point.end(), old.face_point.begin() + old.face_start[from],
                               old.face_point.begin() + old.face_start[from + 1]);
        mesh.face_start.push_back(static_cast<std::int32_t>(mesh.face_point.size()));
        mesh.owner[to] = old.owner[from];
        mesh.face_area[to] = old.face_area[from];
        mesh.face_centre[to] = old.face_centre[from];
        ++patches[at(patch_of_face[at(order[k])])].faces;
    }
    Index next = inner;
    for (FlowPatch& patch : patches) {
        patch.first_face = next;
        next += patch.faces;
    }
    std::erase_if(patches, [](const FlowPatch& patch) { return patch.faces == 0; });
    mesh.patches = std::move(patches);
}

void patches_from_shape(FlowMesh& mesh) {
    PolygonSurface surface;
    surface.points = mesh.points;
    const Index inner = mesh.internal_faces();
    for (Index f = inner; f < mesh.faces(); ++f) {
        surface.point.insert(surface.point.end(), mesh.face_point.begin() + mesh.face_start[at(f)],
                             mesh.face_point.begin() + mesh.face_start[at(f) + 1]);
        surface.start.push_back(static_cast<std::int32_t>(surface.point.size()));
    }
    const std::vector<FlatEnd> ends = find_flat_ends(surface);
    if (ends.size() < 2)
        throw Error(
            ExitCode::mesh_failed,
            "The boundary has no names and {} flat end(s): an inlet and an outlet must be flat, or named.",
            ends.size());
    std::vector<std::int32_t> patch_of_face(surface.size(), 0);
    std::vector<FlowPatch> patches{{"wall", FlowPatch::Kind::wall, 0, 0}};
    for (const FlatEnd& end : ends) {
        for (std::int32_t f : end.faces) patch_of_face[at(f)] = static_cast<std::int32_t>(patches.size());
        patches.push_back({fmt::format("cap_{}", patches.size()), FlowPatch::Kind::outlet, 0, 0});
    }
    regroup_boundary(mesh, patch_of_face, patches);
}

void settle_patch_kinds(FlowMesh& mesh, const std::string& inlet) {
    FlowPatch* largest = nullptr;
    double most = 0;
    bool has_inlet = false, named = inlet.empty();
    std::string names;
    for (FlowPatch& patch : mesh.patches) {
        names += (names.empty() ? "" : ", ") + patch.name;
        Vec3 sum;
        const double area = area_of(mesh, patch, sum);
        const bool flat = norm(sum) > 0.999 * area;
        const auto kind = kind_from_name(patch.name);
        patch.kind = kind.value_or(flat ? FlowPatch::Kind::outlet : FlowPatch::Kind::wall);
        if (!inlet.empty() && patch.name == inlet) {
            patch.kind = FlowPatch::Kind::inlet;
            named = true;
        }
        has_inlet = has_inlet || patch.kind == FlowPatch::Kind::inlet;
        if (!kind && patch.kind == FlowPatch::Kind::outlet && area > most) largest = &patch, most = area;
    }
    if (!named)
        throw Error(ExitCode::mesh_failed, "No patch '{}' on the boundary; there are: {}.", inlet, names);
    if (!has_inlet && largest) largest->kind = FlowPatch::Kind::inlet;
}

void drop_unused_points(FlowMesh& mesh) {
    std::vector<std::int32_t> number(mesh.points.size(), -1);
    for (std::int32_t p : mesh.face_point) number[at(p)] = 0;
    std::int32_t next = 0;
    for (std::size_t p = 0; p < number.size(); ++p)
        if (number[p] == 0) {
            mesh.points[at(next)] = mesh.points[p];
            number[p] = next++;
        }
    mesh.points.resize(at(next));
    for (std::int32_t& p : mesh.face_point) p = number[at(p)];
}

}  // namespace ctffr
