// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/files.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "ctffr/core/error.hpp"

namespace ctffr {

void throw_file_failure(const std::filesystem::path& path, const char* action, int code) {
    if (code == ENOSPC || code == EDQUOT)
        throw Error(ExitCode::disk_full,
                    "No space left on the disk while {} {}: free some space and run again.", action,
                    path.string());
    throw Error(ExitCode::file_system, "Cannot finish {} {}: {}. Check the folder and its permissions.",
                action, path.string(), std::strerror(code));
}

namespace {

// Pushes a file or folder to the disk, so that a rename after it survives a power cut.
void sync_path(const std::filesystem::path& path, int flags) {
    const int descriptor = ::open(path.c_str(), flags);
    if (descriptor < 0) throw_file_failure(path, "opening", errno);
    const int result = ::fsync(descriptor);
    const int code = errno;
    ::close(descriptor);
    if (result != 0 && code != EINVAL) throw_file_failure(path, "writing", code);
}

}  // namespace

void write_atomically(const std::filesystem::path& target,
                      const std::function<void(const std::filesystem::path& temporary)>& write) {
    namespace fs = std::filesystem;
    const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw_file_failure(folder, "creating", error.value());
    // The temporary name keeps the extension: some writers choose the format by it.
    const fs::path temporary =
        folder / fmt::format(".{}.{}.tmp{}", target.stem().string(), ::getpid(), target.extension().string());
    try {
        write(temporary);
        sync_path(temporary, O_RDONLY);
        fs::rename(temporary, target, error);
        if (error) throw_file_failure(target, "renaming to", error.value());
        sync_path(folder, O_RDONLY | O_DIRECTORY);
    } catch (...) {
        fs::remove(temporary, error);
        throw;
    }
}

void write_text_atomically(const std::filesystem::path& target, std::string_view text) {
    write_atomically(target, [&](const std::filesystem::path& temporary) {
        errno = 0;
        std::ofstream out(temporary, std::ios::binary);
        out.write(text.data(), static_cast<std::streamsize>(text.size()));
        out.close();
        if (!out) throw_file_failure(target, "writing", errno != 0 ? errno : EIO);
    });
}

std::string read_text(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw Error(ExitCode::input_unreadable, "Cannot read {}: {}.", path.string(), std::strerror(errno));
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string sha256_hex(std::span<const std::byte> bytes) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_sha256(), nullptr) != 1)
        throw Error(ExitCode::internal, "The SHA-256 of OpenSSL failed.");
    std::string hex;
    for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
    return hex;
}

std::string sha256_hex(std::string_view text) { return sha256_hex(std::as_bytes(std::span(text))); }

}  // namespace ctffr
