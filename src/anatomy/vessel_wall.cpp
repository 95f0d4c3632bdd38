// SPDX-License-Identifier: Apache-2.0
#include "anatomy/vessel_wall.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "ctffr/data/vessel_wall.hpp"

namespace ctffr {

namespace {

// On rays of virtual patients the outer wall scatters by 0.05 to 0.1 mm (validation/lesions).
constexpr double sure_mm = 0.25, margin_mm = 0.1;
constexpr double smoothing_mm = 1.0;         // half width along the vessel
constexpr double healthy_narrowing = 0.08;   // sections narrower than this against the reference tell nothing
constexpr double least_reference_mm = 0.75;  // radius of vessels whose wall can be measured
constexpr double throat_mm = 1.0;            // half of the stretch over which a throat's outer wall is read

using Table = std::vector<std::vector<double>>;

bool has_wall(const LumenSection& section) {
    return section.radius_mm.size() >= 8 && section.outer_mm.size() == section.radius_mm.size();
}

bool is_open(const LumenSection& section, std::size_t angle) {
    return angle < section.open.size() && section.open[angle] != 0;
}

double thickness_mm(const LumenSection& section, std::size_t angle) {
    return std::max(0.0, double{section.outer_mm[angle]} - double{section.radius_mm[angle]});
}

double outer_area_mm2(const LumenSection& section) {
    const auto& r = section.outer_mm;
    double sum = 0;
    for (std::size_t a = 0; a < r.size(); ++a) sum += double{r[a]} * double{r[(a + 1) % r.size()]};
    return 0.5 * std::sin(2 * pi / static_cast<double>(r.size())) * sum;
}

// Mean thickness over the rays that do not lead into another branch; negative without any.
double mean_thickness_mm(const LumenSection& section) {
    double sum = 0;
    int count = 0;
    for (std::size_t a = 0; a < section.radius_mm.size(); ++a)
        if (!is_open(section, a)) sum += thickness_mm(section, a), ++count;
    return count > 0 ? sum / count : -1;
}

// How much thicker this patient's walls look than those of the formula.
double wall_factor(const LumenSurface& lumen, const SectionMeasures& sections, const Table& reference_mm) {
    std::vector<double> ratio;
    for (std::size_t b = 0; b < lumen.branches.size(); ++b)
        for (std::size_t i = 0; i < lumen.branches[b].sections.size(); ++i) {
            const LumenSection& section = lumen.branches[b].sections[i];
            const double reference = reference_mm[b][i];
            const bool healthy = sections.usable[b][i] && reference >= least_reference_mm &&
                                 sections.radius_mm[b][i] > (1 - healthy_narrowing) * reference;
            if (!healthy || !has_wall(section)) continue;
            if (const double mean = mean_thickness_mm(section); mean > 0)
                ratio.push_back(mean / healthy_wall_mm(reference));
        }
    constexpr std::size_t least_sections = 20;
    if (ratio.size() < least_sections) return 1;
    const auto middle = ratio.begin() + static_cast<std::ptrdiff_t>(ratio.size() / 2);
    std::nth_element(ratio.begin(), middle, ratio.end());
    return std::clamp(*middle, 0.7, 1.4);
}

// Thickness of a ray as the weighted mean over its neighbours around (one to each side) and along.
double smooth_thickness_mm(const std::vector<LumenSection>& sections, std::size_t i, std::size_t angle) {
    double sum = 0, weight = 0;
    const auto add = [&](std::size_t k) {
        const double along = 1 - std::abs(sections[k].arc_mm - sections[i].arc_mm) / smoothing_mm;
        if (along <= 0) return false;
        if (!has_wall(sections[k])) return true;
        const std::size_t n = sections[k].radius_mm.size();
        for (std::size_t step : {n - 1, n, n + 1}) {
            const std::size_t a = (angle + step) % n;
            if (is_open(sections[k], a)) continue;
            const double w = along * (step == n ? 2 : 1);
            sum += w * thickness_mm(sections[k], a), weight += w;
        }
        return true;
    };
    for (std::size_t k = i + 1; k-- > 0;)
        if (!add(k)) break;
    for (std::size_t k = i + 1; k < sections.size(); ++k)
        if (!add(k)) break;
    return weight > 0 ? sum / weight : 0;
}

}  // namespace

VesselWall measure_wall(const CoronaryTree& tree, const LumenSurface& lumen, const SectionMeasures& sections,
                        const Table& reference_mm) {
    VesselWall wall;
    bool any = false;
    for (std::size_t b = 0; b < lumen.branches.size(); ++b) {
        if (lumen.branches[b].sections.size() != tree.branches[b].points.size()) return {};
        for (const LumenSection& section : lumen.branches[b].sections) any = any || has_wall(section);
    }
    if (!any || lumen.branches.size() != tree.branches.size()) return {};
    const double factor = wall_factor(lumen, sections, reference_mm);
    for (std::size_t b = 0; b < lumen.branches.size(); ++b) {
        const auto& here = lumen.branches[b].sections;
        std::vector<double> healthy, area, remodelling, sure;
        std::vector<std::vector<float>> depth;
        for (std::size_t i = 0; i < here.size(); ++i) {
            healthy.push_back(factor * healthy_wall_mm(reference_mm[b][i]));
            area.push_back(std::nan("")), remodelling.push_back(std::nan("")), sure.push_back(0);
            depth.emplace_back(here[i].radius_mm.size(), 0.0f);
            if (!has_wall(here[i])) continue;
            area.back() = outer_area_mm2(here[i]);
            const double outer_mm = reference_mm[b][i] + healthy.back();
            remodelling.back() = area.back() / (pi * outer_mm * outer_mm);
            if (!sections.usable[b][i] || reference_mm[b][i] < least_reference_mm) continue;
            for (std::size_t a = 0; a < here[i].radius_mm.size(); ++a) {
                if (is_open(here[i], a)) continue;
                const double thick = smooth_thickness_mm(here, i, a);
                if (thick > healthy.back() + margin_mm)
                    depth.back()[a] = static_cast<float>(thick - 0.5 * healthy.back());
                if (thick > healthy.back() + sure_mm)
                    sure.back() += 360.0 / static_cast<double>(here[i].radius_mm.size());
            }
        }
        wall.healthy_mm.push_back(std::move(healthy)), wall.outer_area_mm2.push_back(std::move(area));
        wall.sure_arc_deg.push_back(std::move(sure)), wall.remodelling.push_back(std::move(remodelling)),
            wall.plaque_depth_mm.push_back(std::move(depth));
    }
    return wall;
}

void measure_throat(const CoronaryTree& tree, const LumenSurface& lumen, const VesselWall& wall,
                    Lesion& lesion) {
    const auto b = static_cast<std::size_t>(lesion.branch);
    if (b >= lumen.branches.size()) return;
    const auto& sections = lumen.branches[b].sections;
    const auto& points = tree.branches[b].points;
    if (sections.size() != points.size()) return;
    std::size_t throat = 0;
    for (std::size_t i = 0; i < points.size(); ++i)
        if (std::abs(points[i].arc_mm - lesion.throat_mm) <
            std::abs(points[throat].arc_mm - lesion.throat_mm))
            throat = i;
    const LumenSection& section = sections[throat];
    if (section.radius_mm.size() < 3) return;
    lesion.smallest_diameter_mm = min_diameter_mm(section);
    if (!wall.known() || !has_wall(section)) return;
    double thickest = 0, thinnest = 1e300;
    for (std::size_t a = 0; a < section.radius_mm.size(); ++a) {
        if (is_open(section, a)) continue;
        const double thick = smooth_thickness_mm(sections, throat, a);
        thickest = std::max(thickest, thick), thinnest = std::min(thinnest, thick);
    }
    if (thickest > 0) lesion.eccentricity = (thickest - thinnest) / thickest;
    double sum = 0;
    int count = 0;
    for (std::size_t i = 0; i < points.size(); ++i)
        if (std::abs(points[i].arc_mm - lesion.throat_mm) <= throat_mm &&
            std::isfinite(wall.remodelling[b][i]))
            sum += wall.remodelling[b][i], ++count;
    if (count > 0) lesion.remodelling_index = sum / count;
}

}  // namespace ctffr
