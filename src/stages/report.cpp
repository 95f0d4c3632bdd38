// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/report.hpp"

#include "report/page.hpp"
#include "report/state_page.hpp"

namespace ctffr {

std::string run_report(const CaseResult& result, const Volume* volume, const ReportOptions& options,
                       const Run& run) {
    if (result.hyperaemia.state != FlowState::hyperaemia)
        return report::make_state_page(result, options.title);
    return report::make_page(result, volume, options.title, run);
}

}  // namespace ctffr
