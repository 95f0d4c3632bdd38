// SPDX-License-Identifier: Apache-2.0
// The command of one case, and the key that says whether its row still holds.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ctffr/pipeline/batch.hpp"

namespace ctffr {

// Throws what is wrong with every case, once and before the first (`ctffr run` would say it for each).
void check_batch_options(const RunRequest& options);

// Flow model, networks and stage options that differ from their defaults, as words of the command line.
std::vector<std::string> option_words(const RunRequest& options);

// Inputs and patient values of a case, as words of the command line.
std::vector<std::string> case_words(const ManifestCase& item);

// SHA-256 of everything that decides the result: version, device option, options, the case's line without
// measured values, and names, sizes and times of the input files (their content is hashed by the run itself;
// reading it here would cost as much as the case's first stage).
std::string batch_key(const BatchRequest& request, const ManifestCase& item);

}  // namespace ctffr
