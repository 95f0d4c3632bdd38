// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/csv.hpp"

#include <algorithm>
#include <system_error>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "io/header_text.hpp"

namespace ctffr {

namespace {

// Walks over the text once; `line_` is that of the next character.
class CsvScanner {
   public:
    CsvScanner(std::string_view text, const std::string& name) : text_(text), name_(name) {}

    bool at_end() const { return at_ == text_.size(); }
    CsvRow row() {
        CsvRow row{line_, {}};
        do row.cells.push_back(cell());
        while (take(','));
        end_of_line();
        return row;
    }

   private:
    bool take(char c) {
        if (at_end() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void end_of_line() {
        take('\r');
        if (take('\n')) ++line_;
    }
    void skip_blanks() {
        while (!at_end() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    }
    std::string cell() {
        skip_blanks();
        return take('"') ? quoted() : plain();
    }
    std::string plain() {
        const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
        const std::string_view cell = trim(text_.substr(at_, end - at_));
        if (cell.find('"') != std::string_view::npos)
            throw Error(ExitCode::input_unreadable,
                        "{}:{}: a quote stands inside the cell '{}': put the whole cell in quotes and double "
                        "those inside.",
                        name_, line_, cell);
        at_ = end;
        if (!at_end() && text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] != '\n'))
            throw Error(ExitCode::input_unreadable,
                        "{}:{}: a carriage return stands without a line feed: save the file with LF or CRLF "
                        "line ends.",
                        name_, line_);
        return std::string(cell);
    }
    std::string quoted() {
        const int start = line_;
        std::string cell;
        for (;;) {
            if (at_end())
                throw Error(
                    ExitCode::input_unreadable,
                    "{}:{}: a quote is opened and never closed: close it, or double it if it is text.", name_,
                    start);
            const char c = text_[at_++];
            if (c == '"' && !take('"')) break;
            line_ += c == '\n';
            cell += c;
        }
        skip_blanks();
        if (!at_end() && text_[at_] != ',' && text_[at_] != '\r' && text_[at_] != '\n')
            throw Error(ExitCode::input_unreadable,
                        "{}:{}: text follows the closing quote of '{}': a comma or the end of the line must.",
                        name_, line_, cell);
        return cell;
    }

    std::string_view text_;
    const std::string& name_;
    std::size_t at_ = 0;
    int line_ = 1;
};

bool is_blank(const CsvRow& row) { return row.cells.size() == 1 && row.cells.front().empty(); }

void check_header(const CsvTable& table, int line) {
    for (std::size_t i = 0; i < table.header.size(); ++i) {
        if (table.header[i].empty())
            throw Error(ExitCode::input_unreadable, "{}:{}: column {} has no name: give it one.", table.name,
                        line, i + 1);
        if (std::find(table.header.begin(), table.header.begin() + static_cast<long>(i), table.header[i]) !=
            table.header.begin() + static_cast<long>(i))
            throw Error(ExitCode::input_unreadable, "{}:{}: the column '{}' is there twice: rename one.",
                        table.name, line, table.header[i]);
    }
}

}  // namespace

int CsvTable::column(std::string_view wanted) const {
    const auto found = std::find(header.begin(), header.end(), wanted);
    return found == header.end() ? -1 : static_cast<int>(found - header.begin());
}

CsvTable parse_csv(std::string_view text, const std::string& name) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.substr(0, 3) == byte_order_mark) text.remove_prefix(3);
    CsvTable table;
    table.name = name;
    CsvScanner scanner(text, table.name);
    while (!scanner.at_end()) {
        CsvRow row = scanner.row();
        if (is_blank(row)) continue;
        if (table.header.empty()) {
            table.header = std::move(row.cells);
            check_header(table, row.line);
            continue;
        }
        if (row.cells.size() != table.header.size())
            throw Error(
                ExitCode::input_unreadable,
                "{}:{}: this line has {} cells and the header has {}: give every column a cell, empty "
                "where nothing is known.",
                name, row.line, row.cells.size(), table.header.size());
        table.rows.push_back(std::move(row));
    }
    if (table.header.empty())
        throw Error(ExitCode::input_unreadable, "{} is empty: its first line must name the columns.", name);
    return table;
}

CsvTable read_csv(const std::filesystem::path& path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status))
        throw Error(ExitCode::input_missing, "There is no file {}: check the path.", path.string());
    if (std::filesystem::is_directory(status))
        throw Error(ExitCode::input_unreadable, "{} is a folder: give a CSV file.", path.string());
    return parse_csv(read_text(path), path.string());
}

std::string csv_line(const std::vector<std::string>& cells) {
    std::string line;
    for (const std::string& cell : cells) {
        if (&cell != &cells.front()) line += ',';
        // Blanks at the ends would be lost without quotes.
        if (cell.find_first_of(",\"\r\n") == std::string::npos && trim(cell) == cell) {
            line += cell;
            continue;
        }
        line += '"';
        for (const char c : cell) line += c == '"' ? std::string("\"\"") : std::string(1, c);
        line += '"';
    }
    return line + '\n';
}

}  // namespace ctffr
