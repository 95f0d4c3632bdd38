// SPDX-License-Identifier: Apache-2.0
// What the program says about itself and about mistakes on the command line.
#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/io/files.hpp"
#include "support/program.hpp"
#include "support/small_case.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

using test::ProgramRun;
using test::run_program;
using testing::HasSubstr;

TEST(CliHelp, ListsCommandsAndOptionsWithUnitsAndDefaults) {
    const ProgramRun top = run_program({"--help"});
    EXPECT_EQ(top.exit_code, 0);
    for (const char* command :
         {"run", "phantom", "segment", "centerline", "lumen", "solve", "report", "devices", "info"})
        EXPECT_THAT(top.out, HasSubstr(std::string("  ") + command)) << command;
    EXPECT_THAT(top.out, HasSubstr("not a medical device"));
    const ProgramRun run = run_program({"run", "--help"});
    EXPECT_EQ(run.exit_code, 0);
    for (const char* part : {"--total-flow-ml-min", "[mL/min]", "--lumen-angles", "32", "--systolic-mmhg",
                             "mmHg", "--threads", "--config"})
        EXPECT_THAT(run.out, HasSubstr(part));
    for (const char* command :
         {"phantom", "segment", "centerline", "lumen", "solve", "report", "devices", "info"})
        EXPECT_EQ(run_program({command, "--help"}).exit_code, 0) << command;
    EXPECT_THAT(run_program({"phantom", "--help"}).out, HasSubstr("--noise-sd-hu"));
    EXPECT_EQ(run_program({"--version"}).exit_code, 0);
    EXPECT_THAT(run_program({"info"}).out, HasSubstr("ctffr "));
    EXPECT_THAT(run_program({"devices"}).out, HasSubstr("cpu"));
}

TEST(CliThreads, WaitAsleepUnlessTheUserChoseOtherwise) {
    // GCC's OpenMP says how often its threads look again before they sleep.
    setenv("OMP_DISPLAY_ENV", "verbose", 1);
    unsetenv("OMP_WAIT_POLICY");
    const std::string by_default = run_program({"--version"}).err;
    setenv("OMP_WAIT_POLICY", "active", 1);
    const std::string chosen = run_program({"--version"}).err;
    unsetenv("OMP_WAIT_POLICY"), unsetenv("OMP_DISPLAY_ENV");
    EXPECT_THAT(by_default, HasSubstr("GOMP_SPINCOUNT = '0'"));
    EXPECT_THAT(chosen, HasSubstr("GOMP_SPINCOUNT"));
    EXPECT_THAT(chosen, testing::Not(HasSubstr("GOMP_SPINCOUNT = '0'")));
}

TEST(CliUsage, MistakesNameTheNearestValidWord) {
    const auto refused = [](const std::vector<std::string>& words, const char* hint) {
        const ProgramRun run = run_program(words);
        EXPECT_EQ(run.exit_code, 2) << run.err;
        EXPECT_THAT(run.err, HasSubstr(hint));
        EXPECT_EQ(run.out, "");
    };
    refused({"rum"}, "'run'");
    refused({"phantm", "--seed", "3"}, "'phantom'");
    refused({"run", "x", "-o", "y", "--lumen-angels", "3"}, "--lumen-angles");
    refused({"run", "x", "-o", "y", "--lumen-angels=3"}, "--lumen-angles");
    refused({"run", "x"}, "--out");
    refused({"run", "x", "-o", "y", "--threads", "many"}, "--threads");
    refused({"run", "-o", "y"}, "Nothing to start from");
    refused({"run", "x", "-o", "y", "--lumen-angles", "2"}, "from 8 to 256");
    refused({"run", "x", "-o", "y", "--flow", "turbulent"}, "reduced, steady");
    refused({"run", "--mask", "m.nii.gz", "--lumen", "l.stl", "-o", "y"}, "choose one");
    refused({"run", "x", "-o", "y", "--centerline-search", "both"}, "auto, classical");
    refused({"run", "-o", "y", "--mask", "m.nii.gz", "--network", "n.onnx"}, "give a series");
    refused({"run", "x", "-o", "y", "--mask", "m.nii.gz", "--network", "n.onnx"}, "neither --mask");
    refused({"phantom", "-o", "y", "--preset", "sick"}, "healthy");
    refused({"phantom", "-o", "y", "--noise-sd-hu", "30", "20"}, "above the high end");
    refused({"phantom", "-o", "y", "--compression", "zip"}, "jpeg-2000");
    refused({"--quiet", "run"}, "must be a command");
    EXPECT_FALSE(std::filesystem::exists("y"));
    EXPECT_EQ(run_program({}).exit_code, 2);
}

TEST(CliUsage, ConfigFileKeysAreChecked) {
    const test::TemporaryFolder folder;
    const auto config = folder.path() / "config.toml";
    const auto out = (folder.path() / "out").string();
    const auto refused = [&](const std::string& text, const char* hint) {
        write_text_atomically(config, text);
        const ProgramRun run = run_program({"run", "x", "-o", out, "--config", config.string()});
        EXPECT_EQ(run.exit_code, 2) << run.err;
        EXPECT_THAT(run.err, HasSubstr(hint));
    };
    refused("[lumen]\nangels = 32\n", "config.toml:2");
    refused("[lumen]\nangels = 32\n", "'lumen-angles'");
    refused("viscocity_mpa_s = 3\n", "'viscosity-mpa-s'");
    refused("this is not toml\n", "config.toml");
    EXPECT_EQ(run_program({"run", "x", "-o", out, "--config", "/absent.toml"}).exit_code, 11);
    EXPECT_FALSE(std::filesystem::exists(out));
}

TEST(CliUsage, ConfigFileGivesDefaultsAndTheCommandLineWins) {
    const test::TemporaryFolder folder;
    const auto config = folder.path() / "config.toml";
    write_text_atomically(
        config,
        "threads = 1\ncenterlines = \"" + test::write_small_centerlines(folder.path()).string() +
            "\"\n[lumen]\nangles = 24\nsurface_spacing_mm = 0.4\n"
            "[boundary]\nviscosity_mpa_s = 4.5\n[patient]\nsystolic_mmhg = 150\ndiastolic-mmhg = 90\n");
    const auto out = folder.path() / "out";
    const ProgramRun run = run_program({"run", "-o", out.string(), "--config", config.string(),
                                        "--viscosity-mpa-s", "3.25", "--flow", "reduced", "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const auto result = test::read_result(out);
    const std::string options = result["options"];
    EXPECT_THAT(options, HasSubstr("angles = 24"));
    EXPECT_THAT(options, HasSubstr("viscosity_mpa_s = 3.25"));
    EXPECT_NEAR(result["hyperaemia"]["viscosity_mpa_s"].get<double>(), 3.25, 1e-12);
    EXPECT_EQ(result["patient"]["systolic_mmhg"]["value"], 150);
    EXPECT_EQ(result["patient"]["systolic_mmhg"]["source"], "command line");
    EXPECT_THAT(test::slurp(out / "run.log"), HasSubstr("viscosity_mpa_s = 3.25"));
}

TEST(CliUsage, WhatThisBuildLacksSaysSoAndPrintsNoNumber) {
    for (const char* command : {"plan", "view", "node"}) {
        const ProgramRun run = run_program({command, "case", "--any", "thing"});
        EXPECT_EQ(run.exit_code, 90) << command;
        EXPECT_EQ(run.out, "") << command;
        EXPECT_THAT(run.err, HasSubstr("not part of this build"));
    }
}

TEST(CliUsage, FlowIsThreeDimensionalUnlessSaidOtherwise) {
    const test::TemporaryFolder folder;
    const auto centerlines = test::write_small_centerlines(folder.path()).string();
    const auto out = folder.path() / "out";
    const ProgramRun run = run_program({"run", "--centerlines", centerlines, "-o", out.string(),
                                        "--mesh-cells-per-diameter", "8", "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const auto result = nlohmann::json::parse(test::slurp(out / "result.json"));
    EXPECT_EQ(result["solver"]["model"], "steady-3d");
    EXPECT_EQ(result["solver"]["status"], "converged");
    EXPECT_GT(result["solver"]["cells"].get<long>(), 5000);
    EXPECT_TRUE(std::filesystem::exists(out / "flow.vtu"));
}

TEST(CliUsage, PatientFactsOutOfRangeNameValueRangeAndUnit) {
    const test::TemporaryFolder folder;
    const auto centerlines = test::write_small_centerlines(folder.path()).string();
    const auto out = folder.path() / "out";
    const ProgramRun run =
        run_program({"run", "--centerlines", centerlines, "-o", out.string(), "--heart-rate-bpm", "700"});
    EXPECT_EQ(run.exit_code, 61) << run.err;
    for (const char* part : {"heart_rate_bpm", "700", "30 to 200", "1/min", "command line"})
        EXPECT_THAT(run.err, HasSubstr(part));
    EXPECT_FALSE(std::filesystem::exists(out / "centerline.vtp"));
}

}  // namespace
}  // namespace ctffr
