// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/output_folder.hpp"

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

TEST(OutputFolder, IsMadeLockedAndReleased) {
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "a" / "b";
    {
        const OutputFolder first(path, 0);
        EXPECT_TRUE(std::filesystem::is_directory(path));
        try {
            const OutputFolder second(path, 0);
            FAIL() << "two owners";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::file_system);
            EXPECT_NE(std::string(error.what()).find("in use"), std::string::npos);
        }
    }
    EXPECT_NO_THROW(OutputFolder(path, 0));
    {
        const auto first = OutputFolder::if_free(path, 0);
        ASSERT_TRUE(first);
        EXPECT_EQ(first->path(), path);
        EXPECT_FALSE(OutputFolder::if_free(path, 0));
    }
    EXPECT_TRUE(OutputFolder::if_free(path, 0));
    EXPECT_THROW(OutputFolder::if_free(path, std::uint64_t{1} << 60), Error);
    EXPECT_NO_THROW(OutputFolder(path, 0));  // and is not held by the one that failed
    EXPECT_TRUE(std::filesystem::is_empty(path));
}

TEST(OutputFolder, RemovesOnlyWhatAKilledRunLeft) {
    const test::TemporaryFolder folder;
    for (const char* name : {".result.123.tmp.json", ".segmentation.nii.9.tmp.gz", ".case.77.tmp.h5",
                             "notes.txt", ".hidden", "result.json", ".other.123.tmp.json"})
        write_text_atomically(folder.path() / name, "x");
    const OutputFolder out(folder.path(), 0);
    int left = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        ++left;
        const std::string name = entry.path().filename().string();
        EXPECT_TRUE(name == "notes.txt" || name == ".hidden" || name == "result.json" ||
                    name == ".other.123.tmp.json")
            << name;
    }
    EXPECT_EQ(left, 4);
}

TEST(OutputFolder, SaysWhenThereIsNoRoom) {
    const test::TemporaryFolder folder;
    try {
        const OutputFolder out(folder.path(), std::uint64_t{1} << 60);
        FAIL() << "a billion gigabytes were found";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::disk_full);
        EXPECT_NE(std::string(error.what()).find("MB free"), std::string::npos);
    }
}

TEST(OutputFolder, BelowAFileIsAnError) {
    const test::TemporaryFolder folder;
    write_text_atomically(folder.path() / "file", "x");
    EXPECT_THROW(OutputFolder(folder.path() / "file" / "out", 0), Error);
}

}  // namespace
}  // namespace ctffr
