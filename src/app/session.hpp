// SPDX-License-Identifier: Apache-2.0
// What all commands share: global options, log to the terminal and to run.log, progress, stop signals,
// profile.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "ctffr/core/run.hpp"
#include "ctffr/data/result.hpp"
#include "ctffr/parallel/profiler.hpp"

namespace spdlog {
class logger;
}

namespace ctffr {

struct GlobalOptions {
    std::string device = "auto";
    int threads = 0;
    bool profile = false, verbose = false, quiet = false;
    std::string progress = "auto";  // auto, bar, lines, off
    std::filesystem::path config;
};

// Set by SIGINT and SIGTERM; the second SIGINT ends the process at once.
extern std::atomic<bool> stop_requested;
void install_stop_handlers();

// The log: everything is kept as text for run.log, what the user asked for goes to stderr.
class Log {
   public:
    explicit Log(const GlobalOptions& options);
    ~Log();

    void message(LogLevel level, const std::string& text);
    void error(const std::string& text);
    void progress(std::string_view what, double fraction);
    // From now on the log belongs to this folder; earlier runs' text stays above it.
    void attach(const std::filesystem::path& folder);
    // Writes run.log, atomically. A full disk is not a reason to fail here: the result matters more.
    void flush();

   private:
    void clear_bar();

    std::shared_ptr<spdlog::logger> terminal_, file_;
    std::shared_ptr<std::string> text_;
    std::filesystem::path path_;
    bool bar_ = false, lines_ = false, bar_shown_ = false;
    double last_shown_s_ = -1e9;
};

// A running command: options, log and the Run that stages get.
class Session {
   public:
    explicit Session(const GlobalOptions& options);

    const Run& run() const { return run_; }
    Log& log() { return log_; }
    SoftwareFacts software() const;
    bool quiet() const { return options_.quiet; }
    const GlobalOptions& options() const { return options_; }
    // Prints the kernel table when --profile was given.
    void print_profile();

   private:
    GlobalOptions options_;
    Log log_;
    Profiler profiler_;
    Run run_;
};

}  // namespace ctffr
