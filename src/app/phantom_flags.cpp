// SPDX-License-Identifier: Apache-2.0
#include "app/phantom_flags.hpp"

#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "ctffr/pipeline/phantom_case.hpp"

namespace ctffr {

namespace {

// One number sets both ends of a range.
void add_range(CLI::App& app, const std::string& flag, Range& range, const std::string& help,
               const std::string& group) {
    const auto assign = [&range, flag](const std::vector<double>& ends) {
        range = {ends.front(), ends.back()};
        if (!(range.low <= range.high))
            throw CLI::ValidationError(
                flag, fmt::format("the low end {} is above the high end {}", range.low, range.high));
    };
    app.add_option_function<std::vector<double>>(flag, assign, help + ", drawn from LOW to HIGH")
        ->expected(1, 2)
        ->type_name("LOW HIGH")
        ->default_str(fmt::format("{} {}", range.low, range.high))
        ->group(group);
}

}  // namespace

void add_phantom_draws(CLI::App& app, PhantomOptions& options) {
    visit_phantom_options(
        options, [&](const std::string& group, const char*, auto& value, const char* flag, const char* help) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Range>)
                add_range(app, flag, value, help, "Draws: " + group);
            else
                app.add_option(flag, value, help)->capture_default_str()->group("Draws: " + group);
        });
}

}  // namespace ctffr
