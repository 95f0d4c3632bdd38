// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/training_data.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/random.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "ctffr/stages/segment.hpp"
#include "lumen/blood_model.hpp"
#include "lumen/fit_start.hpp"
#include "lumen/polar_sections.hpp"
#include "lumen/ray_truth.hpp"
#include "lumen/training_chains.hpp"
#include "stages/phantom_build.hpp"

namespace ctffr {

namespace {

using namespace lumen;

// The image twice: as scanned, and without noise where that is known.
struct Windows {
    ImageWindow image, noise_free;
    bool know_noise = false;
};

void append_truth(const std::vector<std::vector<RayTruth>>& truth, double scale, PolarSamples& out) {
    const auto unscaled = [&](float mm) { return static_cast<float>(mm / scale); };
    for (const auto& section : truth)
        for (const RayTruth& ray : section) {
            out.radius_mm.push_back(unscaled(ray.radius_mm));
            out.cosine.push_back(ray.cosine);
            out.outer_mm.push_back(unscaled(ray.outer_mm));
            out.known.push_back(ray.known);
            out.open.push_back(ray.open);
            out.calcium.push_back(ray.calcium);
            out.stent.push_back(ray.stent);
        }
}

void append_chain(const FitChain& chain, int number, const LumenField& field, const WallProbe& wall,
                  const Windows& windows, const ScanFacts& scan, const BloodLine& blood, double scale,
                  PolarSamples& out, const Run& run) {
    out.chain_start.push_back(static_cast<std::int32_t>(out.sections()));
    out.chain_scale.push_back(static_cast<float>(scale));
    const std::vector<float> image = sample_polar(windows.image, chain.sections, scale, run);
    out.image_hu.insert(out.image_hu.end(), image.begin(), image.end());
    std::vector<float> noise(image.size(), 0.0f);
    if (windows.know_noise) {
        noise = sample_polar(windows.noise_free, chain.sections, scale, run);
        for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = image[i] - noise[i];
    }
    out.noise_hu.insert(out.noise_hu.end(), noise.begin(), noise.end());
    for (const FitSection& section : chain.sections) {
        const SectionConditions c =
            conditions_of(section, windows.image.geometry, scan, blood.at(section.path_mm));
        const double s2 = scale * scale;
        for (double value : {c.blood_hu, c.noise_hu, c.uu / s2, c.uv / s2, c.vv / s2, c.along_mm / scale})
            out.condition.push_back(static_cast<float>(value));
    }
    std::vector<std::vector<RayTruth>> truth(chain.sections.size());
    parallel_for_uneven(Cpu{run.profiler}, "ray truth", static_cast<Index>(truth.size()), 4, [&](Index i) {
        const auto at = static_cast<std::size_t>(i);
        truth[at] = trace_rays(field, number, chain.sections[at], PolarSamples::angles,
                               scale * PolarGrid::step_mm * PolarSamples::steps, wall);
    });
    append_truth(truth, scale, out);
}

PolarSamples sample_tree(const Windows& windows, const ScanModel& model, const LumenSurface& surface,
                         const CoronaryTree& tree, const WallProbe& wall, const PolarSampleOptions& options,
                         const Run& run) {
    std::vector<std::string> remarks;
    const ScanFacts scan = facts_of(model, remarks);
    const LumenField field(surface.branches, tree, FieldOptions{});
    PolarSamples out;
    for (int variant = 0; variant < options.variants; ++variant) {
        run.progress("training samples", static_cast<double>(variant) / options.variants);
        Random random(options.seed, 0x504F4Cu + static_cast<std::uint64_t>(variant));
        const double scale =
            std::exp(random.uniform(std::log(options.scale.low), std::log(options.scale.high)));
        Displacement displacement;
        displacement.seed = options.seed * 1009 + static_cast<std::uint64_t>(variant);
        displacement.shift_mm = random.uniform(options.shift_mm.low, options.shift_mm.high);
        displacement.excursion_every_mm = options.excursion_every_mm;
        displacement.excursion_mm = options.excursion_mm;
        std::vector<FitChain> chains = displaced_chains(field, scale * PolarGrid::section_mm, displacement);
        const AllRays rays = sample_all(windows.image, chains, run);
        const std::vector<BloodLine> blood = fit_blood_lines(chains, rays, scan, scan.blood_hu);
        for (std::size_t c = 0; c < chains.size(); ++c)
            append_chain(chains[c], static_cast<int>(c), field, wall, windows, scan,
                         blood[static_cast<std::size_t>(chains[c].root)], scale, out, run);
    }
    out.chain_start.push_back(static_cast<std::int32_t>(out.sections()));
    return out;
}

constexpr double window_margin_mm = 9.0;

}  // namespace

PolarSamples run_polar_samples(const PhantomOptions& patient, const PolarSampleOptions& options,
                               const Run& run) {
    const BuiltPhantom built = build_phantom(patient, true, run);
    const Phantom& phantom = built.phantom;
    const ScanModel model = run_segment(phantom.volume, SegmentOptions{}, nullptr, run).scan;
    Volume noise_free = phantom.volume;
    noise_free.hu = built.noise_free_hu;
    Windows windows;
    windows.image = window_around(phantom.volume, phantom.truth.tree, window_margin_mm, run);
    windows.noise_free = window_around(noise_free, phantom.truth.tree, window_margin_mm, run);
    windows.know_noise = true;
    const WallProbe wall = [&](Vec3 p) {
        phantom::VesselField::Sample sample;
        WallSample out;
        if (!built.vessels->sample(p, sample)) return out;
        out.wall_mm = sample.wall_mm;
        out.calcium = sample.label == Label::calcium;
        out.stent = sample.label == Label::stent;
        return out;
    };
    return sample_tree(windows, model, phantom.truth.lumen, phantom.truth.tree, wall, options, run);
}

PolarSamples run_polar_samples(const Volume& volume, const ScanModel& scan, const LumenSurface& lumen,
                               const CoronaryTree& tree, const PolarSampleOptions& options, const Run& run) {
    Windows windows;
    windows.image = window_around(volume, tree, window_margin_mm, run);
    return sample_tree(windows, scan, lumen, tree, {}, options, run);
}

}  // namespace ctffr
