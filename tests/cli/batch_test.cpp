// SPDX-License-Identifier: Apache-2.0
// A cohort as users run it: one table, whatever ends the batch or its children, and only what changed is done
// anew.
#include <algorithm>
#include <cstdlib>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include "ctffr/core/random.hpp"
#include "support/cohort.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

using test::cohort_summary;
using test::cohort_table;
using test::ProgramRun;
using test::run_program;
using testing::HasSubstr;
using testing::Not;

class CliBatch : public testing::Test {
   protected:
    std::vector<std::string> words(const std::filesystem::path& out,
                                   std::vector<std::string> more = {}) const {
        std::vector<std::string> all{"batch",   manifest_.string(),           "-o",  out.string(), "--flow",
                                     "reduced", "--lumen-surface-spacing-mm", "0.4", "--threads",  "1"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    std::filesystem::path folder(const char* name) const { return folder_.path() / name; }

    test::TemporaryFolder folder_;
    std::filesystem::path manifest_ = test::write_small_cohort(folder_.path());
};

// Starts a batch, kills one of its children at each of the moments (in seconds from the last), then the batch
// itself if it still runs. Returns how many children and batches (0 or 1) were killed.
struct Killed {
    int children = 0, batches = 0;
};
Killed run_and_kill(std::vector<std::string> words, Random& random, double mean_s, int kills) {
    std::string program = CTFFR_PROGRAM;
    std::vector<char*> argv{program.data()};
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t batch = ::fork();
    if (batch == 0) {
        const int nothing = ::open("/dev/null", O_WRONLY);
        ::dup2(nothing, STDOUT_FILENO), ::dup2(nothing, STDERR_FILENO);
        ::execv(program.c_str(), argv.data());
        ::_exit(125);
    }
    Killed killed;
    int status = 0;
    for (int kill = 0; kill < kills; ++kill) {
        std::this_thread::sleep_for(std::chrono::duration<double>(random.uniform(0.1, 1.9) * mean_s));
        const std::vector<pid_t> children = test::children_of(batch);
        if (children.empty()) continue;
        const auto one = static_cast<std::size_t>(random.uniform(0, static_cast<double>(children.size())));
        killed.children += ::kill(children[std::min(one, children.size() - 1)], SIGKILL) == 0 ? 1 : 0;
    }
    if (::waitpid(batch, &status, WNOHANG) == batch) return killed;
    ::kill(batch, SIGKILL);
    ::waitpid(batch, &status, 0);
    killed.batches = WIFSIGNALED(status) ? 1 : 0;
    return killed;
}

TEST_F(CliBatch, KilledAtRandomItLosesAndDoublesNothing) {
    const auto reference = folder("reference");
    const ProgramRun whole = run_program(words(reference, {"--jobs", "2"}));
    ASSERT_EQ(whole.exit_code, 0) << whole.err;
    EXPECT_THAT(whole.out,
                HasSubstr("6 cases: 3 ok, 0 ok with excluded segments, 3 rejected, 0 failed, 0 missing"));
    const auto want = cohort_table(reference);
    // Two vessels and a lesion of each tree; one line for each other case, and one for each of their
    // measurements.
    EXPECT_EQ(want.size(), 3u * 3 + 3 + 2);
    std::map<std::string, std::string> codes;
    for (const auto& line : want) codes[line.at("case")] = line.at("exit_code");
    EXPECT_EQ(codes, (std::map<std::string, std::string>{{"tree0", "0"},
                                                         {"tree1", "0"},
                                                         {"tree2", "0"},
                                                         {"broken", "11"},
                                                         {"absent", "10"},
                                                         {"pressure", "61"}}));

    Random random(20261126);
    int children = 0, batches = 0;
    for (int history = 0; history < 3 || (history < 12 && (children < 3 || batches < 3)); ++history) {
        const auto out = folder_.path() / ("out" + std::to_string(history));
        for (int round = 0; round < 3; ++round) {
            const Killed killed =
                run_and_kill(words(out, {"--jobs", "2"}), random, 0.1 * whole.seconds, round);
            children += killed.children, batches += killed.batches;
        }
        // At once, while children of the last batch may still be there.
        const ProgramRun last = run_program(words(out, {"--jobs", "2"}));
        ASSERT_EQ(last.exit_code, 0) << last.err;
        EXPECT_EQ(cohort_table(out), want);
        EXPECT_EQ(cohort_summary(out), cohort_summary(reference));
        for (const char* name : {"tree0", "tree1", "tree2"})
            EXPECT_EQ(test::fingerprint(out / "cases" / name), test::fingerprint(reference / "cases" / name))
                << name;
        EXPECT_EQ(test::names_in(out), test::names_in(reference));
        EXPECT_EQ(test::names_in(out / "rows" / "tree0"), test::names_in(reference / "rows" / "tree0"));
    }
    EXPECT_GE(children, 3);
    EXPECT_GE(batches, 3);
}

// Whether no process holds the folder.
bool is_free(const std::filesystem::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
    const bool free = descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    ::close(descriptor);
    return free;
}

TEST_F(CliBatch, ChangesRedoJustWhatTheyConcern) {
    const auto out = folder("out");
    ASSERT_EQ(run_program(words(out)).exit_code, 0);
    const auto first = cohort_table(out);
    const ProgramRun again = run_program(words(out));
    EXPECT_THAT(again.err, HasSubstr("6 done already, 0 to run"));
    EXPECT_EQ(cohort_table(out), first);

    // A measured value is joined, and runs nothing.
    test::write_small_cohort(folder_.path(), "120", "0.66");
    const ProgramRun measured = run_program(words(out));
    EXPECT_THAT(measured.err, HasSubstr("6 done already, 0 to run"));
    auto want = first;
    for (auto& line : want)
        if (line["case"] == "tree0" && line["vessel"] == "LAD" && line["row"] == "vessel")
            line["ffr_invasive"] = "0.66";
    EXPECT_NE(want, first);
    EXPECT_EQ(cohort_table(out), want);

    // A patient value runs its case, and the table without that is known to be old.
    test::write_small_cohort(folder_.path(), "180");
    const ProgramRun merged = run_program({"batch", manifest_.string(), "-o", out.string(), "--flow",
                                           "reduced", "--lumen-surface-spacing-mm", "0.4", "--merge"});
    EXPECT_EQ(merged.exit_code, 83) << merged.err;
    EXPECT_EQ(cohort_table(out)[0].at("state"), "missing");
    const ProgramRun patient = run_program(words(out));
    ASSERT_EQ(patient.exit_code, 0) << patient.err;
    EXPECT_THAT(patient.err, HasSubstr("5 done already, 1 to run"));
    EXPECT_EQ(test::read_result(out / "cases" / "tree0")["patient"]["systolic_mmhg"]["value"], 180);
    EXPECT_EQ(cohort_table(out).size(), first.size());

    // An input that was not there, and one that is another tree now.
    std::filesystem::copy_file(folder("tree1.vtp"), folder("no-such-file.vtp"));
    std::filesystem::copy_file(folder("tree2.vtp"), folder("broken.vtp"),
                               std::filesystem::copy_options::overwrite_existing);
    const ProgramRun files = run_program(words(out));
    ASSERT_EQ(files.exit_code, 0) << files.err;
    EXPECT_THAT(files.err, HasSubstr("4 done already, 2 to run"));
    EXPECT_THAT(files.out, HasSubstr("5 ok"));

    const ProgramRun option = run_program(words(out, {"--viscosity-mpa-s", "4.5"}));
    EXPECT_THAT(option.err, HasSubstr("0 done already, 6 to run"));
    EXPECT_THAT(test::read_result(out / "cases" / "tree1")["options"].get<std::string>(),
                HasSubstr("viscosity_mpa_s = 4.5"));
}

TEST_F(CliBatch, PartsAndMergeGiveTheTableOfTheWhole) {
    ASSERT_EQ(run_program(words(folder("whole"), {"--jobs", "2"})).exit_code, 0);
    const auto out = folder("parts");
    const ProgramRun named = run_program(words(out, {"--only", "tree1", "--only", "absent"}));
    EXPECT_EQ(named.exit_code, 0) << named.err;
    EXPECT_FALSE(std::filesystem::exists(out / "cohort.csv"));
    // Of six cases the second (tree1) and the fifth (absent) are done.
    const std::pair<const char*, const char*> tasks[] = {{"1", "1 done already, 1 to run"},
                                                         {"2", "1 done already, 1 to run"},
                                                         {"3", "0 done already, 1 to run"},
                                                         {"4", "0 done already, 1 to run"}};
    for (const auto& [task, already] : tasks) {
        const ProgramRun part = run_program(words(out, {"--task", task, "--tasks", "4"}));
        EXPECT_EQ(part.exit_code, 0) << part.err;
        EXPECT_THAT(part.err, HasSubstr(already));
    }
    const ProgramRun merged = run_program(words(out, {"--merge"}));
    EXPECT_EQ(merged.exit_code, 0) << merged.err;
    EXPECT_EQ(cohort_table(out), cohort_table(folder("whole")));
    EXPECT_EQ(cohort_summary(out), cohort_summary(folder("whole")));
}

TEST_F(CliBatch, InterruptedItEndsItsChildrenAndKeepsWhatIsDone) {
    const ProgramRun whole = run_program(words(folder("whole")));
    ASSERT_EQ(whole.exit_code, 0);
    int interrupted = 0;
    double run_s = whole.seconds;
    for (int round = 0; round < 3 || (round < 12 && interrupted < 2); ++round) {
        const auto out = folder_.path() / ("out" + std::to_string(round));
        test::ProgramOptions options;
        options.signal = round % 2 == 0 ? SIGINT : SIGTERM;
        options.signal_after_s = (0.3 + 0.15 * (round % 3)) * run_s;
        const ProgramRun stopped = run_program(words(out), options);
        if (stopped.exit_code == 0) run_s = std::min(run_s, stopped.seconds);
        if (!std::filesystem::exists(out / "cohort.csv")) continue;  // before the handlers stood
        if (stopped.exit_code == 130) {
            ++interrupted;
            EXPECT_THAT(stopped.err, HasSubstr("run the same command again"));
        }
        for (const std::string& name : test::names_in(out / "cases"))
            EXPECT_TRUE(is_free(out / "cases" / name)) << name << " is still in work";
        const ProgramRun resumed = run_program(words(out));
        EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
        EXPECT_EQ(cohort_table(out), cohort_table(folder("whole")));
    }
    EXPECT_GE(interrupted, 2);
}

TEST_F(CliBatch, FoldersInUseAreRefusedOrWaitedFor) {
    const auto out = folder("out");
    std::filesystem::create_directories(out / "cases" / "tree0");
    const int whole = ::open(out.c_str(), O_RDONLY | O_DIRECTORY);
    ASSERT_EQ(::flock(whole, LOCK_EX), 0);
    const ProgramRun refused = run_program(words(out));
    EXPECT_EQ(refused.exit_code, 80);
    EXPECT_THAT(refused.err, HasSubstr("in use by another ctffr process"));
    ::close(whole);
    EXPECT_FALSE(std::filesystem::exists(out / "rows"));

    const int one = ::open((out / "cases" / "tree0").c_str(), O_RDONLY | O_DIRECTORY);
    ASSERT_EQ(::flock(one, LOCK_EX), 0);
    test::ProgramOptions options;
    options.signal_after_s = 3;
    const ProgramRun waits = run_program(words(out, {"--only", "tree0"}), options);
    EXPECT_EQ(waits.exit_code, 130) << waits.err;
    EXPECT_THAT(waits.err, HasSubstr("tree0: another ctffr process works on this case"));
    EXPECT_FALSE(std::filesystem::exists(out / "rows" / "tree0" / "row.json"));
    ::close(one);
    EXPECT_EQ(run_program(words(out, {"--only", "tree0"})).exit_code, 0);
}

TEST_F(CliBatch, MistakesAreFoundBeforeAnythingIsRun) {
    const auto out = folder("out");
    const auto refused = [&](const std::vector<std::string>& all, int code, const char* phrase) {
        const ProgramRun run = run_program(all);
        EXPECT_EQ(run.exit_code, code) << run.err;
        EXPECT_THAT(run.err, HasSubstr(phrase));
        EXPECT_FALSE(std::filesystem::exists(out)) << phrase;
    };
    refused({"batch", manifest_.string(), "-o", out.string(), "--flow", "fast"}, 2, "--flow is 'fast'");
    refused(words(out, {"--lumen-angles", "1", "--slurm"}), 2, "--lumen-angles is 1");
    refused(words(out, {"--lumen-angles", "1"}), 2, "--lumen-angles is 1");
    refused(words(out, {"--state", "rest"}), 2, "A batch gathers FFR, and --state rest gives none");
    refused(words(out, {"--state", "exercise", "--slurm"}), 2, "A batch gathers FFR");
    refused(words(out, {"--only", "tree"}), 2, "has no case 'tree'; did you mean 'tree0'?");
    refused(words(out, {"--task", "7"}), 2, "--task is 7; it must be from 1 to 6");
    refused(words(out, {"--tasks", "7"}), 2, "give --task");
    refused(words(out, {"--task", "1", "--merge"}), 2, "choose one");
    refused(words(out, {"--merge"}), 10, "holds no rows");
    refused(words(out, {"--mask", "x"}), 2, "Unknown option --mask");
    refused({"batch", folder("none.csv").string(), "-o", out.string()}, 10, "no manifest");
    write_text_atomically(folder("bad.csv"), "case,pth\na,b\n");
    refused({"batch", folder("bad.csv").string(), "-o", out.string()}, 2, "did you mean 'path'?");
    write_text_atomically(folder("bad.csv"), "case,path\na,b,c\n");
    refused({"batch", folder("bad.csv").string(), "-o", out.string()}, 11,
            "bad.csv:2: this line has 3 cells");
}

TEST_F(CliBatch, SlurmScriptsRunTheTasksAndAreSubmitted) {
    const auto out = folder("out with space");
    // A stand-in for sbatch: notes its words and answers as the real one.
    const auto bin = folder("bin");
    write_text_atomically(bin / "sbatch",
                          "#!/bin/sh\necho \"$@\" >> \"" + folder("calls").string() + "\"\necho '41;c1'\n");
    std::filesystem::permissions(bin / "sbatch", std::filesystem::perms::owner_all);
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", (bin.string() + ":" + path).c_str(), 1);
    const ProgramRun submitted =
        run_program(words(out, {"--slurm-submit", "--slurm-option=--partition=night"}));
    EXPECT_EQ(submitted.exit_code, 0) << submitted.err;
    EXPECT_THAT(submitted.out, HasSubstr("submitted: job 41 (6 tasks)"));
    EXPECT_EQ(test::slurp(folder("calls")), "--parsable " + (out / "slurm/job.sh").string() +
                                                "\n--parsable --dependency=afterany:41 " +
                                                (out / "slurm/merge.sh").string() + "\n");
    EXPECT_THAT(test::slurp(out / "slurm" / "job.sh"), HasSubstr("#SBATCH --partition=night\n"));
    EXPECT_THAT(test::slurp(out / "slurm" / "job.sh"), HasSubstr("#SBATCH --array=1-6\n"));
    EXPECT_THAT(test::slurp(out / "slurm" / "README.txt"), HasSubstr("PBS_ARRAY_INDEX"));
    ::setenv("PATH", folder("empty").c_str(), 1);
    const ProgramRun without = run_program(words(out, {"--slurm-submit"}));
    EXPECT_EQ(without.exit_code, 2);
    EXPECT_THAT(without.err, HasSubstr("no sbatch on this machine"));
    ::setenv("PATH", path.c_str(), 1);

    // The scripts do what the whole does.
    ASSERT_EQ(run_program(words(folder("whole"))).exit_code, 0);
    for (int task = 1; task <= 6; ++task)
        EXPECT_EQ(std::system(("SLURM_ARRAY_TASK_ID=" + std::to_string(task) + " bash '" +
                               (out / "slurm/job.sh").string() + "' > /dev/null 2>&1")
                                  .c_str()),
                  0)
            << task;
    EXPECT_EQ(std::system(("bash '" + (out / "slurm/merge.sh").string() + "' > /dev/null 2>&1").c_str()), 0);
    EXPECT_EQ(cohort_table(out), cohort_table(folder("whole")));
}

}  // namespace
}  // namespace ctffr
