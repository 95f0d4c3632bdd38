// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdint>
#include <limits>

#include "support/broken_inputs.hpp"
#include "support/dicom_edit.hpp"
#include "support/volume_files.hpp"

namespace ctffr::test {

namespace {

namespace fs = std::filesystem;

class VolumeMaker {
   public:
    explicit VolumeMaker(const fs::path& folder) : folder_(folder), volume_(small_volume()) {}

    std::vector<BrokenInput> list;

    void add(const std::string& name, const std::string& bytes, ExitCode expected,
             const std::string& phrase) {
        write_file(folder_ / name, bytes);
        list.push_back({name, folder_ / name, expected, phrase});
    }

    void add_nifti_values() {
        const float nan = std::numeric_limits<float>::quiet_NaN(),
                    inf = std::numeric_limits<float>::infinity();
        const std::string head = NiftiBytes::of(volume_.geometry, 16).bytes();
        std::string voxels = voxel_bytes<float>(volume_);
        const std::size_t at = sizeof(float) * (3 + 12 * (2 + 10 * 5));
        voxels.replace(at, sizeof nan, reinterpret_cast<const char*>(&nan), sizeof nan);
        add("nifti_nan.nii", head + voxels, ExitCode::input_not_finite, "(3, 2, 5)");
        add("nifti_nan_gz.nii.gz", gzip(head + voxels), ExitCode::input_not_finite, "no number");
        voxels.replace(at, sizeof inf, reinterpret_cast<const char*>(&inf), sizeof inf);
        add("nifti_inf.nii", head + voxels, ExitCode::input_not_finite, "(3, 2, 5)");
        add("nifti_slope_nan.nii", nifti([&](NiftiBytes& b) { b.put<float>(112, nan); }),
            ExitCode::input_no_rescale, "not Hounsfield units");
        add("nifti_colour.nii", nifti([](NiftiBytes& b) { b.put<std::int16_t>(70, 128); }),
            ExitCode::input_unsupported, "data type 128");
        Volume positive = volume_;
        for (std::int16_t& hu : positive.hu) hu = static_cast<std::int16_t>(hu + 1024);
        add("nifti_not_hu.nii",
            NiftiBytes::of(volume_.geometry, 4).bytes() + voxel_bytes<std::int16_t>(positive), ExitCode::ok,
            "no negative value");
    }

    void add_nifti_headers() {
        const float nan = std::numeric_limits<float>::quiet_NaN();
        const auto dims = [](std::int16_t x, std::int16_t y, std::int16_t z) {
            return [=](NiftiBytes& b) { b.put(42, x).put(44, y).put(46, z); };
        };
        add("nifti_huge_header.nii", nifti(dims(32767, 32767, 32767)), ExitCode::input_geometry,
            "32767 x 32767 x 32767");
        add("nifti_huge_volume.nii.gz", gzip(nifti(dims(8000, 8000, 8000))), ExitCode::input_geometry,
            "8000 x 8000 x 8000");
        add("nifti_large_header.nii.gz", gzip(nifti(dims(512, 512, 900))), ExitCode::input_truncated,
            "512 x 512 x 900");
        add("nifti_negative_dims.nii", nifti(dims(12, -10, 8)), ExitCode::input_geometry, "-10");
        add("nifti_zero_dims.nii", nifti(dims(12, 0, 8)), ExitCode::input_geometry, "12 x 0 x 8");
        add("nifti_dimensions_9.nii", nifti([](NiftiBytes& b) { b.put<std::int16_t>(40, 9); }),
            ExitCode::input_geometry, "9 dimensions");
        add("nifti_one_slice.nii", nifti(dims(12, 10, 1)), ExitCode::input_geometry, "slice and no volume");
        add("nifti_time_series.nii",
            nifti([](NiftiBytes& b) { b.put<std::int16_t>(40, 4).put<std::int16_t>(48, 20); }),
            ExitCode::input_unsupported, "20 volumes");
        add("nifti_zero_spacing.nii", nifti([](NiftiBytes& b) {
                for (std::size_t row = 0; row < 3; ++row) b.put<float>(280 + 16 * row, 0.0f);
            }),
            ExitCode::input_geometry, "spacing");
        add("nifti_absurd_spacing.nii", nifti([](NiftiBytes& b) { b.put<std::uint8_t>(123, 1); }),
            ExitCode::input_geometry, "0.01 to 10 mm");
        add("nifti_affine_nan.nii", nifti([=](NiftiBytes& b) { b.put<float>(284, nan); }),
            ExitCode::input_geometry, "nan");
        add("nifti_origin_nan.nii", nifti([=](NiftiBytes& b) { b.put<float>(292, nan); }),
            ExitCode::input_geometry, "origin");
        add("nifti_sheared.nii", nifti([](NiftiBytes& b) {
                for (std::size_t row = 0; row < 3; ++row)
                    for (std::size_t column = 0; column < 3; ++column)
                        b.put<float>(280 + 16 * row + 4 * column, row == column             ? 0.5f
                                                                  : row == 0 && column == 2 ? 0.1f
                                                                                            : 0.0f);
            }),
            ExitCode::input_geometry, "right angles");
        add("nifti_no_orientation.nii", nifti([](NiftiBytes& b) { b.put<std::int16_t>(254, 0); }),
            ExitCode::ok, "left and right may be swapped");
        add("nifti_no_magic.nii", nifti([](NiftiBytes& b) { b.put_text(344, "xyz"); }),
            ExitCode::input_unsupported, "Analyze");
        add("nifti_offset_absurd.nii", nifti([](NiftiBytes& b) { b.put<float>(108, -5.0f); }),
            ExitCode::input_unreadable, "at byte -5");
        add("nifti_offset_beyond.nii", nifti([](NiftiBytes& b) { b.put<float>(108, 1e8f); }),
            ExitCode::input_truncated, "not complete");
        add("nifti_pair_alone.hdr", nifti([](NiftiBytes& b) { b.put_text(344, "ni1"); }).substr(0, 348),
            ExitCode::input_missing, ".img");
    }

    void add_nifti_files() {
        const std::string good = nifti([](NiftiBytes&) {}), packed = gzip(good);
        add("nifti_cut_in_header.nii", good.substr(0, 200), ExitCode::input_truncated, "NIfTI header");
        add("nifti_cut_in_voxels.nii", good.substr(0, good.size() - 100), ExitCode::input_truncated,
            "not complete");
        add("nifti_cut_gz.nii.gz", packed.substr(0, packed.size() / 2), ExitCode::input_truncated,
            "not complete");
        add("nifti_cut_gz_checksum.nii.gz", packed.substr(0, packed.size() - 5), ExitCode::input_truncated,
            "check sum");
        std::string flipped = packed;
        flipped[flipped.size() - 6] = static_cast<char>(flipped[flipped.size() - 6] ^ 0x55);
        add("nifti_wrong_checksum.nii.gz", flipped, ExitCode::input_unreadable, "check sum");
        std::string damaged = packed;
        for (std::size_t i = packed.size() / 2; i < packed.size() / 2 + 40; ++i) damaged[i] = '\xFF';
        add("nifti_damaged_gz.nii.gz", damaged, ExitCode::input_unreadable, "damaged");
        add("gz_of_text.nii.gz", gzip("This is no image, only a sentence that was compressed.\n"),
            ExitCode::input_unreadable, "not an image");
        add("gz_header_only.nii.gz", packed.substr(0, 12), ExitCode::input_unreadable, "not an image");
    }

    void add_nrrd() {
        const Fields good = nrrd_fields(volume_.geometry);
        const std::string voxels = voxel_bytes<std::int16_t>(volume_);
        const auto nrrd = [&](const std::string& key, const std::string& value) {
            return nrrd_header(with(good, key, value)) + voxels;
        };
        add("nrrd_missing_data.nhdr", nrrd_header(with(good, "data file", "gone.raw")),
            ExitCode::input_missing, "gone.raw");
        add("nrrd_cut_in_voxels.nrrd", nrrd_header(good) + voxels.substr(0, 1000), ExitCode::input_truncated,
            "not complete");
        add("nrrd_cut_in_header.nrrd", nrrd_header(good).substr(0, 60), ExitCode::input_truncated,
            "inside its header");
        add("nrrd_no_sizes.nrrd", nrrd("sizes", ""), ExitCode::input_unreadable, "'sizes'");
        add("nrrd_words_as_sizes.nrrd", nrrd("sizes", "twelve ten eight"), ExitCode::input_geometry,
            "twelve ten eight");
        add("nrrd_huge_sizes.nrrd", nrrd("sizes", "100000 100000 100000"), ExitCode::input_geometry,
            "100000");
        add("nrrd_overflowing_sizes.nrrd", nrrd("sizes", "99999999999999999999 2 2"),
            ExitCode::input_geometry, "sizes");
        add("nrrd_two_axes.nrrd", nrrd("dimension", "2"), ExitCode::input_unsupported, "axes");
        add("nrrd_bzip2.nrrd", nrrd("encoding", "bzip2"), ExitCode::input_unsupported, "bzip2");
        add("nrrd_block.nrrd", nrrd("type", "block"), ExitCode::input_unsupported, "block");
        add("nrrd_bad_direction.nrrd", nrrd("space directions", "(1,0,0) (0,x,0) (0,0,1)"),
            ExitCode::input_geometry, "spacing");
        add("nrrd_unknown_space.nrrd", nrrd("space", "scanner-xyz"), ExitCode::input_unsupported,
            "scanner-xyz");
        add("nrrd_no_space.nrrd",
            nrrd_header(
                with(with(with(good, "space", ""), "space directions", ""), "spacings", "0.4 0.45 0.5")) +
                voxels,
            ExitCode::ok, "does not say how the patient lies");
        add("nrrd_list.nhdr", nrrd_header(with(good, "data file", "LIST")), ExitCode::input_unsupported,
            "several files");
        add("nrrd_damaged_gzip.nrrd", nrrd_header(with(good, "encoding", "gzip")) + std::string(3000, 'x'),
            ExitCode::input_unreadable, "damaged");
    }

    void add_metaimage() {
        const Fields good = metaimage_fields(volume_.geometry);
        const std::string voxels = voxel_bytes<std::int16_t>(volume_);
        const auto meta = [&](const std::string& key, const std::string& value) {
            return metaimage_header(with(good, key, value)) + voxels;
        };
        add("meta_missing_raw.mhd", metaimage_header(with(good, "ElementDataFile", "gone.raw")),
            ExitCode::input_missing, "gone.raw");
        add("meta_cut_in_voxels.mha", metaimage_header(good) + voxels.substr(0, 500),
            ExitCode::input_truncated, "not complete");
        add("meta_cut_in_header.mha", metaimage_header(good).substr(0, 90), ExitCode::input_truncated,
            "inside its header");
        add("meta_negative_size.mha", meta("DimSize", "12 -10 8"), ExitCode::input_geometry, "12 -10 8");
        add("meta_huge_size.mha", meta("DimSize", "60000 60000 60000"), ExitCode::input_geometry, "60000");
        add("meta_zero_spacing.mha", meta("ElementSpacing", "0.4 0 0.5"), ExitCode::input_geometry,
            "spacing");
        add("meta_negative_spacing.mha", meta("ElementSpacing", "0.4 -0.4 0.5"), ExitCode::input_geometry,
            "negative");
        add("meta_words_as_spacing.mha", meta("ElementSpacing", "a b c"), ExitCode::input_geometry, "a b c");
        add("meta_no_spacing.mha", meta("ElementSpacing", ""), ExitCode::input_geometry, "ElementSpacing");
        add("meta_text_voxels.mha", meta("BinaryData", "False"), ExitCode::input_unsupported, "as text");
        add("meta_list.mhd", meta("ElementDataFile", "LIST"), ExitCode::input_unsupported, "several files");
        add("meta_unknown_type.mha", meta("ElementType", "MET_STRING"), ExitCode::input_unsupported,
            "MET_STRING");
        add("meta_vectors.mha", meta("ElementNumberOfChannels", "3"), ExitCode::input_unsupported,
            "3 numbers per voxel");
        add("meta_singular.mha", meta("TransformMatrix", "1 0 0 1 0 0 0 0 1"), ExitCode::input_geometry,
            "right angles");
        add("meta_damaged_zlib.mha", meta("CompressedData", "True"), ExitCode::input_unreadable, "damaged");
    }

   private:
    // A good 16-bit NIfTI-1 file after `edit` of its header.
    template <class EditHeader>
    std::string nifti(const EditHeader& edit) const {
        NiftiBytes header = NiftiBytes::of(volume_.geometry, 4);
        edit(header);
        return header.bytes() + voxel_bytes<std::int16_t>(volume_);
    }

    fs::path folder_;
    Volume volume_;
};

}  // namespace

std::vector<BrokenInput> make_broken_volumes(const fs::path& folder) {
    VolumeMaker maker(folder);
    maker.add_nifti_values();
    maker.add_nifti_headers();
    maker.add_nifti_files();
    maker.add_nrrd();
    maker.add_metaimage();
    return maker.list;
}

}  // namespace ctffr::test
