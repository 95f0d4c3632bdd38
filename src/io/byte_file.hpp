// SPDX-License-Identifier: Apache-2.0
// Reading a file by position, with a window of its bytes in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace ctffr {

// Throws Error(input_missing) when there is no such file, Error(input_unreadable) when it cannot be opened or
// read.
class ByteFile {
   public:
    explicit ByteFile(const std::filesystem::path& path);
    ~ByteFile();
    ByteFile(const ByteFile&) = delete;
    ByteFile& operator=(const ByteFile&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::uint64_t size() const { return size_; }
    // Bytes [offset, offset + count), valid until the next call; null where the file ends before. `count` is
    // small (headers): at most a few MiB.
    const std::uint8_t* view(std::uint64_t offset, std::size_t count);
    // Fills `out` from `offset`; false where the file ends before. Does not touch the window.
    bool read(std::uint64_t offset, std::span<std::uint8_t> out) const;

   private:
    std::filesystem::path path_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0, window_start_ = 0;
    std::vector<std::uint8_t> window_;
};

}  // namespace ctffr
