// SPDX-License-Identifier: Apache-2.0
// Reading bytes of a file from front to back, deflated (gzip or zlib) or not.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <zlib.h>

#include "io/byte_file.hpp"

namespace ctffr {

class ByteStream {
   public:
    // Starts at `offset` of the file.
    ByteStream(const ByteFile& file, std::uint64_t offset, bool deflated);
    ~ByteStream();
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;

    // Fills `out`. Throws Error(input_truncated) when the file or the stream ends before,
    // Error(input_unreadable) when the deflated bytes are damaged.
    void read(std::span<std::uint8_t> out);
    // As many bytes as there are, up to out.size(); for peeking. Damage ends the bytes.
    std::size_t read_some(std::span<std::uint8_t> out);
    void skip(std::uint64_t bytes);
    // Reads on to the check sum at the end of a deflated stream; throws Error(input_unreadable) when it is
    // wrong.
    void check_end();

   private:
    enum class State { good, ended, short_of_input, damaged };
    std::size_t inflate_into(std::span<std::uint8_t> out);

    const ByteFile& file_;
    std::uint64_t at_ = 0;
    bool deflated_ = false;
    State state_ = State::good;
    z_stream zlib_{};
    std::vector<std::uint8_t> input_;
};

}  // namespace ctffr
