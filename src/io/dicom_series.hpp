// SPDX-License-Identifier: Apache-2.0
// DICOM files of a folder as series: found, described, scored, stacked.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/io/volume.hpp"
#include "io/dicom_codec.hpp"
#include "io/dicom_dataset.hpp"

namespace ctffr::dicom {

// Where one slice is and how its pixels become HU. Empty: the file does not say.
struct FrameFacts {
    int number = 0;  // in its file, from 0
    std::vector<double> position, orientation,
        spacing;  // (0020,0032), (0020,0037), (0028,0030) as they stand
    std::optional<double> slope, intercept;
    std::string rescale_type;
};

// One DICOM file with an image.
struct ImageFile {
    std::filesystem::path path;
    FileHeader header;  // without the per-frame groups of a multi-frame file
    PixelLayout layout;
    std::vector<std::string> image_type;
    std::vector<FrameFacts> frames;
    std::optional<int> padding, padding_limit;
    int missing_frame_facts =
        0;  // frames that (0028,0008) announces and the functional groups do not describe

    const Dataset& dataset() const { return header.dataset; }
    std::string text(Tag tag) const;  // UTF-8
};

struct Series {
    SeriesInfo info;
    std::vector<ImageFile> files;

    const ImageFile& first() const { return files.front(); }
    std::size_t frames() const;  // as the headers announce
};

// The image files below `path` (a file or a folder), grouped by Series Instance UID, by UID; not yet scored.
// Throws Error(input_*) with the first reason when nothing remains.
std::vector<Series> find_series(const std::filesystem::path& path, const Run& run);

// A series whose slices lie several deep, one deep per cardiac phase (or trigger time, or acquisition): the
// phases as series of their own, all with the same UID. Any other series stays as it is.
std::vector<Series> split_phases(Series series);

// Facts of one file; empty when it is not DICOM or has no image. Throws when it cannot be opened.
std::optional<ImageFile> describe_file(const std::filesystem::path& path);

// Fills info.score and info.reason.
void score_series(Series& series);
// The cardiac phase in percent of the RR interval, from the attribute or from the series description.
std::optional<double> cardiac_phase_of(const Series& series);
bool names_best_diastole(const std::string& description);

// One slice of a stack: its file and frame, in the order of k.
struct StackedFrame {
    std::size_t file = 0;
    int frame = 0;
    double slope = 1, intercept = 0;
};
struct Stack {
    ImageGeometry geometry;
    std::vector<StackedFrame> frames;
};
// Checks and orders the slices of a series. Every refusal is an Error of its own code.
Stack build_stack(const Series& series);

// Decodes the slices of a stack into HU, k by k (size.x * size.y values each).
void read_pixels(const Series& series, const Stack& stack, std::vector<std::int16_t>& hu, const Run& run);

Acquisition acquisition_of(const Series& series);
PatientFacts patient_of(const Series& series, const Run& run);

}  // namespace ctffr::dicom
