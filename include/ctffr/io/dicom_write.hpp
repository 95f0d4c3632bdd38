// SPDX-License-Identifier: Apache-2.0
// Writing a CT volume as a scanner would: one CT Image Storage file per slice (or one enhanced multi-frame
// file).
#pragma once

#include <filesystem>
#include <string>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"

namespace ctffr {

enum class DicomCompression { none, rle, jpeg_lossless, jpeg_ls, jpeg_2000 };

struct DicomWriteOptions {
    DicomCompression compression = DicomCompression::none;
    bool enhanced = false;  // one enhanced multi-frame CT file instead of one file per slice
    std::string patient_name = "Virtual^Patient";
    std::string uid_seed;  // UIDs are a pure function of this text, so a seed reproduces the files bit by bit
    // Another series of the same study and frame of reference has another role; empty: the angiogram.
    std::string series_role;
    bool contrast = true;
    std::string study_date = "20260101";
};

// Writes DIR/IM0001.dcm ... ; `directory` is created. Throws Error(file_system | disk_full).
void write_dicom_series(const Volume& volume, const DicomWriteOptions& options,
                        const std::filesystem::path& directory, const Run& run);

}  // namespace ctffr
