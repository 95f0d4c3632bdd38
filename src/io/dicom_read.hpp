// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "ctffr/io/volume.hpp"

namespace ctffr::dicom {

// read_volume and list_series for DICOM; the volume has no hash yet.
std::vector<SeriesInfo> list(const std::filesystem::path& path, const Run& run);
Volume read(const std::filesystem::path& path, const ReadVolumeOptions& options, const Run& run);

}  // namespace ctffr::dicom
