// SPDX-License-Identifier: Apache-2.0
#include "ctffr/core/error.hpp"

namespace ctffr {

std::string_view exit_code_name(ExitCode code) {
    switch (code) {
        case ExitCode::ok: return "ok";
        case ExitCode::internal: return "internal";
        case ExitCode::usage: return "usage";
        case ExitCode::input_missing: return "input-missing";
        case ExitCode::input_unreadable: return "input-unreadable";
        case ExitCode::input_truncated: return "input-truncated";
        case ExitCode::input_not_ct: return "input-not-ct";
        case ExitCode::input_gap: return "input-gap";
        case ExitCode::input_duplicate: return "input-duplicate";
        case ExitCode::input_orientation: return "input-orientation";
        case ExitCode::input_gantry_tilt: return "input-gantry-tilt";
        case ExitCode::input_no_rescale: return "input-no-rescale";
        case ExitCode::input_not_finite: return "input-not-finite";
        case ExitCode::input_geometry: return "input-geometry";
        case ExitCode::input_ambiguous: return "input-ambiguous";
        case ExitCode::input_unsupported: return "input-unsupported";
        case ExitCode::quality_rejected: return "quality-rejected";
        case ExitCode::anatomy_not_found: return "anatomy-not-found";
        case ExitCode::lumen_failed: return "lumen-failed";
        case ExitCode::mesh_failed: return "mesh-failed";
        case ExitCode::not_converged: return "not-converged";
        case ExitCode::physiology_out_of_range: return "physiology-out-of-range";
        case ExitCode::device_failed: return "device-failed";
        case ExitCode::out_of_memory: return "out-of-memory";
        case ExitCode::file_system: return "file-system";
        case ExitCode::disk_full: return "disk-full";
        case ExitCode::case_incompatible: return "case-incompatible";
        case ExitCode::batch_unfinished: return "batch-unfinished";
        case ExitCode::not_built: return "not-built";
        case ExitCode::interrupted: return "interrupted";
    }
    return "unknown";
}

namespace detail {

void check_failed(const char* expression, const char* file, int line, const std::string& values) {
    throw Error(ExitCode::internal, "Internal check failed at {}:{}: {} ({}). Please report this.", file,
                line, expression, values);
}

}  // namespace detail
}  // namespace ctffr
