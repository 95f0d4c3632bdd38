// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/evaluate_case.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/result_read.hpp"
#include "ctffr/io/surface.hpp"

namespace ctffr {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// `true_plaque` stands in a virtual patient's truth only; in those of older versions it is called `plaque`.
std::vector<PlaqueTruth> read_plaque(const fs::path& file) {
    std::vector<PlaqueTruth> plaque;
    try {
        const Json json = Json::parse(read_text(file));
        const char* key = json.contains("true_plaque") ? "true_plaque" : "plaque";
        if (!json.contains(key) || !json.at(key).is_array()) return plaque;
        for (const Json& item : json.at(key))
            plaque.push_back({item.at("branch"), item.at("kind"), item.at("start_mm"), item.at("end_mm"),
                              item.at("volume_mm3"), item.at("max_arc_deg"), item.value("calcified_mm3", 0.0),
                              item.value("tissue_hu", 0.0), item.value("remodelling_index", 1.0),
                              item.value("spotty", false)});
    } catch (const nlohmann::json::exception& error) {
        throw Error(ExitCode::input_unreadable, "{} holds plaque that cannot be read: {}.", file.string(),
                    error.what());
    }
    return plaque;
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
// -1 stands for "none" in some figures.
Json unless_none(double value) { return value < 0 ? Json(nullptr) : number(value); }

Json lesions_json(const Evaluation& evaluation) {
    Json lesions = Json::array();
    for (const LesionFigures& l : evaluation.lesions)
        lesions.push_back({{"segment", l.segment},
                           {"kind", l.kind},
                           {"true_mld_mm", number(l.true_mld_mm)},
                           {"found_mld_mm", unless_none(l.found_mld_mm)},
                           {"true_area_stenosis_pct", number(l.true_area_stenosis_pct)},
                           {"found_area_stenosis_pct", number(l.found_area_stenosis_pct)},
                           {"found_calcified", l.found_calcified},
                           {"found_not_analysable", l.found_not_analysable},
                           {"listed", l.listed},
                           {"true_stenosis_pct", number(l.true_stenosis_pct)},
                           {"found_stenosis_pct", number(l.found_stenosis_pct)},
                           {"true_remodelling", number(l.true_remodelling)},
                           {"found_remodelling", number(l.found_remodelling)},
                           {"distal_read_mm", number(l.distal_read_mm)},
                           {"true_ffr_distal", number(l.true_distal_ffr)},
                           {"found_ffr_distal", number(l.found_distal_ffr)}});
    return lesions;
}

Json vessels_json(const Evaluation& evaluation) {
    Json vessels = Json::array();
    for (const VesselFigures& v : evaluation.vessels)
        vessels.push_back({{"name", v.name},
                           {"relevant_length_mm", number(v.relevant_length_mm)},
                           {"ov", number(v.overlap)},
                           {"of", number(v.until_first_error)},
                           {"ot", number(v.relevant_overlap)},
                           {"ai_mm", number(v.inside_mm)},
                           {"true_ffr", unless_none(v.true_ffr)},
                           {"found_ffr", unless_none(v.found_ffr)},
                           {"true_distal_ffr", unless_none(v.true_distal_ffr)},
                           {"true_occluded", v.true_occluded},
                           {"found_occluded", v.found_occluded}});
    return vessels;
}

Json segments_json(const Evaluation& evaluation) {
    Json segments = Json::array();
    for (const SegmentFigures& s : evaluation.segments)
        segments.push_back({{"segment", s.segment},
                            {"state", !s.counts ? "not-in-truth" : (s.found ? "found" : "missed")},
                            {"named", s.named},
                            {"true_mm", number(s.true_mm)},
                            {"covered_mm", number(s.covered_mm)},
                            {"false_branches", s.false_branches}});
    return segments;
}

}  // namespace

EvaluationSide read_evaluation_side(const fs::path& path, std::vector<std::string>& remarks) {
    CaseResult result = read_result_json(path);
    if (result.state == ResultState::rejected)
        throw Error(ExitCode::input_unreadable, "{} is a rejected case ({}): there is nothing to compare.",
                    path.string(), result.reasons.empty() ? "no reason given" : result.reasons.front());
    if (result.tree.branches.empty())
        throw Error(ExitCode::input_unreadable, "{} holds no tree ({}): there is nothing to compare.",
                    path.string(),
                    result.reasons.empty() ? result_state_name(result.state) : result.reasons.front());
    EvaluationSide side;
    side.tree = std::move(result.tree);
    // A result without flow has null everywhere.
    const auto& ffr = result.ffr.ffr;
    if (std::any_of(ffr.begin(), ffr.end(), [](const std::vector<double>& branch) {
            return std::any_of(branch.begin(), branch.end(), [](double f) { return std::isfinite(f); });
        }))
        side.ffr = std::move(result.ffr.ffr);
    side.lesions = std::move(result.lesions);
    side.plaque_report = std::move(result.plaque), side.calcium = std::move(result.calcium);
    side.cad_rads = std::move(result.cad_rads);
    side.scan = result.scan;
    const fs::path folder = fs::is_directory(path) ? path : path.parent_path();
    side.plaque = read_plaque(fs::is_directory(path) ? path / "result.json" : path);
    if (fs::exists(folder / "lumen.vtp"))
        side.surface = read_surface(folder / "lumen.vtp");
    else
        remarks.push_back(
            fmt::format("{} has no lumen.vtp: no figures of the lumen surface.", folder.string()));
    if (fs::exists(folder / "labels.nii.gz"))
        side.labels = read_labels(folder / "labels.nii.gz");
    else if (fs::exists(folder / "segmentation.nii.gz"))
        side.labels = read_labels(folder / "segmentation.nii.gz");
    else
        remarks.push_back(fmt::format(
            "{} has neither labels.nii.gz nor segmentation.nii.gz: no figures of voxels.", folder.string()));
    return side;
}

Evaluation run_evaluate_case(const EvaluateRequest& request, const Run& run) {
    std::vector<std::string> remarks;
    const EvaluationSide found = read_evaluation_side(request.result, remarks);
    run.check_cancel();
    const EvaluationSide truth = read_evaluation_side(request.truth, remarks);
    Evaluation evaluation = run_evaluate(found, truth, request.options, run);
    remarks.insert(remarks.end(), evaluation.remarks.begin(), evaluation.remarks.end());
    evaluation.remarks = std::move(remarks);
    for (const std::string& remark : evaluation.remarks) run.warn("{}", remark);
    if (!request.json.empty())
        write_text_atomically(request.json, evaluation_json(evaluation, request.case_name));
    return evaluation;
}

std::string evaluation_json(const Evaluation& evaluation, const std::string& case_name) {
    Json json;
    json["schema"] = evaluation_schema;
    json["case"] = case_name;
    json["notice"] = "research use only, not a medical device";
    json["remarks"] = evaluation.remarks;
    json["figures"] = Json::array();
    for (const Figure& f : figures_of(evaluation))
        json["figures"].push_back({{"name", f.name}, {"value", number(f.value)}, {"unit", f.unit}});
    json["vessels"] = vessels_json(evaluation);
    json["segments"] = segments_json(evaluation);
    json["lesions"] = lesions_json(evaluation);
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ctffr
