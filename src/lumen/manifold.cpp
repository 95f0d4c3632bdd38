// SPDX-License-Identifier: Apache-2.0
#include "lumen/manifold.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr::lumen {

namespace {

struct Half {
    std::int32_t low, high, triangle;
    std::int8_t corner;  // of the triangle at which the half edge starts
    bool forward;        // runs from low to high
};

// Half edges sorted by their vertices.
std::vector<Half> sorted_halves(const TriangleMesh& mesh) {
    std::vector<Half> halves;
    halves.reserve(3 * mesh.triangles.size());
    for (std::size_t f = 0; f < mesh.triangles.size(); ++f)
        for (std::size_t k = 0; k < 3; ++k) {
            const std::int32_t a = mesh.triangles[f][k], b = mesh.triangles[f][(k + 1) % 3];
            halves.push_back({std::min(a, b), std::max(a, b), static_cast<std::int32_t>(f),
                              static_cast<std::int8_t>(k), a < b});
        }
    std::sort(halves.begin(), halves.end(), [](const Half& a, const Half& b) {
        if (a.low != b.low) return a.low < b.low;
        if (a.high != b.high) return a.high < b.high;
        return a.triangle != b.triangle ? a.triangle < b.triangle : a.corner < b.corner;
    });
    return halves;
}

class Groups {
   public:
    explicit Groups(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), 0); }
    std::int32_t root(std::int32_t v) {
        while (parent_[static_cast<std::size_t>(v)] != v) {
            std::int32_t& up = parent_[static_cast<std::size_t>(v)];
            up = parent_[static_cast<std::size_t>(up)];
            v = up;
        }
        return v;
    }
    void join(std::int32_t a, std::int32_t b) {
        const std::int32_t ra = root(a), rb = root(b);
        parent_[static_cast<std::size_t>(std::max(ra, rb))] = std::min(ra, rb);
    }

   private:
    std::vector<std::int32_t> parent_;
};

// Pairs the half edges [first, last) of one edge so that each pair bounds one wedge of inside.
void pair_faces(const TriangleMesh& mesh, std::vector<Half>::const_iterator first,
                std::vector<Half>::const_iterator last, std::vector<std::pair<Half, Half>>& pairs) {
    const Vec3 origin = mesh.points_lps_mm[static_cast<std::size_t>(first->low)];
    const Vec3 axis = normalized(mesh.points_lps_mm[static_cast<std::size_t>(first->high)] - origin);
    const Vec3 u = any_normal(axis), v = cross(axis, u);
    struct Face {
        double angle;
        Half half;
    };
    std::vector<Face> faces;
    for (auto h = first; h != last; ++h) {
        const auto& t = mesh.triangles[static_cast<std::size_t>(h->triangle)];
        const Vec3 apex =
            mesh.points_lps_mm[static_cast<std::size_t>(t[static_cast<std::size_t>((h->corner + 2) % 3)])] -
            origin;
        faces.push_back({std::atan2(dot(apex, v), dot(apex, u)), *h});
    }
    std::stable_sort(faces.begin(), faces.end(),
                     [](const Face& a, const Face& b) { return a.angle < b.angle; });
    // The normal of a forward face points to growing angles, so inside lies below it: a backward face, then
    // the inside wedge, then a forward face. Pair each forward face with the unpaired backward face just
    // below it.
    std::vector<bool> used(faces.size(), false);
    const auto n = static_cast<int>(faces.size());
    for (int step = 1; step < n; ++step)
        for (int i = 0; i < n; ++i) {
            const auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>((i - step + n) % n);
            if (used[a] || used[b] || !faces[a].half.forward || faces[b].half.forward) continue;
            used[a] = used[b] = true;
            pairs.emplace_back(faces[a].half, faces[b].half);
        }
}

// Two sheets can still run between the same two vertices: each sheet but the first gets a vertex of its own
// in the middle of the edge. Returns whether there was such an edge.
bool split_shared_edges(TriangleMesh& mesh) {
    const std::vector<Half> halves = sorted_halves(mesh);
    std::vector<bool> touched(mesh.triangles.size(), false);
    bool any = false;
    for (std::size_t i = 0; i < halves.size();) {
        std::size_t j = i;
        while (j < halves.size() && halves[j].low == halves[i].low && halves[j].high == halves[i].high) ++j;
        std::vector<std::pair<Half, Half>> pairs;
        if (j - i > 2)
            pair_faces(mesh, halves.begin() + static_cast<std::ptrdiff_t>(i),
                       halves.begin() + static_cast<std::ptrdiff_t>(j), pairs);
        for (std::size_t k = 1; k < pairs.size(); ++k) {
            any = true;
            const Half sides[2] = {pairs[k].first, pairs[k].second};
            if (touched[static_cast<std::size_t>(sides[0].triangle)] ||
                touched[static_cast<std::size_t>(sides[1].triangle)])
                continue;  // in the next round
            const auto middle = static_cast<std::int32_t>(mesh.points_lps_mm.size());
            mesh.points_lps_mm.push_back(0.5 * (mesh.points_lps_mm[static_cast<std::size_t>(sides[0].low)] +
                                                mesh.points_lps_mm[static_cast<std::size_t>(sides[0].high)]));
            for (const Half& side : sides) {
                const auto f = static_cast<std::size_t>(side.triangle),
                           c = static_cast<std::size_t>(side.corner);
                touched[f] = true;
                std::array<std::int32_t, 3> half = mesh.triangles[f];
                half[c] = middle;
                mesh.triangles[f][(c + 1) % 3] = middle;
                mesh.triangles.push_back(half);
                if (mesh.patch.size() > f) mesh.patch.push_back(mesh.patch[f]);
            }
        }
        i = j;
    }
    return any;
}

}  // namespace

std::vector<std::int32_t> non_manifold_vertices(const TriangleMesh& mesh) {
    const std::vector<Half> halves = sorted_halves(mesh);
    std::vector<std::int32_t> bad;
    for (std::size_t i = 0; i < halves.size();) {
        std::size_t j = i;
        int forward = 0;
        while (j < halves.size() && halves[j].low == halves[i].low && halves[j].high == halves[i].high)
            forward += halves[j].forward ? 1 : 0, ++j;
        if (j - i != 2 || forward != 1) bad.push_back(halves[i].low), bad.push_back(halves[i].high);
        i = j;
    }
    // A fan: walking from triangle to triangle around the vertex must visit all of them.
    std::vector<std::int32_t> start(mesh.points_lps_mm.size() + 1, 0);
    for (const auto& t : mesh.triangles)
        for (std::int32_t v : t) ++start[static_cast<std::size_t>(v) + 1];
    for (std::size_t v = 1; v < start.size(); ++v) start[v] += start[v - 1];
    std::vector<std::array<std::int32_t, 2>> spokes(3 * mesh.triangles.size());
    std::vector<std::int32_t> fill(start.begin(), start.end() - 1);
    for (const auto& t : mesh.triangles)
        for (std::size_t k = 0; k < 3; ++k)
            spokes[static_cast<std::size_t>(fill[static_cast<std::size_t>(t[k])]++)] = {t[(k + 1) % 3],
                                                                                        t[(k + 2) % 3]};
    for (std::size_t v = 0; v + 1 < start.size(); ++v) {
        const std::int32_t degree = start[v + 1] - start[v];
        if (degree == 0) continue;
        const auto* first = &spokes[static_cast<std::size_t>(start[v])];
        std::int32_t at = first[0][1], walked = 1;
        while (at != first[0][0] && walked <= degree) {
            std::int32_t next = 0;
            while (next < degree && first[next][0] != at) ++next;
            if (next == degree) break;
            at = first[next][1], ++walked;
        }
        if (walked != degree) bad.push_back(static_cast<std::int32_t>(v));
    }
    std::sort(bad.begin(), bad.end());
    bad.erase(std::unique(bad.begin(), bad.end()), bad.end());
    return bad;
}

void cut_apart(TriangleMesh& mesh) {
    const std::vector<Half> halves = sorted_halves(mesh);
    std::vector<std::pair<Half, Half>> pairs;
    pairs.reserve(halves.size() / 2);
    for (std::size_t i = 0; i < halves.size();) {
        std::size_t j = i;
        while (j < halves.size() && halves[j].low == halves[i].low && halves[j].high == halves[i].high) ++j;
        pair_faces(mesh, halves.begin() + static_cast<std::ptrdiff_t>(i),
                   halves.begin() + static_cast<std::ptrdiff_t>(j), pairs);
        i = j;
    }
    // Corners that meet across a pair share a vertex; each class of corners becomes one vertex.
    Groups corners(3 * mesh.triangles.size());
    for (const auto& [a, b] : pairs) {
        const auto corner = [](const Half& half, int step) {
            return 3 * half.triangle + (half.corner + step) % 3;
        };
        corners.join(corner(a, 0), corner(b, 1));
        corners.join(corner(a, 1), corner(b, 0));
    }
    std::vector<Vec3> points;
    std::vector<std::int32_t> vertex(3 * mesh.triangles.size(), -1);
    for (std::size_t f = 0; f < mesh.triangles.size(); ++f)
        for (std::size_t k = 0; k < 3; ++k) {
            const auto root = static_cast<std::size_t>(corners.root(static_cast<std::int32_t>(3 * f + k)));
            if (vertex[root] < 0) {
                vertex[root] = static_cast<std::int32_t>(points.size());
                points.push_back(mesh.points_lps_mm[static_cast<std::size_t>(mesh.triangles[f][k])]);
            }
            mesh.triangles[f][k] = vertex[root];
        }
    mesh.points_lps_mm = std::move(points);
    constexpr int rounds = 8;
    for (int round = 0; round < rounds && split_shared_edges(mesh); ++round) {
    }
}

std::vector<std::int32_t> components_of(const TriangleMesh& mesh, int& count) {
    Groups groups(mesh.points_lps_mm.size());
    for (const auto& t : mesh.triangles) groups.join(t[0], t[1]), groups.join(t[0], t[2]);
    std::vector<std::int32_t> number(mesh.points_lps_mm.size(), -1), component(mesh.triangles.size());
    count = 0;
    for (std::size_t f = 0; f < mesh.triangles.size(); ++f) {
        const auto root = static_cast<std::size_t>(groups.root(mesh.triangles[f][0]));
        if (number[root] < 0) number[root] = count++;
        component[f] = number[root];
    }
    return component;
}

Topology topology_of(const TriangleMesh& mesh) {
    Topology topology;
    components_of(mesh, topology.components);
    std::vector<bool> used(mesh.points_lps_mm.size(), false);
    for (const auto& t : mesh.triangles)
        for (std::int32_t v : t) used[static_cast<std::size_t>(v)] = true;
    const auto vertices = static_cast<std::int64_t>(std::count(used.begin(), used.end(), true));
    // Closed: three edges per two triangles.
    const auto faces = static_cast<std::int64_t>(mesh.triangles.size());
    const std::int64_t euler = vertices - faces * 3 / 2 + faces;
    topology.handles = static_cast<int>((2 * topology.components - euler) / 2);
    return topology;
}

}  // namespace ctffr::lumen
