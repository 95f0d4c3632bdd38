// SPDX-License-Identifier: Apache-2.0
// What a stage may use of the world: device, cancel flag, progress, log. A stage opens no file and prints
// nothing.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "ctffr/core/error.hpp"

namespace ctffr {

class Profiler;  // parallel/profiler.hpp

enum class DeviceKind { cpu, cuda };
enum class LogLevel { debug, info, warning };

// Context of one run. Callbacks may be empty; they are called from the thread that runs the stage.
struct Run {
    DeviceKind device = DeviceKind::cpu;
    std::function<void(LogLevel, const std::string&)> log_sink;
    std::function<void(std::string_view what, double fraction)> progress_sink;
    const std::atomic<bool>* cancel = nullptr;
    Profiler* profiler = nullptr;

#if !defined(__CUDACC__)
    template <class... Args>
    void info(fmt::format_string<Args...> text, Args&&... args) const {
        if (log_sink) log_sink(LogLevel::info, fmt::format(text, std::forward<Args>(args)...));
    }
    template <class... Args>
    void warn(fmt::format_string<Args...> text, Args&&... args) const {
        if (log_sink) log_sink(LogLevel::warning, fmt::format(text, std::forward<Args>(args)...));
    }
    template <class... Args>
    void debug(fmt::format_string<Args...> text, Args&&... args) const {
        if (log_sink) log_sink(LogLevel::debug, fmt::format(text, std::forward<Args>(args)...));
    }
#endif
    // Reports progress (0..1) and throws Error(interrupted) when the user asked to stop. Call it often.
    void progress(std::string_view what, double fraction) const {
        if (progress_sink) progress_sink(what, fraction);
        check_cancel();
    }
    void check_cancel() const {
        if (cancel && cancel->load(std::memory_order_relaxed))
            throw Error(ExitCode::interrupted,
                        "Interrupted: finished stages are kept; run the same command again to resume.");
    }
};

}  // namespace ctffr
