// SPDX-License-Identifier: Apache-2.0
#include "imaging/coronaries.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ctffr/core/units.hpp"
#include "imaging/smoothing.hpp"

namespace ctffr::imaging {

Box heart_box(const HeartFrame& heart, const Box& image) {
    const Vec3 root = heart.root_center_lps_mm;
    Box box{root - Vec3{75, 75, 95}, root + Vec3{80, 75, 30}};
    if (heart.lv_found)
        for (const Vec3 p : {heart.lv_apex_lps_mm, heart.lv_base_lps_mm})
            for (int a = 0; a < 3; ++a) {
                const double room = p == heart.lv_apex_lps_mm ? 30 : 60;
                box.low[a] = std::min(box.low[a], p[a] - room),
                box.high[a] = std::max(box.high[a], p[a] + room);
            }
    box.high.z = std::min(box.high.z, root.z + 35);
    for (int a = 0; a < 3; ++a) {
        box.low[a] = std::max(box.low[a], image.low[a]);
        box.high[a] = std::max(std::min(box.high[a], image.high[a]), box.low[a] + 5);
    }
    return box;
}

double sinus_prior(const HeartFrame& heart, Vec3 ostium, Side side) {
    double best = 1e30;
    Vec3 center = heart.root_center_lps_mm;
    for (const AortaSection& s : heart.aorta)
        if (const double d = distance(s.center_lps_mm, ostium); d < best) best = d, center = s.center_lps_mm;
    const double azimuth = side == Side::left ? 20 * pi / 180 : -100 * pi / 180;
    const Vec3 d = ostium - center, across = normalized(d - dot(d, heart.aorta_axis) * heart.aorta_axis);
    const Vec3 wanted{std::cos(azimuth), std::sin(azimuth), 0};
    // 1 up to 30 degrees off, 0 from 90 degrees.
    const double off = std::acos(std::clamp(
        dot(across, normalized(wanted - dot(wanted, heart.aorta_axis) * heart.aorta_axis)), -1.0, 1.0));
    return std::clamp((pi / 2 - off) / (pi / 3), 0.0, 1.0);
}

namespace {

struct Pools {
    Mask blocked;              // chambers and great vessels
    std::vector<Index> seeds;  // aortic surface at the height of the ostia
};

// Large pools of blood, and the wall of the aorta between the annulus and a little above the sinotubular
// junction.
Pools find_pools(const ScalarGrid& image, const Segmentation& labels, const HeartFrame& heart,
                 const ScanModel& scan, const CoronaryOptions& options, const Run& run) {
    Pools pools;
    const double level = scan.myocardium_hu + 0.3 * (scan.blood_hu - scan.myocardium_hu);
    Mask bright(image.values.size());
    for (std::size_t i = 0; i < bright.size(); ++i) bright[i] = image.values[i] > level;
    pools.blocked = opened(image.geometry, bright, options.chamber_ball_mm, run);
    const ScalarGrid frame{labels.geometry, {}};
    const Vec3 annulus = heart.aorta.empty() ? heart.root_center_lps_mm : heart.aorta.front().center_lps_mm;
    const double sinus = dot(heart.root_center_lps_mm - annulus, heart.aorta_axis);
    const Int3 n = image.geometry.size;
    const Index dy = n.x, dz = Index{n.x} * n.y;
    for (int k = 1; k + 1 < n.z; ++k)
        for (int j = 1; j + 1 < n.y; ++j)
            for (int i = 1; i + 1 < n.x; ++i) {
                const Index v = image.geometry.offset(i, j, k);
                if (!pools.blocked[as_size(v)]) continue;
                const bool surface = !pools.blocked[as_size(v - 1)] || !pools.blocked[as_size(v + 1)] ||
                                     !pools.blocked[as_size(v - dy)] || !pools.blocked[as_size(v + dy)] ||
                                     !pools.blocked[as_size(v - dz)] || !pools.blocked[as_size(v + dz)];
                if (!surface) continue;
                const Vec3 p = image.position(v);
                const double height = dot(p - annulus, heart.aorta_axis);
                if (height < 1 || height > sinus + 25) continue;
                const Index at = frame.voxel_at(p);
                if (at >= 0 && labels.labels[as_size(at)] == static_cast<std::uint8_t>(Label::aorta))
                    pools.seeds.push_back(v);
            }
    return pools;
}

// The front leaves the aorta at the nearest edge of an ostium. The axis of the vessel is found a few
// millimetres on: its straight line back to the aortic wall replaces the first stretch.
void straighten_start(GrownPath& path, const ScalarGrid& frame, const Mask& blocked) {
    constexpr double from_mm = 3.5, to_mm = 7.5, reach_mm = 6, step_mm = 0.1;
    auto line = resampled(path.line, 0.25);
    const auto from = static_cast<std::size_t>(from_mm / 0.25), to = static_cast<std::size_t>(to_mm / 0.25);
    if (line.size() < 2 * to) return;
    const Vec3 back = normalized(line[from] - line[to]);
    for (double t = 0; t < reach_mm; t += step_mm) {
        const Index voxel = frame.voxel_at(line[from] + t * back);
        if (voxel < 0) return;
        if (!blocked[as_size(voxel)]) continue;
        std::vector<Vec3> start{line[from] + t * back, line[from]};
        if (t < 0.5) return;
        start.insert(start.end(), line.begin() + static_cast<std::ptrdiff_t>(from) + 1, line.end());
        path.line = resampled(start, 0.25);
        return;
    }
}

// A root path with everything below it.
struct Candidate {
    std::size_t path = 0;
    double length_mm = 0, evidence = 0;
    Vec3 ostium;
    double prior[2] = {0, 0};  // left, right
    double score(Side side) const {
        return std::min(length_mm, 250.0) * evidence * prior[side == Side::left ? 0 : 1];
    }
};

std::vector<Candidate> candidates_of(const std::vector<GrownPath>& paths, const HeartFrame& heart) {
    std::vector<Candidate> result;
    std::vector<std::size_t> root_of(paths.size());
    std::vector<double> length(paths.size(), 0), evidence(paths.size(), 0);
    for (std::size_t p = 0; p < paths.size(); ++p) {
        root_of[p] = paths[p].parent < 0 ? p : root_of[as_size(paths[p].parent)];
        const double l = length_of(paths[p].line);
        length[root_of[p]] += l, evidence[root_of[p]] += l * paths[p].evidence;
    }
    for (std::size_t p = 0; p < paths.size(); ++p) {
        if (paths[p].parent >= 0) continue;
        Candidate c{p, length[p], evidence[p] / std::max(length[p], 1e-9), paths[p].line.front(), {}};
        c.prior[0] = sinus_prior(heart, c.ostium, Side::left),
        c.prior[1] = sinus_prior(heart, c.ostium, Side::right);
        result.push_back(c);
    }
    return result;
}

// The best left and the best right tree, and a second left one where LAD and LCX leave the aorta side by
// side.
std::vector<std::pair<std::size_t, Side>> choose_roots(const std::vector<Candidate>& all,
                                                       const CoronaryOptions& options,
                                                       std::vector<std::string>& remarks) {
    std::vector<std::pair<std::size_t, Side>> chosen;
    for (Side side : {Side::left, Side::right}) {
        const Candidate* best = nullptr;
        for (const Candidate& c : all) {
            const Side other = side == Side::left ? Side::right : Side::left;
            if (c.length_mm < options.min_tree_mm || c.score(side) <= 0 || c.score(side) < c.score(other))
                continue;
            if (!best || c.score(side) > best->score(side)) best = &c;
        }
        if (!best) {
            remarks.push_back(
                fmt::format("No {} coronary ostium was found.", side == Side::left ? "left" : "right"));
            continue;
        }
        chosen.emplace_back(best->path, side);
        if (side == Side::right) continue;
        const Candidate* second = nullptr;
        for (const Candidate& c : all)
            if (c.path != best->path && c.length_mm > 40 &&
                distance(c.ostium, best->ostium) < options.second_ostium_mm &&
                c.score(Side::left) > c.score(Side::right) &&
                (!second || c.score(Side::left) > second->score(Side::left)))
                second = &c;
        if (second) {
            chosen.emplace_back(second->path, side);
            remarks.push_back(
                "Two left ostia were found side by side: LAD and LCX seem to leave the aorta separately.");
        }
    }
    return chosen;
}

}  // namespace

CoronaryPaths find_coronaries(const Volume& volume, const Segmentation& labels, const HeartFrame& heart,
                              const ScanModel& scan, const CoronaryOptions& options, const Run& run) {
    CoronaryPaths result;
    run.progress("centerline: heart box", 0.0);
    const Box box = heart_box(heart, bounding_box(volume.geometry));
    const ScalarGrid image = resample(volume, grid_geometry(box, options.roi_spacing_mm), 1, run);
    const Pools pools = find_pools(image, labels, heart, scan, options, run);
    if (pools.seeds.empty())
        throw Error(ExitCode::anatomy_not_found,
                    "The wall of the aortic root was not found in the segmentation: check the aorta label.");
    run.progress("centerline: vessels", 0.2);
    Vesselness vessels = find_vessels(image, pools.blocked, scan, options.vesselness, run);
    run.progress("centerline: front", 0.6);
    FrontLimits limits;
    limits.strong_evidence = options.growth.tip_evidence;
    limits.max_gap_mm = options.growth.max_gap_mm;
    const Front front = march(image.geometry, vessels.speed, vessels.evidence, pools.seeds, limits, run);
    const auto grown = grow_paths(front, {vessels.evidence, vessels.radius_mm}, options.growth, run);
    const auto candidates = candidates_of(grown, heart);
    for (const Candidate& c : candidates)
        run.debug(
            "ostium candidate at ({:.1f}, {:.1f}, {:.1f}): {:.0f} mm, evidence {:.2f}, prior left {:.2f} "
            "right {:.2f}",
            c.ostium.x, c.ostium.y, c.ostium.z, c.length_mm, c.evidence, c.prior[0], c.prior[1]);
    const auto chosen = choose_roots(candidates, options, result.remarks);
    if (chosen.empty())
        throw Error(
            ExitCode::anatomy_not_found,
            "No coronary artery of at least {} mm leaves the aortic root ({} candidates): check contrast and "
            "coverage of the image.",
            options.min_tree_mm, candidates.size());
    // Keep the paths below the chosen roots, with their numbers made dense.
    std::vector<int> number(grown.size(), -1);
    for (std::size_t p = 0; p < grown.size(); ++p) {
        const auto root =
            std::find_if(chosen.begin(), chosen.end(), [&](const auto& c) { return c.first == p; });
        if (grown[p].parent < 0 ? root == chosen.end() : number[as_size(grown[p].parent)] < 0) continue;
        number[p] = static_cast<int>(result.paths.size());
        GrownPath path = grown[p];
        if (path.parent >= 0) path.parent = number[as_size(path.parent)];
        if (path.parent < 0) straighten_start(path, {image.geometry, {}}, pools.blocked);
        result.side.push_back(path.parent < 0 ? root->second : result.side[as_size(path.parent)]);
        if (path.parent < 0)
            result.ostia.push_back(
                {root->second, path.line.front(), sinus_prior(heart, path.line.front(), root->second)});
        result.paths.push_back(std::move(path));
    }
    result.evidence = {image.geometry, std::move(vessels.evidence)};
    return result;
}

}  // namespace ctffr::imaging
