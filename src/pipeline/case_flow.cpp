// SPDX-License-Identifier: Apache-2.0
// The flow stages of a case: boundary conditions, mesh, solution, FFR, and the 3-D field as a file.
#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/flow_mesh_file.hpp"
#include "pipeline/case_run.hpp"

namespace ctffr {

namespace {

std::string facts_text(const GivenFacts& given) {
    std::string text;
    if (given.facts.sex) text += fmt::format("sex = {}\n", *given.facts.sex);
    visit_facts(given.facts, [&](const char* key, const std::optional<double>& value, auto...) {
        if (value) text += fmt::format("{} = {} # {}\n", key, *value, given.sources.at(key));
    });
    return text;
}

// What flow.vtu shows.
std::vector<CellField> cell_fields(const FlowField& field, const FlowField* beat,
                                   const Hyperaemia& hyperaemia) {
    const double aortic_pressure = hyperaemia.aortic_pressure;
    CellField velocity{"velocity_m_s", 3, {field.velocity.begin(), field.velocity.end()}};
    CellField pressure{"pressure_mmhg", 1, {}}, ffr{ratio_key(hyperaemia.state), 1, {}};
    for (float p : field.pressure) {
        pressure.values.push_back(mmhg_from_pa(static_cast<double>(p)));
        ffr.values.push_back(static_cast<double>(p) / aortic_pressure);
    }
    std::vector<CellField> all{std::move(velocity), std::move(pressure), std::move(ffr)};
    if (beat) {
        all.push_back({"mean_velocity_m_s", 3, {beat->velocity.begin(), beat->velocity.end()}});
        all.push_back({"mean_pressure_mmhg", 1, {}});
        for (float p : beat->pressure) all.back().values.push_back(mmhg_from_pa(static_cast<double>(p)));
    }
    return all;
}

}  // namespace

void CaseRun::boundary() {
    stage("boundary", options_text(request_, "boundary") + facts_text(facts_), result_.problem, [&] {
        FlowProblem problem =
            run_boundary(lumen_.tree, lumen_.lumen, segment_.heart, facts_.facts, request_.boundary, run_,
                         segmented_ ? &segment_.segmentation : nullptr);
        note_sources(problem.hyperaemia, facts_);
        return problem;
    });
    result_.hyperaemia = result_.problem.hyperaemia;
    if (const std::string& fallback = result_.problem.muscle.split_fallback; !fallback.empty())
        result_.reasons.push_back(fallback);
}

void CaseRun::make_mesh() {
    try {
        mesh_ = run_mesh(lumen_.lumen, lumen_.tree, mesh_options(request_), run_);
    } catch (const Error& error) {
        if (error.code() != ExitCode::mesh_failed) throw;
        throw Error(ExitCode::mesh_failed, "{} --flow reduced needs no mesh.", error.what());
    }
    run_.info("mesh: {} cells", mesh_->cells);
}

// Nothing when it is not wanted or cannot be made.
std::optional<FlowMesh> CaseRun::coarse_mesh() {
    if (!request_.flow3d.coarse_first) return {};
    MeshOptions options = mesh_options(request_);
    options.cells_per_diameter /= SteadyFlowOptions::coarse_spacing;
    try {
        return run_mesh(lumen_.lumen, lumen_.tree, options, run_);
    } catch (const Error& error) {
        if (error.code() != ExitCode::mesh_failed) throw;
        run_.warn("There is no coarser mesh, so the error of the mesh is not known: {}", error.what());
        return {};
    }
}

// The mesh itself is not kept in the case file: it is large, and made again bit by bit when it is needed.
void CaseRun::mesh() {
    if (!request_.in_3d()) return;
    begin("mesh", options_text(request_, "mesh"));
    if (const auto record = stored()) return finish_stored(*record);
    make_mesh();
    StageRecord record = new_record();
    record.arrays["cells"] = {std::vector<double>{static_cast<double>(mesh_->cells)}, {1}};
    finish_computed(std::move(record));
}

SteadyFlow CaseRun::compute_flow() {
    SteadyFlow flow;
    flow.solution = run_solve_reduced(lumen_.tree, lumen_.lumen, result_.problem, request_.solve, run_);
    const SolveStatus& status = flow.solution.status;
    if (request_.in_3d()) {
        if (!mesh_) {
            make_mesh();
            stage_start_ = std::chrono::steady_clock::now();
        }
        return run_solve_steady(lumen_.tree, lumen_.lumen, *mesh_, coarse_mesh(), result_.problem,
                                flow.solution, request_.flow3d, run_);
    }
    // An unconverged solution is not stored either: nobody shall ever read it.
    if (!status.converged())
        throw Error(
            ExitCode::not_converged,
            "The flow solver ended as '{}' after {} iterations with residual {:.2e} (asked for {:.2e}){}{}: "
            "no FFR is given.",
            reason_name(status.reason), status.iterations, status.residual, request_.solve.tolerance,
            status.note.empty() ? "" : "; ", status.note);
    return flow;
}

void CaseRun::solve() {
    // The steady solution is the same with a beat behind it and without.
    const std::string model = request_.flow == "pulsatile-3d" ? "steady" : request_.flow;
    SteadyFlow flow;
    stage("solve",
          fmt::format("flow = {}\n{}{}", model, options_text(request_, "solve"),
                      request_.in_3d() ? options_text(request_, "flow3d") : ""),
          flow, [&] { return compute_flow(); });
    solve_key_ = key_;
    result_.solution = std::move(flow.solution);
    result_.wall = std::move(flow.wall);
    field_ = std::move(flow.field);
}

void CaseRun::ffr() {
    stage("ffr", options_text(request_, "ffr"), ffr_, [&] {
        return run_ffr(lumen_.tree, lumen_.lumen, result_.problem, result_.solution, request_.ffr, run_);
    });
    result_.ffr = ffr_.map;
    result_.lesions = ffr_.lesions;
    result_.vessels = ffr_.vessels;
    result_.reasons.insert(result_.reasons.end(), ffr_.remarks.begin(), ffr_.remarks.end());
    result_.reduced_misfit = ffr_.reduced_misfit;
    result_.uncertainty = ffr_.uncertainty;
    result_.resting = ffr_.resting;
    // A tree that was given is the user's own to judge.
    const bool incomplete = !inputs_.tree && !lost_main_arteries(lumen_.tree).empty();
    result_.state =
        ffr_.excluded_segments || incomplete ? ResultState::ok_with_excluded_segments : ResultState::ok;
}

PulsatileFlow CaseRun::compute_beat() {
    BeatOptions network = request_.pulsatile;
    network.network = request_.solve;
    if (!request_.in_3d())
        return run_pulsatile(lumen_.tree, lumen_.lumen, result_.problem, result_.solution,
                             result_.ffr.reference_radius_mm, network, run_);
    if (!mesh_) make_mesh();
    MeshOptions options = mesh_options(request_);
    const bool same = options.cells_per_diameter == request_.pulsatile3d.cells_per_diameter;
    options.cells_per_diameter = request_.pulsatile3d.cells_per_diameter;
    std::optional<FlowMesh> own;
    if (!same) own = run_mesh(lumen_.lumen, lumen_.tree, options, run_);
    return run_pulsatile_3d(lumen_.tree, lumen_.lumen, own ? *own : *mesh_, result_.problem, result_.solution,
                            result_.ffr.reference_radius_mm, result_.lesions, mesh_->cell_centre, network,
                            request_.pulsatile3d, run_);
}

void CaseRun::pulsatile() {
    if (!request_.beats()) return;
    PulsatileFlow beat;
    // Both kinds of beat begin with the network's.
    stage("pulsatile",
          request_.in_3d()
              ? "flow = 3d\n" + options_text(request_, "pulsatile") + options_text(request_, "pulsatile3d")
              : options_text(request_, "pulsatile"),
          beat, [&] { return compute_beat(); });
    field_key_ = key_;
    if (!beat.converged())
        result_.reasons.push_back(fmt::format("The flow over a heart beat is not available: {} ({}).",
                                              beat.status.note, reason_name(beat.status.reason)));
    result_.pulsatile = std::move(beat);
}

// flow.vtu of an earlier run is kept when it is, byte by byte, the one of this solution: making it again
// would take the mesh.
void CaseRun::write_flow_field(StageRecord& record) {
    const auto path = folder_ / "flow.vtu";
    const bool beats = result_.pulsatile && !result_.pulsatile->mean_field.pressure.empty();
    const std::string key = beats ? field_key_ : solve_key_;
    std::error_code ignored;
    if (!mesh_ && std::filesystem::exists(path, ignored))
        if (const auto old = case_file_.load("report"); old && old->texts.count("flow_vtu"))
            if (old->text("flow_vtu") == key + " " + sha256_hex(read_text(path))) {
                record.texts["flow_vtu"] = old->text("flow_vtu");
                return;
            }
    if (!mesh_) make_mesh();
    write_flow_mesh(path, *mesh_,
                    cell_fields(field_, beats ? &result_.pulsatile->mean_field : nullptr, result_.hyperaemia),
                    m_per_mm);
    record.texts["flow_vtu"] = key + " " + sha256_hex(read_text(path));
    run_.check_cancel();
}

}  // namespace ctffr
