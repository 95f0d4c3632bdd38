// SPDX-License-Identifier: Apache-2.0
#include "ctffr/parallel/profiler.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace ctffr {

void Profiler::add(std::string_view name, double seconds, double bytes) {
    const std::lock_guard lock(mutex_);
    auto found = entries_.find(name);
    if (found == entries_.end()) found = entries_.emplace(std::string(name), Entry{}).first;
    found->second.calls += 1;
    found->second.seconds += seconds;
    found->second.bytes += bytes;
}

std::map<std::string, Profiler::Entry> Profiler::entries() const {
    const std::lock_guard lock(mutex_);
    return {entries_.begin(), entries_.end()};
}

std::string Profiler::table(double copy_bandwidth) const {
    std::vector<std::pair<std::string, Entry>> rows;
    for (const auto& entry : entries()) rows.push_back(entry);
    std::sort(rows.begin(), rows.end(),
              [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
    std::string text = fmt::format("{:<44}{:>8}{:>12}{:>12}{:>10}{:>9}\n", "launch", "calls", "total s",
                                   "mean ms", "GB/s", "of copy");
    for (const auto& [name, entry] : rows) {
        const double rate = entry.seconds > 0 ? entry.bytes / entry.seconds : 0;
        text += fmt::format("{:<44}{:>8}{:>12.4f}{:>12.4f}", name, entry.calls, entry.seconds,
                            1e3 * entry.seconds / static_cast<double>(entry.calls));
        text += entry.bytes > 0 ? fmt::format("{:>10.2f}", rate * 1e-9) : fmt::format("{:>10}", "-");
        text += entry.bytes > 0 && copy_bandwidth > 0 ? fmt::format("{:>8.0f}%", 100 * rate / copy_bandwidth)
                                                      : fmt::format("{:>9}", "-");
        text += '\n';
    }
    return text;
}

}  // namespace ctffr
