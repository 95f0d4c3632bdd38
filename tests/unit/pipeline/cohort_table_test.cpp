// SPDX-License-Identifier: Apache-2.0
// From results to the lines of a cohort's table.
#include "pipeline/cohort_table.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/io/files.hpp"
#include "ctffr/io/result_json.hpp"
#include "pipeline/batch_record.hpp"
#include "pipeline/cohort_rows.hpp"
#include "support/small_tree.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The small tree with FFR falling by 0.01 per point, its standard deviation a tenth of the drop, a lesion in
// the LAD and one in the left main.
CaseResult sample() {
    CaseResult result;
    result.state = ResultState::ok_with_excluded_segments;
    result.reasons = {"One gap is bridged.", "D1 is left out."};
    result.software = {"1.2", "abc", "Some CPU, 4 threads"};
    result.input_kind = "dicom", result.input_hash = "feed";
    result.tree = test::small_tree();
    for (const Branch& branch : result.tree.branches) {
        const double start = branch.parent < 0 ? 1.0 : result.ffr.ffr[0].back();
        std::vector<double> ffr, sd;
        for (std::size_t i = 0; i < branch.points.size(); ++i) {
            ffr.push_back(start - 0.01 * static_cast<double>(i));
            sd.push_back((1 - ffr.back()) / 10);
        }
        result.ffr.ffr.push_back(ffr), result.ffr.ffr_sd.push_back(sd);
        result.ffr.reference_radius_mm.push_back(std::vector<double>(ffr.size(), 1.5));
    }
    // 24 steps of the left main, then the 20th point of the LAD, then all of the LCX.
    VesselSummary lad_summary, lcx_summary;
    lad_summary.name = "LAD", lad_summary.ffr_distal = 0.56, lad_summary.min_ffr = 0.32;
    lad_summary.length_mm = 34, lad_summary.lowest_lesion_ffr = 0.565, lad_summary.note = "note";
    lcx_summary.name = "LCX", lcx_summary.ffr_distal = lcx_summary.min_ffr = 0.40, lcx_summary.length_mm = 30;
    result.vessels = {lad_summary, lcx_summary};
    Lesion lad, main;
    lad.segment = "pLAD", lad.vessel = "LAD", lad.branch = 1;
    lad.start_mm = 2, lad.end_mm = 5, lad.throat_mm = 3.5, lad.diameter_stenosis_pct = 45, lad.mld_mm = 1.4;
    lad.distal_read_mm = 4.75;  // 9.75 mm: half way between the points of FFR 0.57 and 0.56
    lad.ffr_proximal = 0.72, lad.ffr_20mm_distal = 0.565, lad.delta_ffr = 0.155;
    main.segment = "LM", main.vessel = "LAD", main.branch = 0, main.diameter_stenosis_pct = 30,
    main.mld_mm = 2.9;
    main.ffr_proximal = main.ffr_20mm_distal = main.delta_ffr = std::nan("");
    result.lesions = {lad, main};
    result.timings_s = {{"read", 1.5}, {"solve", 2.25}};
    return result;
}

std::string cell(const std::vector<std::string>& line, const std::string& column) {
    const auto& columns = cohort_columns();
    const auto at = std::find(columns.begin(), columns.end(), column);
    return at == columns.end() ? "no such column" : line.at(static_cast<std::size_t>(at - columns.begin()));
}

ManifestCase sample_case() {
    ManifestCase item;
    item.name = "p1", item.path = "in/p1";
    return item;
}

BatchRecord sample_record() {
    const test::TemporaryFolder folder;
    write_text_atomically(folder.path() / "result.json", result_json(sample(), std::nullopt));
    return record_of(folder.path(), "", 0);
}

TEST(CohortRows, FiguresAndTheirDeviations) {
    const std::vector<TableRow> rows = cohort_rows(sample());
    ASSERT_EQ(rows.size(), 7u);  // 2 vessels, 2 lesions, 3 segments
    EXPECT_EQ(rows[0].vessel, "LAD");
    EXPECT_NEAR(rows[0].figures.at("ffr_ct"), 0.56, 1e-9);
    EXPECT_NEAR(rows[0].figures.at("ffr_ct_sd"), 0.044, 1e-9);
    EXPECT_NEAR(rows[0].figures.at("ffr_ct_lesion"), 0.565, 1e-9);
    EXPECT_EQ(rows[0].figures.at("ds_pct"), 45);
    // The lesion of the left main, listed with the LAD, is on the way of the LCX as well.
    EXPECT_EQ(rows[1].figures.at("ds_pct"), 30);
    EXPECT_EQ(rows[1].figures.at("mld_mm"), 2.9);
    EXPECT_EQ(rows[2].segment, "pLAD");
    EXPECT_NEAR(rows[2].figures.at("ffr_ct_sd"), 0.0435, 1e-9);
    EXPECT_EQ(rows[3].figures.count("ffr_ct") + rows[3].figures.count("ffr_ct_sd"), 0u);
    EXPECT_EQ(rows[4].segment, "LM");
    EXPECT_NEAR(rows[4].figures.at("ffr_ct"), 0.76, 1e-9);
}

TEST(CohortRows, AnOccludedSegmentHasNoFfrOfThePlaceBefore) {
    CaseResult result = sample();
    for (std::size_t i = 8; i < result.ffr.ffr[1].size(); ++i)
        result.ffr.ffr[1][i] = std::nan(""), result.ffr.ffr_sd[1][i] = -1;
    const std::vector<TableRow> rows = cohort_rows(result);
    const auto lad = std::find_if(rows.begin(), rows.end(), [](const TableRow& row) {
        return row.kind == "segment" && row.segment == "pLAD";
    });
    ASSERT_NE(lad, rows.end());
    EXPECT_TRUE(lad->figures.empty());
    EXPECT_THAT(lad->note, HasSubstr("occluded"));
}

TEST(BatchRecord, OfAFinishedRunAndBack) {
    BatchRecord record = sample_record();
    EXPECT_TRUE(record.final);
    EXPECT_EQ(record.state, "ok-with-excluded-segments");
    EXPECT_EQ(record.reason, "One gap is bridged. D1 is left out.");
    EXPECT_EQ(record.device, "Some CPU");
    EXPECT_EQ(record.input_hash, "feed");
    record.key = "k", record.wall_s = 3.25;
    const auto back = record_from_json(record_json(record));
    ASSERT_TRUE(back);
    EXPECT_EQ(record_json(*back), record_json(record));
    EXPECT_EQ(back->rows.size(), 7u);
    EXPECT_FALSE(record_from_json("{"));
    EXPECT_FALSE(record_from_json("{\"schema\": \"another\"}"));
}

TEST(BatchRecord, OfFailures) {
    const test::TemporaryFolder folder;
    // The folder holds the good result of an earlier case: a failure must not take its numbers.
    write_text_atomically(folder.path() / "result.json", result_json(sample(), std::nullopt));
    const BatchRecord missing =
        record_of(folder.path(), "[10:00:00] read\nctffr: error: Nothing is there.\n", 10);
    EXPECT_TRUE(missing.final);
    EXPECT_EQ(missing.state, "rejected");
    EXPECT_EQ(missing.failure, "input-missing");
    EXPECT_EQ(missing.reason, "Nothing is there.");
    EXPECT_TRUE(missing.rows.empty() && missing.input_hash.empty());
    const BatchRecord killed = record_of(folder.path(), "", 128 + 9);
    EXPECT_FALSE(killed.final);
    EXPECT_EQ(killed.state, "failed");
    EXPECT_EQ(killed.failure, "signal");
    EXPECT_THAT(killed.reason, HasSubstr("signal 9"));
    for (const int again : {70, 71, 80, 81, 130})
        EXPECT_FALSE(record_of(folder.path(), "", again).final) << again;
    for (const int own : {1, 2, 11, 40, 61}) EXPECT_TRUE(record_of(folder.path(), "", own).final) << own;
    EXPECT_EQ(record_of(folder.path(), "", 1).state, "failed");

    CaseResult poor = sample();
    poor.state = ResultState::rejected, poor.reasons = {"Too noisy.", "Cut off."};
    write_text_atomically(folder.path() / "result.json", result_json(poor, std::nullopt));
    const BatchRecord rejected = record_of(folder.path(), "ctffr: error: see result.json\n", 30);
    EXPECT_EQ(rejected.reason, "Too noisy. Cut off.");
    EXPECT_EQ(rejected.input_hash, "feed");
    // An exit code of 0 with such a file does not happen; if it does, there is no row of a good case.
    const BatchRecord odd = record_of(folder.path(), "", 0);
    EXPECT_EQ(odd.exit_code, 1);
    EXPECT_FALSE(odd.final);
    write_text_atomically(folder.path() / "result.json", "{\"state\": \"ok\"");
    EXPECT_EQ(record_of(folder.path(), "", 0).state, "failed");
}

TEST(CohortTable, LinesOfAGoodCase) {
    ManifestCase item = sample_case();
    item.measured = {{"LAD", 0.75}, {"RCA", 0.9}, {"pCx", 0.62}, {"pLAD", 0.7}, {"mLAD", 0.66}};
    const auto lines = cohort_lines(item, sample_record());
    std::vector<std::string> kinds, places, measured, ffr;
    for (const auto& line : lines) {
        ASSERT_EQ(line.size(), cohort_columns().size());
        kinds.push_back(cell(line, "row"));
        places.push_back(cell(line, "vessel") + "/" + cell(line, "segment"));
        measured.push_back(cell(line, "ffr_invasive"));
        ffr.push_back(cell(line, "ffr_ct"));
        EXPECT_EQ(cell(line, "case"), "p1");
        EXPECT_EQ(cell(line, "path"), "in/p1");
        EXPECT_EQ(cell(line, "result"), "cases/p1");
        EXPECT_EQ(cell(line, "read_s"), "1.5");
        EXPECT_EQ(cell(line, "total_s"), "3.75");
        EXPECT_EQ(cell(line, "mesh_s"), "");
    }
    EXPECT_THAT(kinds, ElementsAre("vessel", "vessel", "lesion", "lesion", "vessel", "segment", "segment",
                                   "segment"));
    EXPECT_THAT(places, ElementsAre("LAD/", "LCX/", "LAD/pLAD", "LAD/LM", "RCA/", "/pCx", "/pLAD", "/mLAD"));
    EXPECT_THAT(measured, ElementsAre("0.75", "", "0.7", "", "0.9", "0.62", "0.7", "0.66"));
    EXPECT_THAT(ffr, ElementsAre("0.56", "0.4", "0.565", "", "", "0.4", "0.32", ""));
}

TEST(CohortTable, LinesOfFailedAndMissingCases) {
    ManifestCase item = sample_case();
    item.measured = {{"LAD", 0.75}};
    const test::TemporaryFolder folder;
    const auto failed =
        cohort_lines(item, record_of(folder.path(), "ctffr: error: A \"gap\", at 3 mm.\n", 14));
    ASSERT_EQ(failed.size(), 2u);
    EXPECT_EQ(cell(failed[0], "row"), "case");
    EXPECT_EQ(cell(failed[0], "exit_code"), "14");
    EXPECT_EQ(cell(failed[0], "reason"), "A \"gap\", at 3 mm.");
    EXPECT_EQ(cell(failed[1], "row"), "vessel");
    EXPECT_EQ(cell(failed[1], "state"), "rejected");
    EXPECT_EQ(cell(failed[1], "ffr_invasive"), "0.75");
    EXPECT_EQ(cell(failed[1], "ffr_ct"), "");
    const auto missing = cohort_lines(sample_case(), std::nullopt);
    ASSERT_EQ(missing.size(), 1u);
    EXPECT_EQ(cell(missing[0], "state"), "missing");
    EXPECT_EQ(cell(missing[0], "exit_code"), "");
}

TEST(CohortTable, Counts) {
    BatchOutcome outcome;
    BatchRecord record;
    record.final = true;
    for (const char* state : {"ok", "ok", "ok-with-excluded-segments", "rejected", "failed"})
        record.state = state, count_case(record, outcome);
    record.final = false;
    count_case(record, outcome);
    count_case(std::nullopt, outcome);
    EXPECT_EQ(outcome.cases, 7);
    EXPECT_EQ(outcome.ok, 2);
    EXPECT_EQ(outcome.excluded, 1);
    EXPECT_EQ(outcome.rejected, 1);
    EXPECT_EQ(outcome.failed, 2);
    EXPECT_EQ(outcome.missing, 1);
    EXPECT_EQ(outcome.unfinished, 2);
}

}  // namespace
}  // namespace ctffr
