// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/lumen.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "ctffr/core/units.hpp"

namespace ctffr {

double polygon_area_mm2(const LumenSection& section) {
    const auto& r = section.radius_mm;
    const std::size_t n = r.size();
    if (n < 3) return 0;
    double sum = 0;
    for (std::size_t a = 0; a < n; ++a) sum += double{r[a]} * r[(a + 1) % n];
    return 0.5 * std::sin(2 * pi / static_cast<double>(n)) * sum;
}

double equivalent_radius_mm(const LumenSection& section) { return std::sqrt(polygon_area_mm2(section) / pi); }

namespace {

// Width of the polygon between parallel tangents, over all directions (rotating projection).
std::pair<double, double> width_range(const LumenSection& section) {
    const auto& r = section.radius_mm;
    const std::size_t n = r.size();
    double low = 1e300, high = 0;
    constexpr int directions = 90;
    for (int d = 0; d < directions; ++d) {
        const double phi = pi * d / directions;
        double first = 1e300, last = -1e300;
        for (std::size_t a = 0; a < n; ++a) {
            const double x = r[a] * std::cos(2 * pi * static_cast<double>(a) / static_cast<double>(n) - phi);
            first = std::min(first, x), last = std::max(last, x);
        }
        low = std::min(low, last - first), high = std::max(high, last - first);
    }
    return {n < 3 ? 0 : low, high};
}

}  // namespace

double min_diameter_mm(const LumenSection& section) { return width_range(section).first; }
double max_diameter_mm(const LumenSection& section) { return width_range(section).second; }

std::vector<LumenSection> frames_along(const Branch& branch) {
    // Double reflection: Wang, Juettler, Zheng, Liu, "Computation of rotation minimizing frames", ACM TOG 27
    // (2008).
    std::vector<LumenSection> sections(branch.points.size());
    for (std::size_t i = 0; i < sections.size(); ++i) {
        LumenSection& s = sections[i];
        s.center_lps_mm = branch.points[i].position_lps_mm;
        s.tangent = branch.points[i].tangent;
        s.arc_mm = branch.points[i].arc_mm;
        if (i == 0) {
            s.normal = any_normal(s.tangent);
        } else {
            const LumenSection& before = sections[i - 1];
            const Vec3 v1 = s.center_lps_mm - before.center_lps_mm;
            const double c1 = dot(v1, v1);
            const Vec3 n_l = before.normal - (2 / c1 * dot(v1, before.normal)) * v1;
            const Vec3 t_l = before.tangent - (2 / c1 * dot(v1, before.tangent)) * v1;
            const Vec3 v2 = s.tangent - t_l;
            const double c2 = dot(v2, v2);
            s.normal = c2 > 1e-20 ? n_l - (2 / c2 * dot(v2, n_l)) * v2 : n_l;
            s.normal = normalized(s.normal - dot(s.normal, s.tangent) * s.tangent);
        }
        s.binormal = cross(s.tangent, s.normal);
    }
    return sections;
}

double enclosed_volume_mm3(const TriangleMesh& mesh) {
    double volume = 0;
    for (const auto& t : mesh.triangles) {
        const Vec3 a = mesh.points_lps_mm[static_cast<std::size_t>(t[0])];
        const Vec3 b = mesh.points_lps_mm[static_cast<std::size_t>(t[1])];
        const Vec3 c = mesh.points_lps_mm[static_cast<std::size_t>(t[2])];
        volume += dot(a, cross(b, c)) / 6;
    }
    return volume;
}

std::int64_t open_edges(const TriangleMesh& mesh) {
    // Each directed edge must be met once by its opposite.
    std::map<std::pair<std::int32_t, std::int32_t>, int> balance;
    std::int64_t bad = 0;
    for (const auto& t : mesh.triangles)
        for (int k = 0; k < 3; ++k) {
            const std::int32_t a = t[static_cast<std::size_t>(k)],
                               b = t[static_cast<std::size_t>((k + 1) % 3)];
            balance[{std::min(a, b), std::max(a, b)}] += a < b ? 1 : 1000;
        }
    for (const auto& [edge, count] : balance) bad += count == 1001 ? 0 : 1;
    return bad;
}

std::vector<std::string> check(const LumenSurface& lumen) {
    std::vector<std::string> broken;
    for (const LumenBranch& branch : lumen.branches)
        for (std::size_t i = 0; i < branch.sections.size(); ++i)
            for (float r : branch.sections[i].radius_mm)
                if (!(r > 0) || !std::isfinite(r)) {
                    broken.push_back(
                        fmt::format("branch {} section {} has radius {} mm", branch.branch, i, r));
                    break;
                }
    const auto points = static_cast<std::int32_t>(lumen.mesh.points_lps_mm.size());
    for (const auto& t : lumen.mesh.triangles)
        if (*std::min_element(t.begin(), t.end()) < 0 || *std::max_element(t.begin(), t.end()) >= points) {
            broken.push_back("a triangle refers to a point that does not exist");
            return broken;
        }
    if (lumen.mesh.patch.size() != lumen.mesh.triangles.size())
        broken.push_back("patch labels do not match the triangles");
    if (const auto open = open_edges(lumen.mesh); open > 0)
        broken.push_back(
            fmt::format("the surface is not closed: {} edges without exactly two triangles", open));
    if (!lumen.mesh.triangles.empty() && enclosed_volume_mm3(lumen.mesh) <= 0)
        broken.push_back("the surface is inside out");
    return broken;
}

}  // namespace ctffr
