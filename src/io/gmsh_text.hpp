// SPDX-License-Identifier: Apache-2.0
// Numbers and sections of Gmsh's .msh files, ascii and binary.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>

#include "ctffr/core/error.hpp"

namespace ctffr {

class GmshText {
   public:
    // Reads the file and its $MeshFormat. Throws Error(input_unreadable | input_unsupported |
    // input_truncated).
    explicit GmshText(const std::filesystem::path& path);

    double version() const { return version_; }
    bool binary() const { return binary_; }

    // Goes to the next section; false at the end of the file. `end_section` skips what is left of it.
    bool next_section(std::string& name);
    void end_section(const std::string& name);

    // A value of the file: text in ascii files, its bytes in binary ones.
    template <class Value>
    Value get() {
        if (!binary_) return get_text<Value>();
        Value value{};
        if (text_.size() - at_ < sizeof value) fail_at_end();
        std::memcpy(&value, text_.data() + at_, sizeof value);
        at_ += sizeof value;
        return value;
    }
    // A value that is text in both kinds (counts of format 2.2, physical names).
    template <class Value>
    Value get_text() {
        skip_space();
        Value value{};
        const char *first = text_.data() + at_, *last = text_.data() + text_.size();
        const auto [next, code] = std::from_chars(first, last, value);
        if (code != std::errc()) fail("expected a number");
        at_ = static_cast<std::size_t>(next - text_.data());
        return value;
    }
    double coordinate();
    // A count of things that take at least `bytes` each in a binary file, 2 in a text.
    std::size_t checked(std::uint64_t count, std::size_t bytes) const;
    std::string quoted();
    void end_line();  // to behind the next line end

    [[noreturn]] void fail(const std::string& what) const;

   private:
    void skip_space();
    [[noreturn]] void fail_at_end() const;

    std::filesystem::path path_;
    std::string text_;
    std::size_t at_ = 0;
    double version_ = 0;
    bool binary_ = false;
};

}  // namespace ctffr
