// SPDX-License-Identifier: Apache-2.0
#include "app/request_options.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "ctffr/pipeline/physiology_file.hpp"

namespace ctffr {

namespace {

std::string with_dashes(std::string key) {
    std::replace(key.begin(), key.end(), '_', '-');
    return key;
}

std::string figure(double value, const char* format = "{:.2f}") {
    return std::isfinite(value) ? fmt::format(fmt::runtime(format), value) : std::string("-");
}

void print_vessels(const CaseResult& result) {
    const std::string ratio = ratio_name(result.hyperaemia.state);
    const int width = static_cast<int>(ratio.size()) + 9;
    fmt::print("\n{:<10}{:>{}}{:>{}}{:>12}  {}\n", "vessel", "distal " + ratio, width, "min " + ratio, width,
               "length mm", "lesions");
    for (const VesselSummary& vessel : result.vessels) {
        std::string lesions;
        for (const Lesion& lesion : result.lesions)
            if (lesion.vessel == vessel.name)
                lesions += fmt::format("{}{} {} % (MLD {} mm, {} {} to {})", lesions.empty() ? "" : ", ",
                                       lesion.segment, figure(lesion.diameter_stenosis_pct, "{:.0f}"),
                                       figure(lesion.mld_mm, "{:.1f}"), ratio, figure(lesion.ffr_proximal),
                                       figure(lesion.ffr_20mm_distal));
        fmt::print("{:<10}{:>{}}{:>{}}{:>12}  {}\n", vessel.name, figure(vessel.ffr_distal), width,
                   figure(vessel.min_ffr), width, figure(vessel.length_mm, "{:.0f}"), lesions);
    }
}

void print_summary(const CaseResult& result, const RunRequest& request) {
    print_vessels(result);
    if (result.hyperaemia.state == FlowState::hyperaemia)
        fmt::print(
            "The distal FFR of a vessel is not for a decision alone; FFR of a lesion is read 10 to 20 mm "
            "below it.\n");
    else
        fmt::print("State {}: {} is not FFR, and the cut-off 0.80 does not apply.\n",
                   flow_state_name(result.hyperaemia.state), ratio_name(result.hyperaemia.state));
    if (!result.cad_rads.category.empty()) fmt::print("{}\n", result.cad_rads.text());
    if (result.calcium.measured) fmt::print("Agatston score {:.0f}\n", result.calcium.agatston);
    fmt::print("\n{:<12}{:>8}\n", "stage", "s");
    double total = 0;
    for (const auto& [stage, seconds] : result.timings_s) {
        fmt::print("{:<12}{:>8.1f}\n", stage, seconds);
        total += seconds;
    }
    fmt::print("{:<12}{:>8.1f}\n", "total", total);
    fmt::print("\nstate: {}\n", result_state_name(result.state));
    for (const std::string& reason : result.reasons) fmt::print("  - {}\n", reason);
    fmt::print(
        "\nresults in {}: result.json, report.html, lumen.vtp, centerline.vtp{}{}{}, case.h5, run.log\n",
        request.out.string(), request.in_3d() ? ", flow.vtu" : "", request.beats() ? ", waveforms.csv" : "",
        request.series.empty() && request.mask.empty() ? "" : ", segmentation.nii.gz");
    fmt::print("Research use only, not a medical device.\n");
}

}  // namespace

void add_fact_options(CLI::App& app, FactOptions& options) {
    const std::string group = "Patient (over what the image says)";
    app.add_option("--patient", options.patient_file, "JSON file with any of the facts below")->group(group);
    app.add_option("--sex", options.sex, "F or M")->check(CLI::IsMember({"F", "M"}))->group(group);
    visit_facts(options.typed, [&](const char* key, std::optional<double>& value, const char* unit,
                                   double low, double high, const char*) {
        app.add_option("--" + with_dashes(key), value, fmt::format("[{}], {} to {}", unit, low, high))
            ->group(group);
    });
}

void apply_facts(const FactOptions& options, RunRequest& request) {
    if (!options.patient_file.empty())
        request.facts = merged(request.facts, read_patient_file(options.patient_file));
    GivenFacts typed{options.typed, {}};
    if (!options.sex.empty()) typed.facts.sex = options.sex[0], typed.sources["sex"] = "command line";
    visit_facts(options.typed, [&](const char* key, const std::optional<double>& value, auto...) {
        if (value) typed.sources[key] = "command line";
    });
    request.facts = merged(request.facts, typed);
}

void add_physiology_option(CLI::App& app, PhysiologyOption& option) {
    option.app = &app;
    app.add_option("--physiology", option.file,
                   "JSON file with options of stage boundary, as truth/physiology.json of a virtual patient");
}

void apply_physiology(const PhysiologyOption& option, RunRequest& request) {
    if (option.file.empty()) return;
    read_physiology_file(option.file, request,
                         [&](const char* flag) { return option.app->get_option(flag)->count() > 0; });
}

void add_stage_options(CLI::App& app, RunRequest& request, const std::vector<std::string>& groups) {
    visit_options(
        request, [&](const std::string& group, const char*, auto& value, const char* flag, const char* help) {
            if (groups.empty() || std::find(groups.begin(), groups.end(), group) != groups.end())
                app.add_option(flag, value, help)->capture_default_str()->group("Stage " + group);
        });
}

void add_flow_option(CLI::App& app, RunRequest& request) {
    app.add_option("--flow", request.flow,
                   "flow model: steady (3-D, minutes on a CPU), reduced (along the centerlines, seconds), "
                   "pulsatile (as reduced, and over a heart beat) or pulsatile-3d (as steady, and over a "
                   "heart beat in 3-D, hours on a CPU)")
        ->capture_default_str();
}

void add_common_options(CLI::App& app, RunRequest& request) {
    app.add_option("--network", request.network,
                   "segment the lumen with this network of your own (ONNX; beside it a sidecar .json, or the "
                   "plans.json and dataset.json of nnU-Net)");
    app.add_option("--lumen-network", request.lumen_network,
                   "measure the lumen with this network (ONNX, its sidecar .json beside it) in place of the "
                   "shipped one");
    app.add_option(
        "--heart-network", request.heart_network,
        "find heart and tree with this network (ONNX, its sidecar .json beside it) in place of the "
        "shipped one");
    add_flow_option(app, request);
    add_stage_options(app, request);
}

ExitCode run_and_print(const RunRequest& request, Session& session) {
    CaseHooks hooks;
    hooks.folder_ready = [&] {
        session.log().attach(request.out);
        session.run().debug("ctffr {} ({}) on {}; resolved options:\n{}", request.software.version,
                            request.software.commit, request.software.device, resolved_toml(request));
    };
    hooks.stage_finished = [&] { session.log().flush(); };
    bool error_logged = false;
    hooks.closing = [&](const Error* failure) {
        if (failure) session.log().error(failure->what());
        error_logged = failure != nullptr;
        session.log().flush();
    };
    try {
        const CaseResult result = run_case(request, session.run(), hooks);
        if (result.state == ResultState::rejected) {
            for (const std::string& reason : result.reasons) session.log().message(LogLevel::warning, reason);
            session.log().error(fmt::format("The quality gate rejects this scan; see {}.",
                                            (request.out / "result.json").string()));
            return ExitCode::quality_rejected;
        }
        if (!session.quiet()) print_summary(result, request);
    } catch (const Error& failure) {
        if (!error_logged) throw;
        return failure.code();
    }
    session.print_profile();
    return ExitCode::ok;
}

}  // namespace ctffr
