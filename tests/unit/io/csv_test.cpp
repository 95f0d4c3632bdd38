// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string refusal(std::string_view text) {
    try {
        parse_csv(text, "a.csv");
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input_unreadable);
        return error.what();
    }
    ADD_FAILURE() << "was read: " << text;
    return {};
}

TEST(Csv, RowsWithTheirLines) {
    const CsvTable table = parse_csv("case,ffr\nA,0.8\n\nB,0.9\n", "a.csv");
    EXPECT_THAT(table.header, ElementsAre("case", "ffr"));
    ASSERT_EQ(table.rows.size(), 2u);
    EXPECT_THAT(table.rows[1].cells, ElementsAre("B", "0.9"));
    EXPECT_EQ(table.rows[0].line, 2);
    EXPECT_EQ(table.rows[1].line, 4);
    EXPECT_EQ(table.column("ffr"), 1);
    EXPECT_EQ(table.column("FFR"), -1);
}

// RFC 4180, section 2: rules 1 (CRLF), 2 (no last line end), 5 to 7 (quotes); and the mark that spreadsheets
// put in front.
TEST(Csv, QuotesLineEndsAndByteOrderMark) {
    const CsvTable table =
        parse_csv("\xEF\xBB\xBFname,note\r\n\"a, \"\"b\"\"\",\"two\r\nlines\"\r\n x ,\" y \"\r\n,", "a.csv");
    EXPECT_EQ(table.header[0], "name");
    EXPECT_THAT(table.rows[0].cells, ElementsAre("a, \"b\"", "two\r\nlines"));
    EXPECT_THAT(table.rows[1].cells, ElementsAre("x", " y "));
    EXPECT_EQ(table.rows[1].line, 4);
    EXPECT_THAT(table.rows[2].cells, ElementsAre("", ""));
}

TEST(Csv, WhatIsWrittenIsReadBack) {
    const std::vector<std::string> cells{"plain",   "a,b", "say \"x\"", "two\nlines",
                                         " blank ", "",    "\xC3\xA9"};
    const CsvTable table = parse_csv("a,b,c,d,e,f,g\n" + csv_line(cells), "a.csv");
    EXPECT_EQ(table.rows.at(0).cells, cells);
    EXPECT_EQ(csv_line({"a", "b"}), "a,b\n");
}

TEST(Csv, BrokenFilesAreRefusedWithTheirLine) {
    EXPECT_THAT(refusal("a,b\n1,2\n1,2,3\n"),
                HasSubstr("a.csv:3: this line has 3 cells and the header has 2"));
    EXPECT_THAT(refusal("a,b\n1\n"), HasSubstr("a.csv:2: this line has 1 cells"));
    EXPECT_THAT(refusal("a,b\n1,2\n\"x,3\n4,5\n"), HasSubstr("a.csv:3: a quote is opened and never closed"));
    EXPECT_THAT(refusal("a,b\n1,x\"y\n"), HasSubstr("a.csv:2: a quote stands inside the cell 'x\"y'"));
    EXPECT_THAT(refusal("a,b\n\"x\"y,2\n"), HasSubstr("a.csv:2: text follows the closing quote of 'x'"));
    EXPECT_THAT(refusal("a,b\r1,2\r"), HasSubstr("carriage return"));
    EXPECT_THAT(refusal("a,b,a\n"), HasSubstr("'a' is there twice"));
    EXPECT_THAT(refusal("a,,b\n"), HasSubstr("a.csv:1: column 2 has no name"));
    EXPECT_THAT(refusal(""), HasSubstr("is empty"));
    EXPECT_THAT(refusal("\n\n"), HasSubstr("is empty"));
}

TEST(Csv, MissingFileAndFolderHaveTheirOwnCodes) {
    const test::TemporaryFolder folder;
    const auto code = [](const std::filesystem::path& path) {
        try {
            read_csv(path);
        } catch (const Error& error) {
            return error.code();
        }
        return ExitCode::ok;
    };
    EXPECT_EQ(code(folder.path() / "absent.csv"), ExitCode::input_missing);
    EXPECT_EQ(code(folder.path()), ExitCode::input_unreadable);
}

}  // namespace
}  // namespace ctffr
