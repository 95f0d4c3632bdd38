// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"

namespace ctffr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Csv, FieldsQuotesAndLines) {
    const CsvTable table = parse_csv(
        "\xEF\xBB\xBF"
        "a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n , \nlast,\"\"",
        "t.csv");
    EXPECT_THAT(table.header, ElementsAre("a", "b"));
    ASSERT_EQ(table.rows.size(), 3u);
    EXPECT_THAT(table.rows[0].fields, ElementsAre("1", "x, \"y\"\nz"));
    EXPECT_THAT(table.rows[1].fields, ElementsAre(" ", " "));
    EXPECT_THAT(table.rows[2].fields, ElementsAre("last", ""));
    EXPECT_EQ(table.rows[0].line, 2);
    EXPECT_EQ(table.rows[1].line, 5);  // the field above holds a line break, and an empty line follows
    EXPECT_EQ(table.rows[2].line, 6);
}

TEST(Csv, WhatIsWrittenIsReadBack) {
    const std::vector<std::string> fields{"", "plain", "a,b", "say \"no\"", "two\nlines", "cr\r", " space "};
    std::string text = csv_line({"c0", "c1", "c2", "c3", "c4", "c5", "c6"});
    EXPECT_EQ(csv_line({"", "b"}), ",b\n");
    EXPECT_EQ(csv_line({"a\"b", "c"}), "\"a\"\"b\",c\n");
    const CsvTable table = parse_csv(text + csv_line(fields), "t.csv");
    ASSERT_EQ(table.rows.size(), 1u);
    EXPECT_EQ(table.rows[0].fields, fields);
}

void expect_refused(const std::string& text, const std::string& place, const std::string& phrase) {
    try {
        parse_csv(text, "t.csv");
        FAIL() << "accepted: " << text;
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input_unreadable);
        EXPECT_THAT(error.what(), HasSubstr(place));
        EXPECT_THAT(error.what(), HasSubstr(phrase));
    }
}

TEST(Csv, BrokenTextIsNamedByLine) {
    expect_refused("", "t.csv:1:", "no header");
    expect_refused("\n\n", "t.csv:1:", "no header");
    expect_refused("a,,b\n", "t.csv:1:", "column 2 has no name");
    expect_refused("a,b,a\n", "t.csv:1:", "'a' is there twice");
    expect_refused("a,b\n1,2\n1\n", "t.csv:3:", "1 fields where the header has 2 columns");
    expect_refused("a,b\n1,2,3\n", "t.csv:2:", "3 fields");
    expect_refused("a,b\n1,x\"y\n", "t.csv:2:", "quote stands inside");
    expect_refused("a,b\n1,\"x\"y\n", "t.csv:2:", "follows a closing quote");
    expect_refused("a,b\n1,\"x\ny\n", "t.csv:2:", "never closed");
}

}  // namespace
}  // namespace ctffr
