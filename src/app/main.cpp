// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <new>

#include "app/command.hpp"
#include "app/command_line.hpp"
#include "app/session.hpp"
#include "ctffr/core/error.hpp"
#include "ctffr/parallel/process.hpp"
#include "ctffr/pipeline/nearest.hpp"
#include "ctffr_version.hpp"

namespace ctffr {

std::vector<std::unique_ptr<Command>> all_commands() {
    std::vector<std::unique_ptr<Command>> commands;
    const auto add = [&](std::vector<std::unique_ptr<Command>> more) {
        std::move(more.begin(), more.end(), std::back_inserter(commands));
    };
    commands.push_back(make_run_command());
    add(make_redo_commands());
    commands.push_back(make_batch_command());
    commands.push_back(make_phantom_command());
    commands.push_back(make_devices_command());
    commands.push_back(make_info_command());
    commands.push_back(make_evaluate_command());
    commands.push_back(make_validate_command());
    commands.push_back(make_training_data_command());
    add(make_missing_commands());
    return commands;
}

namespace {

// The kernels are compiled for a processor level; on an older one they would die of an illegal instruction.
void check_processor() {
#if defined(__x86_64__)
    if (std::strcmp(CTFFR_KERNEL_MARCH, "x86-64-v3") == 0 &&
        !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")))
        throw Error(
            ExitCode::device_failed,
            "This build needs a processor with AVX2, FMA and BMI2 (x86-64-v3, most since 2013), which this "
            "one lacks: build with -DCTFFR_KERNEL_MARCH=x86-64.");
#endif
}

void print_help(const std::vector<std::unique_ptr<Command>>& commands) {
    fmt::print(
        "ctffr {} ({}): fractional flow reserve from a coronary CT angiogram.\n"
        "Research use only, not a medical device.\n\nusage: ctffr COMMAND [OPTIONS]\n\ncommands:\n",
        CTFFR_VERSION, CTFFR_COMMIT);
    for (const auto& command : commands) fmt::print("  {:<12}{}\n", command->name(), command->help());
    fmt::print(
        "\n'ctffr COMMAND --help' lists options with units and defaults; docs/cli.md lists exit codes.\n");
}

Command& command_named(const std::string& name, const std::vector<std::unique_ptr<Command>>& commands) {
    std::vector<std::string> names;
    for (const auto& command : commands) {
        if (command->name() == name) return *command;
        names.push_back(command->name());
    }
    if (name.rfind('-', 0) == 0)
        throw Error(ExitCode::usage, "The first word must be a command, not {}; see 'ctffr --help'.", name);
    throw Error(ExitCode::usage, "Unknown command '{}'; did you mean '{}'? See 'ctffr --help'.", name,
                nearest_name(name, names));
}

// A parser whose options are bound to the members of `command` and to `options`.
std::unique_ptr<CLI::App> bound_parser(Command& command, GlobalOptions& options,
                                       const std::vector<std::string>& words) {
    auto app = std::make_unique<CLI::App>(command.help(), command.name());
    app->set_help_flag("-h,--help", "this text");
    app->option_defaults()->always_capture_default();
    command.add_options(*app, words);
    add_global_options(*app, options);
    return app;
}

// Parses the words of one command and runs it.
ExitCode run_command(Command& command, std::vector<std::string> words) {
    GlobalOptions options;
    std::unique_ptr<CLI::App> app = bound_parser(command, options, words);
    if (command.checks_arguments()) check_option_names(*app, words);
    if (const std::string config = value_among(words, "--config"); !config.empty()) {
        const std::vector<std::string> more = words_from_config(config, *app, words);
        words.insert(words.begin(), more.begin(), more.end());
        // A preset in the config file sets other defaults, so the options are bound anew.
        app = bound_parser(command, options, words);
    }
    try {
        app->parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::CallForHelp&) {
        fmt::print("{}", app->help());
        return ExitCode::ok;
    } catch (const CLI::ParseError& error) {
        throw Error(ExitCode::usage, "{}: {}. See 'ctffr {} --help'.", command.name(), error.what(),
                    command.name());
    }
    install_stop_handlers();
    Session session(options);
    return command.execute(session);
}

ExitCode run_program(int argc, char** argv) {
    check_processor();
    const std::vector<std::string> words(argv + 1, argv + argc);
    const auto commands = all_commands();
    if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
        print_help(commands);
        return words.empty() ? ExitCode::usage : ExitCode::ok;
    }
    if (words[0] == "--version") {
        fmt::print("ctffr {} ({})\n", CTFFR_VERSION, CTFFR_COMMIT);
        return ExitCode::ok;
    }
    return run_command(command_named(words[0], commands), {words.begin() + 1, words.end()});
}

}  // namespace
}  // namespace ctffr

int main(int argc, char** argv) {
    ctffr::wait_without_spinning(argv);
    ctffr::return_freed_memory();
    using ctffr::ExitCode;
    const auto fail = [](ExitCode code, const std::string& text) {
        std::fprintf(stderr, "ctffr: error: %s\n", text.c_str());
        return static_cast<int>(code);
    };
    try {
        return static_cast<int>(ctffr::run_program(argc, argv));
    } catch (const ctffr::Error& error) {
        return fail(error.code(), error.what());
    } catch (const std::bad_alloc&) {
        return fail(ExitCode::out_of_memory, "Memory ran out: close other programs or use a larger machine.");
    } catch (const std::exception& error) {
        return fail(ExitCode::internal,
                    fmt::format("Unexpected failure: {}. Please report this.", error.what()));
    }
}
