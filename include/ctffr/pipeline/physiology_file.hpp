// SPDX-License-Identifier: Apache-2.0
// physiology.json: the options of the boundary conditions as a file, as a virtual patient's truth has it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "ctffr/pipeline/request.hpp"
#include "ctffr/stages/true_physiology.hpp"

namespace ctffr {

// {"boundary": {option: value, ...}, "drawn": {...}}: keys as in the section [boundary] of a config file.
void write_physiology_file(const std::filesystem::path& path, const TruePhysiology& physiology);

// Sets the boundary options that the file has, but for those whose flag `is_typed`; "drawn" is for people to
// read. Throws Error(usage) for an unknown key, naming the nearest valid one, and for a value of the wrong
// type.
void read_physiology_file(const std::filesystem::path& path, RunRequest& request,
                          const std::function<bool(const char* flag)>& is_typed);

}  // namespace ctffr
