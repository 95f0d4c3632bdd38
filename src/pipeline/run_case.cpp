// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/run_case.hpp"

#include <new>

#include "ctffr/io/case_file.hpp"
#include "pipeline/case_outputs.hpp"
#include "pipeline/case_run.hpp"

namespace ctffr {

namespace {

// Below this a run cannot even keep its log and case file.
constexpr std::uint64_t least_free_bytes = 20'000'000;

// A failure of the case is part of its record; a failure of the folder, the request or a stop by the user is
// not.
bool belongs_to_case(ExitCode code) {
    switch (code) {
        case ExitCode::ok:
        case ExitCode::usage:
        case ExitCode::interrupted:
        case ExitCode::file_system:
        case ExitCode::disk_full:
        case ExitCode::case_incompatible:
        case ExitCode::batch_unfinished:
        case ExitCode::not_built: return false;
        case ExitCode::internal:
        case ExitCode::input_missing:
        case ExitCode::input_unreadable:
        case ExitCode::input_truncated:
        case ExitCode::input_not_ct:
        case ExitCode::input_gap:
        case ExitCode::input_duplicate:
        case ExitCode::input_orientation:
        case ExitCode::input_gantry_tilt:
        case ExitCode::input_no_rescale:
        case ExitCode::input_not_finite:
        case ExitCode::input_geometry:
        case ExitCode::input_ambiguous:
        case ExitCode::input_unsupported:
        case ExitCode::quality_rejected:
        case ExitCode::anatomy_not_found:
        case ExitCode::lumen_failed:
        case ExitCode::mesh_failed:
        case ExitCode::not_converged:
        case ExitCode::physiology_out_of_range:
        case ExitCode::device_failed:
        case ExitCode::out_of_memory: return true;
    }
    return true;
}

void record_failure(const OutputFolder& folder, CaseRun& run, const Error& error) {
    // While the input is unknown, results of an earlier case in this folder are not ours to replace.
    const bool old_case = CaseFile(folder / "case.h5").exists();
    if (!belongs_to_case(error.code()) || (old_case && !run.owns_folder())) return;
    CaseResult result = run.result();
    result.reasons.insert(result.reasons.begin(), error.what());
    try {
        write_rejection(folder, std::move(result), ResultFailure{error.code(), run.current_stage()});
    } catch (const Error&) {
        // The first failure is the one to report.
    }
}

void execute(CaseRun& run) {
    try {
        run.execute();
    } catch (const Error&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw Error(ExitCode::out_of_memory,
                    "Memory ran out in stage {}: close other programs or use a larger machine.",
                    run.current_stage());
    } catch (const std::exception& error) {
        throw Error(ExitCode::internal, "Unexpected failure in stage {}: {}. Please report this.",
                    run.current_stage(), error.what());
    }
}

}  // namespace

const std::vector<std::string>& stage_names() {
    static const std::vector<std::string> names{"read",      "segment", "centerline", "lumen",
                                                "boundary",  "mesh",    "solve",      "ffr",
                                                "pulsatile", "plaque",  "calcium",    "report"};
    return names;
}

CaseResult run_case(const RunRequest& request, const Run& run, const CaseHooks& hooks) {
    check_inputs(request);
    const auto start = std::chrono::steady_clock::now();
    const OutputFolder folder(request.out, least_free_bytes);
    if (hooks.folder_ready) hooks.folder_ready();
    CaseRun case_run(request, run, hooks, folder);
    try {
        execute(case_run);
    } catch (const Error& error) {
        record_failure(folder, case_run, error);
        if (hooks.closing) hooks.closing(&error);
        throw;
    }
    run.info("state {}; {:.1f} s in all", result_state_name(case_run.result().state),
             std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    if (hooks.closing) hooks.closing(nullptr);
    return std::move(case_run.result());
}

RunRequest stored_request(const std::filesystem::path& case_folder) {
    const CaseFile file(case_folder / "case.h5");
    if (!file.exists())
        throw Error(ExitCode::input_missing, "{} holds no case file case.h5: run the whole case first.",
                    case_folder.string());
    RunRequest request = request_from_json(file.request());
    request.out = case_folder;
    return request;
}

}  // namespace ctffr
