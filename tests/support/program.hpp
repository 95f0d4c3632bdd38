// SPDX-License-Identifier: Apache-2.0
// Runs the built program as a user does: arguments, exit code, both outputs, signals at a chosen moment.
#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ctffr::test {

struct ProgramRun {
    int exit_code = -1;  // 128 + signal when a signal ended it
    bool signalled = false;
    std::string out, err;
    double seconds = 0;
};

struct ProgramOptions {
    double signal_after_s = -1;  // send `signal` then; < 0: never
    int signal = SIGINT;
    std::uint64_t file_size_limit = 0;  // bytes a file may have; 0: no limit
    double timeout_s = 280;             // then it is killed and the test fails by its exit code
};

inline std::string slurp(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

inline ProgramRun run_program(const std::vector<std::string>& arguments, const ProgramOptions& options = {}) {
    const auto base = std::filesystem::temp_directory_path() / ("ctffr_cli_" + std::to_string(::getpid()));
    const std::string out_path = base.string() + ".out", err_path = base.string() + ".err";
    std::vector<char*> argv;
    std::string program = CTFFR_PROGRAM;
    argv.push_back(program.data());
    std::vector<std::string> copies = arguments;
    for (std::string& word : copies) argv.push_back(word.data());
    argv.push_back(nullptr);
    const auto start = std::chrono::steady_clock::now();
    const auto elapsed = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork failed");
    if (child == 0) {
        ::dup2(::open(out_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
        ::dup2(::open(err_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
        if (options.file_size_limit > 0) {
            ::signal(SIGXFSZ, SIG_IGN);  // the write fails with EFBIG instead
            const rlimit limit{options.file_size_limit, options.file_size_limit};
            ::setrlimit(RLIMIT_FSIZE, &limit);
        }
        ::execv(program.c_str(), argv.data());
        ::_exit(125);
    }
    ProgramRun result;
    int status = 0;
    bool sent = false;
    while (::waitpid(child, &status, WNOHANG) == 0) {
        if (!sent && options.signal_after_s >= 0 && elapsed() >= options.signal_after_s) {
            ::kill(child, options.signal);
            sent = true;
        }
        if (elapsed() > options.timeout_s) ::kill(child, SIGKILL);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    result.seconds = elapsed();
    result.signalled = WIFSIGNALED(status);
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    result.out = slurp(out_path);
    result.err = slurp(err_path);
    std::filesystem::remove(out_path);
    std::filesystem::remove(err_path);
    return result;
}

// Names of everything in a folder, sorted, without what is below.
inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace ctffr::test
