// SPDX-License-Identifier: Apache-2.0
#include "report/uncertainty_tables.hpp"

#include <cmath>

#include <fmt/format.h>

#include "report/html.hpp"
#include "report/text.hpp"
#include "report/vessel_path.hpp"

namespace ctffr::report {

namespace {

std::string percent(double part) {
    if (!std::isfinite(part)) return "\xE2\x80\x93";
    const double pct = 100 * part;
    if (pct > 0 && pct < 1) return "< 1 %";
    if (pct < 100 && pct > 99) return "> 99 %";
    return fmt::format("{:.0f} %", pct);
}

std::string interval(const FfrInterval& i) {
    if (!std::isfinite(i.low_90)) return "\xE2\x80\x93";
    return fmt::format("{:.2f} to {:.2f}", i.low_90, i.high_90);
}

std::string interval_table(const CaseResult& result) {
    const FfrUncertainty& u = result.uncertainty;
    Table table(fmt::format(
        "From {} samples of lumen, flow, pressure, blood, outlets and flow model{}.", u.samples,
        u.failed > 0 ? fmt::format("; {} of them had no answer and are left out", u.failed) : std::string()));
    table.head({{"FFR of", "text"},
                {"FFR"},
                {"Standard deviation"},
                {"90 % interval"},
                {fmt::format("Chance of {:.2f} or less", u.threshold)},
                {"What would change the side", "text"}});
    const auto row = [&](const std::string& name, double ffr, const FfrInterval& i, const FfrFlip& flip) {
        table.row({{name, "text"},
                   ffr_text(ffr),
                   std::isfinite(i.sd) ? fmt::format("{:.3f}", i.sd) : std::string("\xE2\x80\x93"),
                   interval(i),
                   percent(i.p_below),
                   {flip.sentence, "note"}});
    };
    for (std::size_t k = 0; k < u.lesions.size() && k < result.lesions.size(); ++k)
        row(fmt::format("{} {}", lesion_label(k), result.lesions[k].segment),
            result.lesions[k].ffr_20mm_distal, u.lesions[k], u.lesion_flips[k]);
    for (std::size_t k = 0; k < u.vessels.size() && k < result.vessels.size(); ++k)
        row(result.vessels[k].name + ", distal end", result.vessels[k].ffr_distal, u.vessels[k],
            u.vessel_flips[k]);
    return table.html();
}

std::string sensitivity_html(const CaseResult& result) {
    const FfrUncertainty& u = result.uncertainty;
    Table table("FFR with one input moved down and up, all else as it is.");
    std::vector<Cell> head{{"Input", "text"}, {"Down", "text"}, {"Up", "text"}};
    for (std::size_t k = 0; k < result.lesions.size(); ++k)
        head.emplace_back(fmt::format("{} {}", lesion_label(k), result.lesions[k].segment));
    for (const VesselSummary& vessel : result.vessels) head.emplace_back(vessel.name + " end");
    table.head(std::move(head));
    for (const FfrSensitivity& row : u.sensitivity) {
        std::vector<Cell> cells{{row.input, "text"}, {row.down, "text"}, {row.up, "text"}};
        const auto add = [&](const std::vector<double>& down, const std::vector<double>& up) {
            for (std::size_t i = 0; i < down.size(); ++i)
                cells.emplace_back(fmt::format("{} / {}", ffr_text(down[i]), ffr_text(up[i])));
        };
        add(row.lesion_down, row.lesion_up), add(row.vessel_down, row.vessel_up);
        table.row(std::move(cells));
    }
    return table.html();
}

}  // namespace

std::string uncertainty_section(const CaseResult& result) {
    switch (result.uncertainty.state) {
        case FfrUncertainty::State::not_estimated: return {};
        case FfrUncertainty::State::no_answer:
            return section(
                "How sure",
                "<p>The uncertainty of FFR is not known: the fast model has no answer here.</p>\n");
        case FfrUncertainty::State::too_many_failed:
            return section(
                "How sure",
                fmt::format("<p>The uncertainty of FFR is not known: {} of {} samples have no answer.</p>\n",
                            result.uncertainty.failed, result.uncertainty.samples));
        case FfrUncertainty::State::estimated: break;
    }
    return section("How sure", interval_table(result) + sensitivity_html(result));
}

}  // namespace ctffr::report
