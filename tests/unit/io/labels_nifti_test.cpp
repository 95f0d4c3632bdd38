// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstring>

#include <gtest/gtest.h>
#include <zlib.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/surface.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

// An oblique grid with unequal spacing and size, so that no axis can be mixed up unseen.
Segmentation oblique_labels() {
    Segmentation s;
    s.geometry.size = {5, 4, 3};
    s.geometry.spacing_mm = {0.5, 0.75, 1.25};
    s.geometry.origin_lps_mm = {-20, 30, -40};
    const double c = std::cos(0.3), n = std::sin(0.3);
    s.geometry.direction = Mat3::from_columns({c, n, 0}, {-n, c, 0}, {0, 0, 1});
    for (int v = 0; v < 60; ++v) s.labels.push_back(static_cast<std::uint8_t>(v % 14));
    return s;
}

std::string inflated(const std::filesystem::path& path) {
    const gzFile file = gzopen(path.c_str(), "rb");
    std::string bytes(1 << 16, '\0');
    const int count = gzread(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
    bytes.resize(static_cast<std::size_t>(std::max(0, count)));
    return bytes;
}

TEST(LabelsNifti, HeaderSaysWhereEachVoxelIsInRas) {
    const test::TemporaryFolder folder;
    const Segmentation labels = oblique_labels();
    write_labels_nifti(folder.path() / "l.nii.gz", labels);
    const std::string bytes = inflated(folder.path() / "l.nii.gz");
    ASSERT_EQ(bytes.size(), 352u + 60u);
    EXPECT_EQ(std::string(bytes.data() + 344, 3), "n+1");
    float rows[3][4];
    std::memcpy(rows, bytes.data() + 280, sizeof rows);
    const Vec3 lps = labels.geometry.lps_from_index({4, 3, 2});
    const double want_ras[3] = {-lps.x, -lps.y, lps.z};
    for (int r = 0; r < 3; ++r)
        EXPECT_NEAR(rows[r][0] * 4 + rows[r][1] * 3 + rows[r][2] * 2 + rows[r][3], want_ras[r], 1e-5);
    EXPECT_EQ(static_cast<std::uint8_t>(bytes[352 + 59]), labels.labels[59]);
}

TEST(LabelsNifti, RoundTrip) {
    const test::TemporaryFolder folder;
    const Segmentation labels = oblique_labels();
    write_labels_nifti(folder.path() / "l.nii.gz", labels);
    const Segmentation back = read_labels(folder.path() / "l.nii.gz");
    EXPECT_EQ(back.geometry.size, labels.geometry.size);
    EXPECT_EQ(back.labels, labels.labels);
    for (const Vec3 index : {Vec3{0, 0, 0}, Vec3{4, 0, 1}, Vec3{1, 3, 2}})
        EXPECT_LT(distance(back.geometry.lps_from_index(index), labels.geometry.lps_from_index(index)), 1e-4);
}

TEST(LabelsNifti, EmptyMaskIsRefused) {
    const test::TemporaryFolder folder;
    Segmentation labels = oblique_labels();
    labels.labels.assign(60, 0);
    write_labels_nifti(folder.path() / "l.nii.gz", labels);
    try {
        (void)read_labels(folder.path() / "l.nii.gz");
        FAIL() << "an empty mask was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::anatomy_not_found) << error.what();
    }
}

}  // namespace
}  // namespace ctffr
