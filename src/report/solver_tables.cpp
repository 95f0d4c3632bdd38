// SPDX-License-Identifier: Apache-2.0
// What the solver did, its outlets, and the times of the stages.
#include <cmath>

#include <fmt/format.h>

#include "ctffr/core/units.hpp"
#include "report/html.hpp"
#include "report/tables.hpp"
#include "report/text.hpp"
#include "report/vessel_path.hpp"

namespace ctffr::report {

std::string solver_facts(const CaseResult& result) {
    const SolveStatus& status = result.solution.status;
    if (result.solution.model.empty()) return "<p class=\"soft\">The flow was not solved.</p>\n";
    return fact_list({
        {"Model", result.solution.model},
        {"Status", reason_name(status.reason)},
        {"Iterations", fmt::format("{}", status.iterations)},
        {"Relative residual", std::isfinite(status.residual) ? fmt::format("{:.2e}", status.residual)
                                                             : std::string(not_available)},
        {"Mass imbalance", std::isfinite(status.mass_imbalance) ? fmt::format("{:.2e}", status.mass_imbalance)
                                                                : std::string(not_available)},
        {"Cells", result.solution.cells > 0 ? fmt::format("{}", result.solution.cells) : std::string()},
        {"Note", status.note},
    });
}

std::string outlet_table(const CaseResult& result) {
    if (result.problem.outlets.empty() || !why_no_ffr(result).empty()) return {};
    Table table("Outlets: flow in the healthy equivalent against flow as solved.");
    table.head({{"Segment", "text"},
                {"Reference radius, mm"},
                {"Resistance, mmHg min/mL"},
                {"Healthy flow, mL/min"},
                {"Flow, mL/min"}});
    for (std::size_t i = 0; i < result.problem.outlets.size(); ++i) {
        const Outlet& outlet = result.problem.outlets[i];
        const auto branch = static_cast<std::size_t>(outlet.branch);
        const double flow = i < result.solution.outlet_flow.size() ? result.solution.outlet_flow[i] : missing;
        table.row({{branch < result.tree.branches.size()
                        ? std::string(segment_name(result.tree.branches[branch].segment))
                        : std::string("unknown"),
                    "text"},
                   number(outlet.reference_radius_mm, 2),
                   number(outlet.resistance / pa_per_mmhg * m3_s_per_ml_min, 2),
                   number(ml_min_from_m3_s(outlet.target_flow), 1),
                   number(ml_min_from_m3_s(flow), 1)});
    }
    return table.html();
}

std::string timing_table(const CaseResult& result) {
    Table table;
    table.head({{"Stage", "text"}, {"Seconds"}});
    double total = 0;
    for (const auto& [stage, seconds] : result.timings_s) {
        if (stage == "total") continue;
        table.row({{stage, "text"}, number(seconds, 2)});
        total += seconds;
    }
    if (table.empty()) return "<p class=\"soft\">No times were recorded.</p>\n";
    table.row({{"total", "text"}, number(total, 2)});
    return table.html();
}

}  // namespace ctffr::report
