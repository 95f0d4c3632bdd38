// SPDX-License-Identifier: Apache-2.0
// JSON texts of a StageRecord.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/io/case_file.hpp"

namespace ctffr {

// The text `name` as JSON. Throws Error(case_incompatible) when it is damaged.
inline nlohmann::json parsed_text(const StageRecord& record, const std::string& name) {
    nlohmann::json json = nlohmann::json::parse(record.text(name), nullptr, false);
    if (json.is_discarded())
        throw Error(ExitCode::case_incompatible, "The case file's text '{}' in stage '{}' is damaged.", name,
                    record.stage);
    return json;
}

}  // namespace ctffr
