// SPDX-License-Identifier: Apache-2.0
#include "meshing/merge_faces.hpp"

#include <algorithm>
#include <utility>

#include "meshing/blocks.hpp"
#include "meshing/poly_geometry.hpp"

namespace ctffr::meshing {

namespace {

using Ids = std::vector<std::int32_t>;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

// Faces whose area vectors add up to less than this part of their areas are kept apart.
constexpr double flat_enough = 0.9;

struct Edge {
    std::int32_t from, to;
};

// The rim of polygons that share edges; empty when it is not one simple loop.
Ids rim_of(const std::vector<Ids>& polygons) {
    std::vector<Edge> edges;
    for (const Ids& polygon : polygons)
        for (std::size_t k = 0; k < polygon.size(); ++k)
            edges.push_back({polygon[k], polygon[(k + 1) % polygon.size()]});
    std::vector<Edge> rim;
    for (const Edge& e : edges) {
        const auto back = std::count_if(edges.begin(), edges.end(),
                                        [&](const Edge& o) { return o.from == e.to && o.to == e.from; });
        const auto same = std::count_if(edges.begin(), edges.end(),
                                        [&](const Edge& o) { return o.from == e.from && o.to == e.to; });
        if (back > 1 || same > 1) return {};
        if (back == 0) rim.push_back(e);
    }
    if (rim.size() < 3 || rim.size() == edges.size()) return {};
    Ids loop;
    std::int32_t at_point = rim[0].from;
    do {
        loop.push_back(at_point);
        std::int32_t next = -1;
        for (const Edge& e : rim)
            if (e.from == at_point) {
                if (next >= 0) return {};
                next = e.to;
            }
        if (next < 0 || loop.size() > rim.size()) return {};
        at_point = next;
    } while (at_point != loop[0]);
    return loop.size() == rim.size() ? loop : Ids{};
}

}  // namespace

PolyMesh merge_faces(PolyMesh mesh, const Ids& group, const Run& run) {
    const Cpu exec{run.profiler};
    const auto cells = static_cast<std::uint64_t>(mesh.cells);
    std::vector<std::uint64_t> key;
    Ids face;
    for (std::int32_t f = 0; f < mesh.faces(); ++f) {
        const std::int32_t a = group[at(mesh.owner[at(f)])], other = mesh.neighbour[at(f)];
        const auto low = static_cast<std::uint64_t>(a);
        if (other < 0) {
            key.push_back(low + cells * cells * static_cast<std::uint64_t>(-other));
        } else {
            const std::int32_t b = group[at(other)];
            if (a == b) continue;
            key.push_back(std::min(low, static_cast<std::uint64_t>(b)) * cells +
                          std::max(low, static_cast<std::uint64_t>(b)));
        }
        face.push_back(f);
    }
    parallel_sort(exec, "mesh face groups", View<std::uint64_t>(key.data(), static_cast<Index>(key.size())),
                  View<std::int32_t>(face.data(), static_cast<Index>(face.size())));
    const auto body = [&](Index first, Index last, PolyMesh& part) {
        const auto count = static_cast<Index>(key.size());
        const auto same = [&](Index i, Index j) {
            return key[static_cast<std::size_t>(i)] == key[static_cast<std::size_t>(j)];
        };
        // A run of equal keys belongs to the block in which it begins.
        while (first < last && first > 0 && same(first, first - 1)) ++first;
        std::vector<Ids> polygons;
        for (Index i = first; i < last;) {
            Index j = i;
            Vec3 sum;
            double total = 0;
            polygons.clear();
            const std::int32_t f0 = face[static_cast<std::size_t>(i)], code = mesh.neighbour[at(f0)];
            const std::int32_t a = group[at(mesh.owner[at(f0)])];
            const std::int32_t low = code < 0 ? a : std::min(a, group[at(code)]);
            const std::int32_t high = code < 0 ? code : std::max(a, group[at(code)]);
            for (; j < count && same(i, j); ++j) {
                const std::int32_t f = face[static_cast<std::size_t>(j)];
                polygons.emplace_back(mesh.corner.begin() + mesh.start[at(f)],
                                      mesh.corner.begin() + mesh.start[at(f) + 1]);
                const bool turned = group[at(mesh.owner[at(f)])] != low;
                if (turned) std::reverse(polygons.back().begin(), polygons.back().end());
                const Vec3 area = area_vector(mesh, f);
                sum += turned ? -area : area, total += norm(area);
            }
            Ids rim;
            if (polygons.size() > 1 && norm(sum) >= flat_enough * total) rim = rim_of(polygons);
            if (rim.empty())
                for (const Ids& polygon : polygons) part.add_face(polygon, low, high);
            else
                part.add_face(rim, low, high);
            i = j;
        }
    };
    PolyMesh out;
    for (const PolyMesh& part :
         in_blocks<PolyMesh>(exec, "mesh merge faces", static_cast<Index>(key.size()), 8192, body))
        out.append_faces(part);
    out.cells = mesh.cells, out.points = std::move(mesh.points), out.size_mm = std::move(mesh.size_mm);
    return out;
}

}  // namespace ctffr::meshing
