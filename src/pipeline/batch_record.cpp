// SPDX-License-Identifier: Apache-2.0
#include "pipeline/batch_record.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstring>

#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/result_read.hpp"
#include "pipeline/cohort_rows.hpp"

namespace ctffr {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* record_schema = "ctffr-batch-row-1";

// A code of the case itself comes again when the case is run again; a signal, a full disk or a stop by the
// user does not, and memory or a device may be there the next time.
bool is_final(int exit_code) {
    return exit_code >= 0 && exit_code < static_cast<int>(ExitCode::device_failed);
}

// Codes that say that this input gives no result, against those that say that the program did not do its
// work.
bool is_rejection(int exit_code) {
    return exit_code >= static_cast<int>(ExitCode::input_missing) &&
           exit_code < static_cast<int>(ExitCode::device_failed);
}

std::string last_error(const std::string& output) {
    constexpr std::string_view mark = "ctffr: error: ";
    const std::size_t at = output.rfind(mark);
    if (at == std::string::npos) return {};
    const std::size_t begin = at + mark.size();
    return output.substr(begin, output.find('\n', begin) - begin);
}

std::string sentence_of_signal(int signal) {
    const std::string ended = fmt::format("Ended by signal {} ({})", signal, ::strsignal(signal));
    return signal == SIGKILL
               ? ended + ": killed from outside, or the machine's memory ran out (try fewer --jobs)."
               : ended + ": a crash; please report this.";
}

std::string joined(const Json& sentences) {
    std::string text;
    for (const Json& sentence : sentences) {
        if (!text.empty()) text += ' ';
        text += sentence.get<std::string>();
    }
    return text;
}

void read_facts(const Json& result, BatchRecord& record) {
    record.input_kind = result.at("input").at("kind");
    record.input_hash = result.at("input").at("hash");
    record.version = result.at("software").at("version");
    record.commit = result.at("software").at("commit");
    // Without the number of threads, which changes no result.
    const std::string device = result.at("software").at("device");
    const std::size_t comma = device.rfind(", ");
    record.device = device.ends_with(" threads") ? device.substr(0, comma) : device;
    for (const auto& [stage, seconds] : result.at("timings_s").items())
        if (stage != "total") record.timings_s.emplace_back(stage, seconds.get<double>());
}

// result.json of a run that failed is only ours when it names this failure: an input that could not be read
// leaves the result of an earlier case in the folder alone.
bool is_of_this_run(const Json& result, int exit_code) {
    if (exit_code == 0) return result.at("state") != "rejected";
    if (result.at("state") != "rejected") return false;
    const Json& failure = result.at("failure");
    return failure.is_null() ? exit_code == static_cast<int>(ExitCode::quality_rejected)
                             : failure.at("exit_code") == exit_code;
}

void read_result(const std::filesystem::path& case_folder, BatchRecord& record) {
    std::error_code error;
    if (!std::filesystem::exists(case_folder / "result.json", error)) {
        if (record.exit_code == 0)
            throw Error(ExitCode::internal, "The run ended well without {}. Please report this.",
                        (case_folder / "result.json").string());
        return;
    }
    const Json result = Json::parse(read_text(case_folder / "result.json"));
    if (!is_of_this_run(result, record.exit_code)) {
        if (record.exit_code == 0)
            throw Error(ExitCode::internal, "The run ended well and {} says '{}'. Please report this.",
                        (case_folder / "result.json").string(), result.at("state").get<std::string>());
        return;
    }
    read_facts(result, record);
    if (record.exit_code == 0) {
        record.state = result.at("state");
        record.rows = cohort_rows(read_result_json(case_folder));
        if (record.state != "ok") record.reason = joined(result.at("reasons"));
    } else if (!result.at("failure").is_null()) {
        record.stage = result.at("failure").at("stage");
    } else {
        record.reason = joined(result.at("reasons"));
    }
}

}  // namespace

BatchRecord record_of(const std::filesystem::path& case_folder, const std::string& output, int exit_code) {
    BatchRecord record;
    record.exit_code = exit_code;
    record.final = is_final(exit_code);
    record.state = is_rejection(exit_code) ? "rejected" : "failed";
    try {
        read_result(case_folder, record);
    } catch (const std::exception& failure) {
        // A row must not say what the file does not: the case is run again.
        record = {};
        record.state = "failed";
        record.exit_code = exit_code == 0 ? static_cast<int>(ExitCode::internal) : exit_code;
        record.reason = failure.what();
    }
    const int code = record.exit_code;
    if (code == 0) return record;
    if (code > 128 && code != static_cast<int>(ExitCode::interrupted)) {
        record.failure = "signal";
        if (record.reason.empty()) record.reason = sentence_of_signal(code - 128);
        return record;
    }
    record.failure = exit_code_name(static_cast<ExitCode>(code));
    if (record.reason.empty()) record.reason = last_error(output);
    if (record.reason.empty())
        record.reason = fmt::format("Ended with exit code {} and no word about it.", code);
    return record;
}

std::string record_json(const BatchRecord& record) {
    Json rows = Json::array();
    for (const TableRow& row : record.rows)
        rows.push_back({{"kind", row.kind},
                        {"vessel", row.vessel},
                        {"segment", row.segment},
                        {"note", row.note},
                        {"figures", row.figures}});
    Json timings = Json::object();
    for (const auto& [stage, seconds] : record.timings_s) timings[stage] = seconds;
    const Json json = {{"schema", record_schema},         {"key", record.key},
                       {"final", record.final},           {"state", record.state},
                       {"exit_code", record.exit_code},   {"failure", record.failure},
                       {"stage", record.stage},           {"reason", record.reason},
                       {"input_kind", record.input_kind}, {"input_hash", record.input_hash},
                       {"version", record.version},       {"commit", record.commit},
                       {"device", record.device},         {"wall_s", record.wall_s},
                       {"timings_s", std::move(timings)}, {"rows", std::move(rows)}};
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<BatchRecord> record_from_json(const std::string& text) {
    BatchRecord record;
    try {
        const Json json = Json::parse(text);
        if (json.at("schema") != record_schema) return std::nullopt;
        json.at("key").get_to(record.key);
        json.at("final").get_to(record.final);
        json.at("state").get_to(record.state);
        json.at("exit_code").get_to(record.exit_code);
        json.at("failure").get_to(record.failure);
        json.at("stage").get_to(record.stage);
        json.at("reason").get_to(record.reason);
        json.at("input_kind").get_to(record.input_kind);
        json.at("input_hash").get_to(record.input_hash);
        json.at("version").get_to(record.version);
        json.at("commit").get_to(record.commit);
        json.at("device").get_to(record.device);
        json.at("wall_s").get_to(record.wall_s);
        for (const auto& [stage, seconds] : json.at("timings_s").items())
            record.timings_s.emplace_back(stage, seconds.get<double>());
        for (const Json& row : json.at("rows"))
            record.rows.push_back({row.at("kind"), row.at("vessel"), row.at("segment"), row.at("note"),
                                   row.at("figures").get<std::map<std::string, double>>()});
    } catch (const Json::exception&) {
        return std::nullopt;
    }
    return record;
}

}  // namespace ctffr
