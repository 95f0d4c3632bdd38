// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/manifest.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "ctffr/core/error.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/io/csv.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/pipeline/nearest.hpp"

namespace ctffr {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view measured_prefix = "ffr_invasive_";
// A pressure wire that drifts reads a little above 1.
constexpr double largest_measured_ffr = 1.2;
constexpr std::size_t longest_name = 100;

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
    return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

// One cell with where it stands, for messages.
struct Cell {
    const fs::path& file;
    int line;
    const std::string& column;
    std::string text;

    template <class... Args>
    [[noreturn]] void fail(fmt::format_string<Args...> what, Args&&... args) const {
        throw Error(ExitCode::usage, "{}:{}: column '{}': {}.", file.string(), line, column,
                    fmt::format(what, std::forward<Args>(args)...));
    }
};

double number_in(const Cell& cell, const std::string& unit) {
    double value = 0;
    const char* end = cell.text.data() + cell.text.size();
    const auto [stopped, failure] = std::from_chars(cell.text.data(), end, value);
    if (failure != std::errc() || stopped != end || !std::isfinite(value))
        cell.fail("'{}' is no number ({}, with a decimal point); leave the field empty where it is not known",
                  cell.text, unit);
    return value;
}

void check_name(const Cell& cell) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    if (cell.text.empty()) cell.fail("a case has no name");
    if (cell.text.size() > longest_name)
        cell.fail("the name '{:.20}...' has {} characters; at most {} are possible", cell.text,
                  cell.text.size(), longest_name);
    const bool safe = plain(cell.text.front()) &&
                      std::all_of(cell.text.begin(), cell.text.end(),
                                  [&](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
    if (!safe)
        cell.fail(
            "'{}' cannot name a folder: use letters, digits, '.', '_' and '-', the first a letter or digit",
            cell.text);
}

fs::path path_in(const Cell& cell) {
    if (cell.text.empty()) return {};
    const fs::path folder = cell.file.parent_path();
    return fs::absolute(folder / cell.text).lexically_normal();
}

void read_measured(const Cell& cell, ManifestCase& item) {
    const double value = number_in(cell, "FFR");
    if (!(value > 0 && value <= largest_measured_ffr))
        cell.fail("the measured FFR is {}; it must be above 0 and at most {}", value, largest_measured_ffr);
    item.measured.emplace_back(cell.column.substr(measured_prefix.size()), value);
}

void read_fact(const Cell& cell, PatientFacts& facts) {
    if (cell.column == "sex") {
        if (cell.text != "F" && cell.text != "M") cell.fail("'{}' is not F or M", cell.text);
        facts.sex = cell.text[0];
        return;
    }
    visit_facts(facts, [&](const char* key, std::optional<double>& fact, const char* unit, auto...) {
        if (cell.column == key) fact = number_in(cell, unit);
    });
}

void read_cell(Cell cell, ManifestCase& item) {
    const bool is_path = cell.column == "path" || cell.column == "mask" || cell.column == "lumen" ||
                         cell.column == "centerlines";
    if (is_path) {
        if (cell.column == "path") item.path = cell.text, item.series = path_in(cell);
        if (cell.column == "mask") item.mask = path_in(cell);
        if (cell.column == "lumen") item.lumen = path_in(cell);
        if (cell.column == "centerlines") item.centerlines = path_in(cell);
        return;
    }
    cell.text = trimmed(cell.text);
    if (cell.column == "case") {
        check_name(cell);
        item.name = cell.text;
    } else if (cell.text.empty()) {
        return;
    } else if (cell.column.rfind(measured_prefix, 0) == 0) {
        read_measured(cell, item);
    } else {
        read_fact(cell, item.facts);
    }
}

void check_columns(const std::vector<std::string>& header, const fs::path& file) {
    const std::vector<std::string>& valid = manifest_columns();
    if (header.size() == 1 && header[0].find_first_of(";\t") != std::string::npos)
        throw Error(ExitCode::usage,
                    "{}:1: the columns are not separated by commas; save the table as CSV with commas.",
                    file.string());
    for (const std::string& column : header)
        if (std::find(valid.begin(), valid.end(), column) == valid.end())
            throw Error(ExitCode::usage, "{}:1: unknown column '{}'; did you mean '{}'?", file.string(),
                        column, nearest_name(column, valid));
    if (std::find(header.begin(), header.end(), "case") == header.end())
        throw Error(ExitCode::usage, "{}:1: there is no column 'case', which names each case.",
                    file.string());
}

}  // namespace

const std::vector<std::string>& manifest_columns() {
    static const std::vector<std::string> columns = [] {
        std::vector<std::string> names{"case", "path", "mask", "lumen", "centerlines", "sex"};
        PatientFacts facts;
        visit_facts(facts, [&](const char* key, auto&, auto...) { names.emplace_back(key); });
        for (const char* vessel : {"LAD", "LCX", "RCA"})
            names.push_back(std::string(measured_prefix) + vessel);
        for (int i = 1; i <= static_cast<int>(Segment::l_plb); ++i)
            names.push_back(std::string(measured_prefix) +
                            std::string(segment_name(static_cast<Segment>(i))));
        return names;
    }();
    return columns;
}

Manifest parse_manifest(std::string_view text, const fs::path& file) {
    const CsvTable table = parse_csv(text, file.string());
    check_columns(table.header, file);
    Manifest manifest{file, {}};
    std::map<std::string, int> line_of_name;
    for (const CsvRow& row : table.rows) {
        ManifestCase item;
        item.line = row.line;
        for (std::size_t i = 0; i < table.header.size(); ++i)
            read_cell({file, row.line, table.header[i], row.cells[i]}, item);
        const auto [first, is_new] = line_of_name.emplace(item.name, row.line);
        if (!is_new)
            throw Error(ExitCode::usage, "{}:{}: the case '{}' is there already, in line {}.", file.string(),
                        row.line, item.name, first->second);
        if (item.series.empty() && item.mask.empty() && item.lumen.empty() && item.centerlines.empty())
            throw Error(
                ExitCode::usage,
                "{}:{}: the case '{}' has nothing to start from: give path, mask, lumen or centerlines.",
                file.string(), row.line, item.name);
        if (!item.mask.empty() && !item.lumen.empty())
            throw Error(
                ExitCode::usage,
                "{}:{}: the case '{}' has both mask and lumen, which both give the lumen: choose one.",
                file.string(), row.line, item.name);
        manifest.cases.push_back(std::move(item));
    }
    if (manifest.cases.empty())
        throw Error(ExitCode::usage, "{} lists no case: add one line for each.", file.string());
    return manifest;
}

Manifest read_manifest(const fs::path& file) {
    std::error_code error;
    if (!fs::exists(file, error))
        throw Error(ExitCode::input_missing, "There is no manifest {}.", file.string());
    if (fs::is_directory(file, error))
        throw Error(ExitCode::input_unreadable, "{} is a folder; the manifest is a CSV file.", file.string());
    return parse_manifest(read_text(file), fs::absolute(file));
}

}  // namespace ctffr
