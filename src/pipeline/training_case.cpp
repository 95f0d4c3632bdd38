// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/training_case.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/volume.hpp"
#include "ctffr/pipeline/output_folder.hpp"
#include "pipeline/stage_codec.hpp"

namespace ctffr {

namespace {

namespace fs = std::filesystem;

StageRecord stamped(const char* stage, const TrainingRequest& request) {
    StageRecord record;
    record.stage = stage;
    record.version = request.software.version + " " + request.software.commit;
    return record;
}

StageRecord record_of(const PolarSamples& samples, const TrainingRequest& request) {
    StageRecord record = stamped("polar", request);
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

// Volumes are [k][j][i]; what is not known has no array.
StageRecord record_of(const HeartSamples& samples, const TrainingRequest& request) {
    StageRecord record = stamped("heart", request);
    pack(record, samples.geometry);
    const Int3 n = samples.geometry.size;
    const std::vector<Index> shape{n.z, n.y, n.x};
    record.arrays["level_hu"] = {std::vector<double>{samples.muscle_hu, samples.blood_hu}, {2}};
    record.arrays["image_hu"] = {samples.image_hu, shape};
    const std::pair<const char*, const std::vector<std::uint8_t>*> volumes[] = {
        {"noise", &samples.noise},
        {"lumen_left", &samples.lumen_left},
        {"lumen_right", &samples.lumen_right},
        {"centerline", &samples.centerline},
        {"aorta", &samples.aorta},
        {"lv_blood", &samples.lv_blood},
        {"lv_outer", &samples.lv_outer},
        {"look_alike", &samples.look_alike},
        {"dense", &samples.dense},
        {"skeleton", &samples.skeleton}};
    for (const auto& [name, values] : volumes)
        if (!values->empty()) record.arrays[name] = {*values, shape};
    record.arrays["ostia"] = {samples.ostia, {static_cast<Index>(samples.ostia.size() / 4), 4}};
    record.arrays["places"] = {samples.places, {static_cast<Index>(samples.places.size() / 4), 4}};
    return record;
}

template <class Samples>
void save(const fs::path& path, const Samples& samples, const TrainingRequest& request, const Run& run) {
    CaseFile(path).save(record_of(samples, request), "{}");
    run.info("{}: {} MB", path.string(), fs::file_size(path) / 1'000'000);
}

// What a reader checked, and the images it belongs to.
struct CheckedCase {
    Volume volume;
    SegmentResult segment;
    LumenResult lumen;
};
// The last section of a vessel that was measured on a user's surface may stick out of its oblique opening:
// some rays meet nothing. It takes the contour of the nearest whole one.
void mend_cut_ends(LumenBranch& branch) {
    const auto whole = [](const LumenSection& section) {
        return std::all_of(section.radius_mm.begin(), section.radius_mm.end(),
                           [](float r) { return r > 0.02f; });
    };
    for (LumenSection& section : branch.sections) {
        if (whole(section)) continue;
        const LumenSection* nearest = nullptr;
        for (const LumenSection& other : branch.sections)
            if (whole(other) && (!nearest || std::abs(other.arc_mm - section.arc_mm) <
                                                 std::abs(nearest->arc_mm - section.arc_mm)))
                nearest = &other;
        if (nearest) section.radius_mm = nearest->radius_mm;
    }
}

CheckedCase checked_case(const TrainingRequest& request, const Run& run) {
    const CaseFile file(request.case_path / "case.h5");
    const auto lumen_record = file.load("lumen"), segment_record = file.load("segment");
    if (!lumen_record || !segment_record)
        throw Error(ExitCode::input_missing,
                    "{} holds no finished lumen of an image: run the whole case first.",
                    request.case_path.string());
    CheckedCase checked;
    unpack(*lumen_record, checked.lumen);
    unpack(*segment_record, checked.segment);
    for (LumenBranch& branch : checked.lumen.lumen.branches) mend_cut_ends(branch);
    checked.volume = read_volume(request.series, {}, run);
    return checked;
}

void save_case(const fs::path& path, const TrainingRequest& request, const Run& run) {
    const CheckedCase c = checked_case(request, run);
    if (request.network == TrainedNetwork::heart)
        save(path,
             run_heart_samples(c.volume, c.segment.scan, c.segment.heart, c.lumen.lumen, c.lumen.tree,
                               request.heart, run),
             request, run);
    else
        save(path,
             run_polar_samples(c.volume, c.segment.scan, c.lumen.lumen, c.lumen.tree, request.polar, run),
             request, run);
}

void save_patient(const fs::path& path, const TrainingRequest& request, const PhantomOptions& patient,
                  const Run& run) {
    PolarSampleOptions polar = request.polar;
    HeartSampleOptions heart = request.heart;
    polar.seed = heart.seed = patient.seed;
    if (request.network == TrainedNetwork::heart)
        save(path, run_heart_samples(patient, heart, run), request, run);
    else
        save(path, run_polar_samples(patient, polar, run), request, run);
}

}  // namespace

void run_training_data(const TrainingRequest& request, const Run& run) {
    // A patient has 3000 sections of 8 kB, or 4 million voxels that are stored in about 3 bytes each.
    const OutputFolder folder(request.out, static_cast<std::uint64_t>(request.cohort) * 30'000'000);
    const char* kind = request.network == TrainedNetwork::heart ? "heart" : "polar";
    if (!request.case_path.empty()) {
        std::error_code error;
        const std::string name = fs::weakly_canonical(request.case_path, error).filename().string();
        const fs::path path = folder / fmt::format("{}-case-{}.h5", kind, name);
        fs::remove(path, error);
        return save_case(path, request, run);
    }
    for (int n = 0; n < request.cohort; ++n) {
        PhantomOptions patient = request.patient;
        patient.seed += static_cast<std::uint64_t>(n);
        const fs::path path = folder / fmt::format("{}-{}-{:06d}.h5", kind, patient.preset, patient.seed);
        if (fs::exists(path)) continue;
        run.check_cancel();
        try {
            save_patient(path, request, patient, run);
        } catch (const Error& error) {
            if (error.code() != ExitCode::anatomy_not_found) throw;
            run.warn("Seed {} is passed over: {}", patient.seed, error.what());
        }
    }
}

}  // namespace ctffr
