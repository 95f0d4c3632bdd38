// SPDX-License-Identifier: Apache-2.0
#include "imaging/chambers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ctffr/core/units.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "imaging/scan_model.hpp"

namespace ctffr::imaging {

namespace {

template <class Visit>
void for_neighbours(const Int3& n, Index voxel, const Visit& visit) {
    const Index dy = n.x, dz = Index{n.x} * n.y;
    const Index x = voxel % dy, y = voxel % dz / dy, z = voxel / dz;
    if (x > 0) visit(voxel - 1);
    if (x + 1 < n.x) visit(voxel + 1);
    if (y > 0) visit(voxel - dy);
    if (y + 1 < n.y) visit(voxel + dy);
    if (z > 0) visit(voxel - dz);
    if (z + 1 < n.z) visit(voxel + dz);
}

int find_root(std::vector<int>& parent, int a) {
    while (parent[static_cast<std::size_t>(a)] != a) {
        parent[static_cast<std::size_t>(a)] =
            parent[static_cast<std::size_t>(parent[static_cast<std::size_t>(a)])];
        a = parent[static_cast<std::size_t>(a)];
    }
    return a;
}

Mask complement(const Mask& mask) {
    Mask other(mask.size());
    for (std::size_t i = 0; i < mask.size(); ++i) other[i] = !mask[i];
    return other;
}

}  // namespace

Regions part_at_necks(const ImageGeometry& geometry, const Mask& mask, double depth_mm, double reach_mm,
                      const Run& run) {
    Regions result;
    result.depth_mm = distance_to(geometry, complement(mask), reach_mm, run);
    result.label.assign(mask.size(), 0);
    std::vector<std::int32_t> order;
    for (std::size_t i = 0; i < mask.size(); ++i)
        if (mask[i]) order.push_back(static_cast<std::int32_t>(i));
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
        return result.depth_mm[static_cast<std::size_t>(a)] > result.depth_mm[static_cast<std::size_t>(b)];
    });
    std::vector<int> parent{0};
    std::vector<double> peak{0};
    for (std::int32_t voxel : order) {
        const auto at = static_cast<std::size_t>(voxel);
        const double depth = result.depth_mm[at];
        int best = 0;  // the neighbouring region with the highest peak takes the voxel
        for_neighbours(geometry.size, voxel, [&](Index other) {
            if (result.label[as_size(other)] == 0) return;
            const int region = find_root(parent, result.label[as_size(other)]);
            if (best == 0 || region == best) {
                best = region;
                return;
            }
            int high = best, low = region;
            if (peak[static_cast<std::size_t>(low)] > peak[static_cast<std::size_t>(high)])
                std::swap(high, low);
            if (peak[static_cast<std::size_t>(low)] - depth < depth_mm)
                parent[static_cast<std::size_t>(low)] = high;
            best = high;
        });
        if (best == 0) {
            best = static_cast<int>(parent.size());
            parent.push_back(best);
            peak.push_back(depth);
        }
        result.label[at] = best;
    }
    std::vector<int> number(parent.size(), 0);
    for (std::int32_t voxel : order) {
        auto& label = result.label[static_cast<std::size_t>(voxel)];
        const int region = find_root(parent, label);
        if (number[static_cast<std::size_t>(region)] == 0)
            number[static_cast<std::size_t>(region)] = ++result.count;
        label = number[static_cast<std::size_t>(region)];
    }
    return result;
}

namespace {

// The section of the aorta nearest to a point: its index and the distance to the axis there.
struct OnAxis {
    std::size_t section = 0;
    double off_axis_mm = 0, above_annulus_mm = 0;
};
OnAxis on_axis(const AorticRoot& root, Vec3 p) {
    OnAxis result;
    double best = 1e30;
    for (std::size_t i = 0; i < root.sections.size(); ++i)
        if (const double d = distance(p, root.sections[i].center_lps_mm); d < best)
            best = d, result.section = i;
    const std::size_t next = std::min(result.section + 4, root.sections.size() - 1);
    const std::size_t last = result.section > 4 ? result.section - 4 : 0;
    const Vec3 axis = normalized(root.sections[next].center_lps_mm - root.sections[last].center_lps_mm);
    const Vec3 d = p - root.sections[result.section].center_lps_mm;
    result.off_axis_mm = norm(d - dot(d, axis) * axis);
    result.above_annulus_mm = dot(p - root.sections.front().center_lps_mm, axis);
    return result;
}

struct RegionFacts {
    double voxels = 0, in_aorta = 0, shell = 0, shell_muscle = 0;
    Vec3 middle;
};

class ChamberFinder {
   public:
    ChamberFinder(const ScalarGrid& grid, const AorticRoot& root, const ScanModel& scan, const Run& run)
        : grid_(grid), root_(root), scan_(scan), run_(run) {
        result_.geometry = grid.geometry;
        result_.labels.assign(grid.values.size(), 0);
        result_.myocardium_hu = scan.myocardium_hu;
    }

    Chambers find() {
        const double level = 0.5 * (scan_.blood_hu + scan_.myocardium_hu);
        Mask bright(grid_.values.size());
        for (std::size_t i = 0; i < bright.size(); ++i) bright[i] = grid_.values[i] > level;
        result_.blood = opened(grid_.geometry, bright, 3.5, run_);
        regions_ = part_at_necks(grid_.geometry, result_.blood, 2.0, 30.0, run_);
        measure_regions();
        label_aorta();
        if (const int lv = choose_lv(); lv > 0) label_lv(lv);
        return std::move(result_);
    }

   private:
    bool is_tissue(double hu) const {
        return hu > 0.5 * (scan_.myocardium_hu + scan_.fat_hu) &&
               hu < scan_.myocardium_hu + 0.35 * (scan_.blood_hu - scan_.myocardium_hu);
    }

    void measure_regions() {
        facts_.assign(static_cast<std::size_t>(regions_.count) + 1, {});
        // Muscle at least 5 mm thick: the walls of atria and great vessels are not.
        Mask tissue(grid_.values.size());
        for (std::size_t i = 0; i < tissue.size(); ++i) tissue[i] = is_tissue(grid_.values[i]);
        thick_ = opened(grid_.geometry, tissue, 2.5, run_);
        const auto near_blood = distance_to(grid_.geometry, result_.blood, 6.0, run_);
        for (std::size_t i = 0; i < tissue.size(); ++i) {
            const auto voxel = static_cast<Index>(i);
            if (const int region = regions_.label[i]; region > 0) {
                RegionFacts& f = facts_[static_cast<std::size_t>(region)];
                const Vec3 p = grid_.position(voxel);
                f.voxels += 1;
                f.middle += p;
                const OnAxis at = on_axis(root_, p);
                if (at.off_axis_mm < 1.25 * root_.sections[at.section].radius_mm + 1 &&
                    at.above_annulus_mm > -2 &&
                    distance(p, root_.sections[at.section].center_lps_mm) <
                        1.5 * root_.sections[at.section].radius_mm)
                    f.in_aorta += 1;
            }
        }
        for (RegionFacts& f : facts_)
            if (f.voxels > 0) f.middle = f.middle / f.voxels;
        // The shell 3 to 5 mm outside each region: how much of it is thick muscle.
        owner_ = nearest_region(near_blood);
        for (std::size_t i = 0; i < tissue.size(); ++i) {
            if (near_blood[i] < 3 || near_blood[i] > 5 || owner_[i] == 0) continue;
            RegionFacts& f = facts_[static_cast<std::size_t>(owner_[i])];
            f.shell += 1, f.shell_muscle += thick_[i];
        }
    }

    // Label of the region a voxel outside the blood is nearest to, by growing layer after layer up to 6 mm.
    std::vector<std::int32_t> nearest_region(const std::vector<float>& near_blood) const {
        std::vector<std::int32_t> owner = regions_.label;
        std::vector<Index> layer, next;
        for (std::size_t i = 0; i < owner.size(); ++i)
            if (owner[i]) layer.push_back(static_cast<Index>(i));
        while (!layer.empty()) {
            next.clear();
            for (Index v : layer)
                for_neighbours(grid_.geometry.size, v, [&](Index o) {
                    if (owner[as_size(o)] != 0 || near_blood[as_size(o)] >= 6) return;
                    owner[as_size(o)] = owner[as_size(v)];
                    next.push_back(o);
                });
            layer.swap(next);
        }
        return owner;
    }

    void label_aorta() {
        std::vector<bool> aorta(facts_.size(), false);
        for (std::size_t r = 1; r < facts_.size(); ++r)
            aorta[r] = facts_[r].in_aorta > 0.4 * facts_[r].voxels;
        for (std::size_t i = 0; i < result_.labels.size(); ++i) {
            const int region = regions_.label[i];
            if (region == 0) continue;
            const OnAxis at = on_axis(root_, grid_.position(static_cast<Index>(i)));
            const double radius = root_.sections[at.section].radius_mm;
            const bool inside = at.above_annulus_mm > 0 && at.off_axis_mm < 1.05 * radius &&
                                distance(grid_.position(static_cast<Index>(i)),
                                         root_.sections[at.section].center_lps_mm) < 1.3 * radius;
            if (inside || (aorta[static_cast<std::size_t>(region)] && at.above_annulus_mm > 0 &&
                           at.off_axis_mm < 1.7 * radius))
                result_.labels[i] = static_cast<std::uint8_t>(Label::aorta);
        }
    }

    int choose_lv() const {
        int best = 0;
        double best_score = 0;
        for (std::size_t r = 1; r < facts_.size(); ++r) {
            const RegionFacts& f = facts_[r];
            const double volume_ml = f.voxels * std::pow(grid_.spacing_mm(), 3) / 1000;
            if (f.in_aorta > 0.4 * f.voxels || volume_ml < 25 || f.shell < 100) continue;
            // The LV lies below the root, and its wall is thick muscle all round.
            const double below = dot(root_.sections.front().center_lps_mm - f.middle, root_.axis);
            const double contact = f.shell_muscle / f.shell;
            if (below < 0 || distance(f.middle, root_.sections.front().center_lps_mm) > 110 || contact < 0.4)
                continue;
            const double score = contact * contact * std::min(volume_ml, 150.0);
            if (score > best_score) best_score = score, best = static_cast<int>(r);
        }
        return best;
    }

    void label_lv(int lv) {
        const auto n = grid_.values.size();
        Mask cavity(n);
        for (std::size_t i = 0; i < n; ++i)
            cavity[i] =
                regions_.label[i] == lv && result_.labels[i] != static_cast<std::uint8_t>(Label::aorta);
        // Papillary muscles and trabeculae count as cavity: closing with a 4 mm ball.
        const Mask wide = dilated(grid_.geometry, cavity, 4, run_);
        const auto to_outside = distance_to(grid_.geometry, complement(wide), 5, run_);
        for (std::size_t i = 0; i < n; ++i)
            if (to_outside[i] > 4 && result_.labels[i] == 0) cavity[i] = 1;
        set_axis(cavity, lv);
        measure_wall(cavity);
    }

    void set_axis(const Mask& cavity, int lv) {
        // The base is where the other pools begin: the passes to the atrium and to the aorta.
        Vec3 pass, middle;
        double passes = 0, voxels = 0;
        for (std::size_t i = 0; i < cavity.size(); ++i) {
            if (!cavity[i]) continue;
            middle += grid_.position(static_cast<Index>(i)), voxels += 1;
            for_neighbours(grid_.geometry.size, static_cast<Index>(i), [&](Index o) {
                const int other = regions_.label[as_size(o)];
                if (cavity[as_size(o)] || other == 0 || (other == lv && result_.labels[as_size(o)] == 0))
                    return;
                pass += grid_.position(static_cast<Index>(i)), passes += 1;
            });
        }
        middle = middle / voxels;
        pass = passes > 20 ? pass / passes : root_.sections.front().center_lps_mm;
        Vec3 axis = normalized(middle - pass);
        double far = 0;
        // Two rounds: the farthest part of the cavity along the axis gives a better axis.
        for (int round = 0; round < 3; ++round) {
            std::vector<double> along;
            for (std::size_t i = 0; i < cavity.size(); ++i)
                if (cavity[i]) along.push_back(dot(grid_.position(static_cast<Index>(i)) - pass, axis));
            far = quantile_of(along, 0.98);
            Vec3 tip;
            double tips = 0;
            for (std::size_t i = 0; i < cavity.size(); ++i)
                if (cavity[i] && dot(grid_.position(static_cast<Index>(i)) - pass, axis) > far)
                    tip += grid_.position(static_cast<Index>(i)), tips += 1;
            if (tips < 1) break;
            axis = normalized(0.5 * normalized(tip / tips - pass) + 0.5 * normalized(tip / tips - middle));
        }
        axis_ = axis;
        // The base plane is the middle of the passes along the axis; the line runs through the middle of the
        // cavity.
        const double base_along = dot(pass - middle, axis);
        result_.lv_base_lps_mm = middle + base_along * axis;
        double end = 0;
        for (std::size_t i = 0; i < cavity.size(); ++i)
            if (cavity[i]) end = std::max(end, dot(grid_.position(static_cast<Index>(i)) - middle, axis));
        cavity_end_lps_mm_ = middle + end * axis;
    }

    // Bins of directions around the cavity, as seen from the LV axis: 8 heights times 24 angles.
    static constexpr int heights = 10, angles = 24;
    int bin_of(Vec3 p) const {
        const double length = dot(cavity_end_lps_mm_ - result_.lv_base_lps_mm, axis_);
        const Vec3 d = p - result_.lv_base_lps_mm;
        const double along = std::clamp(dot(d, axis_) / std::max(length, 1.0), 0.0, 1.19) / 1.2;
        const Vec3 u = any_normal(axis_), v = cross(axis_, u);
        const double angle = std::atan2(dot(d, v), dot(d, u)) + pi;
        return static_cast<int>(along * heights) * angles +
               std::min(angles - 1, static_cast<int>(angle / (2 * pi) * angles));
    }

    // Wall thickness by rays from the endocardium outward; rays that end in fat, lung or bright blood are
    // clear, those that run on in tissue of the same brightness (unenhanced right ventricle, liver) take the
    // median of the others.
    void measure_wall(const Mask& cavity) {
        const auto n = grid_.values.size();
        const auto outward = distance_to(grid_.geometry, cavity, 24, run_);
        std::vector<double> muscle;
        for (std::size_t i = 0; i < n; ++i)
            if (outward[i] > 3 && outward[i] < 6 && thick_[i]) muscle.push_back(grid_.values[i]);
        if (muscle.size() > 200) result_.myocardium_hu = median_of(muscle);
        std::vector<std::vector<double>> thickness(static_cast<std::size_t>(heights * angles));
        std::vector<double> all;
        const double h = grid_.spacing_mm();
        const double fat_edge = 0.5 * (result_.myocardium_hu + scan_.fat_hu);
        const double blood_edge = 0.5 * (result_.myocardium_hu + scan_.blood_hu);
        for (std::size_t i = 0; i < n; ++i) {
            if (cavity[i] || outward[i] > 1.01 * h) continue;
            const Vec3 p = grid_.position(static_cast<Index>(i));
            if (dot(p - result_.lv_base_lps_mm, axis_) < 8) continue;
            const Vec3 along = dot(p - result_.lv_base_lps_mm, axis_) * axis_;
            Vec3 out = p - result_.lv_base_lps_mm - along;
            // Towards the apex the wall faces more and more along the axis.
            const double length = dot(cavity_end_lps_mm_ - result_.lv_base_lps_mm, axis_);
            const double rise = std::clamp((norm(along) - 0.45 * length) / (0.55 * length), 0.0, 1.0);
            out = normalized(normalized(out) + 2 * rise * rise * axis_);
            for (double t = 2; t < 22; t += 0.5) {
                const double value = grid_.at(p + t * out);
                if (value > fat_edge && value < blood_edge) continue;
                thickness[static_cast<std::size_t>(bin_of(p))].push_back(t);
                all.push_back(t);
                break;
            }
        }
        if (all.size() < 100) return;
        // The free wall: the lower half of the clear thicknesses keeps out rays that ran through other
        // muscle.
        result_.wall_mm = quantile_of(all, 0.4);
        const double lowest = 0.5 * result_.wall_mm, highest = 1.5 * result_.wall_mm;
        std::vector<double> wall(thickness.size(), result_.wall_mm);
        for (std::size_t b = 0; b < wall.size(); ++b)
            if (thickness[b].size() >= 4)
                if (const double t = median_of(thickness[b]); t <= highest) wall[b] = std::max(lowest, t);
        label_muscle(cavity, outward, wall, fat_edge, blood_edge);
    }

    void label_muscle(const Mask& cavity, const std::vector<float>& outward, const std::vector<double>& wall,
                      double fat_edge, double blood_edge) {
        double voxels = 0, apex_along = 0;
        for (std::size_t i = 0; i < cavity.size(); ++i) {
            if (cavity[i]) {
                result_.labels[i] = static_cast<std::uint8_t>(Label::lv_cavity);
                continue;
            }
            if (outward[i] > 22 || result_.blood[i] || result_.labels[i] != 0) continue;
            const Vec3 p = grid_.position(static_cast<Index>(i));
            const double along = dot(p - result_.lv_base_lps_mm, axis_);
            if (along < 0 || grid_.values[i] < fat_edge || grid_.values[i] > blood_edge) continue;
            if (outward[i] > wall[static_cast<std::size_t>(bin_of(p))] + 0.5 * grid_.spacing_mm()) continue;
            result_.labels[i] = static_cast<std::uint8_t>(Label::lv_myocardium);
            voxels += 1;
            const Vec3 side = p - result_.lv_base_lps_mm - along * axis_;
            if (norm(side) < 8) apex_along = std::max(apex_along, along);
        }
        result_.lv_mass_g = voxels * std::pow(grid_.spacing_mm(), 3) * muscle_g_per_mm3;
        result_.lv_apex_lps_mm = result_.lv_base_lps_mm + apex_along * axis_;
        result_.lv_found = result_.lv_mass_g > 20;
    }

    const ScalarGrid& grid_;
    const AorticRoot& root_;
    const ScanModel& scan_;
    const Run& run_;
    Chambers result_;
    Regions regions_;
    std::vector<RegionFacts> facts_;
    std::vector<std::int32_t> owner_;
    Mask thick_;
    Vec3 axis_, cavity_end_lps_mm_;
};

}  // namespace

Chambers find_chambers(const ScalarGrid& grid, const AorticRoot& root, const ScanModel& scan,
                       const Run& run) {
    return ChamberFinder(grid, root, scan, run).find();
}

}  // namespace ctffr::imaging
