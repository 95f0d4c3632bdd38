// SPDX-License-Identifier: Apache-2.0
// From words to a bound command: unknown names are errors with the nearest valid one, a config file gives
// defaults.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/session.hpp"

namespace ctffr {

// Adds the options that every command has.
void add_global_options(CLI::App& app, GlobalOptions& options);

// Long options of a command, "--help" included.
std::vector<std::string> option_names(const CLI::App& app);

// Throws Error(usage) for the first word that looks like a long option and is none.
void check_option_names(const CLI::App& app, const std::vector<std::string>& words);

// The value of `--flag value` or `--flag=value` among the words; empty when it is not there.
std::string value_among(const std::vector<std::string>& words, const std::string& flag);

// The config file (TOML) as words for the parser. Keys are the long options without the dashes (`_` counts as
// `-`), alone or in a section: `[lumen] angles` is `--lumen-angles`, `[patient] sex` is `--sex`. Options on
// the command line win. Unknown keys are Error(usage) naming the nearest valid key.
std::vector<std::string> words_from_config(const std::filesystem::path& path, const CLI::App& app,
                                           const std::vector<std::string>& words);

}  // namespace ctffr
