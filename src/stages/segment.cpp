// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/segment.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/parallel/parallel.hpp"
#include "imaging/aorta.hpp"
#include "imaging/chambers.hpp"
#include "imaging/grid.hpp"
#include "imaging/quality_gate.hpp"
#include "imaging/scan_model.hpp"
#include "stages/heart_network.hpp"

namespace ctffr {

namespace {

using namespace imaging;

AorticRoot find_root(const ScalarGrid& grid, const HeartSight* sight, const Run& run) {
    DiscOptions options;
    const auto chains = find_disc_chains(grid, options, run);
    const int ascending =
        sight ? choose_ascending(chains, sight->maps.maps[HeartMaps::aorta_mm]) : choose_ascending(chains);
    if (ascending < 0)
        throw Error(
            ExitCode::anatomy_not_found,
            "No contrast-filled ascending aorta was found in the image (looked for round bright discs of {} "
            "to {} mm "
            "radius over at least 12 mm): check that this is a contrast-enhanced CT of the whole heart.",
            options.min_radius_mm, options.max_radius_mm);
    AorticRoot root = trace_root(grid, chains[static_cast<std::size_t>(ascending)], options);
    if (root.sections.size() < 8)
        throw Error(
            ExitCode::anatomy_not_found,
            "The ascending aorta could be followed over {} mm only, at least 8 mm are needed: check that the "
            "image holds the aortic root.",
            root.sections.size());
    return root;
}

// Mean fat around the heart: the mode between -160 and -40 HU within 70 mm of the root.
double measure_fat(const ScalarGrid& grid, const AorticRoot& root) {
    Mask near(grid.values.size());
    for (std::size_t i = 0; i < near.size(); ++i)
        near[i] = distance(grid.position(static_cast<Index>(i)), root.sinus_center_lps_mm) < 70;
    return histogram_mode(grid, near, -160, -40, -100);
}

// Muscle: the mode between 40 and 180 HU around the aortic root and the heart below it.
double measure_muscle(const ScalarGrid& grid, const AorticRoot& root) {
    Mask near(grid.values.size());
    const Vec3 heart = root.sinus_center_lps_mm - 45.0 * Vec3{0, 0, 1};
    for (std::size_t i = 0; i < near.size(); ++i)
        near[i] = distance(grid.position(static_cast<Index>(i)), heart) < 60;
    return histogram_mode(grid, near, 40, 180, 110);
}

// Labels of the working grid on the input grid: the nearest voxel.
Segmentation labels_on_input(const Volume& volume, const Chambers& chambers, const Run& run) {
    Segmentation result{volume.geometry, {}, "classical"};
    result.labels.resize(as_size(volume.geometry.size.count()));
    const ScalarGrid frame{chambers.geometry, {}};
    const Int3 n = volume.geometry.size;
    parallel_for(Cpu{run.profiler}, "labels", Index{n.y} * n.z, [&](Index row) {
        const double j = static_cast<double>(row % n.y), k = static_cast<double>(row / n.y);
        for (int i = 0; i < n.x; ++i) {
            const Index voxel =
                frame.voxel_at(volume.geometry.lps_from_index({static_cast<double>(i), j, k}));
            result.labels[as_size(row * n.x + i)] = voxel < 0 ? 0 : chambers.labels[as_size(voxel)];
        }
    });
    return result;
}

}  // namespace

SegmentResult run_segment(const Volume& volume, const SegmentOptions& options, const HeartSight* sight,
                          const Run& run) {
    const auto problems = check(volume);
    if (!problems.empty())
        throw Error(ExitCode::input_geometry, "The volume cannot be used: {}.", problems.front());
    run.progress("segment: working grid", 0.0);
    const ImageGeometry coarse = grid_geometry(bounding_box(volume.geometry), options.working_spacing_mm);
    ScalarGrid grid = resample(volume, coarse, 2, run);
    grid = gaussian(grid, 0.7 * options.working_spacing_mm, run);

    run.progress("segment: aorta", 0.2);
    const AorticRoot root = find_root(grid, sight, run);
    SegmentResult result;
    measure_blood(volume, root, result.scan);
    if (result.scan.blood_hu < 150)
        throw Error(ExitCode::anatomy_not_found,
                    "Blood in the ascending aorta has {:.0f} HU, at least 150 HU are needed to see coronary "
                    "arteries: "
                    "this looks like a scan without contrast.",
                    result.scan.blood_hu);
    result.scan.fat_hu = measure_fat(grid, root);
    result.scan.myocardium_hu = measure_muscle(grid, root);

    run.progress("segment: chambers", 0.4);
    Chambers chambers = find_chambers(grid, root, result.scan, run);
    result.scan.myocardium_hu = chambers.myocardium_hu;

    run.progress("segment: sharpness", 0.7);
    const SharpnessFit sharpness = measure_sharpness(volume, grid, result.scan, run);
    result.scan.psf_fwhm_xy_mm = sharpness.fwhm_xy_mm;
    result.scan.psf_fwhm_z_mm = sharpness.fwhm_z_mm;
    run.debug("sharpness from {} edges, slice direction {}", sharpness.edges,
              sharpness.z_measured ? "measured" : "taken from the slice thickness");

    result.heart.aorta = root.sections;
    result.heart.aorta_axis = root.axis;
    result.heart.root_center_lps_mm = root.sinus_center_lps_mm;
    result.heart.lv_found = chambers.lv_found;
    result.heart.lv_base_lps_mm = chambers.lv_base_lps_mm;
    result.heart.lv_apex_lps_mm = chambers.lv_apex_lps_mm;
    result.heart.lv_mass_g = chambers.lv_found ? chambers.lv_mass_g : 0;
    result.quality = grade_quality(volume, result.scan, result.heart);
    result.segmentation = labels_on_input(volume, chambers, run);
    run.progress("segment", 1.0);
    return result;
}

}  // namespace ctffr
