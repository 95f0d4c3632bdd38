// SPDX-License-Identifier: Apache-2.0
#include "io/byte_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctffr/core/error.hpp"

namespace ctffr {

namespace {
constexpr std::size_t window_bytes = 32768;
}

ByteFile::ByteFile(const std::filesystem::path& path) : path_(path) {
    // O_NONBLOCK: opening a named pipe must not wait for a writer.
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            throw Error(ExitCode::input_missing, "There is no file {}: check the path.", path.string());
        throw Error(ExitCode::input_unreadable, "Cannot open {}: {}. Check its permissions.", path.string(),
                    std::strerror(errno));
    }
    struct stat facts {};
    if (::fstat(descriptor_, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        ::close(descriptor_);
        throw Error(ExitCode::input_unreadable, "{} is not a regular file.", path.string());
    }
    size_ = static_cast<std::uint64_t>(facts.st_size);
}

ByteFile::~ByteFile() { ::close(descriptor_); }

bool ByteFile::read(std::uint64_t offset, std::span<std::uint8_t> out) const {
    if (offset > size_ || out.size() > size_ - offset) return false;
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t n =
            ::pread(descriptor_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0)
            throw Error(ExitCode::input_unreadable, "Cannot read {}: {}.", path_.string(),
                        std::strerror(errno));
        if (n == 0) return false;  // the file became shorter while it was read
        done += static_cast<std::size_t>(n);
    }
    return true;
}

const std::uint8_t* ByteFile::view(std::uint64_t offset, std::size_t count) {
    if (offset > size_ || count > size_ - offset) return nullptr;
    if (offset < window_start_ || offset + count > window_start_ + window_.size()) {
        const std::uint64_t wanted = std::min<std::uint64_t>(std::max(count, window_bytes), size_ - offset);
        window_.resize(static_cast<std::size_t>(wanted));
        window_start_ = offset;
        if (!read(offset, window_)) {
            window_.clear();
            return nullptr;
        }
    }
    return window_.data() + (offset - window_start_);
}

}  // namespace ctffr
