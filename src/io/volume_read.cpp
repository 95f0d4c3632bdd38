// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <filesystem>

#include "ctffr/core/error.hpp"
#include "ctffr/io/volume.hpp"
#include "io/byte_file.hpp"
#include "io/dicom_read.hpp"
#include "io/dicom_series.hpp"

namespace ctffr {

namespace {

namespace fs = std::filesystem;

void check_exists(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::exists(status)) return;
    if (fs::is_symlink(fs::symlink_status(path, error)))
        throw Error(ExitCode::input_missing, "{} is a symbolic link that leads nowhere: check its target.",
                    path.string());
    throw Error(ExitCode::input_missing, "There is no file or folder {}: check the path.", path.string());
}

}  // namespace

std::string input_kind_of(const fs::path& path) {
    check_exists(path);
    if (fs::is_directory(path)) return "dicom";
    ByteFile file(path);
    if (file.size() == 0)
        throw Error(ExitCode::input_truncated, "{} is empty: copy it again.", path.string());
    if (dicom::describe_file(path)) return "dicom";
    throw Error(ExitCode::input_unreadable,
                "{} is not an image that ctffr reads (DICOM, NIfTI, NRRD, MetaImage).", path.string());
}

std::vector<SeriesInfo> list_series(const fs::path& path, const Run& run) {
    check_exists(path);
    return dicom::list(path, run);
}

Volume read_volume(const fs::path& path, const ReadVolumeOptions& options, const Run& run) {
    const std::string kind = input_kind_of(path);
    Volume volume = dicom::read(path, options, run);
    volume.hash = hash_of(volume);
    run.progress("reading", 1);
    return volume;
}

}  // namespace ctffr
