// SPDX-License-Identifier: Apache-2.0
// Whole-file helpers: atomic replacement (temporary file, fsync, rename) and hashes.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace ctffr {

// Calls `write` with the path of a temporary file in the folder of `target`, then fsyncs and renames it. When
// anything throws, the temporary file is removed and `target` is as before. Throws Error(disk_full |
// file_system).
void write_atomically(const std::filesystem::path& target,
                      const std::function<void(const std::filesystem::path& temporary)>& write);
void write_text_atomically(const std::filesystem::path& target, std::string_view text);

// Error(disk_full) or Error(file_system) for a system call on `path` that ended with errno `code`; `action`
// as in "writing".
[[noreturn]] void throw_file_failure(const std::filesystem::path& path, const char* action, int code);

std::string read_text(const std::filesystem::path& path);
std::string sha256_hex(std::span<const std::byte> bytes);
std::string sha256_hex(std::string_view text);

}  // namespace ctffr
