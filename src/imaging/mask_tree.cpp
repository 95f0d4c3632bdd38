// SPDX-License-Identifier: Apache-2.0
#include "imaging/mask_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "imaging/coronaries.hpp"
#include "imaging/fast_marching.hpp"

namespace ctffr::imaging {

namespace {

constexpr double max_voxels = 400e6;

bool is_coronary(std::uint8_t label, bool labelled) {
    if (!labelled) return label != 0;
    return label == static_cast<std::uint8_t>(Label::coronary_left) || label == static_cast<std::uint8_t>(Label::coronary_right);
}

// The mask on a grid of equal spacing around it, as a field that is positive inside.
ScalarGrid inside_field(const Segmentation& mask, bool labelled, const Run& run) {
    const ImageGeometry& g = mask.geometry;
    Volume one{g, std::vector<std::int16_t>(mask.labels.size()), {}, {}, {}};
    Box box{{1e30, 1e30, 1e30}, {-1e30, -1e30, -1e30}};
    for (int k = 0; k < g.size.z; ++k)
        for (int j = 0; j < g.size.y; ++j)
            for (int i = 0; i < g.size.x; ++i) {
                const auto at = as_size(g.offset(i, j, k));
                if (!is_coronary(mask.labels[at], labelled)) continue;
                one.hu[at] = 1000;
                const Vec3 p = g.lps_from_index({static_cast<double>(i), static_cast<double>(j), static_cast<double>(k)});
                for (int a = 0; a < 3; ++a) box.low[a] = std::min(box.low[a], p[a]), box.high[a] = std::max(box.high[a], p[a]);
            }
    if (box.low.x > box.high.x)
        throw Error(ExitCode::anatomy_not_found,
                    "The mask holds no coronary voxel: labels 1 (left) and 2 (right), or any non-zero value, are expected.");
    const double spacing = std::clamp(std::min({g.spacing_mm.x, g.spacing_mm.y, g.spacing_mm.z}), 0.25, 0.6);
    for (int a = 0; a < 3; ++a) box.low[a] -= 4 * spacing, box.high[a] += 4 * spacing;
    const ImageGeometry to = grid_geometry(box, spacing);
    if (static_cast<double>(to.size.count()) > max_voxels)
        throw Error(ExitCode::input_geometry, "The mask spans {} x {} x {} voxels of {:.2f} mm, more than can be handled: crop it to the heart.",
                    to.size.x, to.size.y, to.size.z, spacing);
    ScalarGrid field = resample(one, to, 1, run);
    field = gaussian(field, 0.6 * spacing, run);
    for (float& v : field.values) v = v < -500 ? -0.5f : v / 1000 - 0.5f;
    return field;
}

struct Component {
    Index root = -1;
    double voxels = 0;
    Vec3 middle;
    double left = 0;  // voxels labelled left minus right
};

double distance_to_aorta(const HeartFrame& heart, Vec3 p) {
    double best = 1e30;
    for (const AortaSection& s : heart.aorta) best = std::min(best, distance(s.center_lps_mm, p) - s.radius_mm);
    return best;
}

// The farthest voxels from each other along the component are its ends; the thicker one is the root.
Index thickest_end(const ImageGeometry& geometry, const Mask& mask, const std::vector<float>& depth, Index any, const Run& run) {
    std::vector<float> speed(mask.size());
    for (std::size_t i = 0; i < mask.size(); ++i) speed[i] = mask[i];
    const Front there = march(geometry, speed, {}, {any}, {}, run);
    const Index one = there.order.back();
    const Front back = march(geometry, speed, {}, {one}, {}, run);
    // Depth near an end: the largest within 6 mm of way.
    const auto thickness = [&](const Front& front) {
        float best = 0;
        for (std::int32_t v : front.order) {
            if (front.time[as_size(v)] > 6) break;
            best = std::max(best, depth[as_size(v)]);
        }
        return best;
    };
    const Index other = back.order.back();
    const Front from_other = march(geometry, speed, {}, {other}, {}, run);
    return thickness(from_other) > thickness(back) ? other : one;
}

}  // namespace

MaskPaths find_mask_paths(const Segmentation& mask, const HeartFrame& heart, const GrowthOptions& growth, const Run& run) {
    const auto problems = check(mask);
    if (!problems.empty()) throw Error(ExitCode::input_geometry, "The mask cannot be used: {}.", problems.front());
    const bool labelled = std::any_of(mask.labels.begin(), mask.labels.end(), [](std::uint8_t l) { return is_coronary(l, true); });
    MaskPaths result;
    run.progress("centerline: mask", 0.1);
    result.field = inside_field(mask, labelled, run);
    const ImageGeometry& g = result.field.geometry;
    Mask inside(result.field.values.size()), outside(inside.size());
    for (std::size_t i = 0; i < inside.size(); ++i) inside[i] = result.field.values[i] > 0, outside[i] = !inside[i];
    const auto depth = distance_to(g, outside, 8, run);
    const Components parts = connected_components(g.size, inside);
    std::vector<Component> components(parts.size.size());
    const ScalarGrid frame{mask.geometry, {}};
    for (std::size_t i = 0; i < inside.size(); ++i) {
        if (!inside[i]) continue;
        Component& c = components[static_cast<std::size_t>(parts.label[i])];
        const Vec3 p = result.field.position(static_cast<Index>(i));
        c.voxels += 1, c.middle += p;
        if (c.root < 0 || (!heart.aorta.empty() && distance_to_aorta(heart, p) < distance_to_aorta(heart, result.field.position(c.root))))
            c.root = static_cast<Index>(i);
        if (const Index v = frame.voxel_at(p); labelled && v >= 0) {
            const auto label = static_cast<Label>(mask.labels[as_size(v)]);
            c.left += label == Label::coronary_left ? 1 : (label == Label::coronary_right ? -1 : 0);
        }
    }
    run.progress("centerline: front", 0.4);
    // On the axis the speed is 1; half way to the wall it is an eighth.
    std::vector<float> speed(inside.size(), 0.0f), evidence(inside.size(), 0.0f), radius(inside.size(), 0.0f), none;
    for (std::size_t i = 0; i < inside.size(); ++i)
        if (inside[i]) speed[i] = static_cast<float>(std::pow(std::max(0.3, double{depth[i]}), 3)), evidence[i] = 1, radius[i] = depth[i];
    std::vector<Index> seeds;
    std::vector<Side> seed_side;
    for (std::size_t c = 1; c < components.size(); ++c) {
        Component& part = components[c];
        if (part.voxels * std::pow(g.spacing_mm.x, 3) < 10) {  // cubic mm: dust
            result.remarks.push_back(fmt::format("A piece of {:.1f} mm3 of the mask was left out.", part.voxels * std::pow(g.spacing_mm.x, 3)));
            continue;
        }
        Mask own(inside.size());
        for (std::size_t i = 0; i < own.size(); ++i) own[i] = parts.label[i] == static_cast<std::int32_t>(c);
        if (heart.aorta.empty()) part.root = thickest_end(g, own, depth, part.root, run);
        seeds.push_back(part.root);
        Side side = part.left >= 0 ? Side::left : Side::right;
        if (!labelled && !heart.aorta.empty()) {
            const Vec3 p = result.field.position(part.root);
            side = sinus_prior(heart, p, Side::left) >= sinus_prior(heart, p, Side::right) ? Side::left : Side::right;
        }
        seed_side.push_back(side);
    }
    if (seeds.empty()) throw Error(ExitCode::anatomy_not_found, "The mask holds no piece of at least 10 mm3.");
    const Front front = march(g, speed, {}, seeds, {}, run);
    GrowthOptions options = growth;
    options.min_radius_mm = 0;  // the user's mask says where vessels end
    result.paths = grow_paths(front, {evidence, radius, none, 0}, options, run);
    for (const GrownPath& path : result.paths) {
        if (path.parent >= 0) {
            result.side.push_back(result.side[as_size(path.parent)]);
            continue;
        }
        std::size_t nearest = 0;
        for (std::size_t s = 1; s < seeds.size(); ++s)
            if (distance(result.field.position(seeds[s]), path.line.front()) < distance(result.field.position(seeds[nearest]), path.line.front()))
                nearest = s;
        result.side.push_back(seed_side[nearest]);
        result.ostia.push_back({seed_side[nearest], path.line.front(), heart.aorta.empty() ? 0.5 : 1.0});
    }
    return result;
}

}  // namespace ctffr::imaging
