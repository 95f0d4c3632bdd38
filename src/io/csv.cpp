// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/csv.hpp"

#include <algorithm>

#include "ctffr/core/error.hpp"

namespace ctffr {

namespace {

class Reader {
   public:
    Reader(std::string_view text, const std::string& name) : text_(text), name_(name) {
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        if (text_.substr(0, 3) == byte_order_mark) at_ = 3;
    }

    bool at_end() const { return at_ >= text_.size(); }

    CsvRow row() {
        CsvRow row;
        row.line = line_;
        row.fields.push_back(field());
        while (!at_end() && text_[at_] == ',') {
            ++at_;
            row.fields.push_back(field());
        }
        end_line();
        return row;
    }

    [[noreturn]] void fail(int line, const std::string& what) const {
        throw Error(ExitCode::input_unreadable, "{}:{}: {}.", name_, line, what);
    }

   private:
    bool at_line_end() const { return at_end() || text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n"; }

    void end_line() {
        if (at_end()) return;
        at_ += text_[at_] == '\r' ? 2 : 1;
        ++line_;
    }

    std::string field() {
        if (!at_end() && text_[at_] == '"') return quoted();
        const std::size_t begin = at_;
        while (!at_line_end() && text_[at_] != ',') {
            if (text_[at_] == '"')
                fail(line_,
                     "a quote stands inside a field that does not begin with one; write the field in "
                     "quotes, and the quote twice");
            ++at_;
        }
        return std::string(text_.substr(begin, at_ - begin));
    }

    std::string quoted() {
        const int begin_line = line_;
        std::string value;
        for (++at_; !at_end(); ++at_) {
            if (text_[at_] == '\n') ++line_;
            if (text_[at_] != '"') {
                value += text_[at_];
                continue;
            }
            if (text_.substr(at_, 2) == "\"\"") {
                value += '"';
                ++at_;
                continue;
            }
            ++at_;
            if (!at_line_end() && text_[at_] != ',')
                fail(line_, "text follows a closing quote; a comma or the end of the line is expected");
            return value;
        }
        fail(begin_line, "a quote is opened and never closed");
    }

    std::string_view text_;
    const std::string& name_;
    std::size_t at_ = 0;
    int line_ = 1;
};

}  // namespace

CsvTable parse_csv(std::string_view text, const std::string& name) {
    CsvTable table;
    Reader reader(text, name);
    while (!reader.at_end()) {
        CsvRow row = reader.row();
        if (row.fields.size() == 1 && row.fields[0].empty()) continue;
        if (!table.header.empty()) {
            if (row.fields.size() != table.header.size())
                reader.fail(row.line, fmt::format("{} fields where the header has {} columns",
                                                  row.fields.size(), table.header.size()));
            table.rows.push_back(std::move(row));
            continue;
        }
        for (std::size_t i = 0; i < row.fields.size(); ++i) {
            const auto before = row.fields.begin() + static_cast<std::ptrdiff_t>(i);
            if (row.fields[i].empty()) reader.fail(row.line, fmt::format("column {} has no name", i + 1));
            if (std::find(row.fields.begin(), before, row.fields[i]) != before)
                reader.fail(row.line, fmt::format("the column '{}' is there twice", row.fields[i]));
        }
        table.header = std::move(row.fields);
    }
    if (table.header.empty()) reader.fail(1, "there is no header line with the names of the columns");
    return table;
}

std::string csv_line(const std::vector<std::string>& fields) {
    std::string line;
    for (const std::string& field : fields) {
        if (&field != &fields.front()) line += ',';
        if (field.find_first_of(",\"\r\n") == std::string::npos) {
            line += field;
            continue;
        }
        line += '"';
        for (const char c : field) line.append(c == '"' ? 2 : 1, c);
        line += '"';
    }
    return line + "\n";
}

}  // namespace ctffr
