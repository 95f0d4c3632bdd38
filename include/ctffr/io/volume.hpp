// SPDX-License-Identifier: Apache-2.0
// Reading CT volumes: DICOM series (single-frame and enhanced multi-frame, any compression), NIfTI, NRRD,
// MetaImage.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"

namespace ctffr {

struct ReadVolumeOptions {
    std::string series_uid;   // take this series of a folder instead of the best one
    bool allow_lossy = true;  // lossy compressed series are read with a warning
};

// One series of a folder, as the choice sees it.
struct SeriesInfo {
    std::string series_uid, description, modality;
    std::size_t slices = 0;
    double score = 0;    // higher is better; negative: not usable
    std::string reason;  // why it was chosen or left, one sentence
    std::vector<std::filesystem::path> files;
};

// "dicom", "nifti", "nrrd", "metaimage" by content (not by name); throws Error(input_*) for anything else.
std::string input_kind_of(const std::filesystem::path& path);

// All series below `path`, best first. Never follows symlink loops; unreadable files are reported through the
// log.
std::vector<SeriesInfo> list_series(const std::filesystem::path& path, const Run& run);

// Reads a CT volume in HU, right-handed, LPS. Every refusal is an Error with its own exit code
// (core/error.hpp).
Volume read_volume(const std::filesystem::path& path, const ReadVolumeOptions& options, const Run& run);

// SHA-256 (hex) over size, spacing, origin, direction and voxels: what `Volume::hash` holds.
std::string hash_of(const Volume& volume);

}  // namespace ctffr
