// SPDX-License-Identifier: Apache-2.0
// A case that runs in a few seconds: a Y of centerlines with a stenosis, and what two runs must have in
// common.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "ctffr/data/result.hpp"
#include "ctffr/io/surface.hpp"
#include "support/program.hpp"
#include "support/small_tree.hpp"

namespace ctffr::test {

inline std::filesystem::path write_small_centerlines(const std::filesystem::path& folder) {
    CaseResult result;
    result.tree = small_tree();
    write_centerline_vtp(folder / "small.vtp", result);
    return folder / "small.vtp";
}

inline nlohmann::json read_result(const std::filesystem::path& out) {
    return nlohmann::json::parse(slurp(out / "result.json"));
}

// Everything of a finished case that must not depend on interruptions: the files byte by byte, result.json
// without its times. The report holds the times, so it is left out; case.h5 holds them as attributes.
inline std::map<std::string, std::string> fingerprint(const std::filesystem::path& out) {
    std::map<std::string, std::string> files;
    for (const char* name : {"centerline.vtp", "lumen.vtp", "flow.vtu", "segmentation.nii.gz"})
        if (std::filesystem::exists(out / name)) files[name] = slurp(out / name);
    nlohmann::json result = read_result(out);
    result.erase("timings_s");
    files["result.json"] = result.dump();
    return files;
}

}  // namespace ctffr::test
