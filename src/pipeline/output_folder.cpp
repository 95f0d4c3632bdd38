// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/output_folder.hpp"

#include <cerrno>
#include <cstring>
#include <regex>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "ctffr/core/error.hpp"

namespace ctffr {

namespace fs = std::filesystem;

namespace {

// Names that `write_atomically` gives to the unfinished files of this program, and the unfinished series of a
// phantom.
bool is_our_leftover(const std::string& name) {
    static const std::regex pattern(
        R"(\.(result|centerline|lumen|segmentation\.nii|labels\.nii|report|case|run|patient|phantom|validation|sealed|seal|roc|scatter|bland-altman|bands|row|cohort|summary)\.\d+\.tmp(\..*)?|\.series\.tmp)");
    return std::regex_match(name, pattern);
}

void remove_leftovers(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> leftovers;
    for (const auto& entry : fs::directory_iterator(folder, error))
        if (is_our_leftover(entry.path().filename().string())) leftovers.push_back(entry.path());
    for (const fs::path& leftover : leftovers) fs::remove_all(leftover, error);
}

}  // namespace

OutputFolder::OutputFolder(fs::path path) : path_(std::move(path)) {
    std::error_code error;
    fs::create_directories(path_, error);
    if (error)
        throw Error(error == std::errc::no_space_on_device ? ExitCode::disk_full : ExitCode::file_system,
                    "Cannot make the output folder {}: {}.", path_.string(), error.message());
    descriptor_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ < 0)
        throw Error(ExitCode::file_system, "Cannot open the output folder {}: {}.", path_.string(),
                    std::strerror(errno));
}

// What follows the first constructor may throw: the object is whole then, and its destructor closes the
// folder.
OutputFolder::OutputFolder(fs::path path, std::uint64_t needed_bytes) : OutputFolder(std::move(path)) {
    if (!lock())
        throw Error(
            ExitCode::file_system,
            "The output folder {} is in use by another ctffr process ({}): wait for it or choose another "
            "folder.",
            path_.string(), std::strerror(EWOULDBLOCK));
    prepare(needed_bytes);
}

std::unique_ptr<OutputFolder> OutputFolder::if_free(fs::path path, std::uint64_t needed_bytes) {
    std::unique_ptr<OutputFolder> folder(new OutputFolder(std::move(path)));
    if (!folder->lock()) return nullptr;
    folder->prepare(needed_bytes);
    return folder;
}

bool OutputFolder::lock() const {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK) return false;
    throw Error(ExitCode::file_system,
                "The output folder {} cannot be locked ({}): choose one on a file system with flock.",
                path_.string(), std::strerror(errno));
}

void OutputFolder::prepare(std::uint64_t needed_bytes) const {
    if (::access(path_.c_str(), W_OK | X_OK) != 0)
        throw Error(ExitCode::file_system, "The output folder {} cannot be written: {}.", path_.string(),
                    std::strerror(errno));
    remove_leftovers(path_);
    require_space(needed_bytes);
}

OutputFolder::~OutputFolder() { ::close(descriptor_); }

void OutputFolder::require_space(std::uint64_t bytes) const {
    std::error_code error;
    const fs::space_info space = fs::space(path_, error);
    if (!error && space.available < bytes)
        throw Error(
            ExitCode::disk_full,
            "The disk of {} has {:.0f} MB free and this run needs about {:.0f} MB: free some space or choose "
            "another output folder.",
            path_.string(), static_cast<double>(space.available) / 1e6, static_cast<double>(bytes) / 1e6);
}

}  // namespace ctffr
