// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>
#include <unistd.h>

#include "ctffr/core/random.hpp"
#include "support/broken_inputs.hpp"
#include "support/dicom_edit.hpp"
#include "support/volume_files.hpp"

namespace ctffr::test {

namespace {

namespace fs = std::filesystem;
namespace tag = dicom::tag;

std::string random_bytes(std::size_t count, std::uint64_t seed) {
    Random random(seed);
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += static_cast<char>(random.integer(0, 255));
    return out;
}

class DicomMaker {
   public:
    explicit DicomMaker(const fs::path& folder) : folder_(folder), volume_(small_volume()) {
        options_.uid_seed = "broken";
    }

    std::vector<BrokenInput> list;

    // ---- places: what the path itself can be
    void add_places() {
        note("missing_path", ExitCode::input_missing, "no file or folder");
        fs::create_directories(folder_ / "empty_folder");
        note("empty_folder", ExitCode::input_missing, "holds no file");
        fs::create_directories(folder_ / "directory.nii.gz");
        note("directory.nii.gz", ExitCode::input_missing, "holds no file");
        add_file("empty_file.dcm", "", ExitCode::input_truncated, "is empty");
        add_file("text.dcm", "Dear colleague, please find the images attached.\n", ExitCode::input_unreadable,
                 "not an image");
        add_file("random.bin", random_bytes(4000, 3), ExitCode::input_unreadable, "not an image");
        write_file(folder_ / "folder_of_text/a.dcm", "no image");
        write_file(folder_ / "folder_of_text/b.txt", "nor this");
        write_file(folder_ / "folder_of_text/c", "");
        note("folder_of_text", ExitCode::input_missing, "no DICOM image");
        fs::create_symlink("nowhere", folder_ / "dangling_link");
        note("dangling_link", ExitCode::input_missing, "leads nowhere");
        fs::create_symlink("link_to_itself", folder_ / "link_to_itself");
        note("link_to_itself", ExitCode::input_missing, "leads nowhere");
        series("link_loop", ExitCode::ok, "");
        fs::create_directory_symlink(folder_ / "link_loop", folder_ / "link_loop/again");
        if (::geteuid() == 0) return;  // root reads everything
        series("unreadable_files", ExitCode::input_unreadable, "Permission denied");
        for (const fs::directory_entry& entry : fs::directory_iterator(folder_ / "unreadable_files"))
            fs::permissions(entry.path(), fs::perms::none);
        add_file("unreadable_file.dcm", "x", ExitCode::input_unreadable, "Permission denied");
        fs::permissions(folder_ / "unreadable_file.dcm", fs::perms::none);
    }

    // ---- series that are odd but right
    void add_readable() {
        std::vector<DicomSlice> slices = slices_with({});
        const std::size_t order[] = {5, 2, 7, 0, 3, 6, 1, 4};
        for (std::size_t i = 0; i < slices.size(); ++i)
            slices[i].name = fmt::format("{}/{}", order[i] % 2 ? "x" : "y/z", 10 * order[i]);
        write_slices(folder_ / "shuffled", slices);
        write_file(folder_ / "shuffled/README", "notes between the images");
        write_file(folder_ / "shuffled/.hidden", "left out");
        note("shuffled", ExitCode::ok, "");
        series("private_garbage", ExitCode::ok, "", [](DicomSlice& slice, int k) {
            slice.attributes
                .raw(0x00091001, "UN", random_bytes(5001, 10 + static_cast<std::uint64_t>(k)) + "x")
                .raw(0x00290010, "LO", std::string("MAKER ") + char(0xE9) + " ")
                .raw(tag::series_description, "LO", std::string("CCTA ") + char(0xE9) + char(0xFF) + " ");
        });
        Volume soft = volume_;
        std::fill(soft.hu.begin(), soft.hu.end(), std::int16_t{40});
        write_slices(folder_ / "zero_contrast", dicom_slices(soft, options_));
        note("zero_contrast", ExitCode::ok, "");
        series("lossy", ExitCode::ok, "compressed with loss", [](DicomSlice& slice, int) {
            slice.attributes.text(tag::lossy, "CS", "01")
                .text(tag::image_type, "CS", "DERIVED\\PRIMARY\\AXIAL");
        });
        DicomWriteOptions other = options_;
        other.uid_seed = "other series";
        series("two_series", ExitCode::ok, "");
        write_slices(folder_ / "two_series/ca", dicom_slices(volume_, other, [](DicomSlice& slice, int) {
                         slice.attributes.text(tag::series_description, "LO", "CaScore 3.0")
                             .text(tag::contrast_agent, "LO", "");
                         slice.attributes.numbers(tag::slice_thickness, "DS", {3.0});
                     }));
        write_slices(folder_ / "one_damaged_other_file", slices_with({}));
        write_file(folder_ / "one_damaged_other_file/broken.dcm",
                   std::string(128, '\0') + "DICM" + random_bytes(300, 5));
        note("one_damaged_other_file", ExitCode::ok, "Left out");
        series("unknown_patient_values", ExitCode::ok, "not used", [](DicomSlice& slice, int) {
            slice.attributes.text(tag::patient_age, "AS", "ABC").text(tag::patient_weight, "DS", "7000");
        });
    }

    // ---- places of slices
    void add_stacks() {
        drop("gap_of_one", {4}, ExitCode::input_gap, "1 slice is missing");
        drop("gap_of_three", {2, 3, 4}, ExitCode::input_gap, "3 slices are missing");
        drop("two_gaps", {2, 5}, ExitCode::input_gap, "expected 0.500 mm");
        drop("one_slice", {1, 2, 3, 4, 5, 6, 7}, ExitCode::input_geometry, "one slice");
        series("uneven_spacing", ExitCode::input_gap, "not evenly spaced", [this](DicomSlice& slice, int k) {
            if (k == 3) slice.attributes.numbers(tag::position, "DS", position(0, 0, k + 0.3));
        });
        series("duplicate_slice", ExitCode::input_duplicate, "same place");
        fs::copy_file(folder_ / "duplicate_slice/IM0003.dcm", folder_ / "duplicate_slice/copy.dcm");
        series("gantry_tilt", ExitCode::input_gantry_tilt, "slide sideways",
               [this](DicomSlice& slice, int k) {
                   slice.attributes.numbers(tag::position, "DS", position(0, 0.4 * k, k));
               });
        series("gantry_tilt_stated", ExitCode::input_gantry_tilt, "states a gantry tilt of 12.0",
               [](DicomSlice& slice, int k) {
                   slice.attributes.numbers(tag::gantry_tilt, "DS", {12})
                       .numbers(tag::orientation, "DS", {1, 0, 0, 0, 1, 0});
                   slice.attributes.numbers(tag::position, "DS", {0, 0, 0.5 * k});
               });
        series("mixed_orientation", ExitCode::input_orientation, "differ in orientation",
               [](DicomSlice& slice, int k) {
                   if (k == 5) slice.attributes.numbers(tag::orientation, "DS", {1, 0, 0, 0, 0, -1});
               });
        series("mixed_size", ExitCode::input_orientation, "differ in size", [](DicomSlice& slice, int k) {
            if (k == 5) slice.attributes.us(tag::rows, 8);
        });
        series("mixed_spacing", ExitCode::input_orientation, "differ in pixel spacing",
               [](DicomSlice& slice, int k) {
                   if (k == 5) slice.attributes.numbers(tag::pixel_spacing, "DS", {0.5, 0.5});
               });
        every("position_missing", ExitCode::input_geometry, "where the slice lies",
              [](auto& a) { a.erase(tag::position); });
        every("orientation_missing", ExitCode::input_geometry, "where the slice lies",
              [](auto& a) { a.erase(tag::orientation); });
        every("position_words", ExitCode::input_geometry, "where the slice lies",
              [](auto& a) { a.text(tag::position, "DS", "left\\right\\up"); });
        every("position_nan", ExitCode::input_geometry, "where the slice lies",
              [](auto& a) { a.text(tag::position, "DS", "nan\\0\\0"); });
        every("orientation_not_unit", ExitCode::input_geometry, "unit vectors", [](auto& a) {
            a.numbers(tag::orientation, "DS", {2, 0, 0, 0, 2, 0});
        });
        every("spacing_zero", ExitCode::input_geometry, "spacing", [](auto& a) {
            a.numbers(tag::pixel_spacing, "DS", {0, 0});
        });
        every("spacing_absurd", ExitCode::input_geometry, "4000", [](auto& a) {
            a.numbers(tag::pixel_spacing, "DS", {4000, 4000});
        });
        every("spacing_missing", ExitCode::input_geometry, "Pixel Spacing",
              [](auto& a) { a.erase(tag::pixel_spacing); });
    }

    // ---- what kind of image it is
    void add_kinds() {
        every("modality_mr", ExitCode::input_not_ct, "modality is MR",
              [](auto& a) { a.text(tag::modality, "CS", "MR"); });
        every("storage_class_mr", ExitCode::input_not_ct, "not CT Image",
              [](auto& a) { a.text(tag::sop_class, "UI", "1.2.840.10008.5.1.4.1.1.4"); });
        every("localizer", ExitCode::input_not_ct, "localizer",
              [](auto& a) { a.text(tag::image_type, "CS", "ORIGINAL\\PRIMARY\\LOCALIZER"); });
        every("mip", ExitCode::input_not_ct, "projection",
              [](auto& a) { a.text(tag::image_type, "CS", "DERIVED\\PRIMARY\\MIP"); });
        every("screen_save", ExitCode::input_not_ct, "secondary capture",
              [](auto& a) { a.text(tag::image_type, "CS", "DERIVED\\SECONDARY\\OTHER"); });
        every("derived", ExitCode::input_not_ct, "derived",
              [](auto& a) { a.text(tag::image_type, "CS", "DERIVED\\PRIMARY\\AXIAL"); });
        every("colour", ExitCode::input_not_ct, "colour picture",
              [](auto& a) { a.us(tag::samples, 3).text(tag::photometric, "CS", "RGB"); });
        every("monochrome1", ExitCode::input_unsupported, "MONOCHROME1",
              [](auto& a) { a.text(tag::photometric, "CS", "MONOCHROME1"); });
        every("no_rescale", ExitCode::input_no_rescale, "no Rescale Slope", [](auto& a) {
            a.erase(tag::rescale_slope);
            a.erase(tag::rescale_intercept);
        });
        every("rescale_slope_zero", ExitCode::input_no_rescale, "no Rescale Slope",
              [](auto& a) { a.numbers(tag::rescale_slope, "DS", {0}); });
        every("rescale_not_hu", ExitCode::input_no_rescale, "type Z_EFF",
              [](auto& a) { a.text(tag::rescale_type, "LO", "Z_EFF"); });
        series("report_only", ExitCode::input_missing, "no DICOM image", [](DicomSlice& slice, int) {
            slice.with_pixels = false;
            slice.attributes.erase(tag::rows);
        });
        series("two_patients_one_series", ExitCode::input_ambiguous, "mixes patients",
               [](DicomSlice& slice, int k) {
                   if (k > 3) slice.attributes.text(tag::patient_id, "LO", "SOMEBODY ELSE");
               });
        series("two_frames_of_reference", ExitCode::input_ambiguous, "two frames of reference",
               [](DicomSlice& slice, int k) {
                   if (k > 3) slice.attributes.text(tag::frame_of_reference, "UI", "1.2.3.4");
               });
        DicomWriteOptions other = options_;
        other.uid_seed = "another patient";
        other.patient_name = "Other^Patient";
        series("two_patients_two_series", ExitCode::input_ambiguous, "2 patients");
        write_slices(folder_ / "two_patients_two_series/other", dicom_slices(volume_, other));
    }

    // ---- pixels and files
    void add_pixels() {
        every("rows_huge", ExitCode::input_geometry, "65535",
              [](auto& a) { a.us(tag::rows, 65535).us(tag::columns, 65535); });
        every("rows_zero", ExitCode::input_geometry, "x 0", [](auto& a) { a.us(tag::rows, 0); });
        every("rows_too_many", ExitCode::input_truncated, "not complete",
              [](auto& a) { a.us(tag::rows, 40); });
        every("bits_absurd", ExitCode::input_unsupported, "bits",
              [](auto& a) { a.us(tag::bits_stored, 99); });
        every("bits_32", ExitCode::input_unsupported, "bits", [](auto& a) { a.us(tag::bits_allocated, 32); });
        series("pixels_missing", ExitCode::input_truncated, "before its pixels",
               [](DicomSlice& slice, int k) { slice.with_pixels = k != 4; });
        series("syntax_unknown", ExitCode::input_unsupported, "1.2.3.4.5",
               [](DicomSlice& slice, int) { slice.syntax = "1.2.3.4.5"; });
        series("syntax_video", ExitCode::input_unsupported, "transfer syntax",
               [](DicomSlice& slice, int) { slice.syntax = "1.2.840.10008.1.2.4.100"; });
        series("syntax_deflated", ExitCode::input_unsupported, "transfer syntax",
               [](DicomSlice& slice, int) { slice.syntax = dicom::uid::deflated_little; });
        series("syntax_wrong", ExitCode::input_truncated, "DICOM header",
               [](DicomSlice& slice, int) { slice.syntax = dicom::uid::implicit_little; });
        series("syntax_missing", ExitCode::input_unreadable, "no transfer syntax",
               [](DicomSlice& slice, int) { slice.syntax = ""; });
        truncated("cut_in_preamble", 100, ExitCode::input_missing, "no DICOM image");
        truncated("cut_after_magic", 132, ExitCode::input_unreadable, "no transfer syntax");
        truncated("cut_in_meta", 200, ExitCode::input_truncated, "DICOM header");
        truncated("cut_in_header", 700, ExitCode::input_truncated, "DICOM header");
        truncated("cut_before_pixels", -250, ExitCode::input_truncated, "not complete");
        truncated("cut_in_pixels", -50, ExitCode::input_truncated, "not complete");
        series("cut_one_file", ExitCode::input_truncated, "IM0005.dcm");
        cut_file(folder_ / "cut_one_file/IM0005.dcm", -100);
        series("cut_one_file_early", ExitCode::input_gap, "1 slice is missing");
        cut_file(folder_ / "cut_one_file_early/IM0005.dcm", 300);
        write_file(folder_ / "random_with_magic/IM1.dcm",
                   std::string(128, '\0') + "DICM" + random_bytes(3000, 7));
        note("random_with_magic", ExitCode::input_unreadable, "damaged");
        series("nested_too_deep", ExitCode::input_unreadable, "nested", [](DicomSlice& slice, int) {
            dicom::DatasetBuilder inner;
            for (int depth = 0; depth < 60; ++depth) {
                dicom::DatasetBuilder outer;
                outer.sequence(0x00081115, {inner});
                inner = outer;
            }
            slice.attributes.sequence(0x00081115, {inner});
        });
        series("sequence_broken", ExitCode::input_unreadable, "something else than items",
               [](DicomSlice& slice, int) { slice.attributes.raw(0x00081115, "SQ", std::string(40, 'q')); });
        series("length_absurd", ExitCode::input_truncated, "DICOM header", [](DicomSlice& slice, int) {
            slice.attributes.raw(0x00081115, "SQ", std::string("\xFE\xFF\x00\xE0\xF0\xFF\xFF\x7F", 8));
        });
    }

    // ---- compressed and enhanced
    void add_encapsulated() {
        const auto scramble = [](DicomSlice& slice, int k) {
            if (k == 4) slice.frames[0] = random_bytes(slice.frames[0].size(), 11);
        };
        const std::pair<const char*, DicomCompression> kinds[] = {{"rle", DicomCompression::rle},
                                                                  {"jpeg", DicomCompression::jpeg_lossless},
                                                                  {"jpeg_ls", DicomCompression::jpeg_ls},
                                                                  {"jpeg_2000", DicomCompression::jpeg_2000}};
        for (const auto& [name, compression] : kinds) {
            compressed(fmt::format("damaged_{}", name), compression, ExitCode::input_unreadable,
                       "are damaged", scramble);
            compressed(fmt::format("cut_{}", name), compression, ExitCode::input_unreadable, "are damaged",
                       [](DicomSlice& slice, int k) {
                           if (k == 4) slice.frames[0].resize(slice.frames[0].size() / 2);
                       });
            compressed(fmt::format("empty_{}", name), compression, ExitCode::input_unreadable, "are damaged",
                       [](DicomSlice& slice, int k) {
                           if (k == 4) slice.frames[0] = "";
                       });
        }
        compressed("compressed_cut", DicomCompression::jpeg_ls, ExitCode::input_truncated,
                   "compressed pixels", {});
        cut_file(folder_ / "compressed_cut/IM0002.dcm", -30);
        compressed("compressed_no_frame", DicomCompression::rle, ExitCode::input_truncated,
                   "compressed pieces", [](DicomSlice& slice, int k) {
                       if (k == 1) slice.frames.clear();
                   });
        compressed("compressed_no_items", DicomCompression::rle, ExitCode::input_unreadable, "starts no item",
                   [](DicomSlice& slice, int k) {
                       if (k != 1) return;
                       slice.with_pixels = false;
                       slice.attributes.raw(0x7FE00010, "OB", "");
                   });
        // An undefined length and no items.
        std::string bytes = read_file(folder_ / "compressed_no_items/IM0002.dcm");
        bytes.replace(bytes.size() - 4, 4, std::string(4, '\xFF'));
        write_file(folder_ / "compressed_no_items/IM0002.dcm", bytes + std::string(64, 'n'));

        enhanced("enhanced_frames_missing", ExitCode::input_truncated, "announces 11 frames",
                 [](DicomSlice& file) { file.attributes.numbers(tag::frames, "IS", {11}); });
        enhanced("enhanced_cut", ExitCode::input_truncated, "not complete",
                 [](DicomSlice& file) { file.frames.resize(5); });
        enhanced("enhanced_no_places", ExitCode::input_geometry, "where the slice lies",
                 [](DicomSlice& file) {
                     file.attributes.sequence(tag::per_frame_groups, std::vector<dicom::DatasetBuilder>(8));
                 });
        enhanced("enhanced_no_groups", ExitCode::input_truncated, "describes only 0",
                 [](DicomSlice& file) { file.attributes.erase(tag::per_frame_groups); });
        enhanced("enhanced_no_shared", ExitCode::input_no_rescale, "no Rescale Slope",
                 [](DicomSlice& file) { file.attributes.erase(tag::shared_groups); });
        DicomSlice file = enhanced_file(volume_, with_compression(DicomCompression::jpeg_ls));
        file.frames.resize(5);
        write_slices(folder_ / "enhanced_pieces_missing", {file});
        note("enhanced_pieces_missing", ExitCode::input_truncated, "5 compressed pieces for 8 frames");
    }

   private:
    void note(const std::string& name, ExitCode expected, const std::string& phrase) {
        list.push_back({name, folder_ / name, expected, phrase});
    }
    void add_file(const std::string& name, const std::string& bytes, ExitCode expected,
                  const std::string& phrase) {
        write_file(folder_ / name, bytes);
        note(name, expected, phrase);
    }
    std::vector<DicomSlice> slices_with(const Edit& edit) const {
        return dicom_slices(volume_, options_, edit);
    }

    void series(const std::string& name, ExitCode expected, const std::string& phrase,
                const Edit& edit = {}) {
        write_slices(folder_ / name, slices_with(edit));
        note(name, expected, phrase);
    }
    // The same edit of the attributes of every slice.
    template <class EditAttributes>
    void every(const std::string& name, ExitCode expected, const std::string& phrase,
               const EditAttributes& edit) {
        series(name, expected, phrase, [&](DicomSlice& slice, int) { edit(slice.attributes); });
    }
    void drop(const std::string& name, const std::vector<std::size_t>& dropped, ExitCode expected,
              const std::string& phrase) {
        std::vector<DicomSlice> kept;
        const std::vector<DicomSlice> all = slices_with({});
        for (std::size_t k = 0; k < all.size(); ++k)
            if (std::find(dropped.begin(), dropped.end(), k) == dropped.end()) kept.push_back(all[k]);
        write_slices(folder_ / name, kept);
        note(name, expected, phrase);
    }
    void truncated(const std::string& name, long bytes, ExitCode expected, const std::string& phrase) {
        series(name, expected, phrase);
        for (const fs::directory_entry& entry : fs::directory_iterator(folder_ / name))
            cut_file(entry.path(), bytes);
    }
    DicomWriteOptions with_compression(DicomCompression compression) const {
        DicomWriteOptions options = options_;
        options.compression = compression;
        return options;
    }
    void compressed(const std::string& name, DicomCompression compression, ExitCode expected,
                    const std::string& phrase, const Edit& edit) {
        write_slices(folder_ / name, dicom_slices(volume_, with_compression(compression), edit));
        note(name, expected, phrase);
    }
    template <class EditFile>
    void enhanced(const std::string& name, ExitCode expected, const std::string& phrase,
                  const EditFile& edit) {
        DicomSlice file = enhanced_file(volume_, options_);
        edit(file);
        write_slices(folder_ / name, {file});
        note(name, expected, phrase);
    }
    std::vector<double> position(double i, double j, double k) const {
        const Vec3 p = volume_.geometry.lps_from_index({i, j, k});
        return {p.x, p.y, p.z};
    }

    fs::path folder_;
    Volume volume_;
    DicomWriteOptions options_;
};

}  // namespace

std::vector<BrokenInput> make_broken_dicom(const fs::path& folder) {
    DicomMaker maker(folder);
    maker.add_places();
    maker.add_readable();
    maker.add_stacks();
    maker.add_kinds();
    maker.add_pixels();
    maker.add_encapsulated();
    return maker.list;
}

std::vector<BrokenInput> make_broken_inputs(const fs::path& folder) {
    std::vector<BrokenInput> all = make_broken_dicom(folder / "dicom");
    for (BrokenInput& input : make_broken_volumes(folder / "volumes")) all.push_back(std::move(input));
    return all;
}

}  // namespace ctffr::test
