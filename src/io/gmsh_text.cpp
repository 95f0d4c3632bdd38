// SPDX-License-Identifier: Apache-2.0
#include "io/gmsh_text.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/io/files.hpp"
#include "io/vtk_polydata.hpp"

namespace ctffr {

GmshText::GmshText(const std::filesystem::path& path) : path_(path) {
    require_readable(path);
    text_ = read_text(path);
    const std::size_t start = text_.find("$MeshFormat");
    if (start == std::string::npos)
        throw Error(ExitCode::input_unreadable, "{} is not a Gmsh file: it has no $MeshFormat.",
                    path.string());
    at_ = start;
    end_line();
    version_ = get_text<double>();
    const int kind = get_text<int>(), size = get_text<int>();
    if (version_ != 2.2 && version_ != 4.1)
        throw Error(ExitCode::input_unsupported,
                    "{} has Gmsh format {}: save it in format 4.1 or 2.2 (gmsh -format msh41).",
                    path.string(), version_);
    if (size != 8 || (kind != 0 && kind != 1)) fail("file type or data size is not one that Gmsh writes");
    binary_ = kind == 1;
    if (binary_) {
        end_line();
        if (get<std::int32_t>() != 1)
            throw Error(ExitCode::input_unsupported,
                        "{} was written on a machine of other byte order: save it as ascii.", path.string());
    }
    end_section("MeshFormat");
}

bool GmshText::next_section(std::string& name) {
    skip_space();
    if (at_ == text_.size()) return false;
    if (text_[at_] != '$') fail("expected a section ($...)");
    const std::size_t end = text_.find_first_of(" \t\r\n", at_);
    name = text_.substr(at_ + 1, end == std::string::npos ? end : end - at_ - 1);
    end_line();
    return true;
}

void GmshText::end_section(const std::string& name) {
    const std::string mark = "$End" + name;
    const std::size_t end = text_.find(mark, at_);
    if (end == std::string::npos) {
        at_ = text_.size();
        fail(fmt::format("no {}", mark));
    }
    at_ = end + mark.size();
}

double GmshText::coordinate() {
    const auto value = get<double>();
    if (!std::isfinite(value))
        throw Error(ExitCode::input_not_finite, "A node in {} is not at a finite place.", path_.string());
    return value;
}

std::size_t GmshText::checked(std::uint64_t count, std::size_t bytes) const {
    if (count > 2'000'000'000u) fail(fmt::format("a list of {} entries cannot be", count));
    if (count > (text_.size() - at_) / (binary_ ? bytes : 2) + 1) fail_at_end();
    return static_cast<std::size_t>(count);
}

std::string GmshText::quoted() {
    const std::size_t line = text_.find('\n', at_), open = text_.find('"', at_);
    const std::size_t close = open == std::string::npos ? open : text_.find('"', open + 1);
    if (close == std::string::npos || close > line) fail("expected a name in quotes");
    at_ = close + 1;
    return text_.substr(open + 1, close - open - 1);
}

void GmshText::end_line() {
    at_ = text_.find('\n', at_);
    at_ = at_ == std::string::npos ? text_.size() : at_ + 1;
}

void GmshText::fail(const std::string& what) const {
    if (at_ >= text_.size()) fail_at_end();
    if (binary_) throw Error(ExitCode::input_unreadable, "{}, at byte {}: {}.", path_.string(), at_, what);
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    throw Error(ExitCode::input_unreadable, "{}:{}: {}.", path_.string(), line, what);
}

void GmshText::fail_at_end() const {
    throw Error(ExitCode::input_truncated, "{} ends in the middle: it is cut short.", path_.string());
}

void GmshText::skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n'))
        ++at_;
}

}  // namespace ctffr
