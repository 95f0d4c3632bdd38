// SPDX-License-Identifier: Apache-2.0
#include "pipeline/child_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"

namespace ctffr {

namespace {

constexpr int cannot_start = 127;

std::vector<char*> pointers_to(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

int open_output(const std::filesystem::path& output) {
    const int descriptor = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) throw_file_failure(output, "opening", errno);
    return descriptor;
}

// Between fork and exec only calls that are safe beside other threads.
void become(int output, const char* program, char** words) {
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    const int nothing = ::open("/dev/null", O_RDONLY);
    if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
    ::execvp(program, words);
    ::_exit(cannot_start);
}

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

[[noreturn]] void fork_failed() {
    throw Error(ExitCode::file_system, "No further process can be started ({}): try fewer --jobs.",
                std::strerror(errno));
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& words, const std::filesystem::path& output) {
    std::vector<std::string> all{"ctffr"};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> argv = pointers_to(all);
    const int descriptor = open_output(output);
    const pid_t parent = ::getpid();
    id_ = ::fork();
    if (id_ == 0) {
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (::getppid() != parent) ::_exit(cannot_start);  // it died before we asked to be told
        // The file that is running, also when it has been replaced on the disk since.
        become(descriptor, "/proc/self/exe", argv.data());
    }
    ::close(descriptor);
    if (id_ < 0) fork_failed();
}

ChildProcess::~ChildProcess() {
    if (exit_code_) return;
    send(SIGTERM);
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
}

std::optional<int> ChildProcess::exit_code() {
    int status = 0;
    if (!exit_code_ && ::waitpid(id_, &status, WNOHANG) == id_) exit_code_ = code_of(status);
    return exit_code_;
}

void ChildProcess::send(int signal) const {
    if (!exit_code_) ::kill(id_, signal);
}

int run_program_to_end(const std::vector<std::string>& words, const std::filesystem::path& output) {
    std::vector<std::string> all = words;
    std::vector<char*> argv = pointers_to(all);
    const int descriptor = open_output(output);
    const pid_t id = ::fork();
    if (id == 0) become(descriptor, argv[0], argv.data());
    ::close(descriptor);
    if (id < 0) fork_failed();
    int status = 0;
    while (::waitpid(id, &status, 0) < 0 && errno == EINTR) {
    }
    return code_of(status);
}

}  // namespace ctffr
