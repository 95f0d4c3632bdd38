// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/result_read.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/result_json.hpp"
#include "support/json_schema.hpp"
#include "support/sample_result.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

TEST(ResultRead, ComesBackAsItWasWritten) {
    const test::TemporaryFolder folder;
    const CaseResult result = test::sample_result();
    write_text_atomically(folder.path() / "result.json", result_json(result));
    const CaseResult back = read_result_json(folder.path());
    EXPECT_EQ(back.state, result.state);
    EXPECT_EQ(back.reasons, result.reasons);
    EXPECT_EQ(back.tree.dominance, result.tree.dominance);
    EXPECT_NEAR(back.tree.dominance_confidence, result.tree.dominance_confidence, 1e-6);
    ASSERT_EQ(back.tree.branches.size(), result.tree.branches.size());
    for (std::size_t b = 0; b < back.tree.branches.size(); ++b) {
        const Branch &a = result.tree.branches[b], &c = back.tree.branches[b];
        EXPECT_EQ(a.parent, c.parent);
        EXPECT_EQ(a.segment, c.segment);
        EXPECT_EQ(a.side, c.side);
        ASSERT_EQ(a.points.size(), c.points.size());
        for (std::size_t i = 0; i < a.points.size(); ++i) {
            // result.json holds micrometres.
            ASSERT_LT(distance(a.points[i].position_lps_mm, c.points[i].position_lps_mm), 2e-6);
            ASSERT_NEAR(a.points[i].radius_mm, c.points[i].radius_mm, 1e-6);
            ASSERT_NEAR(result.ffr.ffr[b][i], back.ffr.ffr[b][i], 1e-6);
        }
    }
    const BranchFlag &flag = result.tree.branches[9].flags.at(0), &read = back.tree.branches[9].flags.at(0);
    EXPECT_EQ(read.kind, flag.kind);
    EXPECT_EQ(read.start_mm, flag.start_mm);
    EXPECT_EQ(read.end_mm, flag.end_mm);
    EXPECT_EQ(read.reason, flag.reason);
    EXPECT_EQ(back.scan.noise_sd_hu, result.scan.noise_sd_hu);
    EXPECT_EQ(back.scan.psf_fwhm_z_mm, result.scan.psf_fwhm_z_mm);
    ASSERT_EQ(back.lesions.size(), result.lesions.size());
    EXPECT_NEAR(back.lesions[0].mld_mm, result.lesions[0].mld_mm, 1e-6);
    EXPECT_EQ(back.vessels.size(), result.vessels.size());
}

TEST(ResultRead, FindingsComeBack) {
    const test::TemporaryFolder folder;
    CaseResult result = test::sample_result();
    result.lesions[0].remodelling_index = 1.2, result.lesions[0].ffr_20mm_distal = std::nan("");
    result.vessels[0].ppg = 0.7, result.vessels[0].pattern = "focal",
    result.vessels[0].lowest_lesion_ffr = 0.6;
    result.plaque.lesions.resize(result.lesions.size());
    result.plaque.deposits = {
        {2, Segment::m_lad, 2, 9, {{1, 2, 3, 4}, 50, 20}, 1.15, 270, {true, true, false}}};
    result.plaque.segments = {{Segment::m_lad, 31.5, {{1, 2, 3, 4}, 90, 40}}};
    result.plaque.total = {{1, 2, 3, 4}, 900, 400};
    result.calcium.measured = true;
    result.calcium.agatston = 120, result.calcium.regions = 2;
    result.calcium.vessels = {{"LAD", 120, 90, 2}};
    result.cad_rads.category = "4A", result.cad_rads.modifiers = {"HRP", "I+"};
    result.cad_rads.plaque_burden = "P2", result.cad_rads.segment_involvement = 3;
    const nlohmann::json schema =
        nlohmann::json::parse(read_text(std::filesystem::path(CTFFR_SOURCE_DIR) / "docs/result.schema.json"));
    EXPECT_EQ(test::schema_faults(nlohmann::json::parse(result_json(result)), schema),
              std::vector<std::string>{});
    write_text_atomically(folder.path() / "result.json", result_json(result));
    const CaseResult back = read_result_json(folder.path());
    EXPECT_EQ(back.lesions[0].remodelling_index, 1.2);
    EXPECT_TRUE(std::isnan(back.lesions[0].ffr_20mm_distal));
    EXPECT_EQ(back.vessels[0].ppg, 0.7);
    EXPECT_EQ(back.vessels[0].pattern, "focal");
    EXPECT_TRUE(std::isnan(back.vessels[1].ppg));
    ASSERT_EQ(back.plaque.deposits.size(), 1u);
    EXPECT_EQ(back.plaque.deposits[0].segment, Segment::m_lad);
    EXPECT_EQ(back.plaque.deposits[0].measure.plaque.total_mm3(), 10);
    EXPECT_TRUE(back.plaque.deposits[0].risk.high_risk());
    EXPECT_EQ(back.plaque.total.vessel_mm3, 900);
    EXPECT_TRUE(back.calcium.measured);
    EXPECT_EQ(back.calcium.vessels.at(0).agatston, 120);
    EXPECT_EQ(back.cad_rads.text(), "CAD-RADS 4A/P2/HRP/I+");
    // Without plaque there is its reason.
    result.plaque = {}, result.plaque.why_not = "No image.";
    write_text_atomically(folder.path() / "result.json", result_json(result));
    EXPECT_FALSE(read_result_json(folder.path()).plaque.measured());
}

TEST(ResultRead, OtherFilesAreRefusedByName) {
    const test::TemporaryFolder folder;
    const auto code = [&] {
        try {
            read_result_json(folder.path());
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find("result.json"), std::string::npos) << error.what();
            return error.code();
        }
        return ExitCode::ok;
    };
    EXPECT_EQ(code(), ExitCode::input_missing);
    write_text_atomically(folder.path() / "result.json", "{\"schema\": \"other\"}");
    EXPECT_EQ(code(), ExitCode::input_unreadable);
    write_text_atomically(folder.path() / "result.json", "{\"schema\": ");
    EXPECT_EQ(code(), ExitCode::input_unreadable);
    write_text_atomically(folder.path() / "result.json",
                          "{\"schema\": \"ctffr-result-1\", \"state\": \"ok\"}");
    EXPECT_EQ(code(), ExitCode::input_unreadable);
}

}  // namespace
}  // namespace ctffr
