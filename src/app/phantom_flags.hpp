// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "ctffr/stages/phantom_options.hpp"

namespace ctffr {

// Adds every option that says what a virtual patient is drawn from, with the present values as defaults.
void add_phantom_draws(CLI::App& app, PhantomOptions& options);

}  // namespace ctffr
