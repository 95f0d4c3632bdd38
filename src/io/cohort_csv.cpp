// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/cohort_csv.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "ctffr/core/error.hpp"
#include "ctffr/data/flow_state.hpp"
#include "ctffr/io/csv.hpp"
#include "io/header_text.hpp"

namespace ctffr {

namespace {

constexpr std::array known_columns{"case",          "vessel", "ffr_ct", "ffr_invasive", "ffr_ct_lesion",
                                   "ffr_ct_distal", "ds_pct", "state",  "path",         "flow_state"};

using Key = std::pair<std::string, std::string>;  // case, vessel

std::string all_columns(const CsvTable& table) {
    std::string names;
    for (const std::string& name : table.header) names += (names.empty() ? "" : ", ") + name;
    return names;
}

void require_column(const CsvTable& table, const char* name) {
    if (table.column(name) >= 0) return;
    const bool semicolons = table.header.size() == 1 && table.header[0].find(';') != std::string::npos;
    throw Error(ExitCode::input_unreadable, "{}: the column '{}' is missing; found: {}.{}", table.name, name,
                all_columns(table),
                semicolons ? " Cells must be separated by commas, not semicolons."
                           : " The first line must name the columns.");
}

// The cells of one row by the name of their column.
class RowReader {
   public:
    RowReader(const CsvTable& table, const CsvRow& row) : table_(table), row_(row) {}

    std::string text(const char* name) const {
        const int column = table_.column(name);
        return column < 0 ? std::string() : row_.cells[static_cast<std::size_t>(column)];
    }
    std::string required_text(const char* name) const {
        std::string value = text(name);
        if (value.empty())
            throw Error(ExitCode::input_unreadable, "{}: {} is empty: every row needs one.", place(), name);
        return value;
    }
    std::optional<double> number(const char* name, double low, double high) const {
        const std::string cell = text(name);
        if (cell.empty()) return std::nullopt;
        const std::optional<double> value = number_of(cell);
        if (!value || !std::isfinite(*value))
            throw Error(ExitCode::input_unreadable,
                        "{}: {} is '{}', which is not a number: give {} to {} with a decimal point, or leave "
                        "the cell empty.",
                        place(), name, cell, low, high);
        if (*value < low || *value > high)
            throw Error(ExitCode::input_unreadable,
                        "{}: {} is {}, outside {} to {}: correct it, or leave the cell empty.", place(), name,
                        cell, low, high);
        return value;
    }
    std::optional<double> ffr(const char* name) const { return number(name, lowest_ffr, highest_ffr); }
    std::string place() const { return fmt::format("{}:{}", table_.name, row_.line); }

   private:
    const CsvTable& table_;
    const CsvRow& row_;
};

// "ok", "rejected", "rejected: the reason"; an empty cell is ok. `ok-with-excluded-segments` is a state of
// result.json whose vessel was analysed.
void read_state(const RowReader& cells, CohortRow& row) {
    const std::string state = cells.text("state");
    if (state.empty() || state == "ok" || state == "ok-with-excluded-segments") return;
    constexpr std::string_view rejected = "rejected";
    const std::string_view rest =
        state.rfind(rejected, 0) == 0 ? trim(std::string_view(state).substr(rejected.size())) : "?";
    if (!rest.empty() && rest.front() != ':')
        throw Error(ExitCode::input_unreadable,
                    "{}: state is '{}': give 'ok', 'rejected' or 'rejected: reason'.", cells.place(), state);
    row.rejected = true;
    row.reason = rest.empty() ? std::string() : std::string(trim(rest.substr(1)));
    if (row.reason.empty()) row.reason = "no reason given";
}

CohortRow read_row(const CsvTable& table, const CsvRow& source, std::vector<std::string>& remarks) {
    const RowReader cells(table, source);
    CohortRow row;
    row.line = source.line;
    row.patient = cells.required_text("case");
    row.vessel = cells.required_text("vessel");
    read_state(cells, row);
    row.ffr_ct = cells.ffr("ffr_ct");
    row.ffr_ct_lesion = cells.ffr("ffr_ct_lesion");
    row.ffr_ct_distal = cells.ffr("ffr_ct_distal");
    row.ds_pct = cells.number("ds_pct", 0, 100);
    row.ffr_invasive = cells.ffr("ffr_invasive");
    row.path = cells.text("path");
    if (!row.rejected && !row.ffr_ct)
        throw Error(ExitCode::input_unreadable,
                    "{}: ffr_ct is empty and state is not 'rejected': give the computed value, or write "
                    "'rejected: reason' into the column state.",
                    cells.place());
    if (row.rejected && (row.ffr_ct || row.ffr_ct_lesion || row.ffr_ct_distal)) {
        remarks.push_back(
            fmt::format("{}: a rejected row carries a computed value, which is not used.", cells.place()));
        row.ffr_ct = row.ffr_ct_lesion = row.ffr_ct_distal = std::nullopt;
    }
    return row;
}

// Two rows of one place would count it twice.
void add_place(std::map<Key, int>& lines, const CsvTable& table, const Key& key, int line) {
    const auto [earlier, is_new] = lines.try_emplace(key, line);
    if (!is_new)
        throw Error(ExitCode::input_unreadable,
                    "{}:{}: case '{}', vessel '{}' stands in line {} already: name the places apart, as in "
                    "'LAD proximal', or remove one row.",
                    table.name, line, key.first, key.second, earlier->second);
}

void require_rows(const CsvTable& table) {
    if (table.rows.empty())
        throw Error(ExitCode::input_unreadable, "{} has a header and no rows: there is nothing to compare.",
                    table.name);
}

// Ratios of other states than hyperaemia have thresholds of their own, or none.
void require_ffr(const CsvTable& table) {
    for (const std::string& name : table.header)
        if (name.find("pd_pa") != std::string::npos)
            throw Error(ExitCode::input_unsupported,
                        "{}: the column '{}' is not FFR: a validation compares FFR and does not pool states.",
                        table.name, name);
    for (const CsvRow& source : table.rows) {
        const RowReader cells(table, source);
        const std::string state = cells.text("flow_state");
        if (!state.empty() && state != flow_state_name(FlowState::hyperaemia))
            throw Error(ExitCode::input_unsupported,
                        "{}: flow_state is '{}': a validation compares FFR, which is of hyperaemia, and does "
                        "not pool states.",
                        cells.place(), state);
    }
}

Cohort cohort_of(const CsvTable& table) {
    require_ffr(table);
    for (const char* name : {"case", "vessel", "ffr_ct"}) require_column(table, name);
    require_rows(table);
    Cohort cohort;
    cohort.has_measured = table.column("ffr_invasive") >= 0;
    for (const std::string& name : table.header)
        if (std::find(known_columns.begin(), known_columns.end(), name) == known_columns.end())
            cohort.remarks.push_back(fmt::format("{}: the column '{}' is not used.", table.name, name));
    std::map<Key, int> lines;
    for (const CsvRow& source : table.rows) {
        cohort.rows.push_back(read_row(table, source, cohort.remarks));
        add_place(lines, table, {cohort.rows.back().patient, cohort.rows.back().vessel}, source.line);
    }
    return cohort;
}

std::string cell_of(const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : std::string();  // the shortest text that reads back the same
}

}  // namespace

Cohort read_cohort(const std::filesystem::path& path) { return cohort_of(read_csv(path)); }

Cohort parse_cohort(std::string_view text, const std::string& name) {
    return cohort_of(parse_csv(text, name));
}

std::string sealed_csv(const Cohort& cohort) {
    std::string text =
        csv_line({"case", "vessel", "ffr_ct", "ffr_ct_lesion", "ffr_ct_distal", "ds_pct", "state", "path"});
    for (const CohortRow& row : cohort.rows)
        text += csv_line({row.patient, row.vessel, cell_of(row.ffr_ct), cell_of(row.ffr_ct_lesion),
                          cell_of(row.ffr_ct_distal), cell_of(row.ds_pct),
                          row.rejected ? "rejected: " + row.reason : "ok", row.path});
    return text;
}

void join_measured(Cohort& cohort, const std::filesystem::path& path) {
    const CsvTable table = read_csv(path);
    for (const char* name : {"case", "vessel", "ffr_invasive"}) require_column(table, name);
    require_rows(table);
    std::map<Key, CohortRow*> place;
    for (CohortRow& row : cohort.rows) place[{row.patient, row.vessel}] = &row;
    std::map<Key, int> lines;
    for (const CsvRow& source : table.rows) {
        const RowReader cells(table, source);
        const Key key{cells.required_text("case"), cells.required_text("vessel")};
        add_place(lines, table, key, source.line);
        const auto partner = place.find(key);
        if (partner == place.end())
            throw Error(
                ExitCode::input_unreadable,
                "{}: case '{}', vessel '{}' is not among the sealed results: names must be the same in "
                "both files.",
                cells.place(), key.first, key.second);
        partner->second->ffr_invasive = cells.ffr("ffr_invasive");
    }
    cohort.has_measured = true;
}

}  // namespace ctffr
