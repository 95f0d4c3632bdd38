// SPDX-License-Identifier: Apache-2.0
#include "stages/beat_model.hpp"

#include <cmath>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "anatomy/reference_sections.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/stages/flow.hpp"
#include "flow/network_solve.hpp"
#include "physiology/coronary_bed.hpp"
#include "stages/reduced_network.hpp"
#include "stages/vessel_reading.hpp"

namespace ctffr {

namespace {

using PerPoint = std::vector<std::vector<double>>;

// Of a population at rest; cuff pressure 120/80 mmHg.
constexpr double default_heart_rate_bpm = 70, default_pulse_mmhg = 40;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

PatientValue heart_rate(const Hyperaemia& h) {
    const auto rate = h.patient.find("heart_rate_bpm");
    if (rate != h.patient.end()) return rate->second;
    return {default_heart_rate_bpm, Origin::defaulted, "population mean, heart rate not known"};
}

PatientValue pulse_pressure(const Hyperaemia& h) {
    const auto systolic = h.patient.find("systolic_mmhg"), diastolic = h.patient.find("diastolic_mmhg");
    if (systolic == h.patient.end() || diastolic == h.patient.end())
        return {default_pulse_mmhg, Origin::defaulted, "population mean, no cuff pressure"};
    return {systolic->second.value - diastolic->second.value, systolic->second.origin, "cuff pressure"};
}

std::vector<CoronaryBed> beds(const CoronaryTree& tree, double resistance_index) {
    std::vector<CoronaryBed> all;
    for (const Branch& branch : tree.branches) {
        const BedParts p = coronary_bed(branch.side, resistance_index);
        all.push_back({p.artery, p.micro, p.vein, p.artery_time, p.muscle_time, p.muscle_share});
    }
    return all;
}

CardiacCycle cycle_of(const Hyperaemia& h) {
    return CardiacCycle({heart_rate(h).value, h.aortic_pressure, pa_from_mmhg(pulse_pressure(h).value)});
}

}  // namespace

BeatModel::BeatModel(const CoronaryTree& tree, const LumenSurface& lumen, const FlowProblem& problem,
                     const FlowSolution& solution, const PerPoint& reference_radius_mm,
                     double resistance_index, const Run& run)
    : cycle(cycle_of(problem.hyperaemia)),
      lines(vessel_lines(tree)),
      beds(ctffr::beds(tree, resistance_index)) {
    const Hyperaemia& h = problem.hyperaemia;
    beat.heart_rate_bpm = heart_rate(h), beat.pulse_pressure_mmhg = pulse_pressure(h);
    beat.resistance_index = resistance_index;
    beat.period = cycle.period(), beat.ejection_end = cycle.ejection_end();
    beat.contraction_start = cycle.contraction_start();
    beat.wave_free_start = cycle.wave_free_start(), beat.wave_free_end = cycle.wave_free_end();
    const SectionMeasures sections = measure_sections(tree, lumen);
    network = reduced_network(tree, sections, problem);
    if (solution.cells > 0) {
        const auto lesions =
            find_lesions(tree, lines, sections, reference_radius_mm, FfrOptions{}.lesion_min_ds_pct);
        fit_to_solution(network, tree, solution, lines, lesions, run);
    }
}

PulsatileOutcome BeatModel::solve(const BeatOptions& options,
                                  const std::function<void(const NetworkMoment&)>& observe,
                                  const Run& run) const {
    const NetworkSolution steady =
        solve_network(network, options.network.max_iterations, options.network.tolerance, run);
    if (!steady.status.converged()) {
        PulsatileOutcome outcome;
        outcome.status = steady.status;
        outcome.status.note = fmt::format(
            "the network under mean pressures has no solution (residual {:.1e}), so there is no "
            "start for the beat",
            steady.status.residual);
        return outcome;
    }
    const PulsatileConditions conditions{cycle.period(), [&](double t) { return cycle.aortic_pressure(t); },
                                         [&](double t) { return cycle.ventricle_pressure(t); }, beds};
    return solve_pulsatile(network, steady, conditions,
                           {options.steps, options.max_cycles, options.tolerance}, observe, run);
}

std::vector<BeatPlace> beat_places(const CoronaryTree& tree, const std::vector<VesselLine>& lines,
                                   const FlowProblem& problem, const PerPoint& reference_radius_mm) {
    std::vector<BeatPlace> places;
    const OpenTree open = open_tree(tree);
    const auto add = [&](PulsatileProbe::Kind kind, std::string name, int branch, std::size_t point) {
        if (!open.flows[index(branch)]) return;
        PulsatileProbe probe;
        probe.kind = kind, probe.name = std::move(name), probe.branch = branch;
        probe.arc_mm = tree.branches[index(branch)].points[point].arc_mm;
        places.push_back({std::move(probe), point});
    };
    for (int root : tree.roots()) {
        const char* side = tree.branches[index(root)].side == Side::left ? "left" : "right";
        add(PulsatileProbe::Kind::ostium, fmt::format("{} (branch {})", side, root), root, 0);
    }
    for (const VesselLine& line : lines) {
        const VesselPoint& p = last_wide_point(line, reference_radius_mm, smallest_read_diameter_mm);
        add(PulsatileProbe::Kind::vessel, line.name, p.branch, index(p.point));
    }
    for (const Outlet& outlet : problem.outlets) {
        const Branch& branch = tree.branches[index(outlet.branch)];
        add(PulsatileProbe::Kind::outlet,
            fmt::format("{} (branch {})", segment_name(branch.segment), branch.id), branch.id,
            branch.points.size() - 1);
    }
    return places;
}

void BeatReadout::add(const BeatMoment& m, PulsatileFlow& beat) {
    const double aortic = cycle_.aortic_pressure(m.time);
    beat.time.push_back(m.time), beat.aortic_pressure.push_back(aortic);
    beat.ventricle_pressure.push_back(cycle_.ventricle_pressure(m.time));
    beat.inflow.push_back(m.inflow);
    out_ += m.outflow, in_ += m.inflow, aortic_ += aortic;
    if (wave_free(m.time)) wave_free_aortic_ += aortic;
    const bool diastole = m.time > cycle_.ejection_end() && m.time <= cycle_.contraction_start();
    for (std::size_t k = 0; k < places_.size(); ++k) {
        PulsatileProbe& probe = places_[k].probe;
        probe.pressure.push_back(m.pressure[k]), probe.flow.push_back(m.flow[k]);
        probe.mean_flow += m.flow[k];
        if (diastole) probe.diastolic_share += m.flow[k];
    }
}

void BeatReadout::finish(PulsatileFlow& beat, PerPoint pressure, PerPoint wave_free) {
    const auto steps = static_cast<double>(beat.time.size());
    for (std::size_t b = 0; b < pressure.size(); ++b)
        for (std::size_t i = 0; i < pressure[b].size(); ++i)
            pressure[b][i] /= aortic_, wave_free[b][i] /= wave_free_aortic_;
    beat.status.mass_imbalance = std::abs(in_ - out_) / in_;
    for (BeatPlace& place : places_) {
        PulsatileProbe& p = place.probe;
        const std::size_t b = index(p.branch);
        p.mean_pressure_ratio = pressure[b][place.point];
        p.wave_free_ratio = wave_free[b][place.point];
        p.steady_ratio = steady_.pressure[b][place.point] / (aortic_ / steps);
        p.diastolic_share /= p.mean_flow;
        p.mean_flow /= steps;
        beat.probes.push_back(std::move(p));
    }
    beat.mean_pressure_ratio = std::move(pressure), beat.wave_free_ratio = std::move(wave_free);
}

}  // namespace ctffr
