// SPDX-License-Identifier: Apache-2.0
#include "report/surface_data.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include <nlohmann/json.hpp>
#include <zlib.h>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "report/colormap.hpp"
#include "report/text.hpp"
#include "report/vessel_path.hpp"

namespace ctffr::report {

namespace {

constexpr double ffr_scale = 60000;
constexpr std::uint32_t ffr_missing = 65535;
constexpr std::size_t max_viewer_triangles = 300000;

struct Box {
    Vec3 low{1e300, 1e300, 1e300}, high{-1e300, -1e300, -1e300};
};
Box bounding_box(const std::vector<Vec3>& points) {
    Box box;
    for (const Vec3& p : points)
        for (int a = 0; a < 3; ++a)
            box.low[a] = std::min(box.low[a], p[a]), box.high[a] = std::max(box.high[a], p[a]);
    return box;
}

TriangleMesh clustered(const TriangleMesh& mesh, double cell_mm) {
    const Box box = bounding_box(mesh.points_lps_mm);
    // Cells in the order in which they are met; only looked up, so the hash order never shows.
    std::unordered_map<std::uint64_t, std::int32_t> cells;
    cells.reserve(mesh.points_lps_mm.size());
    std::vector<std::int32_t> cell_of;
    std::vector<int> count;
    TriangleMesh thin;
    for (const Vec3& p : mesh.points_lps_mm) {
        const Vec3 q = (p - box.low) / cell_mm;
        const auto part = [](double index, int shift) {  // 21 bits per axis
            return static_cast<std::uint64_t>(std::min(index, 2097151.0)) << shift;
        };
        const std::uint64_t key = part(q.x, 42) | part(q.y, 21) | part(q.z, 0);
        const auto [cell, is_new] = cells.try_emplace(key, static_cast<std::int32_t>(cells.size()));
        if (is_new) thin.points_lps_mm.emplace_back(), count.push_back(0);
        const auto c = static_cast<std::size_t>(cell->second);
        thin.points_lps_mm[c] += p, ++count[c];
        cell_of.push_back(cell->second);
    }
    for (std::size_t c = 0; c < count.size(); ++c) thin.points_lps_mm[c] *= 1.0 / count[c];
    for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
        std::array<std::int32_t, 3> corners;
        for (std::size_t k = 0; k < 3; ++k)
            corners[k] = cell_of[static_cast<std::size_t>(mesh.triangles[t][k])];
        if (corners[0] == corners[1] || corners[1] == corners[2] || corners[2] == corners[0]) continue;
        thin.triangles.push_back(corners);
        thin.patch.push_back(t < mesh.patch.size() ? mesh.patch[t] : 0);
    }
    return thin;
}

// Round tubes of the centerline radii, open at the ends.
TriangleMesh tubes(const CoronaryTree& tree) {
    constexpr int sides = 16;
    TriangleMesh mesh;
    for (const Branch& branch : tree.branches) {
        const auto first = static_cast<std::int32_t>(mesh.points_lps_mm.size());
        const std::vector<LumenSection> frames = frames_along(branch);
        for (std::size_t i = 0; i < frames.size(); ++i)
            for (int a = 0; a < sides; ++a) {
                const double phi = 2 * pi * a / sides, r = branch.points[i].radius_mm;
                mesh.points_lps_mm.push_back(frames[i].center_lps_mm + r * std::cos(phi) * frames[i].normal +
                                             r * std::sin(phi) * frames[i].binormal);
            }
        for (std::int32_t i = 0; i + 1 < static_cast<std::int32_t>(frames.size()); ++i)
            for (std::int32_t a = 0; a < sides; ++a) {
                const std::int32_t p = first + i * sides + a, q = first + i * sides + (a + 1) % sides;
                mesh.triangles.push_back({p, q, q + sides});
                mesh.triangles.push_back({p, q + sides, p + sides});
            }
    }
    mesh.patch.assign(mesh.triangles.size(), 0);
    return mesh;
}

// The centerline points of all branches in a row.
struct FlatTree {
    std::vector<Vec3> position;
    std::vector<double> radius, ffr;
    std::vector<char> last;  // 1: the last point of its branch
};
FlatTree flatten(const CaseResult& result) {
    FlatTree flat;
    for (const Branch& branch : result.tree.branches)
        for (std::size_t i = 0; i < branch.points.size(); ++i) {
            flat.position.push_back(branch.points[i].position_lps_mm);
            flat.radius.push_back(branch.points[i].radius_mm);
            flat.ffr.push_back(ffr_at(result, branch.id, i));
            flat.last.push_back(i + 1 == branch.points.size());
        }
    return flat;
}

std::size_t nearest_point(const FlatTree& flat, Vec3 p) {
    std::size_t best = 0;
    double best_value = 1e100;
    for (std::size_t i = 0; i < flat.position.size(); ++i) {
        // Squares first: a root is taken only for points that win.
        const Vec3 d = flat.position[i] - p;
        const double limit = best_value + flat.radius[i], distance2 = dot(d, d);
        if (limit <= 0 || distance2 >= limit * limit) continue;
        best_value = std::sqrt(distance2) - flat.radius[i], best = i;
    }
    return best;
}

// FFR at the foot of the perpendicular from p on the centerline next to point i.
double interpolated_ffr(const FlatTree& flat, std::size_t i, Vec3 p) {
    double best = flat.ffr[i], best_distance = distance(flat.position[i], p);
    const auto try_edge = [&](std::size_t a) {
        const Vec3 edge = flat.position[a + 1] - flat.position[a];
        const double length2 = dot(edge, edge);
        const double t = length2 > 0 ? std::clamp(dot(p - flat.position[a], edge) / length2, 0.0, 1.0) : 0;
        const double d = distance(lerp(flat.position[a], flat.position[a + 1], t), p);
        if (d < best_distance) best_distance = d, best = flat.ffr[a] + t * (flat.ffr[a + 1] - flat.ffr[a]);
    };
    if (!flat.last[i]) try_edge(i);
    if (i > 0 && !flat.last[i - 1]) try_edge(i - 1);
    return best;
}

// Differences to the value before, modulo 2^(8 width), low bytes of all values first.
template <class Value>
void append_planes(std::vector<std::uint8_t>& out, std::size_t count, int width, const Value& value) {
    const std::size_t start = out.size();
    out.resize(start + count * static_cast<std::size_t>(width));
    std::uint32_t before = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t now = value(i), step = now - before;
        for (int plane = 0; plane < width; ++plane)
            out[start + static_cast<std::size_t>(plane) * count + i] =
                static_cast<std::uint8_t>(step >> (8 * plane));
        before = now;
    }
}

// A number with few digits; null when not finite.
nlohmann::json short_number(double value, int digits) {
    if (!std::isfinite(value)) return nullptr;
    const double scale = std::pow(10.0, digits);
    return std::round(value * scale) / scale;
}

nlohmann::json branch_json(const CaseResult& result, const Branch& branch) {
    nlohmann::json xyz = nlohmann::json::array(), arc = xyz, radius = xyz, ffr = xyz, pressure = xyz;
    for (std::size_t i = 0; i < branch.points.size(); ++i) {
        const CenterlinePoint& p = branch.points[i];
        for (int a = 0; a < 3; ++a) xyz.push_back(short_number(p.position_lps_mm[a], 2));
        arc.push_back(short_number(p.arc_mm, 2));
        radius.push_back(short_number(p.radius_mm, 3));
        ffr.push_back(short_number(ffr_at(result, branch.id, i), 4));
        pressure.push_back(short_number(pressure_mmhg_at(result, branch.id, i), 1));
    }
    return {{"parent", branch.parent},
            {"segment", std::string(segment_name(branch.segment))},
            {"xyz", xyz},
            {"arc", arc},
            {"radius", radius},
            {"ffr", ffr},
            {"pressure", pressure}};
}

}  // namespace

TriangleMesh thinned(const TriangleMesh& mesh, std::size_t max_triangles) {
    if (mesh.triangles.size() <= max_triangles) return mesh;
    double edge_mm = 0;
    for (const auto& t : mesh.triangles)
        edge_mm += distance(mesh.points_lps_mm[static_cast<std::size_t>(t[0])],
                            mesh.points_lps_mm[static_cast<std::size_t>(t[1])]);
    edge_mm /= static_cast<double>(mesh.triangles.size());
    // A cell of one edge length thins little; from there the number of triangles falls with the square of the
    // cell.
    const double excess = static_cast<double>(mesh.triangles.size()) / static_cast<double>(max_triangles);
    for (double cell_mm = 0.7 * edge_mm * std::sqrt(excess);; cell_mm *= 1.15) {
        TriangleMesh thin = clustered(mesh, cell_mm);
        if (thin.triangles.size() <= max_triangles) return thin;
    }
}

ColouredSurface coloured_surface(const CaseResult& result, std::size_t max_triangles, const Cpu& exec) {
    TriangleMesh mesh =
        result.lumen.mesh.triangles.empty() ? tubes(result.tree) : thinned(result.lumen.mesh, max_triangles);
    const FlatTree flat = flatten(result);
    ColouredSurface surface{std::move(mesh.points_lps_mm), std::move(mesh.triangles), {}, {}};
    const std::size_t n = surface.points_lps_mm.size();
    surface.ffr.assign(n, missing), surface.nearest.assign(n, 0);
    if (flat.position.empty()) return surface;
    parallel_for(exec, "report_surface_colours", static_cast<Index>(n), [&](Index v) {
        const auto i = static_cast<std::size_t>(v);
        const std::size_t point = nearest_point(flat, surface.points_lps_mm[i]);
        surface.nearest[i] = static_cast<std::int32_t>(point);
        surface.ffr[i] = interpolated_ffr(flat, point, surface.points_lps_mm[i]);
    });
    return surface;
}

PackedSurface pack(const ColouredSurface& surface) {
    const std::size_t n = surface.points_lps_mm.size();
    PackedSurface packed;
    packed.vertices = n, packed.triangles = surface.triangles.size();
    std::vector<std::uint8_t> raw;
    if (n > 0) {
        const Box box = bounding_box(surface.points_lps_mm);
        packed.origin_lps_mm = box.low;
        for (int a = 0; a < 3; ++a) packed.step_mm[a] = std::max(1e-9, (box.high[a] - box.low[a]) / 65535);
    }
    for (int a = 0; a < 3; ++a)
        append_planes(raw, n, 2, [&](std::size_t i) {
            return static_cast<std::uint32_t>(
                std::lround((surface.points_lps_mm[i][a] - packed.origin_lps_mm[a]) / packed.step_mm[a]));
        });
    append_planes(raw, n, 2, [&](std::size_t i) {
        return std::isfinite(surface.ffr[i]) ? static_cast<std::uint32_t>(std::lround(
                                                   ffr_scale * std::clamp(surface.ffr[i], 0.0, 1.09)))
                                             : ffr_missing;
    });
    append_planes(raw, n, 2, [&](std::size_t i) {
        CTFFR_CHECK_OP(surface.nearest[i], <, 65536);
        return static_cast<std::uint32_t>(surface.nearest[i]);
    });
    append_planes(raw, 3 * packed.triangles, 4,
                  [&](std::size_t i) { return static_cast<std::uint32_t>(surface.triangles[i / 3][i % 3]); });
    // Level 9 takes 17 times as long on these planes and saves 2 %.
    uLongf bytes = compressBound(static_cast<uLong>(raw.size()));
    packed.data.resize(bytes);
    const int status = compress2(packed.data.data(), &bytes, raw.data(), static_cast<uLong>(raw.size()), 6);
    CTFFR_CHECK_OP(status, ==, Z_OK);
    packed.data.resize(bytes);
    return packed;
}

std::string viewer_json(const CaseResult& result, const Cpu& exec) {
    using nlohmann::json;
    json data;
    data["colours"] = {{"low", colour_low},
                       {"high", colour_high},
                       {"rgb", colour_table()},
                       {"missing", hex(ffr_colour(missing))}};
    data["branches"] = json::array();
    for (const Branch& branch : result.tree.branches) data["branches"].push_back(branch_json(result, branch));
    data["vessels"] = json::array();
    for (const Vessel& vessel : vessels_of(result.tree))
        data["vessels"].push_back({{"name", vessel.name}, {"branches", vessel.branches}});
    data["lesions"] = json::array();
    for (std::size_t i = 0; i < result.lesions.size(); ++i) {
        const Lesion& lesion = result.lesions[i];
        data["lesions"].push_back({{"label", lesion_label(i)},
                                   {"branch", lesion.branch},
                                   {"start", short_number(lesion.start_mm, 2)},
                                   {"throat", short_number(lesion.throat_mm, 2)},
                                   {"end", short_number(lesion.end_mm, 2)},
                                   {"ffr", short_number(lesion_ffr_distal(result, lesion), 4)}});
    }
    const PackedSurface surface = pack(coloured_surface(result, max_viewer_triangles, exec));
    const auto triple = [](Vec3 v) { return json::array({v.x, v.y, v.z}); };
    data["surface"] = {{"vertices", surface.vertices},
                       {"triangles", surface.triangles},
                       {"origin", triple(surface.origin_lps_mm)},
                       {"step", triple(surface.step_mm)},
                       {"data", base64(surface.data)}};
    return data.dump();
}

}  // namespace ctffr::report
