// SPDX-License-Identifier: Apache-2.0
// Seals: the computed values of a cohort as one text with its SHA-256, fixed before the measured values are
// joined. The hash shows a change only to those who kept a copy of it elsewhere.
#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/io/cohort_csv.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/pipeline/output_folder.hpp"
#include "ctffr/pipeline/validate_cohort.hpp"

namespace ctffr {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Seal read_seal(const fs::path& folder) {
    const fs::path file = folder / "seal.json";
    if (!fs::exists(file))
        throw Error(ExitCode::input_missing,
                    "There is no seal in {}: seal the computed values first with 'ctffr validate COHORT.csv "
                    "--seal -o {}'.",
                    folder.string(), folder.string());
    try {
        const Json json = Json::parse(read_text(file));
        if (json.at("schema") != seal_schema)
            throw Error(ExitCode::input_unreadable,
                        "{} is no seal of this program: its schema is {}, not {}.", file.string(),
                        json.at("schema").dump(), seal_schema);
        return {json.at("sha256"), json.at("rows"), json.at("blinded")};
    } catch (const nlohmann::json::exception& error) {
        throw Error(ExitCode::input_unreadable, "{} cannot be read: {}.", file.string(), error.what());
    }
}

}  // namespace

Seal seal_cohort(const ValidateRequest& request, const Run& run) {
    const Cohort cohort = read_cohort(request.cohort);
    for (const std::string& remark : cohort.remarks) run.warn("{}", remark);
    if (cohort.has_measured)
        run.warn(
            "{} holds measured values: they are not sealed, and the seal is marked as not blinded. For a "
            "blinded "
            "seal give a file without the column ffr_invasive.",
            request.cohort.string());
    const std::string text = sealed_csv(cohort);
    const Seal seal{sha256_hex(text), static_cast<int>(cohort.rows.size()), !cohort.has_measured};
    const OutputFolder folder(request.out, 1'000'000);
    if (fs::exists(folder / "seal.json") && read_seal(request.out).sha256 != seal.sha256)
        throw Error(ExitCode::case_incompatible,
                    "{} holds a seal of other values, which is never replaced: choose another folder.",
                    request.out.string());
    write_text_atomically(folder / "sealed.csv", text);
    const Json json{
        {"schema", seal_schema},
        {"file", "sealed.csv"},
        {"sha256", seal.sha256},
        {"rows", seal.rows},
        {"blinded", seal.blinded},
        {"software", {{"version", request.software.version}, {"commit", request.software.commit}}}};
    write_text_atomically(folder / "seal.json", json.dump(1) + "\n");
    return seal;
}

SealedCohort read_sealed(const fs::path& folder) {
    const Seal seal = read_seal(folder);
    const fs::path file = folder / "sealed.csv";
    if (!fs::exists(file))
        throw Error(ExitCode::case_incompatible, "{} is gone: the sealed results cannot be compared.",
                    file.string());
    const std::string text = read_text(file);
    if (const std::string found = sha256_hex(text); found != seal.sha256)
        throw Error(
            ExitCode::case_incompatible,
            "{} is no longer what was sealed (SHA-256 {} found, {} in seal.json): restore the file, or "
            "seal anew in another folder and say so.",
            file.string(), found, seal.sha256);
    return {seal, parse_cohort(text, file.string())};
}

}  // namespace ctffr
