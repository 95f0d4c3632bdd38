// SPDX-License-Identifier: Apache-2.0
#include "lumen/caps.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "ctffr/core/error.hpp"
#include "ctffr/data/surface_caps.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "lumen/manifold.hpp"

namespace ctffr::lumen {

namespace {

// Newton within the plane through p: the cut edge must lie on both plane and wall.
Vec3 project_in_plane(const LumenField& field, Vec3 p, Vec3 normal, double reach_mm) {
    const Vec3 start = p;
    for (int step = 0; step < 4; ++step) {
        const double f = field.value(p);
        if (std::abs(f) < 1e-5) break;
        const Vec3 g = field.gradient(p);
        const Vec3 along = g - dot(g, normal) * normal;
        const double g2 = dot(along, along);
        if (g2 < 0.04) break;
        const Vec3 next = p - (f / g2) * along;
        if (distance(next, start) > reach_mm) break;
        p = next;
    }
    return p;
}

// Signed height of a vertex over the plane of the end it is near; vertices near no end are far below.
struct VertexSide {
    std::int32_t end = -1;
    double height = -1e9;
};

std::vector<VertexSide> sides_of(const TriangleMesh& mesh, const LumenField& field, const Run& run) {
    const auto& ends = field.open_ends();
    std::vector<VertexSide> sides(mesh.points_lps_mm.size());
    parallel_for(Cpu{run.profiler}, "lumen cap sides", static_cast<Index>(sides.size()), [&](Index i) {
        const Vec3 p = mesh.points_lps_mm[static_cast<std::size_t>(i)];
        VertexSide& side = sides[static_cast<std::size_t>(i)];
        double nearest = 1e9;
        for (std::size_t e = 0; e < ends.size(); ++e) {
            const double d = distance(p, ends[e].center);
            if (d > 1.5 * ends[e].radius_mm + 2.0 || d >= nearest) continue;
            nearest = d;
            side.end = static_cast<std::int32_t>(e);
            side.height = dot(p - ends[e].center, ends[e].normal);
        }
        // Beyond the plane, but on another tube that passes there: not part of this end.
        if (side.end >= 0 && side.height > 0 && field.sample(p).open_end != side.end) side = {};
    });
    return sides;
}

struct Cutter {
    TriangleMesh& mesh;
    std::vector<VertexSide>& sides;
    std::map<std::pair<std::int32_t, std::int32_t>, std::int32_t> cuts;

    double height(std::int32_t v) const { return sides[static_cast<std::size_t>(v)].height; }
    // The vertex where the edge meets the plane.
    std::int32_t cut(std::int32_t a, std::int32_t b) {
        const auto key = std::minmax(a, b);
        const auto found = cuts.find(key);
        if (found != cuts.end()) return found->second;
        const std::int32_t out = height(a) > 0 ? a : b, in = out == a ? b : a;
        const double ho = height(out), hi = std::max(height(in), -10.0);
        const Vec3 pi = mesh.points_lps_mm[static_cast<std::size_t>(in)];
        const Vec3 po = mesh.points_lps_mm[static_cast<std::size_t>(out)];
        const auto id = static_cast<std::int32_t>(mesh.points_lps_mm.size());
        mesh.points_lps_mm.push_back(lerp(pi, po, hi / (hi - ho)));
        sides.push_back({sides[static_cast<std::size_t>(out)].end, 0.0});
        cuts.emplace(key, id);
        return id;
    }
    std::vector<std::array<std::int32_t, 3>> run() {
        std::vector<std::array<std::int32_t, 3>> kept;
        for (const auto& t : mesh.triangles) {
            std::vector<std::int32_t> polygon;
            bool any_inside = false;
            for (std::size_t k = 0; k < 3; ++k) {
                const std::int32_t a = t[k], b = t[(k + 1) % 3];
                any_inside = any_inside || height(a) < 0;
                if (height(a) <= 0) polygon.push_back(a);
                if ((height(a) < 0 && height(b) > 0) || (height(a) > 0 && height(b) < 0))
                    polygon.push_back(cut(a, b));
            }
            if (!any_inside) continue;
            for (std::size_t k = 2; k < polygon.size(); ++k)
                kept.push_back({polygon[0], polygon[k - 1], polygon[k]});
        }
        return kept;
    }
};

// Crumbs that a crossing tube has cut off carry no flow.
void drop_parts_without_cap(TriangleMesh& mesh) {
    int count = 0;
    const std::vector<std::int32_t> component = components_of(mesh, count);
    std::vector<bool> keep(static_cast<std::size_t>(count), false);
    for (std::size_t f = 0; f < component.size(); ++f)
        if (mesh.patch[f] > 0) keep[static_cast<std::size_t>(component[f])] = true;
    std::size_t out = 0;
    for (std::size_t f = 0; f < component.size(); ++f)
        if (keep[static_cast<std::size_t>(component[f])])
            mesh.triangles[out] = mesh.triangles[f], mesh.patch[out] = mesh.patch[f], ++out;
    mesh.triangles.resize(out), mesh.patch.resize(out);
}

}  // namespace

void compact(TriangleMesh& mesh) {
    std::vector<std::int32_t> place(mesh.points_lps_mm.size(), -1);
    for (const auto& t : mesh.triangles)
        for (std::int32_t v : t) place[static_cast<std::size_t>(v)] = 0;
    std::vector<Vec3> points;
    for (std::size_t v = 0; v < place.size(); ++v)
        if (place[v] == 0)
            place[v] = static_cast<std::int32_t>(points.size()), points.push_back(mesh.points_lps_mm[v]);
    for (auto& t : mesh.triangles)
        for (std::int32_t& v : t) v = place[static_cast<std::size_t>(v)];
    mesh.points_lps_mm = std::move(points);
}

std::string cap_name(const Branch& branch, bool inlet, const std::vector<Cap>& earlier) {
    const std::string side = branch.side == Side::left ? "left" : "right";
    std::string base =
        inlet ? "inlet_" + side
              : "outlet_" + (branch.segment == Segment::unknown ? fmt::format("branch{}", branch.id)
                                                                : std::string(segment_name(branch.segment)));
    std::string name = base;
    const auto taken = [&](const std::string& text) {
        return std::any_of(earlier.begin(), earlier.end(), [&](const Cap& cap) { return cap.name == text; });
    };
    for (int n = 2; taken(name); ++n) name = fmt::format("{}_{}", base, n);
    return name;
}

std::vector<Cap> cut_and_cap(TriangleMesh& mesh, const LumenField& field, const CoronaryTree& tree,
                             double snap_mm, const Run& run) {
    const auto& ends = field.open_ends();
    std::vector<VertexSide> sides = sides_of(mesh, field, run);
    for (std::size_t v = 0; v < sides.size(); ++v) {
        if (sides[v].end < 0 || std::abs(sides[v].height) > snap_mm) continue;
        const OpenEnd& end = ends[static_cast<std::size_t>(sides[v].end)];
        Vec3& p = mesh.points_lps_mm[v];
        if (distance(p, end.center) > 1.2 * end.radius_mm + 0.2) continue;  // another tube near this plane
        p -= sides[v].height * end.normal;
        sides[v].height = 0;
    }
    Cutter cutter{mesh, sides, {}};
    auto kept = cutter.run();
    mesh.triangles = std::move(kept);
    mesh.patch.assign(mesh.triangles.size(), 0);
    for (std::size_t v = 0; v < sides.size(); ++v)
        if (sides[v].end >= 0 && sides[v].height == 0) {
            const OpenEnd& end = ends[static_cast<std::size_t>(sides[v].end)];
            mesh.points_lps_mm[v] =
                project_in_plane(field, mesh.points_lps_mm[v], end.normal, 2 * snap_mm + 0.1);
        }
    std::vector<Cap> caps;
    std::vector<std::vector<std::vector<std::int32_t>>> loops_of_end(ends.size());
    for (auto& loop : boundary_loops(mesh)) {
        const std::int32_t end = sides[static_cast<std::size_t>(loop[0])].end;
        CTFFR_CHECK_OP(end, >=, 0);
        loops_of_end[static_cast<std::size_t>(end)].push_back(std::move(loop));
    }
    for (std::size_t e = 0; e < ends.size(); ++e) {
        const Branch& branch = tree.branches[static_cast<std::size_t>(ends[e].branch)];
        if (loops_of_end[e].empty()) {
            run.warn("The {} of coronary branch {} lies inside another branch: it has no opening.",
                     ends[e].inlet ? "ostium" : "end", branch.id);
            continue;
        }
        Cap cap;
        const auto patch = static_cast<std::int32_t>(caps.size()) + 1;
        for (const auto& loop : loops_of_end[e]) {
            const Cap part = close_loop(mesh, loop, patch);
            cap.center_lps_mm += part.area_mm2 * part.center_lps_mm;
            cap.area_mm2 += part.area_mm2;
        }
        cap.center_lps_mm = cap.center_lps_mm / cap.area_mm2;
        cap.name = cap_name(branch, ends[e].inlet, caps);
        cap.branch = branch.id, cap.inlet = ends[e].inlet, cap.normal = ends[e].normal;
        caps.push_back(std::move(cap));
    }
    drop_parts_without_cap(mesh);
    if (!non_manifold_vertices(mesh).empty()) cut_apart(mesh);
    compact(mesh);
    return caps;
}

}  // namespace ctffr::lumen
