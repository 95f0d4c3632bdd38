// SPDX-License-Identifier: Apache-2.0
// Every broken input gives its own exit code and sentence, and none ends the process.
#include <filesystem>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "ctffr/io/volume.hpp"
#include "support/broken_inputs.hpp"
#include "support/dicom_edit.hpp"
#include "support/temporary_folder.hpp"
#include "support/volume_files.hpp"

namespace ctffr {
namespace {

struct Outcome {
    ExitCode code = ExitCode::ok;
    std::string message, warnings;
};

Outcome read_outcome(const std::filesystem::path& path) {
    Outcome outcome;
    ctffr::Run run;
    run.log_sink = [&](LogLevel level, const std::string& text) {
        if (level == LogLevel::warning) outcome.warnings += text + "\n";
    };
    try {
        const Volume volume = read_volume(path, {}, run);
        EXPECT_TRUE(check(volume).empty()) << path;
    } catch (const Error& error) {
        outcome.code = error.code();
        outcome.message = error.what();
    }
    return outcome;
}

TEST(BrokenInputs, EachGivesItsExitCodeAndSentence) {
    const test::TemporaryFolder folder;
    const std::vector<test::BrokenInput> inputs = test::make_broken_inputs(folder.path());
    EXPECT_GE(inputs.size(), 40u);
    std::set<std::string> names;
    for (const test::BrokenInput& input : inputs) {
        SCOPED_TRACE(input.name);
        EXPECT_TRUE(names.insert(input.name).second) << "a name is used twice";
        const Outcome outcome = read_outcome(input.path);
        EXPECT_EQ(exit_code_name(outcome.code), exit_code_name(input.expected)) << outcome.message;
        EXPECT_THAT(input.expected == ExitCode::ok ? outcome.warnings : outcome.message,
                    testing::HasSubstr(input.phrase));
        if (input.expected != ExitCode::ok) {
            EXPECT_THAT(outcome.message, testing::EndsWith("."));
        }
    }
}

// Any byte of a good file may be wrong: whatever happens, it is an Error or a volume, never a crash.
TEST(BrokenInputs, RandomDamageNeverEndsTheProcess) {
    const test::TemporaryFolder folder;
    const Volume volume = test::small_volume();
    DicomWriteOptions options;
    options.uid_seed = "damage";
    const std::string enhanced = test::enhanced_file(volume, options).bytes();
    const std::string nifti =
        test::NiftiBytes::of(volume.geometry, 4).bytes() + test::voxel_bytes<std::int16_t>(volume);
    const std::string nrrd =
        test::nrrd_header(test::nrrd_fields(volume.geometry)) + test::voxel_bytes<std::int16_t>(volume);
    const std::string meta = test::metaimage_header(test::metaimage_fields(volume.geometry)) +
                             test::voxel_bytes<std::int16_t>(volume);
    Random random(20260101);
    int refused = 0;
    for (const std::string& good : {enhanced, nifti, test::gzip(nifti), nrrd, meta})
        for (int round = 0; round < 60; ++round) {
            std::string bad = good;
            const int last = std::min(static_cast<int>(good.size()), 4000) - 1;
            for (int hit = 0; hit < 6; ++hit)
                bad[static_cast<std::size_t>(random.integer(0, last))] =
                    static_cast<char>(random.integer(0, 255));
            if (round % 3 == 0)
                bad.resize(static_cast<std::size_t>(random.integer(1, static_cast<int>(bad.size()))));
            test::write_file(folder.path() / "bad", bad);
            refused += read_outcome(folder.path() / "bad").code != ExitCode::ok ? 1 : 0;
        }
    EXPECT_GT(refused, 120);
}

}  // namespace
}  // namespace ctffr
