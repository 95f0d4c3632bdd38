// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/result_json.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "ctffr/core/units.hpp"
#include "io/pulsatile_json.hpp"
#include "io/result_findings.hpp"
#include "io/result_numbers.hpp"
#include "io/territory_json.hpp"
#include "io/uncertainty_json.hpp"

namespace ctffr {

namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return number_json(value); }
Json rounded(double value) { return rounded_json(value); }

Json vector_json(Vec3 v) { return Json::array({rounded(v.x), rounded(v.y), rounded(v.z)}); }

// table[branch][point], or NaN where the table has no such entry.
double at(const std::vector<std::vector<double>>& table, std::size_t branch, std::size_t point) {
    return branch < table.size() && point < table[branch].size() ? table[branch][point] : std::nan("");
}

Json quality_json(const CaseResult& result) {
    Json figures = Json::object();
    for (const QualityFigure& figure : result.quality.figures)
        figures[figure.name] = {{"value", number(figure.value)},
                                {"unit", figure.unit},
                                {"grade", grade_name(figure.grade)},
                                {"sentence", figure.sentence}};
    if (result.quality.figures.empty()) return {{"grade", nullptr}, {"figures", figures}};
    return {{"grade", grade_name(result.quality.grade)}, {"figures", figures}};
}

Json input_json(const CaseResult& result) {
    const ImageGeometry& g = result.input_geometry;
    const Acquisition& a = result.acquisition;
    Json input = {{"kind", result.input_kind}, {"hash", result.input_hash}};
    const bool image = g.size.count() > 0;
    input["size"] = image ? Json::array({g.size.x, g.size.y, g.size.z}) : Json(nullptr);
    input["spacing_mm"] = image ? vector_json(g.spacing_mm) : Json(nullptr);
    input["origin_lps_mm"] = image ? vector_json(g.origin_lps_mm) : Json(nullptr);
    input["acquisition"] = {
        {"modality", a.modality},
        {"manufacturer", a.manufacturer},
        {"model", a.model},
        {"kernel", a.kernel},
        {"kvp", a.kvp > 0 ? number(a.kvp) : Json(nullptr)},
        {"slice_thickness_mm", a.slice_thickness_mm > 0 ? number(a.slice_thickness_mm) : Json(nullptr)},
        {"cardiac_phase_pct", a.cardiac_phase_pct ? number(*a.cardiac_phase_pct) : Json(nullptr)},
        {"lossy_compressed", a.lossy_compressed},
        {"series_uid", a.series_uid},
        {"study_uid", a.study_uid},
        {"series_description", a.series_description},
        {"selection_reason", a.selection_reason}};
    input["quality"] = quality_json(result);
    return input;
}

Json scan_json(const ScanModel& scan) {
    if (scan.blood_hu == 0) return nullptr;
    return {{"blood_hu", number(scan.blood_hu)},           {"blood_sd_hu", number(scan.blood_sd_hu)},
            {"myocardium_hu", number(scan.myocardium_hu)}, {"fat_hu", number(scan.fat_hu)},
            {"noise_sd_hu", number(scan.noise_sd_hu)},     {"psf_fwhm_xy_mm", number(scan.psf_fwhm_xy_mm)},
            {"psf_fwhm_z_mm", number(scan.psf_fwhm_z_mm)}};
}

Json patient_json(const CaseResult& result) {
    Json patient = Json::object();
    if (result.sex)
        patient["sex"] = {{"value", std::string(1, *result.sex)},
                          {"origin", origin_name(Origin::measured)},
                          {"source", result.sex_source}};
    for (const auto& [name, item] : result.hyperaemia.patient)
        patient[name] = {
            {"value", number(item.value)}, {"origin", origin_name(item.origin)}, {"source", item.source}};
    return patient;
}

Json hyperaemia_json(const Hyperaemia& h) {
    if (h.total_flow == 0 && h.aortic_pressure == 0) return nullptr;
    return {{"total_flow_ml_min", number(ml_min_from_m3_s(h.total_flow))},
            {"aortic_pressure_mmhg", number(mmhg_from_pa(h.aortic_pressure))},
            {"venous_pressure_mmhg", number(mmhg_from_pa(h.venous_pressure))},
            {"viscosity_mpa_s", number(h.viscosity * 1e3)},
            {"density_kg_m3", number(h.density)}};
}

// Area-equivalent standard deviation of a section's radius; NaN where no contour was measured.
double radius_sd_mm(const CaseResult& result, std::size_t branch, std::size_t point) {
    if (branch >= result.lumen.branches.size()) return std::nan("");
    const auto& sections = result.lumen.branches[branch].sections;
    if (point >= sections.size() || sections[point].radius_sd_mm.empty()) return std::nan("");
    double sum = 0;
    for (float sd : sections[point].radius_sd_mm) sum += sd;
    const double mean = sum / static_cast<double>(sections[point].radius_sd_mm.size());
    return mean > 0 ? mean : std::nan("");
}

Json point_json(const CaseResult& result, std::size_t b, std::size_t i) {
    const CenterlinePoint& point = result.tree.branches[b].points[i];
    const double sd = at(result.ffr.ffr_sd, b, i);
    return {{"lps_mm", vector_json(point.position_lps_mm)},
            {"arc_mm", rounded(point.arc_mm)},
            {"radius_mm", rounded(point.radius_mm)},
            {"radius_sd_mm", rounded(radius_sd_mm(result, b, i))},
            {"reference_radius_mm", rounded(at(result.ffr.reference_radius_mm, b, i))},
            {"flow_ml_min", rounded(ml_min_from_m3_s(at(result.solution.flow, b, i)))},
            {"pressure_mmhg", rounded(mmhg_from_pa(at(result.solution.pressure, b, i)))},
            {"ffr", rounded(at(result.ffr.ffr, b, i))},
            {"ffr_sd", rounded(sd < 0 ? std::nan("") : sd)},
            {"p_ffr_below_080", rounded(at(result.uncertainty.p_below, b, i))}};
}

Json flags_json(const Branch& branch) {
    Json flags = Json::array();
    for (const BranchFlag& flag : branch.flags)
        flags.push_back({{"kind", flag_name(flag.kind)},
                         {"start_mm", rounded(flag.start_mm)},
                         {"end_mm", rounded(flag.end_mm)},
                         {"reason", flag.reason}});
    return flags;
}

Json branches_json(const CaseResult& result) {
    Json branches = Json::array();
    for (std::size_t b = 0; b < result.tree.branches.size(); ++b) {
        const Branch& branch = result.tree.branches[b];
        Json points = Json::array();
        for (std::size_t i = 0; i < branch.points.size(); ++i) points.push_back(point_json(result, b, i));
        branches.push_back({{"id", branch.id},
                            {"parent", branch.parent},
                            {"side", branch.side == Side::left ? "left" : "right"},
                            {"segment", segment_name(branch.segment)},
                            {"label_confidence", rounded(branch.label_confidence)},
                            {"length_mm", rounded(branch.length_mm())},
                            {"flags", flags_json(branch)},
                            {"points", std::move(points)}});
    }
    return branches;
}

Json lumen_json(const CaseResult& result) {
    Json caps = Json::array();
    for (const Cap& cap : result.lumen.caps)
        caps.push_back({{"name", cap.name},
                        {"branch", cap.branch},
                        {"inlet", cap.inlet},
                        {"center_lps_mm", vector_json(cap.center_lps_mm)},
                        {"normal_lps", vector_json(cap.normal)},
                        {"area_mm2", rounded(cap.area_mm2)}});
    Json agreement = Json::array();
    for (const BranchAgreement& b : result.lumen_agreement)
        agreement.push_back({{"segment", segment_name(b.segment)},
                             {"mean_radius_mm", rounded(b.mean_radius_mm)},
                             {"mean_difference_mm", rounded(b.mean_mm)},
                             {"mean_abs_difference_mm", rounded(b.mean_abs_mm)},
                             {"largest_difference_mm", rounded(b.largest_mm)},
                             {"expected_difference_mm", rounded(b.expected_mm)}});
    const auto score = [](double value) { return value > 0 ? rounded(value) : Json(nullptr); };
    return {{"method", result.lumen.method},
            {"score", score(result.lumen_score)},
            {"other_score", score(result.other_lumen_score)},
            {"agreement", std::move(agreement)},
            {"triangles", result.lumen.mesh.triangles.size()},
            {"volume_mm3", rounded(enclosed_volume_mm3(result.lumen.mesh))},
            {"caps", std::move(caps)}};
}

Json tree_json(const CaseResult& result) {
    Json support = Json::array();
    for (const BranchSupport& b : result.tree_support)
        support.push_back({{"segment", segment_name(b.segment)},
                           {"length_mm", rounded(b.length_mm)},
                           {"seen", rounded(b.seen)}});
    return {{"method", result.tree_method},
            {"score", result.tree_score > 0 ? rounded(result.tree_score) : Json(nullptr)},
            {"network_support", std::move(support)}};
}

Json solver_json(const CaseResult& result) {
    const FlowSolution& solution = result.solution;
    if (solution.model.empty()) return nullptr;
    Json residuals = Json::array();
    for (double residual : solution.residual_history) residuals.push_back(number(residual));
    const auto as_ffr = [&](double pressure) {
        return solution.cells > 0 && result.hyperaemia.aortic_pressure > 0
                   ? number(pressure / result.hyperaemia.aortic_pressure)
                   : Json(nullptr);
    };
    return {
        {"model", solution.model},
        {"cells", solution.cells},
        {"iterations", solution.status.iterations},
        {"residuals", std::move(residuals)},
        {"residual", number(solution.status.residual)},
        {"mass_imbalance", number(solution.status.mass_imbalance)},
        {"status", reason_name(solution.status.reason)},
        {"iteration_error_ffr", as_ffr(solution.iteration_error)},
        {"mesh_error_ffr",
         solution.mesh_error.empty() ? Json(nullptr) : as_ffr(solution.largest_mesh_error())},
        {"convection", solution.cells > 0 ? Json(convection_name(solution.convection)) : Json(nullptr)},
        {"unsteadiness_ffr", as_ffr(solution.unsteadiness)},
        {"reduced_misfit_ffr",
         {{"before", number(result.reduced_misfit.before)}, {"after", number(result.reduced_misfit.after)}}},
        {"note", solution.status.note}};
}

Json timings_json(const CaseResult& result) {
    Json timings = Json::object();
    double total = 0;
    for (const auto& [stage, seconds] : result.timings_s) timings[stage] = rounded(seconds), total += seconds;
    timings["total"] = rounded(total);
    return timings;
}

Json null_reasons_json(const CaseResult& result) {
    Json reasons = Json::object();
    const bool solved = !result.solution.pressure.empty();
    reasons["ffr"] =
        solved
            ? "not read here: see the flags of this branch and of those before it, or the vessel is too thin "
              "to report"
            : "no flow was solved for this file";
    reasons["ffr_sd"] = reasons["p_ffr_below_080"] = "not estimated: see uncertainty.state";
    reasons["uncertainty"] = reasons["resting_estimate"] = "no uncertainty was asked for";
    reasons["uncertainty.flip_throat_diameter_mm"] = reasons["uncertainty.flip_flow_pct"] =
        "no such change crosses the threshold: see flip";
    reasons["radius_sd_mm"] = "the lumen was not fitted to an image here";
    reasons["reference_radius_mm"] =
        solved ? "no healthy reference could be fitted here" : "not computed for this file";
    if (solved && result.solution.cells == 0)
        reasons["solver.iteration_error_ffr"] = reasons["solver.unsteadiness_ffr"] =
            reasons["solver.reduced_misfit_ffr"] = "the flow was not solved in 3-D";
    if (solved && result.solution.mesh_error.empty())
        reasons["solver.mesh_error_ffr"] = result.solution.cells == 0
                                               ? "the flow was not solved in 3-D"
                                               : "the flow was not solved on a coarser mesh as well";
    if (!result.pulsatile)
        reasons["pulsatile"] = "pulsatile flow was not asked for";
    else if (!result.pulsatile->converged())
        reasons["pulsatile.beat_change"] = reasons["pulsatile.mean_inflow_ml_min"] =
            reasons["pulsatile.mass_imbalance"] = "there is no periodic flow: see pulsatile.note";
    if (result.pulsatile && !(result.pulsatile->converged() && result.pulsatile->cells > 0))
        reasons["pulsatile.largest_courant"] = "there is no 3-D flow over a heart beat";
    reasons["pulsatile.lesions"] = "no point of the lumen surface lies in this stretch of the branch";
    if (!result.calcium.measured)
        reasons["calcium"] = result.calcium.remarks.empty() ? "no scan without contrast was given"
                                                            : result.calcium.remarks.front();
    if (result.cad_rads.category.empty()) reasons["cad_rads"] = "not graded for this file";
    reasons["vessels.ppg"] = "the vessel's distal FFR is above 0.80, or was not computed";
    reasons["lesions.ffr_20mm_distal"] = "there is no place to read it: see the lesion's note";
    if (!result.problem.muscle.known())
        reasons["lesions.at_risk_g"] = reasons["lesions.at_risk_lv_pct"] =
            result.problem.muscle.why_not.empty() ? "the muscle was not looked at for this file"
                                                  : result.problem.muscle.why_not;
    reasons["lesions.remodelling_index"] = "the outer wall is not known here";
    if (!open_tree(result.tree).whole())
        reasons["pressure_mmhg"] = reasons["flow_ml_min"] = "an occlusion lies before it: see the flags";
    if (!solved) reasons["pressure_mmhg"] = reasons["flow_ml_min"] = "no flow was solved for this file";
    if (result.scan.blood_hu == 0) reasons["scan"] = "no image was analysed";
    if (result.quality.figures.empty()) reasons["input.quality.grade"] = "no image was graded";
    return reasons;
}

}  // namespace

std::string result_json(const CaseResult& result, const std::optional<ResultFailure>& failure) {
    const bool rejected = result.state == ResultState::rejected;
    Json json;
    json["schema"] = result_schema;
    json["state"] = result_state_name(result.state);
    json["reasons"] = result.reasons;
    json["failure"] = nullptr;
    if (failure)
        json["failure"] = {{"code", exit_code_name(failure->code)},
                           {"exit_code", static_cast<int>(failure->code)},
                           {"stage", failure->stage}};
    json["notice"] = "research use only, not a medical device";
    json["software"] = {{"version", result.software.version},
                        {"commit", result.software.commit},
                        {"device", result.software.device}};
    json["input"] = input_json(result);
    json["scan"] = scan_json(result.scan);
    json["patient"] = patient_json(result);
    json["hyperaemia"] = rejected ? Json(nullptr) : hyperaemia_json(result.hyperaemia);
    json["flow_state"] = flow_state_json(result);
    json["territories"] =
        rejected || result.problem.muscle.split_by.empty() ? Json(nullptr) : territories_json(result);
    json["dominance"] = rejected ? Json(nullptr) : Json(dominance_name(result.tree.dominance));
    json["dominance_confidence"] = rejected ? Json(nullptr) : rounded(result.tree.dominance_confidence);
    json["branches"] = rejected ? Json::array() : branches_json(result);
    json["tree"] = rejected ? Json(nullptr) : tree_json(result);
    json["lesions"] = rejected ? Json::array() : lesions_json(result);
    json["vessels"] = rejected ? Json::array() : vessels_json(result);
    json["plaque"] = rejected ? Json(nullptr) : plaque_json(result);
    json["calcium"] = rejected ? Json(nullptr) : calcium_json(result);
    json["cad_rads"] = rejected ? Json(nullptr) : cad_rads_json(result);
    json["uncertainty"] = rejected ? Json(nullptr) : uncertainty_json(result);
    json["resting_estimate"] = rejected ? Json(nullptr) : resting_json(result);
    json["lumen"] = rejected ? Json(nullptr) : lumen_json(result);
    json["solver"] = rejected ? Json(nullptr) : solver_json(result);
    json["pulsatile"] = rejected || !result.pulsatile ? Json(nullptr) : pulsatile_json(*result.pulsatile);
    json["null_reasons"] = rejected ? Json::object() : null_reasons_json(result);
    json["timings_s"] = timings_json(result);
    json["options"] = result.options_toml;
    if (const FlowState state = result.hyperaemia.state; state != FlowState::hyperaemia) {
        // Whoever reads FFR by schema and keys finds neither.
        rename_ratio(json, state);
        json["schema"] = state == FlowState::rest ? resting_result_schema : exercise_result_schema;
    }
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ctffr
