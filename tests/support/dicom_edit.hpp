// SPDX-License-Identifier: Apache-2.0
// DICOM files for tests that are right except for what an edit changes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ctffr/data/image.hpp"
#include "ctffr/io/dicom_write.hpp"
#include "io/dicom_encode.hpp"

namespace ctffr::test {

// One file of a series before it is written.
struct DicomSlice {
    dicom::DatasetBuilder attributes;
    std::string sop_class, sop_instance, syntax;
    std::vector<std::string> frames;  // pixels per frame, native or compressed
    bool encapsulated = false;
    bool with_pixels = true;
    std::string name;  // of the file

    std::string bytes() const;
};

using Edit = std::function<void(DicomSlice& slice, int k)>;

// The files of `volume` as write_dicom_series writes them, each passed through `edit` (which may be empty).
std::vector<DicomSlice> dicom_slices(const Volume& volume, const DicomWriteOptions& options = {},
                                     const Edit& edit = {});
// One enhanced multi-frame file.
DicomSlice enhanced_file(const Volume& volume, const DicomWriteOptions& options = {});

// A file of explicit VR little endian without sequences as explicit VR big endian or as implicit VR little
// endian.
std::string recoded(const std::string& file, bool big_endian);

void write_file(const std::filesystem::path& path, const std::string& bytes);
void write_slices(const std::filesystem::path& folder, const std::vector<DicomSlice>& slices);
std::string read_file(const std::filesystem::path& path);
// Keeps the first `bytes` of a file (negative: all but the last -bytes).
void cut_file(const std::filesystem::path& path, long bytes);

}  // namespace ctffr::test
