// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/dicom_write.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctffr/io/volume.hpp"
#include "ctffr/parallel/exec.hpp"
#include "support/dicom_edit.hpp"
#include "support/temporary_folder.hpp"
#include "support/volume_files.hpp"

namespace ctffr {
namespace {

namespace fs = std::filesystem;

std::map<std::string, std::string> files_of(const fs::path& folder) {
    std::map<std::string, std::string> out;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
        out[fs::relative(entry.path(), folder)] =
            entry.is_regular_file() ? test::read_file(entry.path()) : "folder";
    return out;
}

TEST(DicomWriter, SameInputGivesTheSameBits) {
    const test::TemporaryFolder folder;
    for (const DicomCompression compression :
         {DicomCompression::none, DicomCompression::jpeg_lossless, DicomCompression::jpeg_2000})
        for (const bool enhanced : {false, true}) {
            DicomWriteOptions options;
            options.compression = compression;
            options.enhanced = enhanced;
            options.uid_seed = "seed 1";
            set_threads(1);
            write_dicom_series(test::small_volume(), options, folder.path() / "a", {});
            set_threads(2);
            write_dicom_series(test::small_volume(), options, folder.path() / "b", {});
            EXPECT_EQ(files_of(folder.path() / "a"), files_of(folder.path() / "b"));
            options.uid_seed = "seed 2";
            write_dicom_series(test::small_volume(), options, folder.path() / "b", {});
            EXPECT_NE(files_of(folder.path() / "a"), files_of(folder.path() / "b"));
            fs::remove_all(folder.path() / "a");
            fs::remove_all(folder.path() / "b");
        }
}

TEST(DicomWriter, UidsAreUniqueAndValid) {
    std::set<std::string> uids;
    for (int i = 0; i < 500; ++i) uids.insert(dicom::uid_from_text("seed/" + std::to_string(i)));
    EXPECT_EQ(uids.size(), 500u);
    for (const std::string& uid : uids) {
        EXPECT_LE(uid.size(), 64u);
        EXPECT_TRUE(std::regex_match(uid, std::regex("2\\.25\\.[1-9][0-9]*"))) << uid;
    }
}

TEST(DicomWriter, DecimalStringsFitIntoSixteenCharacters) {
    for (const double value :
         {0.1, -0.123456789012345, 1.0 / 3, -1e-7 / 3, 123456.7890123, -1.0 / 3e10, 5e20 / 3, 0.0}) {
        const std::string text = dicom::decimal_string(value);
        EXPECT_LE(text.size(), 16u);
        EXPECT_NEAR(std::stod(text), value, 1e-9 * std::abs(value) + 1e-12) << text;
    }
}

TEST(DicomWriter, LeavesNothingBehindWhenInterrupted) {
    const test::TemporaryFolder folder;
    const std::atomic<bool> cancel{true};
    ctffr::Run run;
    run.cancel = &cancel;
    EXPECT_THROW(write_dicom_series(test::small_volume(), {}, folder.path() / "out", run), Error);
    EXPECT_FALSE(fs::exists(folder.path() / "out"));
    fs::create_directories(folder.path() / "kept/.series.1.tmp");
    test::write_file(folder.path() / "kept/note", "mine");
    EXPECT_THROW(write_dicom_series(test::small_volume(), {}, folder.path() / "kept", run), Error);
    // The leftovers of a killed run go as well; what is not ours stays.
    EXPECT_EQ(files_of(folder.path() / "kept"), (std::map<std::string, std::string>{{"note", "mine"}}));
}

TEST(DicomWriter, AFolderThatCannotBeMadeIsAFileSystemError) {
    const test::TemporaryFolder folder;
    test::write_file(folder.path() / "file", "x");
    try {
        write_dicom_series(test::small_volume(), {}, folder.path() / "file/series", {});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::file_system);
    }
}

// Runs `body` in a child that owns a file system of 64 KiB at `mount_point`; -1 where the system does not
// allow that.
template <class Body>
int exit_code_on_tiny_disk(const fs::path& mount_point, const Body& body) {
    const std::string user = "0 " + std::to_string(::getuid()) + " 1",
                      group = "0 " + std::to_string(::getgid()) + " 1";
    const pid_t child = ::fork();
    if (child == 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ::_exit(255);
        std::ofstream("/proc/self/setgroups") << "deny";
        std::ofstream("/proc/self/gid_map") << group;
        std::ofstream("/proc/self/uid_map") << user;
        if (::mount("none", mount_point.c_str(), "tmpfs", 0, "size=64k") != 0) ::_exit(255);
        ::_exit(body());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 254;
    return code == 255 ? -1 : code;
}

TEST(DicomWriter, AFullDiskIsSaidAndLeavesNoFile) {
    const test::TemporaryFolder folder;
    Volume volume = test::small_volume();
    volume.geometry.size.z = 80;
    std::vector<std::int16_t> once = volume.hu;
    for (int i = 1; i < 10; ++i) volume.hu.insert(volume.hu.end(), once.begin(), once.end());
    const int code = exit_code_on_tiny_disk(folder.path(), [&] {
        set_threads(1);
        try {
            write_dicom_series(volume, {}, folder.path() / "series", {});
        } catch (const Error& error) {
            return fs::exists(folder.path() / "series") ? 253 : static_cast<int>(error.code());
        }
        return 0;
    });
    if (code < 0) GTEST_SKIP() << "this system does not let a test mount a small disk";
    EXPECT_EQ(code, static_cast<int>(ExitCode::disk_full));
}

}  // namespace
}  // namespace ctffr
