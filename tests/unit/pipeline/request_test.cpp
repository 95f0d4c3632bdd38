// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/request.hpp"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/pipeline/nearest.hpp"
#include "ctffr/pipeline/patient.hpp"
#include "ctffr/pipeline/phantom_case.hpp"
#include "pipeline/batch_key.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

template <class Action>
std::string message_of(ExitCode expected, Action&& action) {
    try {
        action();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), expected) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

TEST(Nearest, FindsTheMeantName) {
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
    EXPECT_EQ(edit_distance("", "abc"), 3);
    EXPECT_EQ(edit_distance("same", "same"), 0);
    EXPECT_EQ(nearest_name("lumne", {"run", "lumen", "solve"}), "lumen");
    EXPECT_EQ(nearest_name("x", {}), "");
}

TEST(Request, FlagsAreUniqueAndEveryOptionSurvivesTheCaseFile) {
    RunRequest request;
    std::set<std::string> flags;
    visit_options(request, [&](const char*, const char*, auto& value, const char* flag, const char* help) {
        EXPECT_TRUE(flags.insert(flag).second) << flag;
        EXPECT_GT(std::string(help).size(), 5u);
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, bool>)
            value = !value;
        else if constexpr (std::is_same_v<T, std::string>)
            value = "a \"quoted\" title";
        else
            value = static_cast<T>(value + 1);
    });
    request.series = "/data/series";
    request.facts.facts.sex = 'F';
    request.facts.facts.weight_kg = 61.3;
    request.facts.sources = {{"sex", "command line"}, {"weight_kg", "patient file"}};
    const RunRequest back = request_from_json(request_json(request));
    EXPECT_EQ(resolved_toml(back), resolved_toml(request));
    EXPECT_EQ(back.facts.sources, request.facts.sources);
    EXPECT_NE(resolved_toml(back).find("title = \"a \\\"quoted\\\" title\""), std::string::npos);
    EXPECT_THROW((void)request_from_json("{}"), Error);
}

TEST(Request, OptionsOutOfRangeAreNamed) {
    RunRequest request;
    EXPECT_NO_THROW(check_options(request));
    request.lumen.angles = 3;
    EXPECT_NE(message_of(ExitCode::usage, [&] { check_options(request); }).find("--lumen-angles"),
              std::string::npos);
    request = {};
    request.solve.tolerance = std::nan("");
    EXPECT_THROW(check_options(request), Error);
    request = {};
    request.boundary.total_flow_ml_min = -5;
    (void)message_of(ExitCode::physiology_out_of_range, [&] { check_options(request); });
}

TEST(Request, StatesAndTerritories) {
    RunRequest request;
    request.flow = "reduced";
    for (const char* state : {"hyperaemia", "rest", "exercise"}) {
        request.boundary.state = state;
        EXPECT_NO_THROW(check_options(request));
    }
    request.flow = "pulsatile";
    EXPECT_NE(message_of(ExitCode::usage, [&] { check_options(request); }).find("--flow"), std::string::npos);
    EXPECT_NE(message_of(ExitCode::usage, [&] { check_batch_options(request); }).find("not pooled"),
              std::string::npos);
    request = {}, request.boundary.state = "sleep";
    EXPECT_NE(message_of(ExitCode::usage, [&] { check_options(request); }).find("--state"),
              std::string::npos);
    request = {}, request.boundary.territories = "voronoi";
    EXPECT_NE(message_of(ExitCode::usage, [&] { check_options(request); }).find("--territories"),
              std::string::npos);
}

TEST(Request, TextOfAStageNamesOnlyItsOwnOptions) {
    const RunRequest request;
    EXPECT_EQ(options_text(request, "solve"), "max_iterations = 60\ntolerance = 1e-10\n");
    EXPECT_EQ(options_text(request, "read"), "");
}

TEST(PhantomRequest, TomlHasEveryOption) {
    PhantomRequest request;
    const std::string toml = phantom_toml(request);
    std::set<std::string> flags;
    visit_phantom_options(request.options,
                          [&](const char*, const char* key, auto&, const char* flag, const char*) {
                              EXPECT_NE(toml.find(std::string(key) + " = "), std::string::npos) << key;
                              EXPECT_TRUE(flags.insert(flag).second) << flag;
                          });
}

TEST(Patient, FileIsReadAndOptionsWin) {
    const test::TemporaryFolder folder;
    PatientFacts facts;
    facts.sex = 'M';
    facts.age_years = 63;
    facts.systolic_mmhg = 134;
    write_patient_file(folder.path() / "patient.json", facts);
    const GivenFacts file = read_patient_file(folder.path() / "patient.json");
    EXPECT_EQ(file.facts.sex, 'M');
    GivenFacts typed;
    typed.facts.systolic_mmhg = 120;
    typed.sources["systolic_mmhg"] = "command line";
    const GivenFacts both = merged(file, typed);
    EXPECT_EQ(both.facts.systolic_mmhg, 120);
    EXPECT_EQ(both.facts.age_years, 63);
    EXPECT_EQ(both.sources.at("systolic_mmhg"), "command line");
    EXPECT_EQ(both.sources.at("age_years"), "patient file");
}

TEST(Patient, MistakesInTheFileAreNamed) {
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "patient.json";
    const auto message = [&](const std::string& text, ExitCode code) {
        write_text_atomically(path, text);
        return message_of(code, [&] { (void)read_patient_file(path); });
    };
    EXPECT_NE(message("{\"systolic_mmgh\": 120}", ExitCode::usage).find("systolic_mmhg"), std::string::npos);
    EXPECT_NE(message("{\"age_years\": \"old\"}", ExitCode::usage).find("years"), std::string::npos);
    EXPECT_NE(message("{\"sex\": \"X\"}", ExitCode::usage).find("\"F\" or \"M\""), std::string::npos);
    (void)message("[1, 2", ExitCode::input_unreadable);
    (void)message_of(ExitCode::input_missing,
                     [&] { (void)read_patient_file(folder.path() / "absent.json"); });
}

TEST(Patient, ImpossibleValuesAreRefusedOrDropped) {
    GivenFacts given;
    given.facts.height_m = 178;
    given.sources["height_m"] = "command line";
    const std::string message = message_of(ExitCode::physiology_out_of_range, [&] { check_facts(given); });
    for (const char* part : {"height_m", "178", "1.2", "2.3", " m", "command line"})
        EXPECT_NE(message.find(part), std::string::npos) << message;
    given = {};
    given.facts.systolic_mmhg = 90;
    given.facts.diastolic_mmhg = 95;
    (void)message_of(ExitCode::physiology_out_of_range, [&] { check_facts(given); });
    // A scanner that writes 0 kg does not know the weight.
    PatientFacts image;
    image.weight_kg = 0;
    image.age_years = 70;
    std::string warning;
    ctffr::Run run;
    run.log_sink = [&](LogLevel, const std::string& text) { warning = text; };
    const GivenFacts kept = image_facts(image, "dicom", run);
    EXPECT_FALSE(kept.facts.weight_kg);
    EXPECT_EQ(kept.facts.age_years, 70);
    EXPECT_EQ(kept.sources.at("age_years"), "DICOM (0010,1010)");
    EXPECT_NE(warning.find("weight_kg"), std::string::npos);
}

TEST(Patient, SourcesReachTheFlowProblem) {
    Hyperaemia hyperaemia;
    hyperaemia.patient["age_years"] = {63, Origin::measured, "patient data"};
    GivenFacts given;
    given.facts.age_years = 63;
    given.facts.hematocrit = 0.4;
    given.sources = {{"age_years", "DICOM (0010,1010)"}, {"hematocrit", "command line"}};
    note_sources(hyperaemia, given);
    EXPECT_EQ(hyperaemia.patient.at("age_years").source, "DICOM (0010,1010)");
    EXPECT_EQ(hyperaemia.patient.at("hematocrit").value, 0.4);
}

}  // namespace
}  // namespace ctffr
