// SPDX-License-Identifier: Apache-2.0
// A subcommand of the program. Adding one: a class in its own cmd_*.cpp and one line in `all_commands`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/session.hpp"
#include "ctffr/core/error.hpp"

namespace ctffr {

class Command {
   public:
    virtual ~Command() = default;
    virtual std::string name() const = 0;
    virtual std::string help() const = 0;
    // Binds options to members. `words` is the command line after the subcommand, for defaults that depend on
    // it.
    virtual void add_options(CLI::App& app, const std::vector<std::string>& words) = 0;
    virtual ExitCode execute(Session& session) = 0;
    // False for commands that only name what this build lacks: their arguments are not looked at.
    virtual bool checks_arguments() const { return true; }
};

std::vector<std::unique_ptr<Command>> all_commands();

// Makers, one per cmd_*.cpp.
std::unique_ptr<Command> make_run_command();
std::vector<std::unique_ptr<Command>> make_redo_commands();
std::unique_ptr<Command> make_phantom_command();
std::unique_ptr<Command> make_devices_command();
std::unique_ptr<Command> make_info_command();
std::unique_ptr<Command> make_evaluate_command();
std::unique_ptr<Command> make_validate_command();
std::unique_ptr<Command> make_batch_command();
std::unique_ptr<Command> make_training_data_command();
std::vector<std::unique_ptr<Command>> make_missing_commands();

}  // namespace ctffr
