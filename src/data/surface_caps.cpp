// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/surface_caps.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"
#include "ctffr/data/flat_ends.hpp"
#include "ctffr/data/mesh_patches.hpp"

namespace ctffr {

std::vector<std::vector<std::int32_t>> boundary_loops(const TriangleMesh& mesh) {
    std::map<std::pair<std::int32_t, std::int32_t>, int> halves;
    for (const auto& t : mesh.triangles)
        for (std::size_t k = 0; k < 3; ++k) ++halves[{t[k], t[(k + 1) % 3]}];
    std::map<std::int32_t, std::vector<std::int32_t>> next;  // along the reversed open edges
    for (const auto& [edge, count] : halves)
        if (!halves.contains({edge.second, edge.first})) next[edge.second].push_back(edge.first);
    // Where two loops touch in a vertex, a loop ends as soon as it comes back to itself.
    std::vector<std::vector<std::int32_t>> loops;
    while (!next.empty()) {
        std::vector<std::int32_t> path{next.begin()->first};
        while (next.contains(path.back())) {
            auto& ways = next.at(path.back());
            const std::int32_t to = ways.back();
            ways.pop_back();
            if (ways.empty()) next.erase(path.back());
            const auto met = std::find(path.begin(), path.end(), to);
            if (met == path.end()) {
                path.push_back(to);
                continue;
            }
            if (path.end() - met >= 3) loops.emplace_back(met, path.end());
            path.erase(met + 1, path.end());
        }
    }
    return loops;
}

Cap close_loop(TriangleMesh& mesh, const std::vector<std::int32_t>& loop, std::int32_t patch) {
    const auto p = [&](std::size_t i) {
        return mesh.points_lps_mm[static_cast<std::size_t>(loop[i % loop.size()])];
    };
    Vec3 mean, twice_area, moment;
    for (std::size_t i = 0; i < loop.size(); ++i) mean += p(i) / static_cast<double>(loop.size());
    for (std::size_t i = 0; i < loop.size(); ++i) twice_area += cross(p(i) - mean, p(i + 1) - mean);
    Cap cap;
    cap.normal = normalized(twice_area);
    double area = 0;
    for (std::size_t i = 0; i < loop.size(); ++i) {
        const double a = 0.5 * dot(cross(p(i) - mean, p(i + 1) - mean), cap.normal);
        area += a, moment += a / 3 * (p(i) + p(i + 1) + mean);
    }
    cap.area_mm2 = area;
    cap.center_lps_mm = area > 0 ? moment / area : mean;
    const auto center = static_cast<std::int32_t>(mesh.points_lps_mm.size());
    mesh.points_lps_mm.push_back(cap.center_lps_mm);
    for (std::size_t i = 0; i < loop.size(); ++i) {
        mesh.triangles.push_back({center, loop[i], loop[(i + 1) % loop.size()]});
        mesh.patch.push_back(patch);
    }
    return cap;
}

Cap measure_cap(const TriangleMesh& mesh, const std::vector<std::int32_t>& faces) {
    Cap cap;
    Vec3 sum;
    for (std::int32_t f : faces) {
        const auto& t = mesh.triangles[static_cast<std::size_t>(f)];
        const Vec3 a = mesh.points_lps_mm[static_cast<std::size_t>(t[0])];
        const Vec3 b = mesh.points_lps_mm[static_cast<std::size_t>(t[1])];
        const Vec3 c = mesh.points_lps_mm[static_cast<std::size_t>(t[2])];
        const Vec3 area = 0.5 * cross(b - a, c - a);
        sum += area, cap.area_mm2 += norm(area);
        cap.center_lps_mm += norm(area) / 3 * (a + b + c);
    }
    cap.center_lps_mm = cap.center_lps_mm / cap.area_mm2;
    cap.normal = normalized(sum);
    return cap;
}

namespace {

// The triangles of each patch number.
std::vector<std::vector<std::int32_t>> by_patch(const TriangleMesh& mesh, std::size_t patches) {
    std::vector<std::vector<std::int32_t>> list(patches);
    for (std::size_t t = 0; t < mesh.patch.size(); ++t)
        list[static_cast<std::size_t>(mesh.patch[t])].push_back(static_cast<std::int32_t>(t));
    return list;
}

bool is_flat(const TriangleMesh& mesh, const std::vector<std::int32_t>& triangles) {
    Vec3 sum;
    double area = 0;
    for (std::int32_t f : triangles) {
        const auto& t = mesh.triangles[static_cast<std::size_t>(f)];
        const Vec3 a = mesh.points_lps_mm[static_cast<std::size_t>(t[0])];
        const Vec3 twice = cross(mesh.points_lps_mm[static_cast<std::size_t>(t[1])] - a,
                                 mesh.points_lps_mm[static_cast<std::size_t>(t[2])] - a);
        sum += twice, area += norm(twice);
    }
    return norm(sum) > 0.999 * area;
}

void add_cap(LumenSurface& out, const std::string& name, const std::vector<std::int32_t>& triangles) {
    Cap cap = measure_cap(out.mesh, triangles);
    cap.name = name;
    cap.branch = -1;
    out.caps.push_back(cap);
    for (std::int32_t t : triangles)
        out.mesh.patch[static_cast<std::size_t>(t)] = static_cast<std::int32_t>(out.caps.size());
}

void add_named_caps(LumenSurface& out, const std::vector<std::string>& names) {
    const auto lists = by_patch(out.mesh, names.size());
    std::fill(out.mesh.patch.begin(), out.mesh.patch.end(), 0);
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (lists[i].empty()) continue;
        const auto kind = kind_from_name(names[i]);
        const bool cap = kind ? *kind == FlowPatch::Kind::inlet || *kind == FlowPatch::Kind::outlet
                              : is_flat(out.mesh, lists[i]);
        if (cap) add_cap(out, names[i], lists[i]);
    }
}

void close_openings(LumenSurface& out) {
    for (const auto& loop : boundary_loops(out.mesh)) {
        Cap cap = close_loop(out.mesh, loop, static_cast<std::int32_t>(out.caps.size()) + 1);
        cap.name = fmt::format("cap_{}", out.caps.size() + 1);
        cap.branch = -1;
        out.caps.push_back(cap);
    }
}

void add_flat_ends(LumenSurface& out) {
    PolygonSurface surface;
    surface.points = out.mesh.points_lps_mm;
    for (const auto& t : out.mesh.triangles) {
        surface.point.insert(surface.point.end(), t.begin(), t.end());
        surface.start.push_back(static_cast<std::int32_t>(surface.point.size()));
    }
    for (const FlatEnd& end : find_flat_ends(surface))
        add_cap(out, fmt::format("cap_{}", out.caps.size() + 1), end.faces);
}

void choose_inlet(LumenSurface& out, const std::string& inlet) {
    std::string names;
    bool any = false;
    for (Cap& cap : out.caps) {
        names += (names.empty() ? "" : ", ") + cap.name;
        cap.inlet = inlet.empty() ? kind_from_name(cap.name) == FlowPatch::Kind::inlet : cap.name == inlet;
        any = any || cap.inlet;
    }
    if (any) return;
    if (!inlet.empty())
        throw Error(ExitCode::lumen_failed, "No cap '{}' on the surface; there are: {}.", inlet, names);
    std::max_element(out.caps.begin(), out.caps.end(), [](const Cap& a, const Cap& b) {
        return a.area_mm2 < b.area_mm2;
    })->inlet = true;
}

}  // namespace

LumenSurface with_caps(TriangleMesh mesh, const std::vector<std::string>& names, const std::string& inlet) {
    LumenSurface out;
    out.method = "user surface";
    out.mesh = std::move(mesh);
    out.mesh.patch.resize(out.mesh.triangles.size(), 0);
    if (names.empty())
        std::fill(out.mesh.patch.begin(), out.mesh.patch.end(), 0);
    else
        add_named_caps(out, names);
    close_openings(out);
    if (const auto open = open_edges(out.mesh); open > 0)
        throw Error(
            ExitCode::lumen_failed,
            "The surface is not closed: {} edges do not have exactly two triangles that run against each "
            "other; repair it.",
            open);
    if (enclosed_volume_mm3(out.mesh) < 0) {
        for (auto& t : out.mesh.triangles) std::swap(t[1], t[2]);
        for (Cap& cap : out.caps) cap.normal = -cap.normal;
    }
    if (out.caps.empty()) add_flat_ends(out);
    if (out.caps.size() < 2)
        throw Error(ExitCode::lumen_failed,
                    "The surface has {} cap(s): an inlet and an outlet must be open, flat, or named.",
                    out.caps.size());
    choose_inlet(out, inlet);
    return out;
}

}  // namespace ctffr
