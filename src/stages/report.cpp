// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/report.hpp"

#include "report/page.hpp"

namespace ctffr {

std::string run_report(const CaseResult& result, const Volume* volume, const ReportOptions& options,
                       const Run& run) {
    return report::make_page(result, volume, options.title, run);
}

}  // namespace ctffr
