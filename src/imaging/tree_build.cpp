// SPDX-License-Identifier: Apache-2.0
#include "imaging/tree_build.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "imaging/smoothing.hpp"

namespace ctffr::imaging {

namespace {

constexpr int rays = 24;
constexpr double ray_step_mm = 0.15, ray_reach_mm = 4.0;

// Distances to the wall along evenly spaced rays; negative where there is none within the reach.
Section section_from(const std::array<double, rays>& length, Vec3 u, Vec3 v) {
    Section s;
    int closed = 0;
    double area = 0;
    Vec3 moment;
    for (int r = 0; r < rays; ++r) {
        const double a = 2 * pi * r / rays;
        const std::size_t i = static_cast<std::size_t>(r),
                          opposite = static_cast<std::size_t>((r + rays / 2) % rays);
        if (length[i] < 0) continue;
        ++closed;
        area += length[i] * length[i];
        // Centroid of the sector of this ray; an open opposite ray must not pull the centre over.
        if (length[opposite] >= 0)
            moment += (2.0 / 3.0) * length[i] * length[i] * length[i] * (std::cos(a) * u + std::sin(a) * v);
    }
    s.closed = static_cast<double>(closed) / rays;
    if (closed == 0 || area <= 0) return s;
    s.radius_mm = std::sqrt(area / closed);
    s.shift_mm = moment / area;
    return s;
}

// `hu(point)`: the image.
template <class Hu>
SectionProbe probe_of(const Hu& hu, const ScanModel& scan) {
    return [hu, scan](Vec3 center, Vec3 tangent) {
        const Vec3 u = any_normal(tangent), v = cross(tangent, u);
        // Blood at the centre: the mean over a small cross, calcium not counted as brighter blood.
        double blood = 0;
        for (int r = 0; r < 4; ++r)
            blood += 0.25 * hu(center + 0.2 * (r < 2 ? (r == 0 ? u : -u) : (r == 2 ? v : -v)));
        blood = std::min(blood, scan.blood_hu + scan.blood_sd_hu);
        const double floor_hu = scan.myocardium_hu;
        // Beside a lumen of blood, calcium is wall: a ray ends where it becomes brighter than blood can be.
        const double calcium_hu = scan.blood_hu + std::max(150.0, 4 * scan.noise_sd_hu);
        const bool in_blood = hu(center) < calcium_hu;
        std::array<double, rays> length{};
        for (int r = 0; r < rays; ++r) {
            const double a = 2 * pi * r / rays;
            const Vec3 direction = std::cos(a) * u + std::sin(a) * v;
            // The tissue behind the wall decides the half level: muscle or fat.
            const double level_hu = 0.5 * (blood + floor_hu);
            double before = blood, found = -1;
            for (double t = ray_step_mm; t <= ray_reach_mm; t += ray_step_mm) {
                const double value = hu(center + t * direction);
                if (in_blood && value > calcium_hu) {
                    found = t - ray_step_mm * (value - calcium_hu) / std::max(1e-6, value - before);
                    break;
                }
                if (value < level_hu) {
                    found = t - ray_step_mm * (level_hu - value) / std::max(1e-6, before - value);
                    const double behind =
                        std::clamp(hu(center + (t + 0.8) * direction), scan.fat_hu, floor_hu);
                    // Blurred edge: the point of the lower half level lies a little outside.
                    const double slope = std::max(1e-6, before - value) / ray_step_mm;
                    found += std::min(0.3, (level_hu - 0.5 * (blood + behind)) / slope);
                    break;
                }
                before = value;
            }
            length[static_cast<std::size_t>(r)] = found;
        }
        return section_from(length, u, v);
    };
}

}  // namespace

SectionProbe image_probe(const Volume& volume, const ScanModel& scan) {
    return probe_of([&volume](Vec3 p) { return sample_hu(volume, p); }, scan);
}

SectionProbe image_probe(const ScalarGrid& image, const ScanModel& scan) {
    return probe_of([&image](Vec3 p) { return image.at(p); }, scan);
}

SectionProbe field_probe(const ScalarGrid& field) {
    return [&field](Vec3 center, Vec3 tangent) {
        const Vec3 u = any_normal(tangent), v = cross(tangent, u);
        std::array<double, rays> length{};
        for (int r = 0; r < rays; ++r) {
            const double a = 2 * pi * r / rays;
            const Vec3 direction = std::cos(a) * u + std::sin(a) * v;
            double before = field.at(center), found = -1;
            for (double t = ray_step_mm; t <= 2 * ray_reach_mm && before > 0; t += ray_step_mm) {
                const double value = field.at(center + t * direction);
                if (value <= 0) {
                    found = t - ray_step_mm * -value / std::max(1e-9, before - value);
                    break;
                }
                before = value;
            }
            length[static_cast<std::size_t>(r)] = found;
        }
        return section_from(length, u, v);
    };
}

namespace {

std::vector<Vec3> tangents_of(const std::vector<Vec3>& line) {
    std::vector<Vec3> t(line.size());
    for (std::size_t i = 0; i < line.size(); ++i)
        t[i] = normalized(line[std::min(i + 1, line.size() - 1)] - line[i > 0 ? i - 1 : 0]);
    return t;
}

// Half-height wavelength L of the smoothing spline: lambda (2 pi / L)^4 = 1.
double lambda_for(double length_mm, double spacing_mm) {
    return std::pow(length_mm / spacing_mm / (2 * pi), 4);
}

struct RefinedPath {
    std::vector<Vec3> line;
    std::vector<double> radius_mm;
};

// Moves the points to the centroids of their sections and smooths; the first point stays where it is.
RefinedPath refine(const std::vector<Vec3>& raw, double inside_parent_mm, const SectionProbe& probe,
                   const BuildOptions& options, const Run& run) {
    RefinedPath path;
    const double lambda = lambda_for(options.smoothing_length_mm, options.point_spacing_mm);
    path.line = resampled(raw, options.point_spacing_mm);
    std::vector<double> weights(path.line.size(), 1.0);
    weights.front() = 1e6;
    path.line = smoothed(path.line, weights, lambda);
    std::vector<Section> sections;
    for (int iteration = 0; iteration <= options.recentre_iterations; ++iteration) {
        path.line = resampled(path.line, options.point_spacing_mm);
        const auto tangents = tangents_of(path.line);
        sections.assign(path.line.size(), {});
        parallel_for_uneven(
            Cpu{run.profiler}, "vessel sections", static_cast<Index>(path.line.size()), 16,
            [&](Index i) { sections[as_size(i)] = probe(path.line[as_size(i)], tangents[as_size(i)]); });
        if (iteration == options.recentre_iterations) break;
        std::vector<Vec3> moved = path.line;
        weights.assign(moved.size(), 0.2);
        for (std::size_t i = 1; i < moved.size(); ++i) {
            const Section& s = sections[i];
            if (static_cast<double>(i) * options.point_spacing_mm < inside_parent_mm || s.closed < 0.7)
                continue;
            const double limit = 0.5 * std::max(0.4, s.radius_mm), size = norm(s.shift_mm);
            moved[i] += size > limit ? (limit / size) * s.shift_mm : s.shift_mm;
            weights[i] = 1;
        }
        weights.front() = 1e6;
        path.line = smoothed(moved, weights, lambda);
    }
    path.radius_mm.assign(path.line.size(), 0);
    std::vector<double> radius(path.line.size(), 0.5);
    weights.assign(path.line.size(), 1e-3);
    for (std::size_t i = 0; i < path.line.size(); ++i)
        if (sections[i].closed >= 0.7) radius[i] = sections[i].radius_mm, weights[i] = 1;
    // Unknown radii take those of their neighbours: a tiny weight, so that the spline bridges them.
    const double known = median_of([&] {
        std::vector<double> r;
        for (std::size_t i = 0; i < radius.size(); ++i)
            if (weights[i] == 1) r.push_back(radius[i]);
        return r;
    }());
    for (std::size_t i = 0; i < radius.size(); ++i)
        if (weights[i] < 1 && known > 0) radius[i] = known;
    path.radius_mm = smoothed(radius, weights, lambda_for(2, options.point_spacing_mm));
    for (double& r : path.radius_mm) r = std::max(0.2, r);
    return path;
}

std::size_t nearest_point(const std::vector<Vec3>& line, Vec3 p) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < line.size(); ++i)
        if (distance(line[i], p) < distance(line[best], p)) best = i;
    return best;
}

// Harvested ways meet where one comes near the other, which is up to some millimetres before the lumina part.
// As long as both axes lie within a third of a radius of each other there is one lumen: counted twice it
// would carry two flows side by side, and a narrowing before a fork would lose a half or less of its
// pressure. Cuts what `child` shares with `parent` beyond point `at` of it and returns where they part.
std::size_t part_from(RefinedPath& child, const RefinedPath& parent, std::size_t at, double spacing_mm) {
    constexpr double one_lumen = 0.3, settle_mm = 3;
    constexpr double late_mm = 1;            // smoothing keeps lines together for longer than lumina
    constexpr std::size_t least_points = 5;  // of what is left
    std::vector<std::size_t> meets{at};      // on the parent, of the points of the child that it shares
    for (std::size_t i = 1, k = at; i + least_points < child.line.size(); ++i) {
        while (k + 1 < parent.line.size() &&
               distance(child.line[i], parent.line[k + 1]) < distance(child.line[i], parent.line[k]))
            ++k;
        if (distance(child.line[i], parent.line[k]) >=
            one_lumen * std::min(child.radius_mm[i], parent.radius_mm[k]))
            break;
        meets.push_back(k);
    }
    const auto late = static_cast<std::size_t>(std::lround(late_mm / spacing_mm));
    const std::size_t last = meets.size() - 1 - std::min(late, meets.size() - 1);
    if (last == 0) return at;
    child.line.erase(child.line.begin(), child.line.begin() + static_cast<std::ptrdiff_t>(last));
    child.radius_mm.erase(child.radius_mm.begin(),
                          child.radius_mm.begin() + static_cast<std::ptrdiff_t>(last));
    const Vec3 aside = parent.line[meets[last]] - child.line.front();
    for (std::size_t i = 0; i < child.line.size(); ++i)
        child.line[i] += std::max(0.0, 1 - static_cast<double>(i) * spacing_mm / settle_mm) * aside;
    return meets[last];
}

}  // namespace

CoronaryTree build_tree(const std::vector<GrownPath>& paths, const std::vector<Side>& side_of,
                        const SectionProbe& probe, const BuildOptions& options, const Run& run) {
    CTFFR_CHECK_OP(paths.size(), ==, side_of.size());
    std::vector<RefinedPath> refined;
    std::vector<std::size_t> attach(paths.size(), 0);  // index into the parent's refined line
    std::vector<std::set<std::size_t>> splits(paths.size());
    for (std::size_t p = 0; p < paths.size(); ++p) {
        run.progress("centerlines", static_cast<double>(p) / static_cast<double>(paths.size()));
        if (paths[p].parent < 0) {
            refined.push_back(refine(paths[p].line, 0, probe, options, run));
            continue;
        }
        const RefinedPath& parent = refined[as_size(paths[p].parent)];
        std::set<std::size_t>& nodes = splits[as_size(paths[p].parent)];
        const auto node_near = [&](std::size_t at) {
            // Branches that leave within a millimetre of each other share one node.
            for (std::size_t other : nodes)
                if (other + 2 >= at && other <= at + 2) at = other;
            return at + 4 > parent.line.size() ? parent.line.size() - 1 : at;
        };
        std::vector<Vec3> raw = paths[p].line;
        std::size_t at = node_near(
            std::clamp<std::size_t>(nearest_point(parent.line, raw.front()), 2, parent.line.size() - 1));
        raw.front() = parent.line[at];
        RefinedPath path = refine(raw, parent.radius_mm[at], probe, options, run);
        const std::size_t parts = part_from(path, parent, at, options.point_spacing_mm);
        if (parts != at) at = node_near(parts);
        nodes.insert(at);
        attach[p] = at;
        refined.push_back(std::move(path));
    }
    CoronaryTree tree;
    std::map<std::pair<std::size_t, std::size_t>, int> branch_ending_at;  // (path, point) -> branch
    for (std::size_t p = 0; p < paths.size(); ++p) {
        const RefinedPath& path = refined[p];
        splits[p].insert(path.line.size() - 1);
        int parent = paths[p].parent < 0 ? -1 : branch_ending_at.at({as_size(paths[p].parent), attach[p]});
        std::size_t first = 0;
        for (std::size_t last : splits[p]) {
            Branch branch;
            branch.id = static_cast<int>(tree.branches.size());
            branch.parent = parent;
            branch.side = side_of[p];
            for (std::size_t i = first; i <= last; ++i)
                branch.points.push_back({path.line[i], {}, 0, path.radius_mm[i]});
            if (parent >= 0)
                branch.points.front().position_lps_mm =
                    tree.branches[static_cast<std::size_t>(parent)].points.back().position_lps_mm;
            update_arc_and_tangents(branch);
            branch_ending_at[{p, last}] = parent = branch.id;
            tree.branches.push_back(std::move(branch));
            first = last;
        }
    }
    return tree;
}

void flag_branches(CoronaryTree& tree, const Volume& volume, const ScanModel& scan,
                   const ScalarGrid& evidence, double weak_evidence) {
    const double calcium_hu = scan.blood_hu + std::max(150.0, 4 * scan.noise_sd_hu);
    for (Branch& branch : tree.branches) {
        const auto add_runs = [&](BranchFlag::Kind kind, double min_mm, const char* reason,
                                  const auto& test) {
            const auto& points = branch.points;
            for (std::size_t i = 0; i < points.size();) {
                std::size_t j = i;
                while (j < points.size() && test(points[j])) ++j;
                if (j > i && points[j - 1].arc_mm - points[i].arc_mm >= min_mm)
                    branch.flags.push_back({kind, points[i].arc_mm, points[j - 1].arc_mm, reason});
                i = std::max(j, i + 1);
            }
        };
        add_runs(BranchFlag::Kind::gap_bridged, 1.0,
                 "No visible lumen here; the course was bridged in a straight run.",
                 [&](const CenterlinePoint& p) {
                     return p.arc_mm > 2 * p.radius_mm && evidence.at(p.position_lps_mm) < weak_evidence;
                 });
        add_runs(BranchFlag::Kind::calcified, 0.5,
                 "Dense calcium; the lumen beside it may be measured too narrow or wide.",
                 [&](const CenterlinePoint& p) {
                     const Vec3 u = any_normal(p.tangent), v = cross(p.tangent, u);
                     double highest = sample_hu(volume, p.position_lps_mm);
                     for (int r = 0; r < 8; ++r) {
                         const double a = 2 * pi * r / 8;
                         highest = std::max(
                             highest, sample_hu(volume, p.position_lps_mm + p.radius_mm * (std::cos(a) * u +
                                                                                           std::sin(a) * v)));
                     }
                     return highest > calcium_hu;
                 });
    }
}

}  // namespace ctffr::imaging
