// SPDX-License-Identifier: Apache-2.0
// The list of cases of `ctffr batch`: one line per case, read and checked whole before anything is computed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctffr/data/patient_facts.hpp"

namespace ctffr {

struct ManifestCase {
    std::string name;  // unique, and safe as the name of a folder
    int line = 0;      // of the manifest
    std::string path;  // the series as written; empty when the case starts from the next three alone
    std::filesystem::path series, mask, lumen, centerlines;  // absolute
    PatientFacts facts;
    // FFR measured by wire: vessel or SCCT segment, value; in the order of the columns.
    std::vector<std::pair<std::string, double>> measured;
};

struct Manifest {
    std::filesystem::path file;
    std::vector<ManifestCase> cases;
};

// The columns that a manifest may have, in the order of the documentation.
const std::vector<std::string>& manifest_columns();

// Relative paths are taken from the folder of `file`. Throws Error(usage) naming file, line and column for an
// unknown column (with the nearest valid one), a name that is missing, repeated or no folder name, a value
// that is no number, a case with nothing to start from; Error(input_unreadable) for a broken table. Whether
// the inputs exist, and whether patient values are plausible, is found by the run of the case.
Manifest parse_manifest(std::string_view text, const std::filesystem::path& file);
// Throws Error(input_missing) when there is no such file.
Manifest read_manifest(const std::filesystem::path& file);

}  // namespace ctffr
