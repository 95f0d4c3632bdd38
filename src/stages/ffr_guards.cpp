// SPDX-License-Identifier: Apache-2.0
#include "stages/ffr_guards.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ctffr/core/units.hpp"

namespace ctffr {

namespace {

constexpr double verified_reynolds = 1000;  // of a throat, on its diameter and mean speed

}  // namespace

void guard(const CoronaryTree& tree, const SectionMeasures& sections, const FlowProblem& problem,
           const FlowSolution& solution, std::vector<std::string>& remarks) {
    const auto& patient = problem.hyperaemia.patient;
    if (const auto healthy = patient.find("healthy_equivalent_ffr");
        healthy != patient.end() && healthy->second.value < 0.90)
        remarks.push_back(
            fmt::format("The tree loses {:.0f} % of the pressure even without lesions: the lumen is "
                        "probably drawn too thin, so FFR is too low.",
                        100 * (1 - healthy->second.value)));
    const OpenTree open = open_tree(tree);
    // The usual flows are those of hyperaemia.
    const bool usual = problem.hyperaemia.state == FlowState::hyperaemia;
    if (const auto flow = patient.find("total_flow_ml_min");
        usual && flow != patient.end() && (flow->second.value < 300 || flow->second.value > 1100))
        remarks.push_back(fmt::format(
            "The hyperaemic flow of {:.0f} mL/min is outside the usual 300 to 1100.", flow->second.value));
    for (const Branch& branch : tree.branches) {
        const auto b = static_cast<std::size_t>(branch.id);
        if (usual && branch.segment == Segment::p_lad && open.flows[b]) {
            const double lad = ml_min_from_m3_s(solution.flow[b].front());
            if (lad < 100 || lad > 450)
                remarks.push_back(
                    fmt::format("The LAD carries {:.0f} mL/min, outside the usual 100 to 450.", lad));
        }
        double fastest = 0, reynolds = 0;
        for (std::size_t i = 0; i < solution.flow[b].size(); ++i) {
            const double radius = sections.radius_mm[b][i] * m_per_mm;
            fastest = std::max(fastest, solution.flow[b][i] / (pi * radius * radius));
            reynolds = std::max(reynolds, 2 * solution.flow[b][i] * problem.hyperaemia.density /
                                              (pi * radius * problem.hyperaemia.viscosity));
        }
        if (solution.cells > 0 && reynolds > verified_reynolds)
            remarks.push_back(fmt::format(
                "The Reynolds number in {} reaches {:.0f}; the laminar 3-D solver is verified up to {:.0f}: "
                "the pressure behind the narrowing may recover sooner.",
                segment_name(branch.segment), reynolds, verified_reynolds));
        if (fastest > 6)
            remarks.push_back(
                fmt::format("The mean speed in {} reaches {:.1f} m/s: the narrowing is probably drawn too "
                            "tight.",
                            segment_name(branch.segment), fastest));
    }
    if (solution.status.mass_imbalance > 1e-6)
        remarks.push_back(fmt::format("Flow in and out differ by {:.1e}.", solution.status.mass_imbalance));
    double target = 0, total = 0;
    for (const Outlet& outlet : problem.outlets) target += outlet.target_flow;
    for (double flow : solution.outlet_flow) total += flow;
    for (std::size_t o = 0; o < problem.outlets.size(); ++o) {
        const double shift = solution.outlet_flow[o] / total - problem.outlets[o].target_flow / target;
        if (usual && std::abs(shift) > 0.10) {
            const Branch& branch = tree.branches[static_cast<std::size_t>(problem.outlets[o].branch)];
            remarks.push_back(
                fmt::format("The share of flow into {} differs by {:+.0f} points from the healthy one.",
                            segment_name(branch.segment), 100 * shift));
        }
    }
}

void remark_on_jets(const std::vector<Lesion>& lesions, std::vector<std::string>& remarks) {
    constexpr double least_ds_pct = 40;
    std::string where;
    for (const Lesion& lesion : lesions)
        if (lesion.diameter_stenosis_pct >= least_ds_pct && std::isfinite(lesion.ffr_proximal) &&
            lesion.diameter_stenosis_pct < 100)
            where += fmt::format("{}{} ({:.0f} %)", where.empty() ? "" : ", ", lesion.segment,
                                 lesion.diameter_stenosis_pct);
    if (!where.empty())
        remarks.push_back(
            fmt::format("Behind the narrowing in {} the 3-D pressure drop can be too large, on test vessels "
                        "by up to 8 %: "
                        "compare with --flow reduced.",
                        where));
}

}  // namespace ctffr
