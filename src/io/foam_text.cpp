// SPDX-License-Identifier: Apache-2.0
#include "io/foam_text.hpp"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <string_view>

#include <zlib.h>

#include "ctffr/core/error.hpp"

namespace ctffr {

namespace {
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
}  // namespace

FoamText load_foam_text(const std::filesystem::path& path) {
    FoamText file;
    file.path = path;
    if (!std::filesystem::exists(file.path)) file.path += ".gz";
    if (!std::filesystem::exists(file.path))
        throw Error(ExitCode::input_missing, "There is no {} and no {}.gz.", path.string(), path.string());
    // gzread reads plain files as they are.
    gzFile in = gzopen(file.path.c_str(), "rb");
    if (!in)
        throw Error(ExitCode::input_unreadable, "Cannot read {}: {}.", file.path.string(),
                    std::strerror(errno));
    std::string buffer(1 << 20, '\0');
    int got = 0;
    while ((got = gzread(in, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0)
        file.text.append(buffer, 0, static_cast<std::size_t>(got));
    const int closed = gzclose(in);
    if (got < 0 || closed != Z_OK)
        throw Error(ExitCode::input_truncated, "{} ends early or is damaged: copy it again.",
                    file.path.string());
    return file;
}

FoamScanner::FoamScanner(const FoamText& file)
    : file_(file), at_(file.text.data()), end_(at_ + file.text.size()) {
    skip_space();
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with("FoamFile")) return;
    const char* close = std::find(at_, end_, '}');
    if (close == end_) {
        at_ = end_;
        fail("the FoamFile header does not end");
    }
    const std::string_view header(at_, static_cast<std::size_t>(close - at_));
    if (header.find("binary") != std::string_view::npos)
        throw Error(ExitCode::input_unsupported,
                    "{} is binary: convert the case with foamFormatConvert to ascii.", file.path.string());
    at_ = close + 1;
}

void FoamScanner::fail(const std::string& what) const {
    if (at_ == end_)
        throw Error(ExitCode::input_truncated, "{} ends in the middle ({}): copy it again.",
                    file_.path.string(), what);
    const auto line = 1 + std::count(file_.text.data(), at_, '\n');
    throw Error(ExitCode::input_unreadable, "{}:{}: {}.", file_.path.string(), line, what);
}

bool FoamScanner::at_end() {
    skip_space();
    return at_ == end_;
}

bool FoamScanner::accept(char c) {
    skip_space();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
}

void FoamScanner::expect(char c) {
    if (!accept(c)) fail(fmt::format("expected '{}'", c));
}

double FoamScanner::finite() {
    const auto value = number<double>();
    if (!std::isfinite(value)) {
        const auto line = 1 + std::count(file_.text.data(), at_, '\n');
        throw Error(ExitCode::input_not_finite, "{}:{}: a value is not a finite number.", file_.path.string(),
                    line);
    }
    return value;
}

std::size_t FoamScanner::count() {
    const auto n = number<long long>();
    // Every entry takes at least two characters; cut files are told apart by the reader that runs into the
    // end.
    if (n < 0 || n > 2'000'000'000) fail(fmt::format("a list of {} entries cannot be", n));
    if (n / 2 > end_ - at_) {
        at_ = end_;
        fail(fmt::format("a list of {} entries cannot stand in this file", n));
    }
    return static_cast<std::size_t>(n);
}

std::string FoamScanner::word() {
    skip_space();
    const char* first = at_;
    while (at_ < end_ && !is_space(*at_) && !std::strchr(";{}()", *at_)) ++at_;
    if (first == at_) fail("expected a word");
    return {first, at_};
}

std::string FoamScanner::key(bool& pattern) {
    pattern = accept('"');
    if (!pattern) return word();
    const char* first = at_;
    skip_to('"');
    return {first, at_ - 1};
}

void FoamScanner::skip_to(char c) {
    at_ = std::find(at_, end_, c);
    expect(c);
}

void FoamScanner::skip_entry() {
    int depth = 0;
    for (; at_ < end_; ++at_) {
        if (*at_ == '(' || *at_ == '{') ++depth;
        if (*at_ == ')' || *at_ == '}') --depth;
        if (*at_ == ';' && depth == 0) break;
    }
    expect(';');
}

void FoamScanner::skip_space() {
    while (at_ < end_) {
        if (is_space(*at_)) {
            ++at_;
        } else if (end_ - at_ > 1 && at_[0] == '/' && at_[1] == '*') {
            const std::size_t close =
                file_.text.find("*/", static_cast<std::size_t>(at_ - file_.text.data()));
            at_ = close == std::string::npos ? end_ : file_.text.data() + close + 2;
        } else if (end_ - at_ > 1 && at_[0] == '/' && at_[1] == '/') {
            at_ = std::find(at_, end_, '\n');
        } else {
            return;
        }
    }
}

}  // namespace ctffr
