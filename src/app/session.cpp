// SPDX-License-Identifier: Apache-2.0
#include "app/session.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <vector>

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "ctffr/io/files.hpp"
#include "ctffr/parallel/exec.hpp"
#include "ctffr/stages/copy_bandwidth.hpp"
#include "ctffr_version.hpp"

namespace ctffr {

std::atomic<bool> stop_requested{false};

namespace {

extern "C" void on_stop_signal(int signal_number) {
    if (stop_requested.exchange(true)) {
        std::signal(signal_number, SIG_DFL);
        std::raise(signal_number);
    }
}

double now_s() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Appends formatted lines to a text.
class TextSink : public spdlog::sinks::base_sink<std::mutex> {
   public:
    explicit TextSink(std::shared_ptr<std::string> text) : text_(std::move(text)) {}

   private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        text_->append(line.data(), line.size());
    }
    void flush_() override {}

    std::shared_ptr<std::string> text_;
};

}  // namespace

void install_stop_handlers() {
    std::signal(SIGINT, on_stop_signal);
    std::signal(SIGTERM, on_stop_signal);
}

Log::Log(const GlobalOptions& options) : text_(std::make_shared<std::string>()) {
    terminal_ =
        std::make_shared<spdlog::logger>("terminal", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    terminal_->set_pattern("[%H:%M:%S] %v");
    terminal_->set_level(options.quiet     ? spdlog::level::err
                         : options.verbose ? spdlog::level::debug
                                           : spdlog::level::info);
    file_ = std::make_shared<spdlog::logger>("file", std::make_shared<TextSink>(text_));
    file_->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    file_->set_level(spdlog::level::debug);
    const bool is_terminal = ::isatty(STDERR_FILENO) != 0;
    bar_ = !options.quiet && (options.progress == "bar" || (options.progress == "auto" && is_terminal));
    lines_ = !options.quiet && (options.progress == "lines" || (options.progress == "auto" && !is_terminal));
}

Log::~Log() { clear_bar(); }

void Log::clear_bar() {
    if (bar_shown_) std::fputs("\r\033[K", stderr);
    bar_shown_ = false;
}

void Log::message(LogLevel level, const std::string& text) {
    clear_bar();
    const auto spd_level = level == LogLevel::debug  ? spdlog::level::debug
                           : level == LogLevel::info ? spdlog::level::info
                                                     : spdlog::level::warn;
    terminal_->log(spd_level, "{}{}", level == LogLevel::warning ? "warning: " : "", text);
    file_->log(spd_level, "{}", text);
}

void Log::error(const std::string& text) {
    clear_bar();
    std::fprintf(stderr, "ctffr: error: %s\n", text.c_str());
    file_->error("{}", text);
}

void Log::progress(std::string_view what, double fraction) {
    if (!bar_ && !lines_) return;
    const double time_s = now_s();
    // A bar ten times a second; a line every ten seconds, so that a log file stays readable.
    if (time_s - last_shown_s_ < (bar_ ? 0.1 : 10.0)) return;
    if (lines_ && last_shown_s_ < 0) {
        last_shown_s_ = time_s;
        return;
    }
    last_shown_s_ = time_s;
    const double part = std::clamp(fraction, 0.0, 1.0);
    if (!bar_) {
        terminal_->info("  {:3.0f} % {}", 100 * part, what);
        return;
    }
    constexpr int width = 32;
    const int filled = static_cast<int>(part * width);
    fmt::print(stderr, "\r\033[K[{:#<{}}{:{}}] {:3.0f} % {}", "", filled, "", width - filled, 100 * part,
               what);
    std::fflush(stderr);
    bar_shown_ = true;
}

void Log::attach(const std::filesystem::path& folder) {
    path_ = folder / "run.log";
    std::error_code error;
    if (std::filesystem::exists(path_, error)) text_->insert(0, read_text(path_) + "\n");
    flush();
}

void Log::flush() {
    if (path_.empty()) return;
    try {
        write_text_atomically(path_, *text_);
    } catch (const Error& failure) {
        terminal_->warn("warning: run.log is not written: {}", failure.what());
    }
}

Session::Session(const GlobalOptions& options) : options_(options), log_(options) {
    set_threads(options.threads);
    run_.device = choose_device(options.device);
    run_.log_sink = [this](LogLevel level, const std::string& text) { log_.message(level, text); };
    run_.progress_sink = [this](std::string_view what, double fraction) { log_.progress(what, fraction); };
    run_.cancel = &stop_requested;
    if (options.profile) run_.profiler = &profiler_;
}

SoftwareFacts Session::software() const {
    SoftwareFacts facts{CTFFR_VERSION, CTFFR_COMMIT, ""};
    for (const DeviceFacts& device : list_devices())
        if (device.kind == run_.device && facts.device.empty()) facts.device = device.name;
    return facts;
}

void Session::print_profile() {
    if (!options_.profile) return;
    const double bandwidth = copy_bandwidth(run_);
    fmt::print("\nKernels (copy bandwidth of this device {:.1f} GB/s):\n{}", bandwidth / 1e9,
               profiler_.table(bandwidth));
}

}  // namespace ctffr
