// SPDX-License-Identifier: Apache-2.0
// Stage: finished result + volume -> one self-contained HTML page.
#pragma once

#include <string>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/result.hpp"

namespace ctffr {

struct ReportOptions {
    std::string title = "CT-FFR report";
};

// The page works offline from disk: viewer script, pictures and data are inside. `volume` may be null (a run
// that started from a surface): then there are no image views.
std::string run_report(const CaseResult& result, const Volume* volume, const ReportOptions& options,
                       const Run& run);

}  // namespace ctffr
