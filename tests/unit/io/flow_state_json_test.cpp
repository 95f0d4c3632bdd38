// SPDX-License-Identifier: Apache-2.0
// No result at rest or in exercise can be taken for FFR.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/io/cohort_csv.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/result_json.hpp"
#include "ctffr/io/result_read.hpp"
#include "support/sample_result.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

void expect_no_ffr(const nlohmann::json& json, const std::string& where) {
    if (json.is_string())
        EXPECT_EQ(json.get<std::string>().find("FFR"), std::string::npos) << where << ": " << json;
    else if (json.is_array())
        for (const auto& item : json) expect_no_ffr(item, where);
    else if (json.is_object())
        for (const auto& [key, value] : json.items()) {
            if (key == "options") continue;
            EXPECT_TRUE(key == "is_ffr" || key.find("ffr") == std::string::npos) << where << "." << key;
            expect_no_ffr(value, where + "." + key);
        }
}

TEST(FlowStateJson, OtherStatesHaveOtherNames) {
    const test::TemporaryFolder folder;
    for (const auto& [state, schema] : {std::pair{FlowState::rest, "ctffr-resting-result-1"},
                                        std::pair{FlowState::exercise, "ctffr-exercise-result-1"}}) {
        CaseResult result = test::sample_result();
        result.hyperaemia.state = state;
        result.reasons.push_back("The uncertainty of FFR is not known.");
        const std::string text = result_json(result);
        const auto json = nlohmann::json::parse(text);
        EXPECT_EQ(json.at("schema"), schema);
        EXPECT_EQ(json.at("flow_state").at("is_ffr"), false);
        EXPECT_EQ(json.at("flow_state").at("ratio"), ratio_name(state));
        EXPECT_TRUE(json.at("vessels").at(0).contains(std::string(ratio_key(state)) + "_distal"));
        EXPECT_FALSE(json.at("vessels").at(0).contains("ppg"));
        EXPECT_FALSE(json.contains("hyperaemia"));
        expect_no_ffr(json, "result");
        write_text_atomically(folder.path() / "result.json", text);
        try {
            (void)read_result_json(folder.path());
            FAIL() << "read as FFR";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::input_unsupported);
            EXPECT_NE(std::string(error.what()).find("not FFR"), std::string::npos);
        }
    }
}

TEST(FlowStateJson, ValidationRefusesOtherStates) {
    const auto code = [](const char* csv) {
        try {
            (void)parse_cohort(csv, "c.csv");
        } catch (const Error& error) {
            return error.code();
        }
        return ExitCode::ok;
    };
    EXPECT_EQ(code("case,vessel,resting_pd_pa\na,LAD,0.9\n"), ExitCode::input_unsupported);
    EXPECT_EQ(code("case,vessel,ffr_ct,flow_state\na,LAD,0.9,rest\n"), ExitCode::input_unsupported);
    EXPECT_EQ(code("case,vessel,ffr_ct,flow_state\na,LAD,0.9,hyperaemia\n"), ExitCode::ok);
}

}  // namespace
}  // namespace ctffr
