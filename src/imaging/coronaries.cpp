// SPDX-License-Identifier: Apache-2.0
#include "imaging/coronaries.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "imaging/coronary_roots.hpp"
#include "imaging/denoise.hpp"
#include "imaging/far_pieces.hpp"
#include "imaging/heart_guidance.hpp"
#include "imaging/ostium.hpp"
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
    Mask blocked;  // chambers and great vessels
    std::vector<Index>
        aorta;                // voxels of the root and the lowest ascending aorta, at the height of the ostia
    std::vector<Index> core;  // those near its axis
};

// The aortic section nearest to a point, and the distance of the point to the axis.
struct AxisPlace {
    double off_axis_mm = 0, radius_mm = 0, height_mm = 0;  // height above the annulus
};
AxisPlace place_of(const HeartFrame& heart, Vec3 p) {
    AxisPlace place;
    double best = 1e30;
    for (const AortaSection& s : heart.aorta) {
        const Vec3 d = p - s.center_lps_mm;
        if (dot(d, d) >= best) continue;
        best = dot(d, d);
        place.off_axis_mm = norm(d - dot(d, heart.aorta_axis) * heart.aorta_axis);
        place.radius_mm = s.radius_mm;
    }
    place.height_mm = dot(p - heart.aorta.front().center_lps_mm, heart.aorta_axis);
    return place;
}

// Blood that holds a ball is no coronary artery. Near the root, where a wide left main may leave, the ball is
// larger.
Mask large_pools(const ScalarGrid& image, const HeartFrame& heart, const ScanModel& scan,
                 const CoronaryOptions& options, const Run& run) {
    const double level = scan.myocardium_hu + 0.3 * (scan.blood_hu - scan.myocardium_hu);
    Mask bright(image.values.size());
    for (std::size_t i = 0; i < bright.size(); ++i) bright[i] = image.values[i] > level;
    Mask pools = opened(image.geometry, bright, options.chamber_ball_mm, run);
    const Mask at_root = opened(image.geometry, bright, options.root_ball_mm, run);
    for (std::size_t i = 0; i < pools.size(); ++i) {
        if (pools[i] == at_root[i]) continue;
        const AxisPlace place = place_of(heart, image.position(static_cast<Index>(i)));
        if (place.height_mm > -5 && place.off_axis_mm < place.radius_mm + 22) pools[i] = at_root[i];
    }
    return pools;
}

// Crevices between trabeculae and the thin rims of chambers hold no ball: bright voxels that hang together
// with a pool over at most `reach_mm` belong to it. The surroundings of the ostia are left alone.
void fill_crevices(const ScalarGrid& image, const HeartFrame& heart, const ScanModel& scan, double reach_mm,
                   Mask& pools) {
    const double level = 0.5 * (scan.blood_hu + scan.myocardium_hu);
    const Int3 n = image.geometry.size;
    const Index dy = n.x, dz = Index{n.x} * n.y, count = n.count();
    std::vector<Index> layer, next;
    for (Index v = 0; v < count; ++v) {
        if (!pools[as_size(v)]) continue;
        const Index neighbours[6] = {v - 1, v + 1, v - dy, v + dy, v - dz, v + dz};
        const bool surface = std::any_of(neighbours, neighbours + 6,
                                         [&](Index o) { return o >= 0 && o < count && !pools[as_size(o)]; });
        if (!surface) continue;
        const AxisPlace place = place_of(heart, image.position(v));
        if (place.height_mm < -3 || place.off_axis_mm > place.radius_mm + 8) layer.push_back(v);
    }
    const int layers = static_cast<int>(reach_mm / image.spacing_mm());
    for (int step = 0; step < layers && !layer.empty(); ++step) {
        next.clear();
        for (Index v : layer)
            for (const Index o : {v - 1, v + 1, v - dy, v + dy, v - dz, v + dz}) {
                if (o < 0 || o >= count || pools[as_size(o)] || image.values[as_size(o)] < level) continue;
                pools[as_size(o)] = 1;
                next.push_back(o);
            }
        layer.swap(next);
    }
}

// Large pools of blood, and of them the aorta from the annulus to a little above the sinotubular junction.
Pools find_pools(const ScalarGrid& image, const Segmentation& labels, const HeartFrame& heart,
                 const ScanModel& scan, const CoronaryOptions& options, const Run& run) {
    Pools pools;
    pools.blocked = large_pools(image, heart, scan, options, run);
    fill_crevices(image, heart, scan, options.crevice_mm, pools.blocked);
    const ScalarGrid frame{labels.geometry, {}};
    const double sinus = dot(heart.root_center_lps_mm - heart.aorta.front().center_lps_mm, heart.aorta_axis);
    for (std::size_t i = 0; i < pools.blocked.size(); ++i) {
        if (!pools.blocked[i]) continue;
        const Vec3 p = image.position(static_cast<Index>(i));
        const double height = dot(p - heart.aorta.front().center_lps_mm, heart.aorta_axis);
        if (height < 1 || height > sinus + 25) continue;
        const Index at = frame.voxel_at(p);
        if (at < 0 || labels.labels[as_size(at)] != static_cast<std::uint8_t>(Label::aorta)) continue;
        pools.aorta.push_back(static_cast<Index>(i));
        const AxisPlace place = place_of(heart, p);
        if (place.off_axis_mm < 0.5 * place.radius_mm) pools.core.push_back(static_cast<Index>(i));
    }
    return pools;
}

// The front starts at the axis of the aorta and crosses its blood at full speed, so that it leaves through
// the middle of an ostium; the way back then ends at the aortic wall.
Front march_from_aorta(const Pools& pools, Vesselness& vessels, const GrowthOptions& growth,
                       const Mask* crossing, const Run& run) {
    for (Index v : pools.aorta) vessels.speed[as_size(v)] = 1, vessels.evidence[as_size(v)] = 1;
    FrontLimits limits;
    limits.strong_evidence = growth.tip_evidence;
    limits.max_gap_mm = growth.max_gap_mm;
    limits.crossing = crossing, limits.max_crossing_mm = growth.max_crossing_mm;
    Front front = march(vessels.geometry, vessels.speed, vessels.evidence, pools.core, limits, run);
    for (Index v : pools.aorta) front.time[as_size(v)] = 0, vessels.evidence[as_size(v)] = 0;
    return front;
}

// HU smoothed a little, for the brightness of the blood along a path.
constexpr double blood_smoothing_mm = 0.5;

// Gaussian blur of that image: point spread of the scan, reading between voxels, and the smoothing.
double blur_sigma_mm(const ScanModel& scan, double spacing_mm) {
    constexpr double fwhm_per_sigma = 2.354820045, usual_fwhm_mm = 0.7;
    const bool known = scan.psf_fwhm_xy_mm > 0.2 && scan.psf_fwhm_z_mm > 0.2;
    const double fwhm = known ? (2 * scan.psf_fwhm_xy_mm + scan.psf_fwhm_z_mm) / 3 : usual_fwhm_mm;
    return std::sqrt(fwhm * fwhm / (fwhm_per_sigma * fwhm_per_sigma) + spacing_mm * spacing_mm / 6 +
                     blood_smoothing_mm * blood_smoothing_mm);
}

// An artery that is not seen is followed faster than tissue, and slower than what is seen.
void open_crossings(const Mask& crossing, Vesselness& vessels) {
    constexpr float speed = 0.2f;
    for (std::size_t v = 0; v < crossing.size(); ++v)
        if (crossing[v] && vessels.speed[v] > 0) vessels.speed[v] = std::max(vessels.speed[v], speed);
}

// Searches again where the network sees arteries that no path follows; what it finds counts when more of them
// is followed then.
template <class Search>
void search_farther(const HeartMaps& maps, const ImageGeometry& geometry, Vesselness& vessels,
                    const Search& search, Trees& trees, const Run& run) {
    const FarPieceOptions options;
    const std::vector<Crossing> crossings =
        crossings_to_far_pieces(maps, trees.paths, trees.side, options, run);
    if (crossings.empty()) return;
    const Mask crossing = mask_of(crossings, geometry);
    open_crossings(crossing, vessels);
    Trees farther;
    try {
        farther = search(&crossing);
    } catch (const Error& error) {
        if (error.code() != ExitCode::anatomy_not_found) throw;
        return;  // the first search stands
    }
    const double before_mm3 = far_volume_mm3(maps, trees.paths, options, run),
                 after_mm3 = far_volume_mm3(maps, farther.paths, options, run);
    run.debug("{} crossings to {:.0f} mm3 of arteries that no path follows; {:.0f} mm3 are left",
              crossings.size(), before_mm3, after_mm3);
    if (after_mm3 > before_mm3 - options.least_volume_mm3) return;
    trees = std::move(farther);
    for (std::string& remark : remarks_on_crossings(crossings, trees.paths))
        trees.remarks.push_back(std::move(remark));
}

}  // namespace

CoronaryPaths find_coronaries(const Volume& volume, const Segmentation& labels, const HeartFrame& heart,
                              const ScanModel& scan, const HeartMaps* maps, const CoronaryOptions& options,
                              const Run& run) {
    CoronaryPaths result;
    run.progress("centerline: heart box", 0.0);
    const Box box = heart_box(heart, bounding_box(volume.geometry));
    const ScalarGrid raw = resample(volume, grid_geometry(box, options.roi_spacing_mm), 1, run);
    const double sigma_mm =
        denoising_sigma_mm(raw, heart, options.noise_share * (scan.blood_hu - scan.myocardium_hu),
                           options.widest_smoothing_mm, run);
    run.debug("noise {:.1f} HU in the heart box, smoothed by {:.2f} mm", aortic_noise_hu(raw, heart),
              sigma_mm);
    const ScalarGrid image = gaussian(raw, sigma_mm, run);
    Pools pools = find_pools(image, labels, heart, scan, options, run);
    if (maps) guide_pools(*maps, image.geometry, pools.blocked, run);
    if (pools.core.empty())
        throw Error(ExitCode::anatomy_not_found,
                    "The wall of the aortic root was not found in the segmentation: check the aorta label.");
    run.progress("centerline: vessels", 0.2);
    // Where vessels and their ostia are read: the box, or with less noise.
    const bool noisy = sigma_mm > 0;
    const ScalarGrid quiet =
        noisy ? averaged_along_tubes(raw, image, pools.blocked, scan, options.vesselness, run) : ScalarGrid{};
    Vesselness vessels = find_vessels(noisy ? quiet : image, pools.blocked, scan, options.vesselness, run);
    std::vector<float> together;
    if (maps) together = guide_vessels(*maps, pools.blocked, vessels, run);
    run.progress("centerline: front", 0.6);
    const std::vector<float> smooth = gaussian(raw, blood_smoothing_mm, run).values;
    const auto search = [&](const Mask* crossing) {
        const Front front = march_from_aorta(pools, vessels, options.growth, crossing, run);
        if (maps)
            for (Index v : pools.aorta) together[as_size(v)] = 0;
        const auto grown =
            grow_paths(front,
                       {maps ? together : vessels.evidence, vessels.evidence, vessels.radius_mm, smooth,
                        scan.blood_hu, blur_sigma_mm(scan, image.spacing_mm()), crossing},
                       options.growth, run);
        return trees_of(grown, vessels, heart, maps, options, run);
    };
    Trees trees = search(nullptr);
    if (maps) search_farther(*maps, image.geometry, vessels, search, trees, run);
    const SectionProbe probe = noisy ? image_probe(quiet, scan) : image_probe(volume, scan);
    for (std::size_t p = 0; p < trees.paths.size(); ++p) {
        if (trees.paths[p].parent >= 0) continue;
        std::vector<Vec3>& line = trees.paths[p].line;
        line = started_at_wall(line, image, scan, heart, probe);
        result.ostia.push_back(
            {trees.side[p], line.front(), sinus_prior(heart, line.front(), trees.side[p])});
    }
    result.paths = std::move(trees.paths), result.side = std::move(trees.side);
    result.remarks = std::move(trees.remarks);
    result.evidence = {image.geometry, std::move(vessels.evidence)};
    return result;
}

}  // namespace ctffr::imaging
