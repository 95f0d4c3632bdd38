// SPDX-License-Identifier: Apache-2.0
// Which series of a folder is taken, and why.
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/io/volume.hpp"
#include "support/dicom_edit.hpp"
#include "support/temporary_folder.hpp"
#include "support/volume_files.hpp"

namespace ctffr {
namespace {

namespace tag = dicom::tag;

class DicomChoice : public testing::Test {
   protected:
    // Adds a series to the folder; returns its UID.
    std::string add(const std::string& name, const std::function<void(dicom::DatasetBuilder&)>& edit = {}) {
        return add(name, test::small_volume(), edit);
    }
    std::string add(const std::string& name, const Volume& volume,
                    const std::function<void(dicom::DatasetBuilder&)>& edit = {}) {
        DicomWriteOptions options;
        options.uid_seed = name;
        test::write_slices(folder_.path() / name,
                           test::dicom_slices(volume, options, [&](test::DicomSlice& slice, int) {
                               if (edit) edit(slice.attributes);
                           }));
        return dicom::uid_from_text(name + "/series");
    }
    std::string chosen() const { return read_volume(folder_.path(), {}, {}).acquisition.series_uid; }

    test::TemporaryFolder folder_;
};

TEST_F(DicomChoice, ThinContrastDiastolicWinsAndSaysWhy) {
    const std::string best = add("b_best");
    add("a_thick", [](auto& a) { a.numbers(tag::slice_thickness, "DS", {3}); });
    add("c_calcium", [](auto& a) {
        a.text(tag::series_description, "LO", "CaScore").text(tag::contrast_agent, "LO", "");
    });
    add("d_phase", [](auto& a) {
        a.text(tag::series_description, "LO", "CCTA 5%").numbers(tag::cardiac_phase_pct, "FL", {5});
    });
    add("e_mip", [](auto& a) { a.text(tag::image_type, "CS", "DERIVED\\PRIMARY\\MIP"); });
    add("f_topogram", [](auto& a) { a.text(tag::image_type, "CS", "ORIGINAL\\PRIMARY\\LOCALIZER"); });
    add("g_magnetic", [](auto& a) { a.text(tag::modality, "CS", "MR"); });
    const Volume volume = read_volume(folder_.path(), {}, {});
    EXPECT_EQ(volume.acquisition.series_uid, best);
    EXPECT_THAT(volume.acquisition.selection_reason, testing::HasSubstr("best of 7 series"));
    EXPECT_THAT(volume.acquisition.selection_reason, testing::HasSubstr("contrast given"));
    EXPECT_THAT(volume.acquisition.selection_reason, testing::HasSubstr("best diastolic"));
    const std::vector<SeriesInfo> all = list_series(folder_.path(), {});
    ASSERT_EQ(all.size(), 7u);
    EXPECT_EQ(all.front().series_uid, best);
    EXPECT_EQ(all.front().slices, 8u);
    EXPECT_EQ(all.front().files.size(), 8u);
    for (std::size_t i = 1; i < all.size(); ++i) EXPECT_LE(all[i].score, all[i - 1].score);
    for (std::size_t i = 4; i < 7; ++i) {
        EXPECT_LT(all[i].score, 0) << all[i].reason;
        EXPECT_THAT(all[i].reason, testing::StartsWith("not used: "));
    }
}

TEST_F(DicomChoice, PhaseOfTheTextCountsWhereTheAttributeIsMissing) {
    const auto phase = [](const std::string& text) {
        return [text](dicom::DatasetBuilder& a) {
            a.erase(tag::cardiac_phase_pct);
            a.text(tag::series_description, "LO", text);
        };
    };
    add("a", phase("CorCTA 0.6 40 %"));
    const std::string diastole = add("b", phase("CorCTA 0.6 75%"));
    add("c", phase("CorCTA 0.6 10%"));
    const Volume volume = read_volume(folder_.path(), {}, {});
    EXPECT_EQ(volume.acquisition.series_uid, diastole);
    EXPECT_EQ(volume.acquisition.cardiac_phase_pct, 75);
}

TEST_F(DicomChoice, AGapLosesAgainstACompleteSeries) {
    const std::string complete =
        add("a_complete", [](auto& a) { a.text(tag::series_description, "LO", "CCTA 40%"); });
    add("b_gap");
    std::filesystem::remove(folder_.path() / "b_gap/IM0004.dcm");
    EXPECT_EQ(chosen(), complete);
}

TEST_F(DicomChoice, SharpnessDecidesATie) {
    Volume blurred = test::small_volume();
    const Volume sharp = blurred;
    for (std::size_t i = 1; i + 1 < blurred.hu.size(); ++i)
        blurred.hu[i] = static_cast<std::int16_t>((sharp.hu[i - 1] + 2 * sharp.hu[i] + sharp.hu[i + 1]) / 4);
    for (const bool sharp_first : {true, false}) {
        std::filesystem::remove_all(folder_.path());
        add(sharp_first ? "y" : "x", blurred);
        const std::string wanted = add(sharp_first ? "x" : "y", sharp);
        EXPECT_EQ(chosen(), wanted);
    }
}

TEST_F(DicomChoice, TheUserOverrides) {
    add("a");
    const std::string thick = add("b", [](auto& a) { a.numbers(tag::slice_thickness, "DS", {3}); });
    const std::string derived =
        add("c", [](auto& a) { a.text(tag::image_type, "CS", "DERIVED\\PRIMARY\\AXIAL"); });
    const std::string scout =
        add("d", [](auto& a) { a.text(tag::image_type, "CS", "ORIGINAL\\PRIMARY\\LOCALIZER"); });
    ReadVolumeOptions options;
    for (const std::string& uid : {thick, derived}) {
        options.series_uid = uid;
        const Volume volume = read_volume(folder_.path(), options, {});
        EXPECT_EQ(volume.acquisition.series_uid, uid);
        EXPECT_THAT(volume.acquisition.selection_reason, testing::HasSubstr("chosen by the user"));
    }
    const auto refusal = [&](const std::string& uid) {
        options.series_uid = uid;
        try {
            read_volume(folder_.path(), options, {});
        } catch (const Error& error) {
            return std::string(exit_code_name(error.code())) + ": " + error.what();
        }
        return std::string();
    };
    EXPECT_THAT(refusal("1.2.3"), testing::AllOf(testing::StartsWith("input-ambiguous"),
                                                 testing::HasSubstr(thick), testing::HasSubstr(scout)));
    EXPECT_THAT(refusal(scout),
                testing::AllOf(testing::StartsWith("input-not-ct"), testing::HasSubstr("localizer")));
}

TEST_F(DicomChoice, SeveralPhasesInOneSeriesAreSeparated) {
    const std::string uid = add("phases", [](auto& a) { a.numbers(tag::cardiac_phase_pct, "FL", {35}); });
    Volume other = test::small_volume();
    for (std::int16_t& hu : other.hu) hu = static_cast<std::int16_t>(hu + 1);
    DicomWriteOptions options;
    options.uid_seed = "phases";
    test::write_slices(folder_.path() / "second",
                       test::dicom_slices(other, options, [](test::DicomSlice& slice, int) {
                           slice.attributes.numbers(tag::cardiac_phase_pct, "FL", {75});
                       }));
    const Volume volume = read_volume(folder_.path(), {}, {});
    EXPECT_EQ(volume.acquisition.series_uid, uid);
    EXPECT_EQ(volume.acquisition.cardiac_phase_pct, 75);
    EXPECT_EQ(volume.hu, other.hu);
}

TEST_F(DicomChoice, LossyIsReadWithAWarningOrRefused) {
    add("a", [](auto& a) { a.text(tag::lossy, "CS", "01"); });
    std::string warnings;
    ctffr::Run run;
    run.log_sink = [&](LogLevel level, const std::string& text) {
        if (level == LogLevel::warning) warnings += text;
    };
    EXPECT_TRUE(read_volume(folder_.path(), {}, run).acquisition.lossy_compressed);
    EXPECT_THAT(warnings, testing::HasSubstr("with loss"));
    ReadVolumeOptions strict;
    strict.allow_lossy = false;
    EXPECT_THROW(read_volume(folder_.path(), strict, run), Error);
}

TEST_F(DicomChoice, CancelStopsTheReading) {
    add("a");
    const std::atomic<bool> cancel{true};
    ctffr::Run run;
    run.cancel = &cancel;
    try {
        read_volume(folder_.path(), {}, run);
        FAIL() << "not interrupted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::interrupted);
    }
}

}  // namespace
}  // namespace ctffr
