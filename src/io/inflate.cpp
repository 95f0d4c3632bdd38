// SPDX-License-Identifier: Apache-2.0
#include "io/inflate.hpp"

#include <algorithm>

#include "ctffr/core/error.hpp"

namespace ctffr {

namespace {
constexpr std::size_t input_bytes = 1 << 16;
constexpr int gzip_or_zlib = 32 + MAX_WBITS;  // zlib.h: detect the kind from the header
}  // namespace

ByteStream::ByteStream(const ByteFile& file, std::uint64_t offset, bool deflated)
    : file_(file), at_(offset), deflated_(deflated) {
    if (deflated && inflateInit2(&zlib_, gzip_or_zlib) != Z_OK)
        throw Error(ExitCode::out_of_memory, "No memory for inflating {}.", file.path().string());
}

ByteStream::~ByteStream() {
    if (deflated_) inflateEnd(&zlib_);
}

std::size_t ByteStream::inflate_into(std::span<std::uint8_t> out) {
    std::size_t done = 0;
    while (done < out.size() && state_ == State::good) {
        if (zlib_.avail_in == 0) {
            const std::uint64_t left = file_.size() - std::min(file_.size(), at_);
            input_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(input_bytes, left)));
            if (input_.empty() || !file_.read(at_, input_)) {
                state_ = State::short_of_input;
                break;
            }
            at_ += input_.size();
            zlib_.next_in = input_.data();
            zlib_.avail_in = static_cast<uInt>(input_.size());
        }
        const std::size_t room = std::min<std::size_t>(out.size() - done, 1u << 30);
        zlib_.next_out = out.data() + done;
        zlib_.avail_out = static_cast<uInt>(room);
        const int result = ::inflate(&zlib_, Z_NO_FLUSH);
        done += room - zlib_.avail_out;
        if (result == Z_STREAM_END)
            state_ = State::ended;
        else if (result != Z_OK && result != Z_BUF_ERROR)
            state_ = State::damaged;
    }
    return done;
}

std::size_t ByteStream::read_some(std::span<std::uint8_t> out) {
    if (deflated_) return inflate_into(out);
    const std::uint64_t left = file_.size() - std::min(file_.size(), at_);
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left));
    if (!file_.read(at_, out.first(count))) return 0;
    at_ += count;
    return count;
}

void ByteStream::read(std::span<std::uint8_t> out) {
    if (read_some(out) == out.size()) return;
    if (state_ == State::damaged)
        throw Error(ExitCode::input_unreadable,
                    "The compressed voxels of {} are damaged: copy or export it again.",
                    file_.path().string());
    throw Error(ExitCode::input_truncated,
                "{} ends before its last voxel ({} bytes): the file is not complete; copy it again.",
                file_.path().string(), file_.size());
}

void ByteStream::skip(std::uint64_t bytes) {
    if (!deflated_) {
        at_ += bytes;
        return;
    }
    std::vector<std::uint8_t> waste(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, input_bytes)));
    while (bytes > 0) {
        const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, waste.size()));
        read(std::span(waste).first(count));
        bytes -= count;
    }
}

void ByteStream::check_end() {
    if (!deflated_) return;
    std::vector<std::uint8_t> rest(input_bytes);
    // A little slack for padding after the voxels; whatever follows beyond is not ours.
    for (int i = 0; i < 16 && state_ == State::good; ++i) inflate_into(rest);
    if (state_ == State::damaged)
        throw Error(ExitCode::input_unreadable,
                    "The check sum of the compressed voxels of {} is wrong: copy it again.",
                    file_.path().string());
    if (state_ == State::short_of_input)
        throw Error(ExitCode::input_truncated,
                    "{} ends before the check sum of its voxels ({} bytes): copy it again.",
                    file_.path().string(), file_.size());
}

}  // namespace ctffr
