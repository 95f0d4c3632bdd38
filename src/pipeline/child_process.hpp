// SPDX-License-Identifier: Apache-2.0
// This program as a child process.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace ctffr {

class ChildProcess {
   public:
    // Starts this program with `words`; both its outputs go to the file `output`, which is emptied. The child
    // has a process group of its own, so that Ctrl-C reaches it through this process alone, and it is asked
    // to stop (SIGTERM) when this process dies. Throws Error(file_system) when it cannot be started.
    ChildProcess(const std::vector<std::string>& words, const std::filesystem::path& output);
    // A child that still runs is asked to stop, and waited for.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    // The exit code, 128 + signal when a signal ended it; empty while it runs.
    std::optional<int> exit_code();
    void send(int signal) const;

   private:
    pid_t id_ = -1;
    std::optional<int> exit_code_;
};

// Runs another program, found on the PATH, to its end; both its outputs go to the file `output`. 127 when
// there is no such program.
int run_program_to_end(const std::vector<std::string>& words, const std::filesystem::path& output);

}  // namespace ctffr
