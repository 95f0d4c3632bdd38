// SPDX-License-Identifier: Apache-2.0
// From loose slices to a regular grid: order along the slice normal, and the checks that make it a volume.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "io/dicom_series.hpp"
#include "io/volume_limits.hpp"

namespace ctffr::dicom {

namespace {

// Slices whose axes differ by more than this (per direction cosine) do not belong together.
constexpr double orientation_tolerance = 1e-4;
// Distances between neighbours may differ from their median by 1 % or by the rounding of the positions.
constexpr double spacing_tolerance = 0.01, rounding_mm = 0.02;
// A stack whose slices slide sideways by more than half a pixel in all, at more than this angle, is sheared.
constexpr double tilt_tolerance_deg = 0.2;

struct Slice {
    std::size_t file = 0, frame = 0;
    Vec3 position, row, column;
    double along_mm = 0;  // position along the normal of the stack
    double spacing_x = 0, spacing_y = 0;
};

std::string name_of(const Series& series, const Slice& slice) {
    const ImageFile& file = series.files[slice.file];
    if (file.frames.size() == 1) return file.path.string();
    return fmt::format("frame {} of {}", slice.frame + 1, file.path.string());
}

Slice slice_of(const Series& series, std::size_t file, std::size_t frame) {
    const FrameFacts& facts = series.files[file].frames[frame];
    Slice slice;
    slice.file = file, slice.frame = frame;
    const auto usable = [](const std::vector<double>& values, std::size_t count) {
        return values.size() == count &&
               std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
    };
    if (!usable(facts.position, 3) || !usable(facts.orientation, 6))
        throw Error(ExitCode::input_geometry,
                    "{} does not say where the slice lies (Image Position and Orientation, (0020,0032) and "
                    "(0020,0037)): "
                    "export the original axial images.",
                    name_of(series, slice));
    if (!usable(facts.spacing, 2))
        throw Error(ExitCode::input_geometry,
                    "{} has no usable Pixel Spacing (0028,0030): export the original images.",
                    name_of(series, slice));
    slice.position = {facts.position[0], facts.position[1], facts.position[2]};
    slice.row = {facts.orientation[0], facts.orientation[1], facts.orientation[2]};
    slice.column = {facts.orientation[3], facts.orientation[4], facts.orientation[5]};
    slice.spacing_y = facts.spacing[0], slice.spacing_x = facts.spacing[1];
    if (std::abs(norm(slice.row) - 1) > 1e-3 || std::abs(norm(slice.column) - 1) > 1e-3 ||
        std::abs(dot(slice.row, slice.column)) > 1e-3)
        throw Error(ExitCode::input_geometry,
                    "The Image Orientation (0020,0037) of {} is not a pair of unit vectors at right angles.",
                    name_of(series, slice));
    check_spacing(slice.spacing_x, name_of(series, slice));
    check_spacing(slice.spacing_y, name_of(series, slice));
    return slice;
}

void check_file(const ImageFile& file) {
    const std::string path = file.path.string();
    if (coding_of(file.header.transfer_syntax) == Coding::unknown)
        throw Error(
            ExitCode::input_unsupported,
            "{} is stored in transfer syntax {}, which ctffr does not read: convert it to explicit VR little "
            "endian.",
            path, to_utf8(file.header.transfer_syntax, ""));
    if (file.header.truncated || !file.header.has_pixels)
        throw Error(ExitCode::input_truncated,
                    "{} ends before its pixels ({} bytes): the file is not complete; copy it again.", path,
                    file.header.file_size);
    const PixelLayout& p = file.layout;
    check_size({p.columns, p.rows, std::max(1, file.dataset().integer(tag::frames).value_or(1))}, path);
    if (file.dataset().integer(tag::samples).value_or(1) != 1)
        throw Error(ExitCode::input_not_ct,
                    "{} is a colour picture, not a CT image: choose the original axial series.", path);
    const std::string photometric = file.dataset().text(tag::photometric);
    if (!photometric.empty() && photometric != "MONOCHROME2")
        throw Error(ExitCode::input_unsupported,
                    "{} has Photometric Interpretation {}; CT images have MONOCHROME2.", path,
                    file.text(tag::photometric));
    if ((p.bits_allocated != 8 && p.bits_allocated != 16) || p.bits_stored < 1 ||
        p.bits_stored > p.bits_allocated || p.high_bit != p.bits_stored - 1)
        throw Error(
            ExitCode::input_unsupported,
            "{} stores {} bits in {} with high bit {}; CT images have up to 16 bits in 16, right aligned.",
            path, p.bits_stored, p.bits_allocated, p.high_bit);
    if (file.missing_frame_facts > 0)
        throw Error(
            ExitCode::input_truncated,
            "{} announces {} frames but describes only {}: the file is not complete; export it again.", path,
            file.frames.size() + static_cast<std::size_t>(file.missing_frame_facts), file.frames.size());
    const std::uint64_t needed = p.bytes() * file.frames.size();
    const std::uint64_t present =
        std::min(file.header.pixel_length,
                 file.header.file_size - std::min(file.header.file_size, file.header.pixel_offset));
    if (!file.header.encapsulated && present < needed)
        throw Error(ExitCode::input_truncated,
                    "{} has {} bytes of pixels where {} x {} x {} voxels need {}: the file is not complete; "
                    "copy it again.",
                    path, present, p.columns, p.rows, file.frames.size(), needed);
}

void check_rescale(const ImageFile& file) {
    for (const FrameFacts& frame : file.frames) {
        if (!frame.slope || !frame.intercept || *frame.slope == 0)
            throw Error(ExitCode::input_no_rescale,
                        "{} has no Rescale Slope and Intercept ((0028,1053), (0028,1052)), so its values are "
                        "not Hounsfield "
                        "units: export the original CT images.",
                        file.path.string());
        if (!frame.rescale_type.empty() && frame.rescale_type != "HU" && frame.rescale_type != "US")
            throw Error(
                ExitCode::input_no_rescale,
                "{} has values of type {} (0028,1054), not Hounsfield units: choose the original CT series.",
                file.path.string(), to_utf8(frame.rescale_type, ""));
    }
}

// One patient and one frame of reference, or the slices do not share a coordinate system.
void check_one_patient(const Series& series) {
    const ImageFile& first = series.first();
    for (const ImageFile& file : series.files) {
        for (const Tag tag : {tag::patient_id, tag::patient_name})
            if (file.dataset().text(tag) != first.dataset().text(tag))
                throw Error(ExitCode::input_ambiguous,
                            "The series {} mixes patients: {} and {} have different names or IDs. Export one "
                            "patient.",
                            series.info.series_uid, first.path.string(), file.path.string());
        if (file.dataset().text(tag::frame_of_reference) != first.dataset().text(tag::frame_of_reference))
            throw Error(
                ExitCode::input_ambiguous,
                "The series {} has slices of two frames of reference ({} and {}): export one acquisition.",
                series.info.series_uid, first.path.string(), file.path.string());
    }
}

void check_alike(const Series& series, const Slice& first, const Slice& other) {
    const auto differs = [](Vec3 a, Vec3 b) {
        const Vec3 d = a - b;
        return std::max({std::abs(d.x), std::abs(d.y), std::abs(d.z)}) > orientation_tolerance;
    };
    const PixelLayout &a = series.files[first.file].layout, &b = series.files[other.file].layout;
    if (a.rows != b.rows || a.columns != b.columns)
        throw Error(ExitCode::input_orientation,
                    "The slices differ in size: {} x {} in {}, {} x {} in {}. Export one reconstruction.",
                    a.columns, a.rows, name_of(series, first), b.columns, b.rows, name_of(series, other));
    if (differs(first.row, other.row) || differs(first.column, other.column))
        throw Error(ExitCode::input_orientation,
                    "The slices differ in orientation: {} and {} do not lie in parallel planes. Export one "
                    "reconstruction.",
                    name_of(series, first), name_of(series, other));
    if (std::abs(first.spacing_x - other.spacing_x) > 1e-4 * first.spacing_x ||
        std::abs(first.spacing_y - other.spacing_y) > 1e-4 * first.spacing_y)
        throw Error(
            ExitCode::input_orientation,
            "The slices differ in pixel spacing: {} mm in {}, {} mm in {}. Export one reconstruction.",
            first.spacing_x, name_of(series, first), other.spacing_x, name_of(series, other));
}

double median_step(const std::vector<Slice>& slices) {
    std::vector<double> steps;
    for (std::size_t i = 1; i < slices.size(); ++i)
        steps.push_back(slices[i].along_mm - slices[i - 1].along_mm);
    std::nth_element(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2),
                     steps.end());
    return steps[steps.size() / 2];
}

void check_steps(const Series& series, const std::vector<Slice>& slices) {
    for (std::size_t i = 1; i < slices.size(); ++i)
        if (slices[i].along_mm - slices[i - 1].along_mm < 1e-3)
            throw Error(ExitCode::input_duplicate,
                        "Two slices lie at the same place, {:.3f} mm along the slice normal: {} and {}. "
                        "Several phases in one "
                        "series? Export one phase.",
                        slices[i].along_mm, name_of(series, slices[i - 1]), name_of(series, slices[i]));
    const double step = median_step(slices);
    for (std::size_t i = 1; i < slices.size(); ++i) {
        const double here = slices[i].along_mm - slices[i - 1].along_mm;
        if (std::abs(here - step) <= std::max(spacing_tolerance * step, rounding_mm)) continue;
        const long missing = std::lround(here / step) - 1;
        throw Error(
            ExitCode::input_gap,
            "The slices are not evenly spaced: {:.3f} mm between {} (at {:.3f} mm) and {} (at {:.3f} mm), "
            "expected "
            "{:.3f} mm{}. Export the whole series again.",
            here, name_of(series, slices[i - 1]), slices[i - 1].along_mm, name_of(series, slices[i]),
            slices[i].along_mm, step,
            missing > 0 ? fmt::format("; {} slice{} missing", missing, missing > 1 ? "s are" : " is") : "");
    }
}

void check_tilt(const Series& series, const std::vector<Slice>& slices, Vec3 normal) {
    const Vec3 travel = slices.back().position - slices.front().position;
    const double along = dot(travel, normal), sideways = norm(travel - along * normal);
    const double angle = std::atan2(sideways, along) * 180 / pi;
    const bool sheared = angle > tilt_tolerance_deg && sideways > 0.5 * slices.front().spacing_x;
    const double stated = series.first().dataset().number(tag::gantry_tilt).value_or(0);
    if (sheared)
        throw Error(ExitCode::input_gantry_tilt,
                    "The slices of series {} slide sideways by {:.2f} mm ({:.1f} degrees off the slice "
                    "normal): a gantry tilt. "
                    "Reconstruct the scan without tilt.",
                    series.info.series_uid, sideways, angle);
    // A tilted gantry without tilted slices: the header contradicts itself.
    const bool axial = std::abs(std::abs(normal.z) - 1) < 1e-6;
    if (std::abs(stated) > tilt_tolerance_deg && axial)
        throw Error(ExitCode::input_gantry_tilt,
                    "The header of series {} states a gantry tilt of {:.1f} degrees (0018,1120), but its "
                    "slices are not tilted: "
                    "reconstruct the scan without tilt.",
                    series.info.series_uid, stated);
}

// Columns i, j, k: the row axis kept, the others made exactly orthonormal. Right-handed by construction.
Mat3 direction_of(const Slice& slice) {
    const Vec3 i = normalized(slice.row);
    const Vec3 k = normalized(cross(i, slice.column));
    return Mat3::from_columns(i, cross(k, i), k);
}

}  // namespace

Stack build_stack(const Series& series) {
    for (const ImageFile& file : series.files) check_file(file);
    check_one_patient(series);
    for (const ImageFile& file : series.files) check_rescale(file);
    std::vector<Slice> slices;
    for (std::size_t f = 0; f < series.files.size(); ++f)
        for (std::size_t i = 0; i < series.files[f].frames.size(); ++i)
            slices.push_back(slice_of(series, f, i));
    for (const Slice& slice : slices) check_alike(series, slices.front(), slice);
    if (slices.size() < 2)
        throw Error(
            ExitCode::input_geometry,
            "The series {} has one slice ({}), which is no volume: give the folder of the whole series.",
            series.info.series_uid, slices.empty() ? "none" : name_of(series, slices.front()));

    Stack stack;
    stack.geometry.direction = direction_of(slices.front());
    const Vec3 normal = stack.geometry.direction.column(2);
    for (Slice& slice : slices) slice.along_mm = dot(slice.position, normal);
    std::stable_sort(slices.begin(), slices.end(),
                     [](const Slice& a, const Slice& b) { return a.along_mm < b.along_mm; });
    check_steps(series, slices);
    check_tilt(series, slices, normal);

    const double count = static_cast<double>(slices.size() - 1);
    const double step = (slices.back().along_mm - slices.front().along_mm) / count;
    check_spacing(step, "the distance of the slices of series " + series.info.series_uid);
    const PixelLayout& layout = series.first().layout;
    stack.geometry.size = {layout.columns, layout.rows, static_cast<int>(slices.size())};
    check_size(stack.geometry.size, "series " + series.info.series_uid);
    stack.geometry.spacing_mm = {slices.front().spacing_x, slices.front().spacing_y, step};
    stack.geometry.origin_lps_mm = slices.front().position;
    for (const Slice& slice : slices) {
        const FrameFacts& facts = series.files[slice.file].frames[slice.frame];
        stack.frames.push_back({slice.file, facts.number, *facts.slope, *facts.intercept});
    }
    return stack;
}

}  // namespace ctffr::dicom
