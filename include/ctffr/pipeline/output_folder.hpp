// SPDX-License-Identifier: Apache-2.0
// The output folder of a run: made, locked against a second process, cleaned of what a killed run left,
// checked for space. Everything in it is written under a temporary name and renamed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace ctffr {

class OutputFolder {
   public:
    // Makes the folder when missing and locks it. Throws Error(file_system) when it cannot be made, written
    // or locked, Error(disk_full) when fewer than `needed_bytes` are free.
    OutputFolder(std::filesystem::path path, std::uint64_t needed_bytes);
    ~OutputFolder();
    // The same, but null while another process has the folder.
    static std::unique_ptr<OutputFolder> if_free(std::filesystem::path path, std::uint64_t needed_bytes);
    OutputFolder(const OutputFolder&) = delete;
    OutputFolder& operator=(const OutputFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    // Throws Error(disk_full) when fewer than `bytes` are free.
    void require_space(std::uint64_t bytes) const;

   private:
    explicit OutputFolder(std::filesystem::path path);  // made and opened, not locked yet
    bool lock() const;                                  // false while another process has it
    void prepare(std::uint64_t needed_bytes) const;     // under the lock

    std::filesystem::path path_;
    int descriptor_ = -1;
};

}  // namespace ctffr
