// SPDX-License-Identifier: Apache-2.0
#include "anatomy/plaque_samples.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"

namespace ctffr {

namespace {

constexpr double radial_step_mm = 0.1;
// Samples of which less than this is wall take their tissue from neighbours.
constexpr double least_wall_share = 0.4;
constexpr double outside_blurs = 2.5;      // the surroundings are read so many blurs beyond the wall
constexpr double least_blood_radii = 2.2;  // blurs in a radius, for blood to be read in the middle
constexpr double soft_hu = 60;             // of plaque beside calcium
constexpr double calcium_reach_mm = 1.0;   // how far the peak of a calcium body is looked for

struct Sample {
    double volume_mm3 = 0;
    double raw_hu = 0;     // of the image
    double tissue_hu = 0;  // of the wall alone, by the shares of blood and surroundings
    double weight = 0;     // how well `tissue_hu` is known; 0: not at all
    double depth_mm = 0;   // from the lumen
    double blur_mm = 0;
    bool calcium = false;
};

// [section][angle][step]
using Samples = std::vector<std::vector<std::vector<Sample>>>;

// Share of a half space at this distance (negative: within) in a sample, after a Gaussian blur.
double share_beyond(double distance_mm, double blur_mm) {
    return 0.5 * std::erfc(distance_mm / (std::sqrt(2.0) * blur_mm));
}

std::vector<Sample> samples_on_ray(const LumenSection& section, std::size_t angle, double depth_mm,
                                   double length_mm, Vec3 curvature_per_mm, double blood_hu,
                                   const PlaqueImage& image) {
    std::vector<Sample> ray;
    const auto angles = static_cast<double>(section.radius_mm.size());
    const double phi = 2 * pi * static_cast<double>(angle) / angles;
    const Vec3 direction = std::cos(phi) * section.normal + std::sin(phi) * section.binormal;
    const double lumen = section.radius_mm[angle],
                 outer = std::max(double{section.outer_mm[angle]}, lumen + depth_mm);
    const double blur = image.blur_sd_mm(direction);
    const double outside = image.hu(section.center_lps_mm + (outer + outside_blurs * blur) * direction);
    const int steps = std::max(1, static_cast<int>(std::lround(depth_mm / radial_step_mm)));
    const double step = depth_mm / steps, bend = dot(curvature_per_mm, direction);
    for (int k = 0; k < steps; ++k) {
        Sample s;
        s.depth_mm = (k + 0.5) * step, s.blur_mm = blur;
        const double rho = lumen + s.depth_mm;
        s.volume_mm3 = rho * step * (2 * pi / angles) * length_mm * std::max(0.0, 1 - bend * rho);
        s.raw_hu = image.hu(section.center_lps_mm + rho * direction);
        const double blood = share_beyond(s.depth_mm, blur), around = share_beyond(outer - rho, blur);
        if (const double wall = 1 - blood - around; wall >= least_wall_share) {
            s.tissue_hu = (s.raw_hu - blood * blood_hu - around * outside) / wall;
            s.weight = s.volume_mm3 * wall * wall;
        }
        ray.push_back(s);
    }
    return ray;
}

// Calls visit(sample) for all samples around one: sections within `along_mm`, `around` rays to each side, all
// depths within `along_mm`.
template <class Visit>
void near_samples(const Samples& samples, const std::vector<double>& arc_mm, std::size_t i, std::size_t a,
                  double depth_mm, double along_mm, std::size_t around, Visit&& visit) {
    const auto section = [&](std::size_t k) {
        if (std::abs(arc_mm[k] - arc_mm[i]) > along_mm) return false;
        const std::size_t n = samples[k].size();
        for (std::size_t t = 0; t <= 2 * around; ++t)
            for (const Sample& s : samples[k][(a + n + t - around) % n])
                if (std::abs(s.depth_mm - depth_mm) <= along_mm) visit(s);
        return true;
    };
    for (std::size_t k = i + 1; k-- > 0;)
        if (!section(k)) break;
    for (std::size_t k = i + 1; k < samples.size(); ++k)
        if (!section(k)) break;
}

// Calcium is brighter than any blood that the blur could bring there; its border is half-way between its peak
// and the plaque around it, which no blur moves.
void mark_calcium(Samples& samples, const std::vector<double>& arc_mm, const std::vector<double>& blood_hu,
                  const PlaqueThresholds& thresholds, double noise_sd_hu) {
    std::vector<Sample*> marked;
    for (std::size_t i = 0; i < samples.size(); ++i)
        for (std::size_t a = 0; a < samples[i].size(); ++a)
            for (Sample& s : samples[i][a]) {
                const double above_blood = std::max(thresholds.calcified_hu, blood_hu[i] + 2 * noise_sd_hu);
                const bool away = s.depth_mm > s.blur_mm && s.weight > 0;
                if (!(s.raw_hu > above_blood ||
                      (away && std::min(s.raw_hu, s.tissue_hu) > thresholds.calcified_hu)))
                    continue;
                double peak = s.raw_hu;
                near_samples(samples, arc_mm, i, a, s.depth_mm, calcium_reach_mm, 3,
                             [&](const Sample& other) { peak = std::max(peak, other.raw_hu); });
                if (s.raw_hu > 0.5 * (peak + soft_hu)) marked.push_back(&s);
            }
    for (Sample* s : marked) s->calcium = true;
}

void add_volume(PlaqueVolumes& volumes, const PlaqueThresholds& thresholds, double hu, double volume_mm3) {
    if (hu < thresholds.fibro_fatty_hu)
        volumes.low_attenuation_mm3 += volume_mm3;
    else if (hu < thresholds.fibrous_hu)
        volumes.fibro_fatty_mm3 += volume_mm3;
    else
        volumes.fibrous_mm3 += volume_mm3;
}

}  // namespace

std::vector<std::vector<double>> blood_along(const CoronaryTree& tree, const LumenSurface& lumen,
                                             const PlaqueImage& image) {
    struct Point {
        double path_mm, hu;
    };
    std::vector<std::vector<Point>> read(tree.branches.size());  // per root
    std::vector<double> start(tree.branches.size(), 0);
    std::vector<std::size_t> root(tree.branches.size(), 0);
    for (const Branch& branch : tree.branches) {
        const auto b = static_cast<std::size_t>(branch.id);
        const auto parent = static_cast<std::size_t>(std::max(branch.parent, 0));
        root[b] = branch.parent < 0 ? b : root[parent];
        if (branch.parent >= 0) start[b] = start[parent] + tree.branches[parent].length_mm();
        for (const LumenSection& section : lumen.branches[b].sections)
            if (equivalent_radius_mm(section) > least_blood_radii * image.blur_sd_mm(section.normal) &&
                equivalent_radius_mm(section) > 0.8)
                read[root[b]].push_back({start[b] + section.arc_mm, image.hu(section.center_lps_mm)});
    }
    std::vector<std::vector<double>> blood(tree.branches.size());
    for (std::size_t b = 0; b < tree.branches.size(); ++b) {
        // Least squares, without what calcium or another structure brings, in three rounds.
        double level = image.blood_hu, slope = 0;
        const std::vector<Point>& points = read[root[b]];
        for (int round = 0; round < 3 && points.size() >= 10; ++round) {
            double n = 0, x = 0, y = 0, xx = 0, xy = 0;
            for (const Point& p : points) {
                if (round > 0 && std::abs(p.hu - level - slope * p.path_mm) > 60) continue;
                if (p.hu < 0.4 * image.blood_hu) continue;
                n += 1, x += p.path_mm, y += p.hu, xx += p.path_mm * p.path_mm, xy += p.path_mm * p.hu;
            }
            const double spread = n * xx - x * x;
            if (n < 10 || !(spread > 0)) break;
            slope = std::min(0.0, (n * xy - x * y) / spread), level = (y - slope * x) / n;
        }
        for (const CenterlinePoint& p : tree.branches[b].points)
            blood[b].push_back(level + slope * (start[b] + p.arc_mm));
    }
    return blood;
}

std::vector<SectionPlaque> plaque_of_sections(const Branch& branch, const std::vector<LumenSection>& sections,
                                              const std::vector<std::vector<float>>& depth_mm,
                                              const std::vector<double>& blood_hu,
                                              const PlaqueThresholds& thresholds, const PlaqueImage& image,
                                              std::size_t first, std::size_t last) {
    Samples samples;
    std::vector<double> arc_mm, blood;
    for (std::size_t i = first; i <= last; ++i) {
        const std::size_t before = i > 0 ? i - 1 : i, after = std::min(i + 1, branch.points.size() - 1);
        const double span = branch.points[after].arc_mm - branch.points[before].arc_mm;
        const Vec3 curvature =
            span > 0 ? (1 / span) * (sections[after].tangent - sections[before].tangent) : Vec3{};
        auto& section = samples.emplace_back(sections[i].radius_mm.size());
        for (std::size_t a = 0; a < section.size(); ++a)
            if (depth_mm[i][a] > 0)
                section[a] = samples_on_ray(sections[i], a, double{depth_mm[i][a]}, span / 2, curvature,
                                            blood_hu[i], image);
        arc_mm.push_back(branch.points[i].arc_mm), blood.push_back(blood_hu[i]);
    }
    mark_calcium(samples, arc_mm, blood, thresholds, image.noise_sd_hu);
    std::vector<SectionPlaque> result(samples.size());
    for (std::size_t i = 0; i < samples.size(); ++i)
        for (std::size_t a = 0; a < samples[i].size(); ++a) {
            bool calcium = false;
            for (const Sample& s : samples[i][a]) {
                if (s.calcium) {
                    calcium = true;
                    result[i].volumes.calcified_mm3 += s.volume_mm3;
                    continue;
                }
                // Noise would sort a tissue into all classes: the mean over half a millimetre decides.
                double sum = 0, weight = 0;
                near_samples(samples, arc_mm, i, a, s.depth_mm, 0.5, 1, [&](const Sample& other) {
                    if (!other.calcium) sum += other.weight * other.tissue_hu, weight += other.weight;
                });
                add_volume(result[i].volumes, thresholds, weight > 0 ? sum / weight : s.raw_hu, s.volume_mm3);
            }
            if (calcium) result[i].calcium_arc_deg += 360.0 / static_cast<double>(samples[i].size());
        }
    return result;
}

}  // namespace ctffr
