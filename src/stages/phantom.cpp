// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/phantom.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "ctffr/core/units.hpp"
#include "ctffr/kernels/phantom.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "ctffr/stages/lumen.hpp"
#include "phantom/calcium_scan.hpp"
#include "phantom/chest.hpp"
#include "phantom/coronaries.hpp"
#include "phantom/heart_anatomy.hpp"
#include "phantom/heart_axes.hpp"
#include "phantom/patient.hpp"
#include "phantom/render.hpp"
#include "phantom/scanner.hpp"
#include "phantom/tissue.hpp"
#include "phantom/veins.hpp"
#include "stages/phantom_build.hpp"

namespace ctffr {
namespace {

using namespace phantom;

// Grid of the distance fields: fine enough for every solid but the lungs' thinnest vessels.
constexpr double finest_step_mm = 1.2;
constexpr double air_hu = -1000;

Acquisition acquisition_of(const PhantomOptions& options, const DrawnScan& scan) {
    Acquisition facts;
    facts.manufacturer = "ctffr", facts.model = "virtual scanner";
    // Sharper kernels have higher numbers, as with most makers.
    facts.kernel = fmt::format("Bv{:.0f}", 36 + 4 * std::round(scan.kernel_overshoot / 0.02));
    facts.series_description = fmt::format(
        "{} 75% PHANTOM {}", options.contrast.given ? "CORONARY CTA" : "CALCIUM SCORE", options.preset);
    facts.patient_id = fmt::format("PHANTOM-{}-{:06d}", options.preset, options.seed);
    facts.modality = "CT";
    facts.kvp = scan.kvp, facts.slice_thickness_mm = scan.slice_thickness_mm;
    facts.cardiac_phase_pct = 75;
    return facts;
}

ScanModel scan_truth(const DrawnPatient& patient) {
    ScanModel model;
    model.blood_hu = patient.tissue.aorta, model.myocardium_hu = patient.tissue.myocardium;
    model.fat_hu = patient.tissue.fat;
    model.noise_sd_hu = model.blood_sd_hu = patient.scan.noise_sd_hu;
    model.psf_fwhm_xy_mm = patient.scan.psf_xy_fwhm_mm, model.psf_fwhm_z_mm = patient.scan.psf_z_fwhm_mm;
    return model;
}

// Where the beating heart is still moving at 75 % of the cycle: middle RCA most, then the lateral LCX.
std::vector<kernels::MovingPlace> moving_places(const HeartAnatomy& heart, const DrawnScan& scan) {
    if (!scan.motion) return {};
    const Vec3 amplitude = scan.motion_mm * scan.motion_direction;
    const Vec3 turned{-amplitude.y, amplitude.x, 0};
    return {{heart.av_groove(-100 * pi / 180), amplitude, 24},
            {heart.av_groove(75 * pi / 180), 0.6 * turned, 20}};
}

// The ascending aorta a little above the ostia, always within the image.
Vec3 noise_reference(const HeartFrame& frame, const HeartAnatomy& heart) {
    const double height = heart.left_ostium().position_lps_mm.z + 8;
    Vec3 best = frame.aorta.front().center_lps_mm;
    for (const AortaSection& section : frame.aorta)
        if (std::abs(section.center_lps_mm.z - height) < std::abs(best.z - height))
            best = section.center_lps_mm;
    return best;
}

template <class Exec>
void render(const Exec& exec, BuiltPhantom& built, bool noise_free, const DrawnPatient& patient,
            const HeartAnatomy& heart, const Chest& chest,
            const std::vector<std::vector<kernels::Patch>>& patches, const ImageGeometry& scan_grid,
            const ReadingBlur& reading, std::uint64_t seed, const Run& run) {
    Phantom& result = built.phantom;
    const ImageGeometry& grid = result.volume.geometry;
    ScanSetup setup;
    setup.geometry = grid, setup.scan = patient.scan, setup.seed = seed, setup.reading = reading,
    setup.rendered = render_blur(grid, patient.scan, reading);
    setup.places = moving_places(heart, patient.scan);
    setup.aorta_lps_mm = noise_reference(result.truth.heart, heart);
    Array<float, Exec> image(exec, grid.size.count());
    {
        run.progress("tissues", 0.1);
        const double step_mm = std::max(finest_step_mm, scan_grid.spacing_mm.x);
        built.tissues = sample_fields(heart, chest, result.truth.tree, seed, scan_grid, step_mm, run);
        const CoarseFields& coarse = built.tissues;
        run.progress("tissues", 0.3);
        const Array<float, Exec> fields(exec, coarse.values);
        const Array<kernels::TissueLayer, Exec> layers(
            exec, tissue_layers(patient.tissue, chest.skin_fat_mm(), heart.unit_mm()));
        Array<std::uint8_t, Exec> labels(exec, grid.size.count());
        kernels::paint_tissues(exec, grid, coarse.geometry, fields.view(), layers.view(),
                               static_cast<float>(setup.rendered.xy_mm),
                               static_cast<float>(setup.rendered.z_mm), static_cast<float>(air_hu),
                               image.view(), labels.view());
        for (const auto& one : patches) {
            const Array<kernels::Patch, Exec> list(exec, one);
            kernels::apply_patches(exec, list.view(), image.view(), labels.view());
        }
        result.truth.labels.labels = labels.to_host();
        const Index nodes = coarse.geometry.size.count();
        Array<float, Exec> overview(exec, nodes);
        Array<std::uint8_t, Exec> unused(exec, nodes);
        kernels::paint_tissues(exec, coarse.geometry, coarse.geometry, fields.view(), layers.view(), 0.5f,
                               0.5f, static_cast<float>(air_hu), overview.view(), unused.view());
        setup.coarse = coarse.geometry;
        setup.relative_sd = relative_noise(coarse.geometry, overview.to_host(), setup.aorta_lps_mm, run);
    }
    run.progress("scanner", 0.6);
    result.volume.hu =
        scan_image(exec, setup, std::move(image), noise_free ? &built.noise_free_hu : nullptr, run);
}

}  // namespace

BuiltPhantom build_phantom(const PhantomOptions& wanted_options, bool noise_free, const Run& run,
                           const ChoosePhantomGrid& choose) {
    PhantomOptions options = wanted_options;
    DrawnPatient patient = draw_patient(options);
    if (!options.contrast.given) take_contrast_away(patient, options);
    const Mat3 pose = rotation(patient.scan.rotation_rad);
    run.progress("anatomy", 0);
    const HeartAnatomy heart(patient.body, options.seed, pose);
    const Chest chest(patient.body, heart, options.seed, pose);
    BuiltPhantom built;
    Phantom& result = built.phantom;
    result.patient = patient.facts;
    result.truth.heart = heart.frame();
    result.truth.scan = scan_truth(patient);
    ImageGeometry& grid = result.volume.geometry;
    const ImageGeometry scan_grid = scan_geometry(heart, patient.scan, options.scanner);
    const PhantomGrid wanted = choose ? choose(scan_grid, result.truth.heart) : PhantomGrid{scan_grid, {}};
    grid = wanted.geometry;
    result.volume.acquisition = acquisition_of(options, patient.scan);
    result.volume.patient = patient.facts;
    result.truth.labels.geometry = grid;
    result.truth.labels.method = "phantom truth";
    Coronaries coronaries = make_coronaries(heart, options, patient.body, patient.tissue.aorta, run);
    const RenderBlur blur = render_blur(grid, patient.scan, wanted.reading);
    const std::vector<Tube> veins = make_veins(heart, coronaries.tree, options.seed);
    const std::vector<std::vector<kernels::Patch>> patches{
        tube_patches(veins, grid, blur, patient.tissue.vein, Label::coronary_vein, run),
        artery_patches(*coronaries.field, grid, blur, patient.tissue.calcium_factor, run)};
    result.truth.tree = std::move(coronaries.tree);
    result.truth.lumen = std::move(coronaries.lumen);
    result.truth.ostia = std::move(coronaries.ostia);
    result.truth.lesions = std::move(coronaries.lesions);
    result.truth.plaque = std::move(coronaries.plaque);
    on_device(run, [&](const auto& exec) {
        render(exec, built, noise_free, patient, heart, chest, patches, scan_grid, wanted.reading,
               options.seed, run);
    });
    result.config_toml = patient_toml(options, patient) + "\n[drawn.coronaries]\n";
    for (const auto& [key, value] : coronaries.record)
        result.config_toml += fmt::format("{} = {}\n", key, value);
    built.vessels = std::move(coronaries.field);
    if (!choose) built.tissues = {};
    run.progress("done", 1);
    return built;
}

Phantom run_phantom(const PhantomOptions& options, const Run& run) {
    Phantom phantom = std::move(build_phantom(options, false, run).phantom);
    build_lumen_surface(phantom.truth.lumen, phantom.truth.tree, LumenOptions{}, run);
    return phantom;
}

}  // namespace ctffr
