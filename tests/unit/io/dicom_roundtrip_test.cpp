// SPDX-License-Identifier: Apache-2.0
// What is written as DICOM comes back voxel by voxel, in every compression, single-frame and enhanced.
#include <algorithm>
#include <filesystem>
#include <limits>

#include <fmt/format.h>
#include <gdcmImageReader.h>
#include <gtest/gtest.h>

#include "ctffr/io/dicom_write.hpp"
#include "ctffr/io/volume.hpp"
#include "support/dicom_edit.hpp"
#include "support/same_volume.hpp"
#include "support/temporary_folder.hpp"
#include "support/volume_files.hpp"

namespace ctffr {
namespace {

namespace fs = std::filesystem;
namespace tag = dicom::tag;

struct Way {
    DicomCompression compression;
    bool enhanced, wide;  // wide: values beyond the 12 bits of a CT scanner
};

class DicomRoundTrip : public testing::TestWithParam<Way> {};

TEST_P(DicomRoundTrip, GivesTheSameVoxelsPlacesAndFacts) {
    const test::TemporaryFolder folder;
    Volume volume = test::small_volume();
    if (GetParam().wide) {
        volume.hu[5] = 20000, volume.hu[6] = -20000;
        volume.hu[7] = std::numeric_limits<std::int16_t>::max(),
        volume.hu[8] = std::numeric_limits<std::int16_t>::min();
    }
    DicomWriteOptions options;
    options.compression = GetParam().compression;
    options.enhanced = GetParam().enhanced;
    write_dicom_series(volume, options, folder.path() / "series", {});
    const Volume back = read_volume(folder.path() / "series", {}, {});
    test::expect_same_grid(back.geometry, volume.geometry, 1e-8);
    EXPECT_EQ(back.hu, volume.hu);
    EXPECT_EQ(back.patient.sex, 'F');
    EXPECT_EQ(back.patient.age_years, 61);
    EXPECT_EQ(back.patient.height_m, 1.68);
    EXPECT_EQ(back.patient.weight_kg, 71.5);
    EXPECT_EQ(back.patient.heart_rate_bpm, 58);
    EXPECT_EQ(back.acquisition.kvp, 100);
    EXPECT_EQ(back.acquisition.slice_thickness_mm, 0.6);
    EXPECT_EQ(back.acquisition.kernel, "Bv40");
    EXPECT_EQ(back.acquisition.cardiac_phase_pct, 74);
    EXPECT_EQ(back.acquisition.patient_id, "P-17");
    EXPECT_EQ(back.acquisition.accession_number, "A-42");
    EXPECT_EQ(back.acquisition.manufacturer, "Maker");
    EXPECT_EQ(back.acquisition.modality, "CT");
    EXPECT_FALSE(back.acquisition.lossy_compressed);
    EXPECT_FALSE(back.acquisition.selection_reason.empty());
    EXPECT_EQ(back.hash, hash_of(back));
}

std::vector<Way> all_ways() {
    std::vector<Way> ways;
    for (const DicomCompression compression :
         {DicomCompression::none, DicomCompression::rle, DicomCompression::jpeg_lossless,
          DicomCompression::jpeg_ls, DicomCompression::jpeg_2000})
        for (const bool enhanced : {false, true})
            for (const bool wide : {false, true}) ways.push_back({compression, enhanced, wide});
    return ways;
}
INSTANTIATE_TEST_SUITE_P(All, DicomRoundTrip, testing::ValuesIn(all_ways()), [](const auto& info) {
    return fmt::format("compression{}_{}_{}", static_cast<int>(info.param.compression),
                       info.param.enhanced ? "enhanced" : "single", info.param.wide ? "16bit" : "12bit");
});

// An independent reader (GDCM's) sees the same pixels and places in our files.
TEST(DicomWriter, AnotherReaderSeesTheSame) {
    const test::TemporaryFolder folder;
    const Volume volume = test::small_volume();
    DicomWriteOptions options;
    options.compression = DicomCompression::rle;
    write_dicom_series(volume, options, folder.path(), {});
    gdcm::ImageReader reader;
    reader.SetFileName((folder.path() / "IM0003.dcm").c_str());
    ASSERT_TRUE(reader.Read());
    const gdcm::Image& image = reader.GetImage();
    std::vector<std::uint16_t> pixels(image.GetBufferLength() / 2);
    ASSERT_EQ(pixels.size(), 120u);
    ASSERT_TRUE(image.GetBuffer(reinterpret_cast<char*>(pixels.data())));
    for (std::size_t i = 0; i < pixels.size(); ++i)
        EXPECT_EQ(image.GetSlope() * pixels[i] + image.GetIntercept(), volume.hu[2 * 120 + i]);
    const Vec3 p = volume.geometry.lps_from_index({0, 0, 2});
    for (int a = 0; a < 3; ++a) EXPECT_NEAR(image.GetOrigin(static_cast<unsigned int>(a)), p[a], 1e-9);
    EXPECT_NEAR(image.GetSpacing(0), 0.4, 1e-12);
    EXPECT_NEAR(image.GetSpacing(1), 0.45, 1e-12);
}

TEST(DicomReader, OrderOnDiskChangesNothing) {
    const test::TemporaryFolder folder;
    const Volume volume = test::small_volume();
    std::vector<test::DicomSlice> slices = test::dicom_slices(volume);
    test::write_slices(folder.path() / "straight", slices);
    const char* names[] = {"g", "q/x", "b", "q/a", "z/z/1", "z/z/0", "c.dcm", "a"};
    for (std::size_t i = 0; i < slices.size(); ++i) slices[i].name = names[i];
    test::write_slices(folder.path() / "shuffled", slices);
    EXPECT_EQ(read_volume(folder.path() / "straight", {}, {}).hash,
              read_volume(folder.path() / "shuffled", {}, {}).hash);
}

// Slices that run from head to feet give the same right-handed volume.
TEST(DicomReader, PatientAxesDoNotDependOnTheSliceOrderOfTheScanner) {
    const test::TemporaryFolder folder;
    Volume volume = test::small_volume();
    write_dicom_series(volume, {}, folder.path() / "up", {});
    // The same voxels with rows and columns exchanged: the normal turns around.
    const test::Edit transpose = [&](test::DicomSlice& slice, int k) {
        std::string turned;
        for (int i = 0; i < 12; ++i)
            for (int j = 0; j < 10; ++j)
                turned += slice.frames[0].substr(static_cast<std::size_t>(2 * (i + 12 * j)), 2);
        slice.frames[0] = turned;
        const Vec3 row = volume.geometry.direction.column(1), column = volume.geometry.direction.column(0);
        slice.attributes.us(tag::rows, 12).us(tag::columns, 10);
        slice.attributes.numbers(tag::orientation, "DS", {row.x, row.y, row.z, column.x, column.y, column.z});
        slice.attributes.numbers(tag::pixel_spacing, "DS", {0.4, 0.45});
        (void)k;
    };
    test::write_slices(folder.path() / "turned", test::dicom_slices(volume, {}, transpose));
    const Volume turned = read_volume(folder.path() / "turned", {}, {});
    EXPECT_GT(determinant(turned.geometry.direction), 0.99);
    test::expect_same_image(turned, volume, 1e-6);
}

TEST(DicomReader, RescalePaddingAndSignAreApplied) {
    const test::TemporaryFolder folder;
    Volume volume = test::small_volume();
    volume.hu.assign(volume.hu.size(), 10);
    const std::int16_t stored[4] = {-2000, -3, 7, 2047};
    test::write_slices(
        folder.path(), test::dicom_slices(volume, {}, [&](test::DicomSlice& slice, int) {
            slice.attributes.us(tag::pixel_representation, 1).numbers(tag::rescale_slope, "DS", {2.5});
            slice.attributes.numbers(tag::rescale_intercept, "DS", {-8}).ss(tag::padding_value, -2000);
            slice.attributes.us(tag::bits_stored, 16).us(tag::high_bit, 15);
            slice.frames[0].replace(0, 8, reinterpret_cast<const char*>(stored), 8);
        }));
    const Volume back = read_volume(folder.path(), {}, {});
    EXPECT_EQ(back.hu[0], -1024);  // padding
    EXPECT_EQ(back.hu[1], -16);    // 2.5 * -3 - 8 = -15.5, away from zero
    EXPECT_EQ(back.hu[2], 10);     // 9.5
    EXPECT_EQ(back.hu[3], 5110);   // 5109.5
}

// Bits above BitsStored (overlays of old scanners) do not count.
TEST(DicomReader, OnlyTheStoredBitsCount) {
    const test::TemporaryFolder folder;
    const Volume volume = test::small_volume();
    test::write_slices(folder.path(), test::dicom_slices(volume, {}, [](test::DicomSlice& slice, int) {
                           for (std::size_t i = 1; i < slice.frames[0].size(); i += 2)
                               slice.frames[0][i] = static_cast<char>(slice.frames[0][i] | 0xA0);
                       }));
    EXPECT_EQ(read_volume(folder.path(), {}, {}).hu, volume.hu);
}

TEST(DicomReader, ReadsImplicitAndBigEndianFiles) {
    const Volume volume = test::small_volume();
    for (const bool big_endian : {false, true}) {
        const test::TemporaryFolder folder;
        for (const test::DicomSlice& slice : test::dicom_slices(volume))
            test::write_file(folder.path() / slice.name, test::recoded(slice.bytes(), big_endian));
        const Volume back = read_volume(folder.path(), {}, {});
        EXPECT_EQ(back.hu, volume.hu) << (big_endian ? "big endian" : "implicit");
        test::expect_same_grid(back.geometry, volume.geometry, 1e-8);
    }
}

// Files of old archives have no preamble and no meta group.
TEST(DicomReader, ReadsBareDatasets) {
    const test::TemporaryFolder folder;
    const Volume volume = test::small_volume();
    for (test::DicomSlice& slice : test::dicom_slices(volume)) {
        const std::string head = dicom::file_head(slice.sop_class, slice.sop_instance, slice.syntax);
        test::write_file(folder.path() / slice.name, slice.bytes().substr(head.size()));
    }
    EXPECT_EQ(read_volume(folder.path(), {}, {}).hu, volume.hu);
}

}  // namespace
}  // namespace ctffr
