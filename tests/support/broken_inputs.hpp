// SPDX-License-Identifier: Apache-2.0
// A folder of broken (and odd but readable) inputs, each with what must be said about it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ctffr/core/error.hpp"

namespace ctffr::test {

struct BrokenInput {
    std::string name;
    std::filesystem::path path;  // what a user gives as input
    ExitCode expected =
        ExitCode::ok;    // of read_volume; ok: readable (an odd input, or broken only for later stages)
    std::string phrase;  // must stand in the message; for readable inputs, in a warning (empty: none needed)
};

// Makes all of them below `folder` (a few hundred small files). Inputs whose refusal needs a user without
// root's rights are left out when the tests run as root.
std::vector<BrokenInput> make_broken_inputs(const std::filesystem::path& folder);

// The two halves of the list.
std::vector<BrokenInput> make_broken_dicom(const std::filesystem::path& folder);
std::vector<BrokenInput> make_broken_volumes(const std::filesystem::path& folder);

}  // namespace ctffr::test
