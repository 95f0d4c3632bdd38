// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "ctffr/core/error.hpp"
#include "ctffr/core/index_map.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/data/surface_caps.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "lumen/caps.hpp"
#include "lumen/manifold.hpp"
#include "lumen/measured.hpp"

namespace ctffr::lumen {

namespace {

constexpr double ray_reach_mm = 6;

// Merges points at the same place (STL files repeat every corner) and drops triangles that vanish.
TriangleMesh welded(const TriangleMesh& surface) {
    std::vector<std::int32_t> order(surface.points_lps_mm.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
    constexpr double grain_mm = 1e-5;
    const auto key = [&](std::int32_t i) {
        const Vec3 p = surface.points_lps_mm[static_cast<std::size_t>(i)];
        return std::array<double, 3>{std::round(p.x / grain_mm), std::round(p.y / grain_mm),
                                     std::round(p.z / grain_mm)};
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::int32_t a, std::int32_t b) { return key(a) < key(b); });
    TriangleMesh mesh;
    std::vector<std::int32_t> place(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) {
        if (k == 0 || key(order[k]) != key(order[k - 1]))
            mesh.points_lps_mm.push_back(surface.points_lps_mm[static_cast<std::size_t>(order[k])]);
        place[static_cast<std::size_t>(order[k])] = static_cast<std::int32_t>(mesh.points_lps_mm.size()) - 1;
    }
    for (const auto& t : surface.triangles) {
        std::array<std::int32_t, 3> u{};
        for (std::size_t k = 0; k < 3; ++k) {
            if (t[k] < 0 || static_cast<std::size_t>(t[k]) >= place.size())
                throw Error(ExitCode::lumen_failed,
                            "The surface has a triangle with point {}, but only {} points.", t[k],
                            place.size());
            u[k] = place[static_cast<std::size_t>(t[k])];
        }
        if (u[0] != u[1] && u[1] != u[2] && u[2] != u[0]) mesh.triangles.push_back(u);
    }
    mesh.patch.assign(mesh.triangles.size(), 0);
    return mesh;
}

// The triangles near places, by a grid of boxes.
class TriangleGrid {
   public:
    explicit TriangleGrid(const TriangleMesh& mesh) : mesh_(mesh) {
        low_ = {1e9, 1e9, 1e9};
        for (const Vec3& p : mesh.points_lps_mm)
            for (int k = 0; k < 3; ++k) low_[k] = std::min(low_[k], p[k]);
        struct Entry {
            std::uint64_t key;
            std::int32_t triangle;
        };
        std::vector<Entry> entries;
        for (std::size_t f = 0; f < mesh.triangles.size(); ++f) {
            Int3 from, to;
            box_of(f, from, to);
            for (int z = from.z; z <= to.z; ++z)
                for (int y = from.y; y <= to.y; ++y)
                    for (int x = from.x; x <= to.x; ++x)
                        entries.push_back({lattice_key(x, y, z), static_cast<std::int32_t>(f)});
        }
        std::stable_sort(entries.begin(), entries.end(),
                         [](const Entry& a, const Entry& b) { return a.key < b.key; });
        for (std::size_t e = 0; e < entries.size(); ++e) {
            if (e == 0 || entries[e].key != entries[e - 1].key) {
                cell_.insert(entries[e].key, static_cast<std::int32_t>(start_.size()));
                start_.push_back(static_cast<std::int32_t>(e));
            }
            list_.push_back(entries[e].triangle);
        }
        start_.push_back(static_cast<std::int32_t>(entries.size()));
    }

    // Triangles of all boxes within reach of p, each once, sorted.
    std::vector<std::int32_t> near(Vec3 p, double reach) const {
        std::vector<std::int32_t> found;
        const Int3 from = place(p - Vec3{reach, reach, reach}), to = place(p + Vec3{reach, reach, reach});
        for (int z = std::max(0, from.z); z <= to.z; ++z)
            for (int y = std::max(0, from.y); y <= to.y; ++y)
                for (int x = std::max(0, from.x); x <= to.x; ++x) {
                    const std::int32_t cell = cell_.find(lattice_key(x, y, z));
                    if (cell < 0) continue;
                    const auto c = static_cast<std::size_t>(cell);
                    found.insert(found.end(), list_.begin() + start_[c], list_.begin() + start_[c + 1]);
                }
        std::sort(found.begin(), found.end());
        found.erase(std::unique(found.begin(), found.end()), found.end());
        return found;
    }

   private:
    static constexpr double side = 2;
    Int3 place(Vec3 p) const {
        const Vec3 q = (p - low_) / side;
        return {static_cast<int>(std::floor(q.x)), static_cast<int>(std::floor(q.y)),
                static_cast<int>(std::floor(q.z))};
    }
    void box_of(std::size_t f, Int3& from, Int3& to) const {
        Vec3 low{1e9, 1e9, 1e9}, high{-1e9, -1e9, -1e9};
        for (std::int32_t v : mesh_.triangles[f])
            for (int k = 0; k < 3; ++k) {
                const double x = mesh_.points_lps_mm[static_cast<std::size_t>(v)][k];
                low[k] = std::min(low[k], x), high[k] = std::max(high[k], x);
            }
        from = place(low), to = place(high);
    }

    const TriangleMesh& mesh_;
    Vec3 low_;
    IndexMap cell_;
    std::vector<std::int32_t> start_, list_;
};

// Lengths of the rays of a section to the first wall, -1 where none is met. Empty rays when the centre is
// outside.
std::vector<double> cast_rays(const TriangleMesh& mesh, const TriangleGrid& grid, const LumenSection& s,
                              int angles) {
    struct Cut {
        double u0, v0, u1, v1;
    };
    std::vector<Cut> cuts;
    for (std::int32_t f : grid.near(s.center_lps_mm, ray_reach_mm)) {
        Vec3 in[3];
        int n = 0;
        const auto& t = mesh.triangles[static_cast<std::size_t>(f)];
        for (std::size_t k = 0; k < 3; ++k) {
            const Vec3 a = mesh.points_lps_mm[static_cast<std::size_t>(t[k])] - s.center_lps_mm;
            const Vec3 b = mesh.points_lps_mm[static_cast<std::size_t>(t[(k + 1) % 3])] - s.center_lps_mm;
            const double ha = dot(a, s.tangent), hb = dot(b, s.tangent);
            if ((ha < 0) != (hb < 0)) in[n++] = lerp(a, b, ha / (ha - hb));
        }
        if (n == 2)
            cuts.push_back(
                {dot(in[0], s.normal), dot(in[0], s.binormal), dot(in[1], s.normal), dot(in[1], s.binormal)});
    }
    std::vector<double> length(static_cast<std::size_t>(angles), -1);
    int inside = 0;
    for (int a = 0; a < angles; ++a) {
        const double c = std::cos(2 * pi * a / angles), n = std::sin(2 * pi * a / angles);
        double first = 1e9;
        int crossings = 0;
        for (const Cut& cut : cuts) {
            // Heights of the two ends over the ray's line; the half-open rule counts a shared end once.
            const double h0 = cut.v0 * c - cut.u0 * n, h1 = cut.v1 * c - cut.u1 * n;
            if ((h0 < 0) == (h1 < 0)) continue;
            const double at = h0 / (h0 - h1);
            const double along =
                (cut.u0 + at * (cut.u1 - cut.u0)) * c + (cut.v0 + at * (cut.v1 - cut.v0)) * n;
            if (along <= 0) continue;
            ++crossings;
            first = std::min(first, along);
        }
        inside += crossings % 2;
        if (first < ray_reach_mm) length[static_cast<std::size_t>(a)] = first;
    }
    if (2 * inside < angles) std::fill(length.begin(), length.end(), -1.0);
    return length;
}

// An end of the tree: ostium of a root or end of a leaf.
struct TreeEnd {
    int branch = 0;
    bool inlet = false;
    Vec3 center, outward;
    double radius_mm = 0;
};
std::vector<TreeEnd> ends_of(const CoronaryTree& tree) {
    std::vector<TreeEnd> ends;
    for (const Branch& branch : tree.branches) {
        const CenterlinePoint &first = branch.points.front(), &last = branch.points.back();
        if (branch.parent < 0)
            ends.push_back({branch.id, true, first.position_lps_mm, -first.tangent, first.radius_mm});
        if (tree.children_of(branch.id).empty())
            ends.push_back({branch.id, false, last.position_lps_mm, last.tangent, last.radius_mm});
    }
    return ends;
}

// Flat ends of a closed surface: connected triangles that face out of the vessel near an end of the tree.
std::vector<std::int32_t> flat_end(const TriangleMesh& mesh, const TreeEnd& end) {
    const double reach = 2.5 * std::max(end.radius_mm, 0.5) + 1.0;
    std::vector<std::int32_t> found;
    Vec3 mean;
    double total = 0;
    const auto facing = [&](std::size_t f, Vec3 direction, Vec3& weighted, Vec3& middle) {
        const auto& t = mesh.triangles[f];
        const Vec3 a = mesh.points_lps_mm[static_cast<std::size_t>(t[0])];
        const Vec3 b = mesh.points_lps_mm[static_cast<std::size_t>(t[1])];
        const Vec3 c = mesh.points_lps_mm[static_cast<std::size_t>(t[2])];
        middle = (a + b + c) / 3;
        weighted = 0.5 * cross(b - a, c - a);
        return distance(middle, end.center) < reach && dot(normalized(weighted), direction) > 0.93;
    };
    for (std::size_t f = 0; f < mesh.triangles.size(); ++f) {
        Vec3 weighted, middle;
        if (mesh.patch[f] == 0 && facing(f, end.outward, weighted, middle))
            mean += weighted, total += norm(weighted);
    }
    if (!(total > 0)) return found;
    // Only triangles in the plane of the end: not bumps of the wall that happen to face the same way.
    const Vec3 normal = normalized(mean);
    std::vector<std::pair<double, std::int32_t>> heights;
    for (std::size_t f = 0; f < mesh.triangles.size(); ++f) {
        Vec3 weighted, middle;
        if (mesh.patch[f] == 0 && facing(f, normal, weighted, middle) &&
            dot(normalized(weighted), normal) > 0.995)
            heights.emplace_back(dot(middle - end.center, normal), static_cast<std::int32_t>(f));
    }
    if (heights.empty()) return found;
    std::sort(heights.begin(), heights.end());
    const double plane = heights[heights.size() / 2].first;
    for (const auto& [height, f] : heights)
        if (std::abs(height - plane) < 0.1) found.push_back(f);
    return found;
}

void add_cap(LumenSurface& lumen, Cap cap, const TreeEnd& end, const CoronaryTree& tree) {
    cap.branch = end.branch, cap.inlet = end.inlet;
    cap.name = cap_name(tree.branches[static_cast<std::size_t>(end.branch)], end.inlet, lumen.caps);
    lumen.caps.push_back(std::move(cap));
}

// Closes the openings and names all flat ends by the nearest end of the tree.
void find_caps(LumenSurface& lumen, const CoronaryTree& tree, std::vector<std::string>& remarks) {
    const std::vector<TreeEnd> ends = ends_of(tree);
    std::vector<bool> matched(ends.size(), false);
    for (const auto& loop : boundary_loops(lumen.mesh)) {
        const Cap cap = close_loop(lumen.mesh, loop, static_cast<std::int32_t>(lumen.caps.size()) + 1);
        std::size_t best = ends.size();
        double nearest = 1e9;
        for (std::size_t e = 0; e < ends.size(); ++e) {
            const double d = distance(ends[e].center, cap.center_lps_mm);
            if (!matched[e] && d < nearest) best = e, nearest = d;
        }
        const double reach = 3 * std::sqrt(cap.area_mm2 / pi) + 1;
        if (best < ends.size() && nearest < reach) {
            matched[best] = true;
            add_cap(lumen, cap, ends[best], tree);
            continue;
        }
        // A hole in the wall: closed, but nothing flows through it.
        for (std::int32_t& patch : lumen.mesh.patch)
            if (patch == static_cast<std::int32_t>(lumen.caps.size()) + 1) patch = 0;
        remarks.push_back(
            fmt::format("A hole of {:.2f} mm2 in the surface at ({:.1f}, {:.1f}, {:.1f}) mm is near no end "
                        "of the tree; it was closed as wall.",
                        cap.area_mm2, cap.center_lps_mm.x, cap.center_lps_mm.y, cap.center_lps_mm.z));
    }
    // Now that it is closed, the sign of the volume says which side is out.
    if (enclosed_volume_mm3(lumen.mesh) < 0) {
        for (auto& t : lumen.mesh.triangles) std::swap(t[1], t[2]);
        for (Cap& cap : lumen.caps) cap.normal = -cap.normal;
        remarks.push_back("The surface was inside out and has been turned.");
    }
    for (std::size_t e = 0; e < ends.size(); ++e) {
        if (matched[e]) continue;
        const std::vector<std::int32_t> faces = flat_end(lumen.mesh, ends[e]);
        if (faces.empty()) {
            remarks.push_back(fmt::format("The surface has no flat opening at the {} of branch {}.",
                                          ends[e].inlet ? "ostium" : "end", ends[e].branch));
            continue;
        }
        for (std::int32_t f : faces)
            lumen.mesh.patch[static_cast<std::size_t>(f)] = static_cast<std::int32_t>(lumen.caps.size()) + 1;
        add_cap(lumen, measure_cap(lumen.mesh, faces), ends[e], tree);
    }
}

}  // namespace

Measured measure_surface(const TriangleMesh& surface, const CoronaryTree& tree, int angles, const Run& run) {
    Measured out;
    out.tree = tree;
    out.lumen.method = "user surface";
    out.lumen.mesh = welded(surface);
    TriangleMesh& mesh = out.lumen.mesh;
    if (mesh.triangles.size() < 20)
        throw Error(ExitCode::lumen_failed,
                    "The surface has only {} triangles; give the surface of the coronary lumen.",
                    mesh.triangles.size());
    const TriangleGrid grid(mesh);
    std::size_t total = 0, measured = 0;
    for (Branch& branch : out.tree.branches) {
        run.check_cancel();
        LumenBranch lumen_branch;
        lumen_branch.branch = branch.id;
        lumen_branch.sections = frames_along(branch);
        auto& sections = lumen_branch.sections;
        std::vector<std::vector<double>> raw(sections.size());
        parallel_for(Cpu{run.profiler}, "surface rays", static_cast<Index>(sections.size()), [&](Index i) {
            const auto at = static_cast<std::size_t>(i);
            raw[at] = cast_rays(mesh, grid, sections[at], angles);
        });
        const int known = complete_sections(sections, raw);
        total += sections.size(), measured += static_cast<std::size_t>(known);
        if (known == 0)
            throw Error(ExitCode::lumen_failed,
                        "Coronary branch {} ({}) lies outside the surface; check surface, centerlines and "
                        "their frame (LPS, mm).",
                        branch.id, segment_name(branch.segment));
        for (std::size_t i = 0; i < sections.size(); ++i)
            branch.points[i].radius_mm = equivalent_radius_mm(sections[i]);
        out.lumen.branches.push_back(std::move(lumen_branch));
    }
    if (2 * measured < total)
        throw Error(ExitCode::lumen_failed,
                    "Only {} of {} centerline points lie inside the surface; check that they belong together "
                    "(LPS, mm).",
                    measured, total);
    find_caps(out.lumen, out.tree, out.remarks);
    const std::size_t bad = non_manifold_vertices(mesh).size();
    if (bad > 0)
        throw Error(ExitCode::lumen_failed,
                    "The surface is not a closed two-manifold: {} points lie on edges without exactly two "
                    "triangles; repair it.",
                    bad);
    return out;
}

}  // namespace ctffr::lumen
