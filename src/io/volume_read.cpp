// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "ctffr/core/error.hpp"
#include "ctffr/io/volume.hpp"
#include "io/byte_file.hpp"
#include "io/dicom_dataset.hpp"
#include "io/dicom_read.hpp"
#include "io/volume_raw.hpp"

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
    if (dicom::read_header(file)) return "dicom";
    if (is_nrrd(file)) return "nrrd";
    if (is_metaimage(file)) return "metaimage";
    if (is_nifti(file)) return "nifti";
    throw Error(ExitCode::input_unreadable,
                "{} is not an image that ctffr reads (DICOM, NIfTI, NRRD, MetaImage).", path.string());
}

std::vector<SeriesInfo> list_series(const fs::path& path, const Run& run) {
    check_exists(path);
    return dicom::list(path, run);
}

Volume read_volume(const fs::path& path, const ReadVolumeOptions& options, const Run& run) {
    const std::string kind = input_kind_of(path);
    Volume volume;
    if (kind == "dicom") {
        volume = dicom::read(path, options, run);
    } else {
        ByteFile file(path);
        volume = load_raw(kind == "nrrd"        ? parse_nrrd(file, run)
                          : kind == "metaimage" ? parse_metaimage(file, run)
                                                : parse_nifti(file, run),
                          run);
        volume.acquisition.selection_reason = "the file the user gave";
    }
    volume.hash = hash_of(volume);
    run.progress("reading", 1);
    return volume;
}

}  // namespace ctffr
