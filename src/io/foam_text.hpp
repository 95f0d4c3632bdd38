// SPDX-License-Identifier: Apache-2.0
// Tokens of OpenFOAM's ascii files, plain or gzipped.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <string>

#include <fmt/format.h>

namespace ctffr {

struct FoamText {
    std::filesystem::path path;
    std::string text;
};

// The text of `path`, or of `path`.gz when there is no such file. Throws Error(input_missing |
// input_unreadable | input_truncated).
FoamText load_foam_text(const std::filesystem::path& path);

// Walks over a dictionary or list file: comments and the FoamFile header are skipped. Errors name file and
// line: input_truncated when the file ends too early, else input_unreadable (input_unsupported for binary
// files).
class FoamScanner {
   public:
    explicit FoamScanner(const FoamText& file);

    const std::filesystem::path& path() const { return file_.path; }
    [[noreturn]] void fail(const std::string& what) const;
    bool at_end();
    void expect(char c);
    bool accept(char c);
    template <class Number>
    Number number() {
        skip_space();
        Number value{};
        const auto [next, code] = std::from_chars(at_, end_, value);
        if (code != std::errc()) fail("expected a number");
        at_ = next;
        return value;
    }
    // A coordinate or field value: a number that is finite.
    double finite();
    // A list's length, checked against what the file can hold.
    std::size_t count();
    std::string word();
    // A key of a dictionary; `pattern` is set when it stands in quotes and is a regular expression.
    std::string key(bool& pattern);
    void skip_to(char c);
    // Skips the rest of an entry: up to ';', over nested brackets and braces.
    void skip_entry();

   private:
    void skip_space();

    const FoamText& file_;
    const char* at_;
    const char* end_;
};

}  // namespace ctffr
