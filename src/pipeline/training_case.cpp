// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/training_case.hpp"

#include <fmt/format.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/volume.hpp"
#include "ctffr/pipeline/output_folder.hpp"
#include "pipeline/stage_codec.hpp"

namespace ctffr {

namespace {

namespace fs = std::filesystem;

StageRecord record_of(const PolarSamples& samples, const TrainingRequest& request) {
    StageRecord record;
    record.stage = "polar";
    record.version = request.software.version + " " + request.software.commit;
    const auto n = static_cast<Index>(samples.sections());
    const Index angles = PolarSamples::angles, steps = PolarSamples::steps;
    record.arrays["image_hu"] = {samples.image_hu, {n, angles, steps}};
    record.arrays["noise_hu"] = {samples.noise_hu, {n, angles, steps}};
    record.arrays["condition"] = {samples.condition, {n, PolarSamples::conditions}};
    record.arrays["radius_mm"] = {samples.radius_mm, {n, angles}};
    record.arrays["cosine"] = {samples.cosine, {n, angles}};
    record.arrays["outer_mm"] = {samples.outer_mm, {n, angles}};
    record.arrays["known"] = {samples.known, {n, angles}};
    record.arrays["open"] = {samples.open, {n, angles}};
    record.arrays["calcium"] = {samples.calcium, {n, angles}};
    record.arrays["stent"] = {samples.stent, {n, angles}};
    record.arrays["chain_start"] = {samples.chain_start, {static_cast<Index>(samples.chain_start.size())}};
    record.arrays["chain_scale"] = {samples.chain_scale, {static_cast<Index>(samples.chain_scale.size())}};
    return record;
}

void save(const fs::path& path, const PolarSamples& samples, const TrainingRequest& request, const Run& run) {
    CaseFile(path).save(record_of(samples, request), "{}");
    run.info("{}: {} sections", path.string(), samples.sections());
}

PolarSamples samples_of_case(const TrainingRequest& request, const Run& run) {
    const CaseFile file(request.case_path / "case.h5");
    const auto lumen_record = file.load("lumen"), segment_record = file.load("segment");
    if (!lumen_record || !segment_record)
        throw Error(ExitCode::input_missing,
                    "{} holds no finished lumen of an image: run the whole case first.",
                    request.case_path.string());
    LumenResult lumen;
    SegmentResult segment;
    unpack(*lumen_record, lumen);
    unpack(*segment_record, segment);
    const Volume volume = read_volume(request.series, {}, run);
    return run_polar_samples(volume, segment.scan, lumen.lumen, lumen.tree, request.polar, run);
}

}  // namespace

void run_training_data(const TrainingRequest& request, const Run& run) {
    // A patient has 3000 sections of 8 kB.
    const OutputFolder folder(request.out, static_cast<std::uint64_t>(request.cohort) * 30'000'000);
    if (!request.case_path.empty()) {
        const fs::path path = folder / "polar-case.h5";
        std::error_code error;
        fs::remove(path, error);
        return save(path, samples_of_case(request, run), request, run);
    }
    for (int n = 0; n < request.cohort; ++n) {
        PhantomOptions patient = request.patient;
        patient.seed += static_cast<std::uint64_t>(n);
        const fs::path path = folder / fmt::format("polar-{}-{:06d}.h5", patient.preset, patient.seed);
        if (fs::exists(path)) continue;
        run.check_cancel();
        PolarSampleOptions polar = request.polar;
        polar.seed = patient.seed;
        try {
            save(path, run_polar_samples(patient, polar, run), request, run);
        } catch (const Error& error) {
            if (error.code() != ExitCode::anatomy_not_found) throw;
            run.warn("Seed {} is passed over: {}", patient.seed, error.what());
        }
    }
}

}  // namespace ctffr
