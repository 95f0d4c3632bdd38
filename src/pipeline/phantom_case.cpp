// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/phantom_case.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/result_json.hpp"
#include "ctffr/io/surface.hpp"
#include "ctffr/pipeline/output_folder.hpp"
#include "ctffr/pipeline/patient.hpp"
#include "ctffr/pipeline/physiology_file.hpp"
#include "ctffr/stages/flow.hpp"
#include "ctffr/stages/lumen.hpp"
#include "ctffr/stages/plaque.hpp"
#include "ctffr/stages/true_physiology.hpp"
#include "pipeline/surface_raster.hpp"

namespace ctffr {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

template <class T>
std::string toml_value(const T& value) {
    if constexpr (std::is_same_v<T, Range>)
        return fmt::format("[{}, {}]", value.low, value.high);
    else
        return fmt::format("{}", value);
}

const char* compression_name(DicomCompression compression) {
    switch (compression) {
        case DicomCompression::none: return "none";
        case DicomCompression::rle: return "rle";
        case DicomCompression::jpeg_lossless: return "jpeg-lossless";
        case DicomCompression::jpeg_ls: return "jpeg-ls";
        case DicomCompression::jpeg_2000: return "jpeg-2000";
    }
    return "none";
}

// The exact plaque in the shape that a run leaves; its tissue is of one attenuation.
PlaqueReport true_plaque(const PhantomTruth& truth) {
    PlaqueReport report;
    for (const PlaqueTruth& p : truth.plaque) {
        PlaqueDeposit d;
        d.branch = p.branch, d.segment = truth.tree.branches[static_cast<std::size_t>(p.branch)].segment;
        d.start_mm = p.start_mm, d.end_mm = p.end_mm;
        d.largest_arc_deg = p.max_arc_deg, d.remodelling_index = p.remodelling_index;
        PlaqueVolumes& v = d.measure.plaque;
        v.calcified_mm3 = p.calcified_mm3;
        (p.tissue_hu < report.thresholds.fibro_fatty_hu ? v.low_attenuation_mm3
         : p.tissue_hu < report.thresholds.fibrous_hu   ? v.fibro_fatty_mm3
                                                        : v.fibrous_mm3) = p.volume_mm3 - p.calcified_mm3;
        d.risk = {v.low_attenuation_mm3 >= 1, p.remodelling_index >= 1.1, p.spotty};
        report.total.plaque.add(v);
        report.deposits.push_back(d);
    }
    return report;
}

bool drawn(const PhantomRequest& request) { return request.truth_physiology == "drawn"; }

TruePhysiology physiology_of(const Phantom& phantom, const PhantomRequest& request) {
    const PhantomTruth& truth = phantom.truth;
    return drawn(request)
               ? draw_physiology(request.options.seed, phantom.patient, truth.heart, truth.tree.dominance)
               : default_physiology(phantom.patient, truth.heart, truth.tree.dominance);
}

// The truth in the shape of a result, so that the same readers work on both.
CaseResult truth_result(const Phantom& phantom, const std::optional<Phantom>& calcium,
                        const TruePhysiology& physiology, const PhantomRequest& request, const Run& run) {
    CaseResult result;
    result.software = request.software;
    result.input_kind = "phantom truth";
    result.input_hash = phantom.volume.hash;
    result.input_geometry = phantom.volume.geometry;
    result.acquisition = phantom.volume.acquisition;
    result.scan = phantom.truth.scan;
    result.tree = phantom.truth.tree;
    result.lumen = phantom.truth.lumen;
    // The phantom knows its sections exactly; the closed surface through them is made here.
    if (result.lumen.mesh.triangles.empty())
        build_lumen_surface(result.lumen, result.tree, LumenOptions{}, run);
    result.lesions = phantom.truth.lesions;
    // The truth of a lesion is its geometry; null, not 0, where FFR is concerned.
    for (Lesion& lesion : result.lesions)
        lesion.ffr_proximal = lesion.ffr_20mm_distal = lesion.delta_ffr = lesion.distal_read_mm =
            std::nan("");
    result.plaque = true_plaque(phantom.truth);
    if (calcium) {
        FindingOptions options;
        options.calcium_frame_agrees = true;
        result.calcium = run_calcium_score(calcium->volume, phantom.volume.acquisition, phantom.truth.labels,
                                           result.tree, options, run);
    }
    const auto grade = [&] {
        result.cad_rads = run_cad_rads(result.tree, {}, result.ffr, result.lesions, result.plaque,
                                       result.calcium, FindingOptions{});
    };
    result.options_toml = phantom_toml(request);
    if (!request.truth_flow) {
        grade();
        return result;
    }
    result.problem = run_boundary(result.tree, result.lumen, phantom.truth.heart, phantom.patient,
                                  drawn(request) ? physiology.boundary : BoundaryOptions{}, run);
    note_sources(result.problem.hyperaemia, merged({}, {phantom.patient, {}}));
    result.hyperaemia = result.problem.hyperaemia;
    result.solution = run_solve_reduced(result.tree, result.lumen, result.problem, ReducedOptions{}, run);
    if (!result.solution.status.converged())
        throw Error(ExitCode::not_converged,
                    "The flow on the true lumen of seed {} ended as '{}': use --truth-flow false.",
                    request.options.seed, reason_name(result.solution.status.reason));
    const FfrOutcome outcome =
        run_ffr(result.tree, result.lumen, result.problem, result.solution, FfrOptions{}, run);
    result.ffr = outcome.map;
    result.vessels = outcome.vessels;
    // FFR below a lesion is read off the map where it is compared: here it is not part of the grade.
    grade();
    return result;
}

Json heart_json(const HeartFrame& heart) {
    const auto point = [](Vec3 v) { return Json::array({v.x, v.y, v.z}); };
    return {{"root_center_lps_mm", point(heart.root_center_lps_mm)},
            {"aorta_axis_lps", point(heart.aorta_axis)},
            {"lv_base_lps_mm", point(heart.lv_base_lps_mm)},
            {"lv_apex_lps_mm", point(heart.lv_apex_lps_mm)},
            {"lv_mass_g", heart.lv_mass_g}};
}

// result.json of the truth with what only a virtual patient knows: plaque, ostia, heart.
std::string truth_json(const CaseResult& result, const PhantomTruth& truth) {
    Json json = Json::parse(result_json(result));
    json["true_plaque"] = Json::array();
    for (const PlaqueTruth& plaque : truth.plaque)
        json["true_plaque"].push_back({{"branch", plaque.branch},
                                       {"kind", plaque.kind},
                                       {"start_mm", plaque.start_mm},
                                       {"end_mm", plaque.end_mm},
                                       {"volume_mm3", plaque.volume_mm3},
                                       {"max_arc_deg", plaque.max_arc_deg},
                                       {"calcified_mm3", plaque.calcified_mm3},
                                       {"tissue_hu", plaque.tissue_hu},
                                       {"remodelling_index", plaque.remodelling_index},
                                       {"spotty", plaque.spotty}});
    json["ostia"] = Json::array();
    for (const Ostium& ostium : truth.ostia) {
        const Vec3 p = ostium.position_lps_mm;
        json["ostia"].push_back({{"side", ostium.side == Side::left ? "left" : "right"},
                                 {"lps_mm", Json::array({p.x, p.y, p.z})}});
    }
    json["heart"] = heart_json(truth.heart);
    return json.dump(1) + "\n";
}

// The options that make this patient again, and below them, as comments, the values that were drawn.
std::string patient_toml(const PhantomRequest& request, const Phantom& phantom) {
    std::string text = phantom_toml(request) + "\n# Values as drawn for this seed:\n";
    std::string line;
    for (char c : phantom.config_toml + "\n") {
        if (c != '\n') {
            line += c;
            continue;
        }
        if (!line.empty()) text += "#   " + line + "\n";
        line.clear();
    }
    return text;
}

// `role`: of a series beside the angiogram, with which it shares study and frame of reference.
void write_series(const Phantom& phantom, const std::string& role, const PhantomRequest& request,
                  const fs::path& target, const Run& run) {
    DicomWriteOptions options;
    options.compression = request.compression;
    options.enhanced = request.enhanced;
    options.uid_seed = fmt::format("ctffr phantom {} {}", request.options.seed, phantom.volume.hash);
    options.series_role = role, options.contrast = role.empty();
    const fs::path unfinished = target.parent_path() / fmt::format(".{}.tmp", target.filename().string());
    std::error_code error;
    fs::remove_all(unfinished, error);
    write_dicom_series(phantom.volume, options, unfinished, run);
    fs::remove_all(target, error);
    fs::rename(unfinished, target, error);
    if (error)
        throw Error(ExitCode::file_system, "Cannot rename {} to {}: {}.", unfinished.string(),
                    target.string(), error.message());
}

void write_truth(const Phantom& phantom, const std::optional<Phantom>& calcium,
                 const TruePhysiology& physiology, const PhantomRequest& request, const fs::path& folder,
                 const Run& run) {
    const CaseResult result = truth_result(phantom, calcium, physiology, request, run);
    write_physiology_file(folder / "physiology.json", physiology);
    write_labels_nifti(folder / "labels.nii.gz", phantom.truth.labels);
    write_centerline_vtp(folder / "centerline.vtp", result);
    std::map<std::string, std::vector<double>> arrays;
    if (!result.ffr.ffr.empty())
        arrays["ffr"] =
            values_at(places_in_tree(result.lumen.mesh.points_lps_mm, result.tree, run), result.ffr.ffr);
    write_surface_vtp(folder / "lumen.vtp", result.lumen.mesh, arrays);
    write_text_atomically(folder / "result.json", truth_json(result, phantom.truth));
}

void make_one(const PhantomRequest& request, const Run& run) {
    // Room for the uncompressed series, the truth and its temporary files.
    const auto voxels = static_cast<std::uint64_t>(request.options.scanner.matrix) *
                        static_cast<std::uint64_t>(request.options.scanner.matrix) *
                        static_cast<std::uint64_t>(request.options.scanner.slices);
    const OutputFolder folder(request.out, 2 * voxels + voxels / 4 + 20'000'000);
    std::error_code error;
    if (fs::exists(folder / "patient.json", error) && !request.overwrite)
        throw Error(ExitCode::file_system,
                    "{} already holds a virtual patient: choose another folder, or say --overwrite.",
                    folder.path().string());
    fs::remove(folder / "patient.json", error);
    const Phantom phantom = run_phantom(request.options, run);
    run.check_cancel();
    std::optional<Phantom> calcium;
    if (request.calcium_series) {
        PhantomOptions without = request.options;
        without.contrast.given = false;
        calcium = run_phantom(without, run);
        run.check_cancel();
    }
    const TruePhysiology physiology = physiology_of(phantom, request);
    write_truth(phantom, calcium, physiology, request, folder / "truth", run);
    run.check_cancel();
    write_series(phantom, "", request, folder / "series", run);
    if (calcium) write_series(*calcium, "calcium", request, folder / "calcium", run);
    write_text_atomically(folder / "phantom.toml", patient_toml(request, phantom));
    write_patient_file(folder / "patient.json", physiology.known);
    run.info("virtual patient of seed {} in {}", request.options.seed, folder.path().string());
}

}  // namespace

std::string phantom_toml(const PhantomRequest& request) {
    std::string text =
        fmt::format("seed = {}\npreset = \"{}\"\ncompression = \"{}\"\nenhanced = {}\n", request.options.seed,
                    request.options.preset, compression_name(request.compression), request.enhanced);
    if (drawn(request)) text += "truth_physiology = \"drawn\"\n";
    if (request.options.sex) text += fmt::format("sex = \"{}\"\n", *request.options.sex);
    std::string group;
    visit_phantom_options(request.options,
                          [&](const std::string& owner, const char* key, const auto& value, auto...) {
                              if (owner != group) text += fmt::format("\n[{}]\n", owner);
                              group = owner;
                              text += fmt::format("{} = {}\n", key, toml_value(value));
                          });
    return text;
}

void run_phantom_case(const PhantomRequest& request, const Run& run) {
    for (int n = 0; n < std::max(1, request.cohort); ++n) {
        PhantomRequest one = request;
        one.options.seed += static_cast<std::uint64_t>(n);
        if (request.cohort > 0) one.out = request.out / fmt::format("seed-{:04d}", one.options.seed);
        make_one(one, run);
    }
}

}  // namespace ctffr
