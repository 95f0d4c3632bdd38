// SPDX-License-Identifier: Apache-2.0
#include "report/waveforms.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "ctffr/core/units.hpp"
#include "report/html.hpp"
#include "report/plot.hpp"
#include "report/text.hpp"

namespace ctffr::report {

namespace {

// The main vessels: told apart by colour and by dash.
constexpr std::array<const char*, 4> vessel_lines{
    "stroke=\"#1b4f8f\" stroke-width=\"2\" fill=\"none\"",
    "stroke=\"#b35c00\" stroke-width=\"2\" fill=\"none\" stroke-dasharray=\"8 3\"",
    "stroke=\"#2f7d32\" stroke-width=\"2\" fill=\"none\" stroke-dasharray=\"3 3\"",
    "stroke=\"#7a3b8f\" stroke-width=\"2\" fill=\"none\" stroke-dasharray=\"10 3 2 3\""};
constexpr const char* aortic_line = "stroke=\"#1c2530\" stroke-width=\"2.4\" fill=\"none\"";
constexpr const char* ventricle_line = "stroke=\"#8a97a3\" stroke-width=\"1.4\" fill=\"none\"";

std::vector<const PulsatileProbe*> shown_vessels(const PulsatileFlow& beat) {
    std::vector<const PulsatileProbe*> shown;
    for (const PulsatileProbe& p : beat.probes)
        if (p.kind == PulsatileProbe::Kind::vessel && shown.size() < vessel_lines.size()) shown.push_back(&p);
    return shown;
}

template <class Convert>
std::string wave(const PlotFrame& f, const std::vector<double>& time, const std::vector<double>& values,
                 const char* attributes, const Convert& convert) {
    PathData path;
    for (std::size_t n = 0; n < time.size(); ++n) path.to(f.x(time[n]), f.y(convert(values[n])));
    return svg_path(path, attributes);
}

// A step of 1, 2 or 5 times a power of ten that gives four to nine ticks.
double nice_step(double range) {
    const double power = std::pow(10, std::floor(std::log10(range / 4)));
    for (double factor : {5.0, 2.0})
        if (factor * power <= range / 4) return factor * power;
    return power;
}

PlotFrame frame_for(const PulsatileFlow& beat, double low, double high) {
    PlotFrame f;
    f.width = 640, f.right = 620, f.height = 340, f.bottom = 280;
    f.x_high = beat.period;
    const double step = nice_step(high - low);
    f.y_low = std::floor(low / step) * step, f.y_high = std::ceil(high / step) * step;
    return f;
}

std::string axes_of(const PlotFrame& f, const PulsatileFlow& beat, const char* label) {
    // The wave-free period is shaded.
    return svg_rect(f.x(beat.wave_free_start), f.top, f.x(beat.wave_free_end) - f.x(beat.wave_free_start),
                    f.bottom - f.top, "fill=\"#eef3f8\"") +
           axes(f, ticks(0, 0.1 * std::floor(beat.period / 0.1), 0.1), {}, 1, "time, s", "") +
           y_axis(f, ticks(f.y_low, f.y_high, nice_step(f.y_high - f.y_low)), 0, label);
}

std::string pressure_plot(const PulsatileFlow& beat, const std::vector<const PulsatileProbe*>& vessels) {
    double high = 0;
    for (double p : beat.aortic_pressure) high = std::max(high, mmhg_from_pa(p));
    const PlotFrame f = frame_for(beat, 0, high);
    std::string svg = axes_of(f, beat, "pressure, mmHg");
    const auto mmhg = [](double pa) { return mmhg_from_pa(pa); };
    svg += wave(f, beat.time, beat.ventricle_pressure, ventricle_line, mmhg);
    svg += wave(f, beat.time, beat.aortic_pressure, aortic_line, mmhg);
    for (std::size_t k = 0; k < vessels.size(); ++k)
        svg += wave(f, beat.time, vessels[k]->pressure, vessel_lines[k], mmhg);
    svg += legend_line(f.left + 12, f.bottom - 12, "left ventricle", ventricle_line);
    svg += legend_line(f.left + 12, f.bottom - 30, "aorta", aortic_line);
    return svg_document(f, "Pressure over a heart beat", svg);
}

std::string flow_plot(const PulsatileFlow& beat, const std::vector<const PulsatileProbe*>& vessels) {
    double low = 0, high = 0;
    for (const PulsatileProbe* p : vessels)
        for (double q : p->flow)
            low = std::min(low, ml_min_from_m3_s(q)), high = std::max(high, ml_min_from_m3_s(q));
    if (!(high > low)) return {};
    const PlotFrame f = frame_for(beat, low, high);
    std::string svg = axes_of(f, beat, "flow, mL/min");
    for (std::size_t k = 0; k < vessels.size(); ++k) {
        svg += wave(f, beat.time, vessels[k]->flow, vessel_lines[k],
                    [](double q) { return ml_min_from_m3_s(q); });
        svg += legend_line(f.left + 12, f.top + 20 + 18 * static_cast<double>(k), vessels[k]->name,
                           vessel_lines[k]);
    }
    return svg_document(f, "Flow over a heart beat", svg);
}

std::string beat_table(const PulsatileFlow& beat) {
    Table table("At the distal read-out of each vessel; steady: the same place in the steady flow.");
    table.head({{"Vessel", "text"},
                {"Mean pressure ratio"},
                {"Steady"},
                {"Wave-free ratio"},
                {"Mean flow, mL/min"},
                {"Diastolic share, %"}});
    for (const PulsatileProbe& p : beat.probes)
        if (p.kind == PulsatileProbe::Kind::vessel)
            table.row({{p.name, "text"},
                       {number(p.mean_pressure_ratio, 3)},
                       {number(p.steady_ratio, 3)},
                       {number(p.wave_free_ratio, 3)},
                       {number(ml_min_from_m3_s(p.mean_flow), 0)},
                       {number(100 * p.diastolic_share, 0)}});
    return table.html();
}

}  // namespace

std::string beat_section(const PulsatileFlow& beat) {
    if (!beat.converged())
        return section("Heart beat", fmt::format("<p>There is no periodic flow ({}), so there are no "
                                                 "waveforms.</p>\n",
                                                 escape_html(beat.status.note)));
    const auto vessels = shown_vessels(beat);
    std::string content = "<figure>" + pressure_plot(beat, vessels) + flow_plot(beat, vessels);
    content += fmt::format(
        "<figcaption>Pressure and flow where each vessel is read, from {} at {:.0f} beats a minute; shaded: "
        "the "
        "wave-free part of diastole. Time 0 is the opening of the aortic valve. The shape of the aortic and "
        "ventricular pressure is a model, not a measurement.</figcaption></figure>\n",
        beat.model == "network" ? "the network" : "the 3-D flow", beat.heart_rate_bpm.value);
    return section("Heart beat", content + beat_table(beat));
}

}  // namespace ctffr::report
