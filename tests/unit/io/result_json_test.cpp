// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/result_json.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "ctffr/io/csv.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/waveforms.hpp"
#include "support/json_schema.hpp"
#include "support/sample_result.hpp"

namespace ctffr {
namespace {

using test::Json;
using test::schema_faults;

Json schema() {
    return Json::parse(read_text(std::filesystem::path(CTFFR_SOURCE_DIR) / "docs/result.schema.json"));
}

TEST(ResultJson, FollowsThePublishedSchema) {
    CaseResult result = test::sample_result();
    result.sex = 'F';
    result.sex_source = "DICOM (0010,0040)";
    const Json json = Json::parse(result_json(result));
    EXPECT_THAT(schema_faults(json, schema()), testing::IsEmpty());
    EXPECT_EQ(json["patient"]["sex"]["value"], "F");
}

TEST(ResultJson, AHeartBeatHasNumbersOnlyWhenItAgrees) {
    CaseResult result = test::sample_result();
    EXPECT_TRUE(Json::parse(result_json(result))["pulsatile"].is_null());
    result.pulsatile = test::sample_beat(result);
    const Json json = Json::parse(result_json(result));
    EXPECT_THAT(schema_faults(json, schema()), testing::IsEmpty());
    const Json& beat = json["pulsatile"];
    EXPECT_EQ(beat["status"], "converged");
    EXPECT_EQ(beat["steps"], 8);
    EXPECT_NEAR(beat["mean_inflow_ml_min"].get<double>(), 540, 1e-6);
    EXPECT_EQ(beat["probes"][1]["name"], "LAD");
    EXPECT_NEAR(beat["probes"][1]["mean_flow_ml_min"].get<double>(), 120, 1e-6);
    EXPECT_NEAR(beat["probes"][1]["wave_free_pressure_ratio"].get<double>(), 0.77, 1e-9);

    result.pulsatile = test::sample_beat_3d(result);
    const Json in_3d = Json::parse(result_json(result));
    EXPECT_THAT(schema_faults(in_3d, schema()), testing::IsEmpty());
    EXPECT_EQ(in_3d["pulsatile"]["model"], "3d");
    EXPECT_EQ(in_3d["pulsatile"]["cells"], 4321);
    EXPECT_NEAR(in_3d["pulsatile"]["lesions"][0]["below"]["osi_max"].get<double>(), 0.45, 1e-9);
    EXPECT_TRUE(in_3d["pulsatile"]["lesions"].back()["below"]["tawss_mean_pa"].is_null());
    EXPECT_TRUE(in_3d["null_reasons"].contains("pulsatile.lesions"));

    PulsatileFlow failed;
    failed.model = "network";
    failed.status.reason = SolveStatus::Reason::max_iterations, failed.status.note = "not periodic";
    failed.heart_rate_bpm.value = 75, failed.period = 0.8;
    result.pulsatile = failed;
    const Json none = Json::parse(result_json(result));
    EXPECT_THAT(schema_faults(none, schema()), testing::IsEmpty());
    EXPECT_EQ(none["pulsatile"]["status"], "max-iterations");
    EXPECT_TRUE(none["pulsatile"]["mean_inflow_ml_min"].is_null());
    EXPECT_TRUE(none["pulsatile"]["probes"].empty());
    EXPECT_TRUE(none["null_reasons"].contains("pulsatile.mean_inflow_ml_min"));
}

TEST(Waveforms, OneLineATime) {
    const CaseResult result = test::sample_result();
    const CsvTable table = parse_csv(waveforms_csv(test::sample_beat(result)), "waveforms.csv");
    ASSERT_EQ(table.rows.size(), 8u);
    ASSERT_EQ(table.header.size(), 10u);
    const auto value = [&](std::size_t row, const char* column) {
        return std::stod(table.rows[row].cells[static_cast<std::size_t>(table.column(column))]);
    };
    EXPECT_NEAR(value(1, "time_s"), 0.2, 1e-9);
    EXPECT_NEAR(value(1, "aortic_pressure_mmhg"), 13500 / 133.322, 1e-3);
    EXPECT_NEAR(value(1, "vessel LAD flow_ml_min"), 60, 1e-3);
    EXPECT_NEAR(value(1, "outlet dRCA, end (branch 9) pressure_mmhg"), 12400 / 133.322, 1e-3);
}

TEST(ResultJson, CheckerFindsWhatIsWrong) {
    Json json = Json::parse(result_json(test::sample_result()));
    json["branches"][0]["points"][0].erase("ffr");
    json["state"] = "fine";
    json["extra"] = 1;
    json["solver"]["iterations"] = "seven";
    EXPECT_THAT(schema_faults(json, schema()),
                testing::IsSupersetOf(
                    {testing::HasSubstr("lacks ffr"), testing::HasSubstr("\"fine\" is not one of"),
                     testing::HasSubstr("$.extra: not allowed"), testing::HasSubstr("$.solver: fits none")}));
}

TEST(ResultJson, NumbersAndUnitsAreTheOnesOfTheResult) {
    const CaseResult result = test::sample_result();
    const Json json = Json::parse(result_json(result));
    ASSERT_EQ(json["branches"].size(), result.tree.branches.size());
    for (std::size_t b = 0; b < result.tree.branches.size(); ++b) {
        const Json& branch = json["branches"][b];
        ASSERT_EQ(branch["points"].size(), result.tree.branches[b].points.size());
        const Json& point = branch["points"].back();
        EXPECT_NEAR(point["ffr"].get<double>(), result.ffr.ffr[b].back(), 1e-6);
        EXPECT_NEAR(point["pressure_mmhg"].get<double>(), result.solution.pressure[b].back() / 133.322, 1e-6);
        EXPECT_NEAR(point["flow_ml_min"].get<double>(), result.solution.flow[b].back() * 60e6, 1e-6);
        EXPECT_NEAR(point["lps_mm"][1].get<double>(), result.tree.branches[b].points.back().position_lps_mm.y,
                    1e-6);
    }
    EXPECT_EQ(json["branches"][9]["flags"][0]["kind"], "calcified");
    EXPECT_NEAR(json["hyperaemia"]["total_flow_ml_min"].get<double>(), 560, 1e-9);
    EXPECT_NEAR(json["timings_s"]["total"].get<double>(), 70.4, 1e-9);
    EXPECT_EQ(json["patient"]["lv_mass_g"]["origin"], "estimated");
    EXPECT_EQ(json["lumen"]["caps"].size(), result.lumen.caps.size());
    EXPECT_EQ(json["solver"]["status"], "converged");
}

TEST(ResultJson, NotANumberBecomesNullWithAReason) {
    CaseResult result = test::sample_result();
    result.ffr.ffr[4][3] = std::nan("");
    result.ffr.ffr_sd[4][3] = -1;
    result.lesions[0].ffr_20mm_distal = INFINITY;
    const Json json = Json::parse(result_json(result));  // the parser refuses NaN and infinity
    EXPECT_TRUE(json["branches"][4]["points"][3]["ffr"].is_null());
    EXPECT_TRUE(json["branches"][4]["points"][3]["ffr_sd"].is_null());
    EXPECT_TRUE(json["lesions"][0]["ffr_20mm_distal"].is_null());
    EXPECT_FALSE(json["null_reasons"]["ffr"].get<std::string>().empty());
    EXPECT_THAT(schema_faults(json, schema()), testing::IsEmpty());
}

TEST(ResultJson, RejectedResultHoldsNoFfr) {
    CaseResult result = test::sample_result();
    result.state = ResultState::rejected;
    result.reasons = {"The contrast is too low."};
    const Json json = Json::parse(result_json(result, ResultFailure{ExitCode::quality_rejected, "segment"}));
    EXPECT_THAT(schema_faults(json, schema()), testing::IsEmpty());
    EXPECT_EQ(json["state"], "rejected");
    EXPECT_EQ(json["failure"]["code"], "quality-rejected");
    EXPECT_EQ(json["failure"]["exit_code"], 30);
    for (const char* list : {"branches", "vessels", "lesions"}) EXPECT_TRUE(json[list].empty()) << list;
    EXPECT_TRUE(json["solver"].is_null());
    EXPECT_EQ(json["input"]["quality"]["grade"], "warn");
}

TEST(ResultJson, SameResultGivesSameBytesAndOddTextIsNoFailure) {
    CaseResult result = test::sample_result();
    result.acquisition.series_description = "C\xf6ronar";  // Latin-1, as old scanners send it
    EXPECT_EQ(result_json(result), result_json(result));
}

TEST(ResultJson, EmptyResultIsValid) {
    EXPECT_THAT(schema_faults(Json::parse(result_json(CaseResult{})), schema()), testing::IsEmpty());
}

}  // namespace
}  // namespace ctffr
