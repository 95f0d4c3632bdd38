// SPDX-License-Identifier: Apache-2.0
// Broken inputs, full disks, locked folders: the right exit code, a clear message, nothing half written.
#include <fstream>
#include <future>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/mount.h>

#include "ctffr/io/files.hpp"
#include "support/broken_inputs.hpp"
#include "support/program.hpp"
#include "support/small_case.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

using test::names_in;
using test::ProgramRun;
using test::run_program;
using testing::HasSubstr;

// After a failure the folder holds the log, the rejection, at most a case file with what was finished,
// nothing else.
void expect_no_partial_files(const std::filesystem::path& out, const std::string& about) {
    static const std::set<std::string> allowed{"result.json", "run.log", "case.h5"};
    for (const std::string& name : names_in(out))
        EXPECT_TRUE(allowed.count(name)) << about << " left " << name;
    if (std::filesystem::exists(out / "result.json")) {
        const auto result = test::read_result(out);
        EXPECT_EQ(result["state"], "rejected") << about;
        EXPECT_FALSE(result["reasons"].empty()) << about;
        EXPECT_TRUE(result["vessels"].empty() && result["branches"].empty()) << about;
    }
}

TEST(CliFailure, EveryBrokenInputIsRefusedCleanly) {
    const test::TemporaryFolder folder;
    const auto inputs = test::make_broken_inputs(folder.path() / "in");
    EXPECT_GE(inputs.size(), 40u);
    int number = 0;
    for (const test::BrokenInput& input : inputs) {
        const auto out = folder.path() / ("out" + std::to_string(number++));
        test::ProgramOptions limits;
        limits.timeout_s = 60;
        const ProgramRun run =
            run_program({"run", input.path.string(), "-o", out.string(), "--threads", "2"}, limits);
        EXPECT_FALSE(run.signalled) << input.name << " crashed: " << run.err;
        if (input.expected == ExitCode::ok) {
            // Readable, but no heart in it: a later stage must refuse.
            EXPECT_TRUE(run.exit_code == 30 || run.exit_code == 40)
                << input.name << ": " << run.exit_code << run.err;
        } else {
            EXPECT_EQ(run.exit_code, static_cast<int>(input.expected)) << input.name << ": " << run.err;
            EXPECT_THAT(run.err, HasSubstr(input.phrase)) << input.name;
            EXPECT_TRUE(std::filesystem::exists(out / "result.json")) << input.name;
        }
        EXPECT_EQ(run.out, "") << input.name;
        EXPECT_THAT(run.err, HasSubstr("ctffr: error: ")) << input.name;
        expect_no_partial_files(out, input.name);
        std::filesystem::remove_all(out);
    }
}

class CliFolder : public testing::Test {
   protected:
    std::vector<std::string> run_words(const std::filesystem::path& out) const {
        return {"run", "--centerlines", centerlines_, "-o", out.string(), "--lumen-surface-spacing-mm",
                "0.3", "--flow",        "reduced"};
    }
    test::TemporaryFolder folder_;
    std::string centerlines_ = test::write_small_centerlines(folder_.path()).string();
};

TEST_F(CliFolder, OutputFolderThatCannotBeMade) {
    write_text_atomically(folder_.path() / "file", "x");
    for (const std::filesystem::path& out :
         {folder_.path() / "file" / "out", std::filesystem::path("/proc/ctffr-out")}) {
        const ProgramRun run = run_program(run_words(out));
        EXPECT_EQ(run.exit_code, 80) << run.err;
        EXPECT_THAT(run.err, HasSubstr(out.string()));
    }
}

TEST_F(CliFolder, FolderInUseByAnotherProcess) {
    const auto out = folder_.path() / "out";
    std::filesystem::create_directories(out);
    const int lock = ::open(out.c_str(), O_RDONLY | O_DIRECTORY);
    ASSERT_EQ(::flock(lock, LOCK_EX), 0);
    const ProgramRun run = run_program(run_words(out));
    EXPECT_EQ(run.exit_code, 80) << run.err;
    EXPECT_THAT(run.err, HasSubstr("in use by another"));
    EXPECT_TRUE(names_in(out).empty());
    ::close(lock);
}

TEST_F(CliFolder, CaseOfAnotherInputIsNotReplacedUnasked) {
    const auto out = folder_.path() / "out";
    ASSERT_EQ(run_program(run_words(out)).exit_code, 0);
    const auto before = test::fingerprint(out);
    CaseResult other;
    other.tree = test::small_tree();
    for (Branch& branch : other.tree.branches)
        for (CenterlinePoint& point : branch.points) point.radius_mm *= 1.1;
    const auto other_path = folder_.path() / "other.vtp";
    write_centerline_vtp(other_path, other);
    std::vector<std::string> words = run_words(out);
    words[2] = other_path.string();
    const ProgramRun refused = run_program(words);
    EXPECT_EQ(refused.exit_code, 82) << refused.err;
    EXPECT_THAT(refused.err, HasSubstr("--overwrite"));
    EXPECT_EQ(test::fingerprint(out), before);
    // A wrong path must not cost the old result either.
    words[2] = "/absent.vtp";
    EXPECT_EQ(run_program(words).exit_code, 10);
    EXPECT_EQ(test::fingerprint(out), before);
    words[2] = other_path.string();
    words.push_back("--overwrite");
    EXPECT_EQ(run_program(words).exit_code, 0);
    EXPECT_NE(test::fingerprint(out), before);
}

TEST_F(CliFolder, DamagedCaseFileIsNamedAndCanBeReplaced) {
    const auto out = folder_.path() / "out";
    write_text_atomically(out / "case.h5", "not a case file");
    std::vector<std::string> words = run_words(out);
    const ProgramRun refused = run_program(words);
    EXPECT_EQ(refused.exit_code, 82) << refused.err;
    words.push_back("--overwrite");
    EXPECT_EQ(run_program(words).exit_code, 0);
}

TEST_F(CliFolder, FileTooLargeInTheMiddleOfARunThenResume) {
    const auto reference = folder_.path() / "reference", out = folder_.path() / "out";
    ASSERT_EQ(run_program(run_words(reference)).exit_code, 0);
    test::ProgramOptions limits;
    limits.file_size_limit = 200'000;
    const ProgramRun run = run_program(run_words(out), limits);
    EXPECT_EQ(run.exit_code, 80) << run.err;
    EXPECT_FALSE(std::filesystem::exists(out / "result.json"));
    for (const std::string& name : names_in(out)) EXPECT_EQ(name.find(".tmp"), std::string::npos) << name;
    ASSERT_EQ(run_program(run_words(out)).exit_code, 0);
    EXPECT_EQ(test::fingerprint(out), test::fingerprint(reference));
}

TEST_F(CliFolder, DiskFull) {
    const auto disk = folder_.path() / "disk";
    std::filesystem::create_directories(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=40m") != 0)
        GTEST_SKIP()
            << "mounting a small disk needs root; FileTooLargeInTheMiddleOfARunThenResume covers the writers";
    // Room enough to start; when the run has begun, a filler takes nearly all of it.
    const auto out = disk / "out";
    auto running = std::async(std::launch::async, [&] { return run_program(run_words(out)); });
    while (!std::filesystem::exists(out / "run.log") &&
           running.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
    }
    const auto space = std::filesystem::space(disk);
    std::ofstream(disk / "filler") << std::string(space.available - 100'000, 'x');
    const ProgramRun full = running.get();
    EXPECT_EQ(full.exit_code, 81) << full.err;
    EXPECT_THAT(full.err, HasSubstr("No space left"));
    EXPECT_FALSE(std::filesystem::exists(out / "result.json"));
    for (const std::string& name : names_in(out)) EXPECT_EQ(name.find(".tmp"), std::string::npos) << name;
    const ProgramRun early = run_program(run_words(out));
    EXPECT_EQ(early.exit_code, 81) << early.err;
    EXPECT_THAT(early.err, HasSubstr("MB free"));
    std::filesystem::remove(disk / "filler");
    EXPECT_EQ(run_program(run_words(out)).exit_code, 0);
    ::umount(disk.c_str());
}

}  // namespace
}  // namespace ctffr
