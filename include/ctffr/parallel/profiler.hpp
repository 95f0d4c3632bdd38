// SPDX-License-Identifier: Apache-2.0
// Named launches with calls, time and bytes: the table behind `--profile`.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace ctffr {

class Profiler {
   public:
    struct Entry {
        std::int64_t calls = 0;
        double seconds = 0;
        double bytes = 0;  // as declared by the caller; 0: not declared
    };

    void add(std::string_view name, double seconds, double bytes);
    // Entries by name; `table()` sorts by time and adds the fraction of `copy_bandwidth` (bytes/s) when it is
    // > 0.
    std::map<std::string, Entry> entries() const;
    std::string table(double copy_bandwidth) const;

   private:
    mutable std::mutex mutex_;
    std::map<std::string, Entry, std::less<>> entries_;
};

// Adds the time from construction to destruction under `name`; does nothing without a profiler.
class ScopedTimer {
   public:
    ScopedTimer(Profiler* profiler, std::string_view name, double bytes = 0)
        : profiler_(profiler), name_(name), bytes_(bytes), start_(std::chrono::steady_clock::now()) {}
    ~ScopedTimer() {
        if (profiler_)
            profiler_->add(name_,
                           std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(),
                           bytes_);
    }
    ScopedTimer(const ScopedTimer&) = delete;
    ScopedTimer& operator=(const ScopedTimer&) = delete;

   private:
    Profiler* profiler_;
    std::string_view name_;
    double bytes_;
    std::chrono::steady_clock::time_point start_;
};

}  // namespace ctffr
