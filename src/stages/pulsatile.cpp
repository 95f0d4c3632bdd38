// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/pulsatile.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "anatomy/lesion_detect.hpp"
#include "anatomy/reference_sections.hpp"
#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/stages/flow.hpp"
#include "flow/network_solve.hpp"
#include "flow/pulsatile_network.hpp"
#include "physiology/cardiac_cycle.hpp"
#include "physiology/coronary_bed.hpp"
#include "stages/reduced_network.hpp"
#include "stages/vessel_reading.hpp"

namespace ctffr {

namespace {

// Of a population at rest; cuff pressure 120/80 mmHg.
constexpr double default_heart_rate_bpm = 70, default_pulse_mmhg = 40;

using PerPoint = std::vector<std::vector<double>>;

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

// A place that is looked at, and the point of the tree it lies at.
struct Place {
    PulsatileProbe probe;
    std::size_t point = 0;
};

std::vector<Place> places_of(const CoronaryTree& tree, const std::vector<VesselLine>& lines,
                             const FlowProblem& problem, const PerPoint& reference_radius_mm) {
    std::vector<Place> places;
    const auto add = [&](PulsatileProbe::Kind kind, std::string name, int branch, std::size_t point) {
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

// What is summed over the beat.
class BeatReadout {
   public:
    BeatReadout(const CardiacCycle& cycle, std::vector<Place> places, const FlowSolution& steady)
        : cycle_(cycle), places_(std::move(places)), steady_(steady) {
        for (const auto& branch : steady.pressure) mean_.emplace_back(branch.size(), 0.0);
        wave_free_ = mean_;
    }

    void add(const NetworkMoment& m, PulsatileFlow& beat) {
        const double aortic = cycle_.aortic_pressure(m.time);
        beat.time.push_back(m.time), beat.aortic_pressure.push_back(aortic);
        beat.ventricle_pressure.push_back(cycle_.ventricle_pressure(m.time));
        beat.inflow.push_back(m.inflow);
        for (double q : m.outlet_flow) out_ += q;
        out_ += m.leak_flow, in_ += m.inflow, aortic_ += aortic;
        const bool free = m.time >= cycle_.wave_free_start() && m.time <= cycle_.wave_free_end();
        const bool diastole = m.time > cycle_.ejection_end() && m.time <= cycle_.contraction_start();
        if (free) wave_free_aortic_ += aortic;
        for (std::size_t b = 0; b < mean_.size(); ++b)
            for (std::size_t i = 0; i < mean_[b].size(); ++i) {
                mean_[b][i] += m.pressure[b][i];
                if (free) wave_free_[b][i] += m.pressure[b][i];
            }
        for (Place& place : places_) {
            const std::size_t b = index(place.probe.branch);
            const double flow = m.flow[b][place.point];
            place.probe.pressure.push_back(m.pressure[b][place.point]);
            place.probe.flow.push_back(flow);
            place.probe.mean_flow += flow;
            if (diastole) place.probe.diastolic_share += flow;
        }
    }

    // Leaves nothing of a beat that did not end well.
    static void drop(PulsatileFlow& beat) {
        for (auto* values : {&beat.time, &beat.aortic_pressure, &beat.ventricle_pressure, &beat.inflow})
            values->clear();
    }

    void finish(PulsatileFlow& beat) {
        const auto steps = static_cast<double>(beat.time.size());
        for (std::size_t b = 0; b < mean_.size(); ++b)
            for (std::size_t i = 0; i < mean_[b].size(); ++i)
                mean_[b][i] /= aortic_, wave_free_[b][i] /= wave_free_aortic_;
        beat.status.mass_imbalance = std::abs(in_ - out_) / in_;
        for (Place& place : places_) {
            PulsatileProbe& p = place.probe;
            const std::size_t b = index(p.branch);
            p.mean_pressure_ratio = mean_[b][place.point];
            p.wave_free_ratio = wave_free_[b][place.point];
            p.steady_ratio = steady_.pressure[b][place.point] / (aortic_ / steps);
            p.diastolic_share /= p.mean_flow;
            p.mean_flow /= steps;
            beat.probes.push_back(std::move(p));
        }
        beat.mean_pressure_ratio = std::move(mean_), beat.wave_free_ratio = std::move(wave_free_);
    }

   private:
    const CardiacCycle& cycle_;
    std::vector<Place> places_;
    const FlowSolution& steady_;
    PerPoint mean_, wave_free_;  // [branch][point], sums until finish()
    double in_ = 0, out_ = 0, aortic_ = 0, wave_free_aortic_ = 0;
};

}  // namespace

PulsatileFlow run_pulsatile(const CoronaryTree& tree, const LumenSurface& lumen, const FlowProblem& problem,
                            const FlowSolution& solution, const PerPoint& reference_radius_mm,
                            const BeatOptions& options, const Run& run) {
    run.progress("pulsatile flow", 0);
    CTFFR_CHECK(solution.status.converged());
    const Hyperaemia& h = problem.hyperaemia;
    PulsatileFlow beat;
    beat.model = "network";
    beat.heart_rate_bpm = heart_rate(h), beat.pulse_pressure_mmhg = pulse_pressure(h);
    beat.resistance_index = options.resistance_index;
    const CardiacCycle cycle(
        {beat.heart_rate_bpm.value, h.aortic_pressure, pa_from_mmhg(beat.pulse_pressure_mmhg.value)});
    beat.period = cycle.period(), beat.ejection_end = cycle.ejection_end();
    beat.contraction_start = cycle.contraction_start();
    beat.wave_free_start = cycle.wave_free_start(), beat.wave_free_end = cycle.wave_free_end();

    const SectionMeasures sections = measure_sections(tree, lumen);
    const std::vector<VesselLine> lines = vessel_lines(tree);
    Network network = reduced_network(tree, sections, problem);
    if (solution.cells > 0) {
        const auto lesions =
            find_lesions(tree, lines, sections, reference_radius_mm, FfrOptions{}.lesion_min_ds_pct);
        fit_to_solution(network, tree, solution, lines, lesions, run);
    }
    const ReducedOptions reduced;
    const NetworkSolution steady = solve_network(network, reduced.max_iterations, reduced.tolerance, run);
    if (!steady.status.converged())
        throw Error(
            ExitCode::not_converged,
            "The network under mean pressures ended as '{}' with residual {:.1e}: there is no start for "
            "the pulsatile flow; leave out --flow pulsatile.",
            reason_name(steady.status.reason), steady.status.residual);

    const PulsatileConditions conditions{cycle.period(), [&](double t) { return cycle.aortic_pressure(t); },
                                         [&](double t) { return cycle.ventricle_pressure(t); },
                                         beds(tree, options.resistance_index)};
    BeatReadout readout(cycle, places_of(tree, lines, problem, reference_radius_mm), solution);
    const PulsatileOutcome outcome = solve_pulsatile(
        network, steady, conditions, {options.steps, options.max_cycles, options.tolerance},
        [&](const NetworkMoment& m) { readout.add(m, beat); }, run);
    beat.status = outcome.status, beat.cycles = outcome.cycles;
    if (beat.converged()) {
        readout.finish(beat);
    } else {
        BeatReadout::drop(beat);
    }
    run.progress("pulsatile flow", 1);
    return beat;
}

}  // namespace ctffr
