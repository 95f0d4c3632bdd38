// SPDX-License-Identifier: Apache-2.0
// Interrupted at any moment, a run resumes to the same bits; stages are redone when their options change, not
// else.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "ctffr/io/case_file.hpp"
#include "support/program.hpp"
#include "support/small_case.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

using test::fingerprint;
using test::names_in;
using test::ProgramRun;
using test::run_program;
using testing::HasSubstr;
using testing::Not;

class CliResume : public testing::Test {
   protected:
    std::vector<std::string> words(const std::filesystem::path& out) const {
        return {"run",  "--centerlines", centerlines_, "-o", out.string(), "--lumen-surface-spacing-mm",
                "0.25", "--flow",        "reduced"};
    }
    // Keys of all stages: they depend on inputs and options alone.
    static std::vector<std::string> keys(const std::filesystem::path& out) {
        const CaseFile file(out / "case.h5");
        std::vector<std::string> result;
        for (const char* stage : {"read", "centerline", "lumen", "boundary", "solve", "ffr", "report"})
            result.push_back(file.key_of(stage));
        return result;
    }

    test::TemporaryFolder folder_;
    std::string centerlines_ = test::write_small_centerlines(folder_.path()).string();
};

TEST_F(CliResume, SignalsAtRandomMoments) {
    const auto reference = folder_.path() / "reference";
    const ProgramRun whole = run_program(words(reference));
    ASSERT_EQ(whole.exit_code, 0) << whole.err;
    const auto want = fingerprint(reference);
    Random random(20261121);
    int stopped = 0, killed = 0;
    // A machine that was busier during the first run than later puts the moments behind the end: then more
    // rounds.
    double run_s = whole.seconds;
    for (int round = 0; round < 10 || (round < 40 && (stopped < 2 || killed < 3)); ++round) {
        const auto out = folder_.path() / ("out" + std::to_string(round));
        test::ProgramOptions options;
        options.signal = round % 2 == 0 ? SIGINT : SIGKILL;
        options.signal_after_s = random.uniform(0.1, 0.95) * run_s;
        const ProgramRun broken = run_program(words(out), options);
        if (broken.exit_code == 0) run_s = std::min(run_s, broken.seconds);
        if (options.signal == SIGKILL) {
            if (broken.exit_code == 128 + SIGKILL) ++killed;
        } else if (broken.exit_code == 130 && std::filesystem::exists(out / "run.log")) {
            // The log is begun after the handlers stand; ended by the signal itself, the code is 130 as well.
            ++stopped;
            EXPECT_THAT(broken.err, HasSubstr("run the same command again"));
            for (const std::string& name : names_in(out)) EXPECT_THAT(name, Not(HasSubstr(".tmp")));
        } else {
            // Before the handlers stand or after the work is done, SIGINT ends it as any program.
            EXPECT_TRUE(broken.exit_code == 0 || broken.exit_code == 128 + SIGINT) << broken.err;
        }
        const ProgramRun resumed = run_program(words(out));
        ASSERT_EQ(resumed.exit_code, 0) << "round " << round << ": " << resumed.err;
        EXPECT_EQ(fingerprint(out), want) << "round " << round;
        EXPECT_EQ(keys(out), keys(reference));
        EXPECT_EQ(names_in(out), names_in(reference));
    }
    EXPECT_GE(stopped, 2);
    EXPECT_GE(killed, 3);
}

// The same from a CT series: every stage of the image path, interrupted twice before it may finish. The
// patient is as small as the quality gate lets through, the lumen coarse.
TEST_F(CliResume, SignalsAtRandomMomentsFromASeries) {
    constexpr double patience_s = 800;
    const auto patient = folder_.path() / "patient";
    test::ProgramOptions patient_run;
    patient_run.timeout_s = patience_s;
    const ProgramRun made =
        run_program({"phantom", "--preset", "small", "--seed", "11", "--matrix", "288", "--slices", "200",
                     "--fov-mm", "125", "125", "--slice-spacing-mm", "0.6", "0.6", "-o", patient.string()},
                    patient_run);
    ASSERT_EQ(made.exit_code, 0) << made.err;
    const auto run = [&](const std::filesystem::path& out, int signal, double after_s) {
        test::ProgramOptions options;
        options.signal = signal, options.signal_after_s = after_s, options.timeout_s = patience_s;
        return run_program({"run", (patient / "series").string(), "-o", out.string(), "--flow", "reduced",
                            "--lumen-surface-spacing-mm", "0.5", "--lumen-angles", "12",
                            "--centerline-min-radius-mm", "1.1"},
                           options);
    };
    const auto reference = folder_.path() / "reference";
    const ProgramRun whole = run(reference, 0, -1);
    ASSERT_EQ(whole.exit_code, 0) << whole.err;
    const auto want = fingerprint(reference);
    EXPECT_EQ(want.size(), 4u);  // result.json, two VTP files, the labels
    Random random(20261125);
    for (const int signal : {SIGINT, SIGKILL}) {
        const auto out = folder_.path() / ("series" + std::to_string(signal));
        int interrupted = 0;
        // The second time the finished stages are taken from the case file, so the same moment is further on.
        for (int time = 0; time < 2; ++time) {
            const ProgramRun broken = run(out, signal, random.uniform(0.15, 0.6) * whole.seconds);
            interrupted += broken.exit_code == (signal == SIGINT ? 130 : 128 + SIGKILL) ? 1 : 0;
            if (signal != SIGINT) continue;
            for (const std::string& name : names_in(out)) EXPECT_THAT(name, Not(HasSubstr(".tmp")));
        }
        EXPECT_GE(interrupted, 1) << signal;
        const ProgramRun resumed = run(out, 0, -1);
        ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
        EXPECT_THAT(resumed.err, HasSubstr("taken from the case file"));
        EXPECT_EQ(fingerprint(out), want) << signal;
        EXPECT_EQ(names_in(out), names_in(reference));
    }
}

TEST_F(CliResume, FinishedStagesAreTakenAndTheirTimesKept) {
    const auto out = folder_.path() / "out";
    ASSERT_EQ(run_program(words(out)).exit_code, 0);
    const std::string first = test::slurp(out / "result.json");
    const ProgramRun again = run_program(words(out));
    ASSERT_EQ(again.exit_code, 0);
    EXPECT_EQ(test::slurp(out / "result.json"), first);
    for (const char* stage : {"lumen", "solve", "ffr"})
        EXPECT_THAT(again.err, HasSubstr(std::string(stage) + ": taken from the case file"));
}

TEST_F(CliResume, OtherOptionsRedoOnlyWhatDependsOnThem) {
    const auto out = folder_.path() / "out";
    ASSERT_EQ(run_program(words(out)).exit_code, 0);
    const auto before = test::read_result(out);
    const ProgramRun solve =
        run_program({"solve", out.string(), "--total-flow-ml-min", "600", "--heart-rate-bpm", "58"});
    ASSERT_EQ(solve.exit_code, 0) << solve.err;
    EXPECT_THAT(solve.err, HasSubstr("lumen: taken from the case file"));
    EXPECT_THAT(solve.err, HasSubstr("boundary: done"));
    const auto after = test::read_result(out);
    EXPECT_THAT(after["options"].get<std::string>(), HasSubstr("total_flow_ml_min = 600"));
    EXPECT_EQ(after["patient"]["heart_rate_bpm"]["value"], 58);
    EXPECT_NE(before["hyperaemia"]["total_flow_ml_min"], after["hyperaemia"]["total_flow_ml_min"]);
    EXPECT_LT(after["branches"][1]["points"].back()["ffr"].get<double>(),
              before["branches"][1]["points"].back()["ffr"].get<double>());
    // The changed option was remembered.
    const ProgramRun lumen = run_program({"lumen", out.string(), "--lumen-angles", "24"});
    ASSERT_EQ(lumen.exit_code, 0) << lumen.err;
    EXPECT_THAT(lumen.err, HasSubstr("lumen: done"));
    EXPECT_THAT(test::read_result(out)["options"].get<std::string>(), HasSubstr("total_flow_ml_min = 600"));
    EXPECT_THAT(test::read_result(out)["options"].get<std::string>(), HasSubstr("angles = 24"));
}

TEST_F(CliResume, RedoingWithTheSameOptionsGivesTheSameBits) {
    const auto out = folder_.path() / "out";
    ASSERT_EQ(run_program(words(out)).exit_code, 0);
    const auto want = fingerprint(out);
    for (const char* command : {"centerline", "lumen", "solve", "report"}) {
        const ProgramRun run = run_program({command, out.string()});
        ASSERT_EQ(run.exit_code, 0) << command << run.err;
        EXPECT_EQ(fingerprint(out), want) << command;
    }
    EXPECT_EQ(run_program({"solve", folder_.path().string()}).exit_code, 10);
    EXPECT_EQ(run_program({"solve", out.string(), "--lumen-angles", "24"}).exit_code, 2);
}

TEST_F(CliResume, ThreadsChangeNothing) {
    const auto one = folder_.path() / "one", two = folder_.path() / "two";
    auto first = words(one), second = words(two);
    first.insert(first.end(), {"--threads", "1"});
    second.insert(second.end(), {"--threads", "2"});
    ASSERT_EQ(run_program(first).exit_code, 0);
    ASSERT_EQ(run_program(second).exit_code, 0);
    EXPECT_EQ(keys(one), keys(two));
    auto a = fingerprint(one), b = fingerprint(two);
    // The device line names the number of threads; all else is the same.
    for (auto* files : {&a, &b}) {
        auto json = nlohmann::json::parse(files->at("result.json"));
        json["software"].erase("device");
        files->at("result.json") = json.dump();
    }
    EXPECT_EQ(a, b);
}

TEST_F(CliResume, ProgressAndProfile) {
    auto with_bar = words(folder_.path() / "bar");
    with_bar.insert(with_bar.end(), {"--progress", "bar", "--profile"});
    const ProgramRun run = run_program(with_bar);
    ASSERT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.out, HasSubstr("copy bandwidth"));
    EXPECT_THAT(run.out, HasSubstr("vessel"));
    EXPECT_THAT(run.out, HasSubstr("Research use only"));
    auto quiet = words(folder_.path() / "quiet");
    quiet.push_back("--quiet");
    const ProgramRun silent = run_program(quiet);
    EXPECT_EQ(silent.exit_code, 0);
    EXPECT_EQ(silent.out + silent.err, "");
}

}  // namespace
}  // namespace ctffr
