// SPDX-License-Identifier: Apache-2.0
// Comma-separated values by RFC 4180: commas, double quotes, lines ended by LF or CRLF. Strict: what the
// standard does not allow is an error with its line, never a guess.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ctffr {

struct CsvRow {
    int line = 0;  // where it starts, from 1
    std::vector<std::string> cells;
};

struct CsvTable {
    std::string name;  // of the file, for messages
    std::vector<std::string> header;
    std::vector<CsvRow> rows;  // each with as many cells as the header

    // Number of a column, -1 when there is none.
    int column(std::string_view name) const;
};

// Blanks around unquoted cells go, a byte order mark goes, lines without any text are skipped. Throws
// Error(input_unreadable): a broken quote, a row with more or fewer cells than the header, a column name
// twice, no header.
CsvTable parse_csv(std::string_view text, const std::string& name);
// Error(input_missing) when there is no such file.
CsvTable read_csv(const std::filesystem::path& path);

// One line, quoted where it must be, ended by LF.
std::string csv_line(const std::vector<std::string>& cells);

}  // namespace ctffr
