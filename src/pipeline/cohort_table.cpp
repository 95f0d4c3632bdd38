// SPDX-License-Identifier: Apache-2.0
#include "pipeline/cohort_table.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>

#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/io/csv.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/pipeline/run_case.hpp"
#include "pipeline/batch_key.hpp"

namespace ctffr {

namespace {

// Figures of a row, by the names that cohort_rows.cpp gives them; the measured value comes from the manifest.
const std::vector<std::string>& figure_columns() {
    static const std::vector<std::string> columns{
        "ffr_ct",    "ffr_ct_sd",    "ffr_ct_low_90", "ffr_ct_high_90", "p_ffr_below_080",
        "ffr_min",   "ffr_proximal", "delta_ffr",     "distal_read_mm", "ffr_invasive",
        "ds_pct",    "as_pct",       "mld_mm",        "mla_mm2",        "reference_diameter_mm",
        "length_mm", "start_mm",     "end_mm",        "throat_mm"};
    return columns;
}

std::string number(double value) { return fmt::format("{}", value); }

std::string seconds_of(const BatchRecord& record, const std::string& stage) {
    double total = 0;
    for (const auto& [name, seconds] : record.timings_s) {
        if (name == stage) return number(seconds);
        total += seconds;
    }
    return stage == "total" && !record.timings_s.empty() ? number(total) : std::string();
}

// Of all measurements of a case, the one of this row.
std::optional<double> measured_in(const ManifestCase& item, const TableRow& row) {
    const std::string& place = row.kind == "vessel" ? row.vessel : row.segment;
    for (const auto& [location, ffr] : item.measured)
        if (location == place) return ffr;
    return std::nullopt;
}

bool is_main_vessel(const std::string& location) {
    return location == "LAD" || location == "LCX" || location == "RCA";
}

// What the table shows of a case: its vessels and lesions, and the measured places among its segments or,
// where the result has no such place, without a value.
std::vector<TableRow> shown_rows(const ManifestCase& item, const std::optional<BatchRecord>& record) {
    std::vector<TableRow> rows;
    if (record)
        for (const TableRow& row : record->rows)
            if (row.kind != "segment") rows.push_back(row);
    if (rows.empty()) rows.push_back({"case", "", "", "", {}});
    for (const auto& [location, ffr] : item.measured) {
        const std::string& place = location;
        if (std::any_of(rows.begin(), rows.end(),
                        [&](const TableRow& row) { return row.kind == "vessel" && row.vessel == place; }))
            continue;
        TableRow row{"segment", "", place, "The result has no such segment.", {}};
        if (is_main_vessel(place)) row = {"vessel", place, "", "The result has no such vessel.", {}};
        if (record)
            for (const TableRow& segment : record->rows)
                if (segment.kind == "segment" && segment.segment == place) row = segment;
        rows.push_back(row);
    }
    return rows;
}

std::vector<std::string> line_of(const ManifestCase& item, const BatchRecord& record, bool is_there,
                                 const TableRow& row) {
    std::vector<std::string> line{item.name, row.kind, row.vessel, row.segment, record.state};
    line.push_back(is_there ? std::to_string(record.exit_code) : "");
    line.insert(line.end(), {record.failure, record.stage, record.reason});
    for (const std::string& figure : figure_columns()) {
        const auto found = row.figures.find(figure);
        line.push_back(found == row.figures.end() ? "" : number(found->second));
    }
    line.insert(line.end(), {row.note, item.path, "cases/" + item.name, record.input_kind, record.input_hash,
                             record.version, record.commit, record.device});
    line.push_back(is_there ? number(record.wall_s) : "");
    line.push_back(seconds_of(record, "total"));
    for (const std::string& stage : stage_names()) line.push_back(seconds_of(record, stage));
    return line;
}

// Sums over the lines of the table.
struct Sums {
    int vessels = 0, vessels_low = 0, lesions = 0, lesions_low = 0, measured = 0, measured_with_result = 0;
    std::map<int, int> exit_codes;
    double wall_s = 0, longest_s = 0;

    void add(const ManifestCase& item, const std::optional<BatchRecord>& record) {
        constexpr double threshold = 0.80;  // FFR at or below which a vessel is treated
        for (TableRow row : shown_rows(item, record)) {
            const auto ffr = row.figures.find("ffr_ct");
            const bool has_ffr = ffr != row.figures.end();
            const bool low = has_ffr && ffr->second <= threshold;
            if (row.kind == "vessel" && has_ffr) ++vessels, vessels_low += low ? 1 : 0;
            if (row.kind == "lesion" && has_ffr) ++lesions, lesions_low += low ? 1 : 0;
            if (row.kind != "lesion" && measured_in(item, row))
                ++measured, measured_with_result += has_ffr ? 1 : 0;
        }
        if (!record) return;
        ++exit_codes[record->exit_code];
        wall_s += record->wall_s;
        longest_s = std::max(longest_s, record->wall_s);
    }
};

std::string summary_json(const BatchRequest& request, const BatchOutcome& outcome, const Sums& sums) {
    using Json = nlohmann::ordered_json;
    Json exit_codes = Json::object();
    for (const auto& [code, count] : sums.exit_codes) exit_codes[std::to_string(code)] = count;
    const Json json = {
        {"schema", "ctffr-batch-summary-1"},
        {"notice", "research use only, not a medical device"},
        {"software", {{"version", request.software.version}, {"commit", request.software.commit}}},
        {"manifest_sha256", sha256_hex(read_text(request.manifest))},
        {"options", option_words(request.options)},
        {"cases",
         {{"total", outcome.cases},
          {"ok", outcome.ok},
          {"ok-with-excluded-segments", outcome.excluded},
          {"rejected", outcome.rejected},
          {"failed", outcome.failed},
          {"missing", outcome.missing},
          {"unfinished", outcome.unfinished}}},
        {"exit_codes", std::move(exit_codes)},
        {"vessels", {{"with_ffr", sums.vessels}, {"ffr_at_most_0.80", sums.vessels_low}}},
        {"lesions", {{"with_ffr", sums.lesions}, {"ffr_at_most_0.80", sums.lesions_low}}},
        {"measured", {{"total", sums.measured}, {"with_ffr_ct", sums.measured_with_result}}},
        {"timings_s", {{"all_cases", sums.wall_s}, {"longest_case", sums.longest_s}}}};
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

const std::vector<std::string>& cohort_columns() {
    static const std::vector<std::string> columns = [] {
        std::vector<std::string> names{"case",      "row",     "vessel", "segment", "state",
                                       "exit_code", "failure", "stage",  "reason"};
        names.insert(names.end(), figure_columns().begin(), figure_columns().end());
        names.insert(names.end(), {"note", "path", "result", "input_kind", "input_hash", "version", "commit",
                                   "device", "wall_s", "total_s"});
        for (const std::string& stage : stage_names()) names.push_back(stage + "_s");
        return names;
    }();
    return columns;
}

std::vector<std::vector<std::string>> cohort_lines(const ManifestCase& item,
                                                   const std::optional<BatchRecord>& record) {
    BatchRecord missing;
    missing.state = "missing";
    missing.reason = "Not run yet, or its line, input or options changed since: run the batch again.";
    std::vector<std::vector<std::string>> lines;
    for (TableRow row : shown_rows(item, record)) {
        if (const auto ffr = measured_in(item, row)) row.figures["ffr_invasive"] = *ffr;
        lines.push_back(line_of(item, record ? *record : missing, record.has_value(), row));
    }
    return lines;
}

void count_case(const std::optional<BatchRecord>& record, BatchOutcome& outcome) {
    ++outcome.cases;
    if (!record || !record->final) ++outcome.unfinished;
    if (!record)
        ++outcome.missing;
    else if (record->state == "ok")
        ++outcome.ok;
    else if (record->state == "ok-with-excluded-segments")
        ++outcome.excluded;
    else if (record->state == "rejected")
        ++outcome.rejected;
    else
        ++outcome.failed;
}

BatchOutcome write_cohort(const BatchRequest& request, const Manifest& manifest, const RecordOf& record_of) {
    BatchOutcome outcome;
    Sums sums;
    const auto target = request.out / "cohort.csv";
    write_atomically(target, [&](const std::filesystem::path& temporary) {
        errno = 0;
        std::ofstream out(temporary, std::ios::binary);
        out << csv_line(cohort_columns());
        for (std::size_t i = 0; i < manifest.cases.size() && out; ++i) {
            const std::optional<BatchRecord> record = record_of(i);
            count_case(record, outcome);
            sums.add(manifest.cases[i], record);
            for (const auto& line : cohort_lines(manifest.cases[i], record)) out << csv_line(line);
        }
        out.close();
        if (!out) throw_file_failure(target, "writing", errno != 0 ? errno : EIO);
    });
    write_text_atomically(request.out / "summary.json", summary_json(request, outcome, sums));
    return outcome;
}

}  // namespace ctffr
