// SPDX-License-Identifier: Apache-2.0
// NIfTI, NRRD and MetaImage: the same volume in every dialect comes back voxel by voxel at the same places.
#include <filesystem>
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ctffr/io/volume.hpp"
#include "support/dicom_edit.hpp"
#include "support/same_volume.hpp"
#include "support/temporary_folder.hpp"
#include "support/volume_files.hpp"

namespace ctffr {
namespace {

using test::with;

class VolumeFormats : public testing::Test {
   protected:
    // Writes the bytes and reads them back.
    Volume read_back(const std::string& name, const std::string& bytes) const {
        test::write_file(folder_.path() / name, bytes);
        return read_volume(folder_.path() / name, {}, {});
    }
    // float32 geometry of NIfTI-1 places voxels within some 1e-5 mm.
    void expect_same(const Volume& back, double tolerance_mm) const {
        test::expect_same_grid(back.geometry, volume_.geometry, tolerance_mm);
        EXPECT_EQ(back.hu, volume_.hu);
        EXPECT_EQ(back.hash, hash_of(back));
    }

    test::TemporaryFolder folder_;
    Volume volume_ = test::small_volume();
};

TEST_F(VolumeFormats, NiftiInAllVersionsByteOrdersAndForms) {
    for (const int version : {1, 2})
        for (const bool sform : {false, true})
            for (const bool big_endian : {false, true}) {
                SCOPED_TRACE(fmt::format("version {}, sform {}, big endian {}", version, sform, big_endian));
                const std::string bytes =
                    test::NiftiBytes::of(volume_.geometry, 4, version, sform, big_endian).bytes() +
                    test::voxel_bytes<std::int16_t>(volume_, big_endian);
                const double tolerance_mm = version == 1 ? 5e-5 : 1e-9;
                expect_same(read_back("a.nii", bytes), tolerance_mm);
                expect_same(read_back("a.nii.gz", test::gzip(bytes)), tolerance_mm);
            }
}

TEST_F(VolumeFormats, NiftiInAllVoxelTypes) {
    const auto back = [&](int datatype, const std::string& voxels) {
        return read_back("a.nii", test::NiftiBytes::of(volume_.geometry, datatype, 2).bytes() + voxels);
    };
    expect_same(back(8, test::voxel_bytes<std::int32_t>(volume_)), 1e-9);
    expect_same(back(16, test::voxel_bytes<float>(volume_)), 1e-9);
    expect_same(back(64, test::voxel_bytes<double>(volume_)), 1e-9);
    expect_same(back(1024, test::voxel_bytes<std::int64_t>(volume_)), 1e-9);
    for (std::int16_t& hu : volume_.hu) hu = static_cast<std::int16_t>(std::abs(hu) % 128);
    expect_same(back(2, test::voxel_bytes<std::uint8_t>(volume_)), 1e-9);
    expect_same(back(256, test::voxel_bytes<std::int8_t>(volume_)), 1e-9);
    expect_same(back(512, test::voxel_bytes<std::uint16_t>(volume_)), 1e-9);
    expect_same(back(768, test::voxel_bytes<std::uint32_t>(volume_)), 1e-9);
    expect_same(back(1280, test::voxel_bytes<std::uint64_t>(volume_)), 1e-9);
}

TEST_F(VolumeFormats, NiftiScalesRoundsAndClamps) {
    test::NiftiBytes header = test::NiftiBytes::of(volume_.geometry, 16);
    header.put<float>(112, 2.0f).put<float>(116, -1024.0f);
    std::string voxels = test::voxel_bytes<float>(volume_);
    const float values[4] = {500.0f, 512.3f, 1e9f, -1e9f};
    voxels.replace(0, sizeof values, reinterpret_cast<const char*>(values), sizeof values);
    const Volume back = read_back("a.nii", header.bytes() + voxels);
    EXPECT_EQ(back.hu[0], -24);
    EXPECT_EQ(back.hu[1], 1);  // 0.6
    EXPECT_EQ(back.hu[2], std::numeric_limits<std::int16_t>::max());
    EXPECT_EQ(back.hu[3], std::numeric_limits<std::int16_t>::min());
}

TEST_F(VolumeFormats, NiftiHeaderAndImagePair) {
    test::NiftiBytes header = test::NiftiBytes::of(volume_.geometry, 4);
    header.put_text(344, "ni1").put<float>(108, 0.0f);
    test::write_file(folder_.path() / "a.img", test::voxel_bytes<std::int16_t>(volume_));
    expect_same(read_back("a.hdr", header.bytes().substr(0, 348)), 5e-5);
}

// Left-handed files (k towards the feet, or radiological storage) are turned right-handed without moving a
// voxel.
TEST_F(VolumeFormats, LeftHandedVolumesAreTurned) {
    for (int flipped = 0; flipped < 3; ++flipped) {
        SCOPED_TRACE(flipped);
        ImageGeometry mirrored = volume_.geometry;
        Vec3 columns[3] = {mirrored.direction.column(0), mirrored.direction.column(1),
                           mirrored.direction.column(2)};
        const int last = mirrored.size[flipped] - 1;
        mirrored.origin_lps_mm += last * mirrored.spacing_mm[flipped] * columns[flipped];
        columns[flipped] = -columns[flipped];
        mirrored.direction = Mat3::from_columns(columns[0], columns[1], columns[2]);
        Volume stored = volume_;
        for (int k = 0; k < 8; ++k)
            for (int j = 0; j < 10; ++j)
                for (int i = 0; i < 12; ++i) {
                    int at[3] = {i, j, k};
                    at[flipped] = last - at[flipped];
                    stored.hu[static_cast<std::size_t>(volume_.geometry.offset(i, j, k))] =
                        volume_.hu[static_cast<std::size_t>(volume_.geometry.offset(at[0], at[1], at[2]))];
                }
        const std::string voxels = test::voxel_bytes<std::int16_t>(stored);
        const Volume nrrd = read_back("a.nrrd", test::nrrd_header(test::nrrd_fields(mirrored)) + voxels);
        const Volume meta =
            read_back("a.mha", test::metaimage_header(test::metaimage_fields(mirrored)) + voxels);
        const Volume nifti = read_back("a.nii", test::NiftiBytes::of(mirrored, 4, 2).bytes() + voxels);
        for (const Volume* back : {&nrrd, &meta, &nifti}) {
            EXPECT_TRUE(check(*back).empty());
            test::expect_same_image(*back, volume_, 1e-6);
        }
    }
}

// A mirrored qform says so by pixdim[0] = -1.
TEST_F(VolumeFormats, NiftiQfac) {
    test::NiftiBytes header = test::NiftiBytes::of(volume_.geometry, 4, 2, false);
    header.put<double>(104, -1.0);
    const Volume back = read_back("a.nii", header.bytes() + test::voxel_bytes<std::int16_t>(volume_));
    // k runs the other way from the same first voxel.
    const Vec3 last = volume_.geometry.lps_from_index({0, 0, -7});
    EXPECT_LE(distance(back.geometry.lps_from_index({0, 0, 0}), last), 1e-9);
    EXPECT_EQ(back.hu[0], volume_.hu[7 * 120]);
}

TEST_F(VolumeFormats, NrrdAttachedDetachedGzipAndSpaces) {
    const test::Fields fields = test::nrrd_fields(volume_.geometry);
    const std::string voxels = test::voxel_bytes<std::int16_t>(volume_);
    expect_same(read_back("a.nrrd", test::nrrd_header(fields) + voxels), 1e-9);
    expect_same(read_back("b.nrrd", test::nrrd_header(with(fields, "encoding", "gzip")) + test::gzip(voxels)),
                1e-9);
    expect_same(read_back("c.nrrd", test::nrrd_header(with(fields, "endian", "big")) +
                                        test::voxel_bytes<std::int16_t>(volume_, true)),
                1e-9);
    test::write_file(folder_.path() / "d.raw", "HEAD" + voxels);
    expect_same(
        read_back("d.nhdr", test::nrrd_header(with(with(fields, "data file", "d.raw"), "byte skip", "4"))),
        1e-9);
    expect_same(
        read_back("e.nhdr", test::nrrd_header(with(with(fields, "data file", "d.raw"), "byte skip", "-1"))),
        1e-9);
    expect_same(read_back("f.nrrd", test::nrrd_header(with(fields, "type", "double")) +
                                        test::voxel_bytes<double>(volume_)),
                1e-9);
    // The same places said in RAS and LAS.
    for (const auto& [space, sx, sy] :
         {std::tuple{"RAS", -1, -1}, std::tuple{"left-anterior-superior", 1, -1}}) {
        ImageGeometry said = volume_.geometry;
        for (int column = 0; column < 3; ++column)
            said.direction.m[0][column] *= sx, said.direction.m[1][column] *= sy;
        said.origin_lps_mm.x *= sx, said.origin_lps_mm.y *= sy;
        expect_same(
            read_back("g.nrrd", test::nrrd_header(with(test::nrrd_fields(said), "space", space)) + voxels),
            1e-9);
    }
}

TEST_F(VolumeFormats, MetaImageLocalDetachedAndCompressed) {
    const test::Fields fields = test::metaimage_fields(volume_.geometry);
    const std::string voxels = test::voxel_bytes<std::int16_t>(volume_);
    expect_same(read_back("a.mha", test::metaimage_header(fields) + voxels), 1e-9);
    expect_same(read_back("b.mha", test::metaimage_header(with(fields, "CompressedData", "True")) +
                                       test::gzip(voxels)),
                1e-9);
    expect_same(read_back("c.mha", test::metaimage_header(with(fields, "BinaryDataByteOrderMSB", "True")) +
                                       test::voxel_bytes<std::int16_t>(volume_, true)),
                1e-9);
    test::write_file(folder_.path() / "d.raw", "HEAD" + voxels);
    expect_same(read_back("d.mhd", test::metaimage_header(
                                       with(with(fields, "ElementDataFile", "d.raw"), "HeaderSize", "-1"))),
                1e-9);
    expect_same(read_back("e.mha", test::metaimage_header(with(fields, "ElementType", "MET_FLOAT")) +
                                       test::voxel_bytes<float>(volume_)),
                1e-9);
}

TEST_F(VolumeFormats, KindIsKnownByContentNotByName) {
    const std::string voxels = test::voxel_bytes<std::int16_t>(volume_);
    const auto kind = [&](const std::string& bytes) {
        test::write_file(folder_.path() / "scan.dat", bytes);
        return input_kind_of(folder_.path() / "scan.dat");
    };
    const std::string nifti = test::NiftiBytes::of(volume_.geometry, 4).bytes() + voxels;
    EXPECT_EQ(kind(nifti), "nifti");
    EXPECT_EQ(kind(test::gzip(nifti)), "nifti");
    EXPECT_EQ(kind(test::nrrd_header(test::nrrd_fields(volume_.geometry)) + voxels), "nrrd");
    EXPECT_EQ(kind(test::metaimage_header(test::metaimage_fields(volume_.geometry)) + voxels), "metaimage");
    EXPECT_EQ(kind(test::enhanced_file(volume_).bytes()), "dicom");
    EXPECT_EQ(input_kind_of(folder_.path()), "dicom");
}

TEST_F(VolumeFormats, HashFollowsVoxelsAndPlaces) {
    const std::string hash = hash_of(volume_);
    EXPECT_EQ(hash.size(), 64u);
    Volume other = volume_;
    other.hu.back() = static_cast<std::int16_t>(other.hu.back() + 1);
    EXPECT_NE(hash_of(other), hash);
    other = volume_;
    other.geometry.origin_lps_mm.z += 1e-6;
    EXPECT_NE(hash_of(other), hash);
    other = volume_;
    other.patient.sex.reset();
    EXPECT_EQ(hash_of(other), hash);
}

}  // namespace
}  // namespace ctffr
