// SPDX-License-Identifier: Apache-2.0
// Tables as text with commas (RFC 4180): strict reading with line numbers, quoting on writing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ctffr {

struct CsvRow {
    std::vector<std::string> fields;  // as many as the header has
    int line = 0;                     // of the file, where the row begins; the header is line 1
};

struct CsvTable {
    std::vector<std::string> header;
    std::vector<CsvRow> rows;
};

// Lines end in LF or CRLF; a byte-order mark and empty lines are passed over. `name` is the file, for
// messages. Throws Error(input_unreadable) naming file and line: no header, an empty or repeated column name,
// a row of another width, text after a closing quote, a quote inside a plain field, a quote that is never
// closed.
CsvTable parse_csv(std::string_view text, const std::string& name);

// One line with its LF; a field with a comma, quote or line break stands in quotes.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace ctffr
