// SPDX-License-Identifier: Apache-2.0
// From pressures to FFR: the value at every point, the lesion table with its read-out rules, vessel
// summaries, and the plausibility guards.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "anatomy/lesion_detect.hpp"
#include "anatomy/pullback_index.hpp"
#include "anatomy/reference_radius.hpp"
#include "anatomy/reference_sections.hpp"
#include "anatomy/vessel_wall.hpp"
#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/stages/flow.hpp"
#include "physiology/muscle_territory.hpp"
#include "stages/ffr_guards.hpp"
#include "stages/ffr_uncertainty.hpp"
#include "stages/reduced_network.hpp"
#include "stages/vessel_reading.hpp"

namespace ctffr {

namespace {

constexpr double read_distance_mm = 20;  // below the lesion (docs/theory/lesions.md)
constexpr double nearest_read_mm = 10;   // nearer than this pressure has not recovered
constexpr double treated_ffr = 0.80;     // of a vessel whose pull-back is judged

struct Reading {
    const CoronaryTree& tree;
    const FfrMap& map;
    const std::vector<VesselLine>& lines;

    double ffr(const VesselPoint& p) const {
        return map.ffr[static_cast<std::size_t>(p.branch)][static_cast<std::size_t>(p.point)];
    }
    double reference_diameter_mm(const VesselPoint& p) const {
        return 2 *
               map.reference_radius_mm[static_cast<std::size_t>(p.branch)][static_cast<std::size_t>(p.point)];
    }
};

void add_note(std::string& note, const std::string& text) {
    if (note.find(text) == std::string::npos) note += (note.empty() ? "" : " ") + text;
}

double ffr_at(const Reading& reading, const VesselLine& line, double arc_mm) {
    const auto& points = line.points;
    if (arc_mm <= points.front().arc_mm) return reading.ffr(points.front());
    for (std::size_t i = 1; i < points.size(); ++i)
        if (points[i].arc_mm >= arc_mm) {
            const double t = (arc_mm - points[i - 1].arc_mm) / (points[i].arc_mm - points[i - 1].arc_mm);
            return reading.ffr(points[i - 1]) + t * (reading.ffr(points[i]) - reading.ffr(points[i - 1]));
        }
    return reading.ffr(points.back());
}

// Arc length up to which the healthy vessel is at least `diameter_mm` wide.
double wide_until(const Reading& reading, const VesselLine& line, double diameter_mm) {
    return last_wide_point(line, reading.map.reference_radius_mm, diameter_mm).arc_mm;
}

void read_lesion(const Reading& reading, const std::vector<PlacedLesion>& placed, std::size_t index,
                 Lesion& lesion) {
    const PlacedLesion& here = placed[index];
    const VesselLine& line = reading.lines[static_cast<std::size_t>(here.line)];
    double read = here.end_arc_mm + read_distance_mm;
    const char* clipped = nullptr;
    if (read > line.points.back().arc_mm) read = line.points.back().arc_mm, clipped = "the vessel ends";
    if (const double wide = wide_until(reading, line, smallest_read_diameter_mm); read > wide)
        read = wide, clipped = "the vessel becomes thinner than 1.8 mm";
    // A lesion further down the same line, wherever it was listed.
    for (const PlacedLesion& other : placed) {
        const bool further = other.line == here.line && other.start_arc_mm >= here.end_arc_mm - 1e-9 &&
                             other.throat_arc_mm > here.throat_arc_mm;
        if (further && other.start_arc_mm < read)
            read = other.start_arc_mm, clipped = "the next lesion begins";
    }
    read = std::max(read, here.end_arc_mm);
    lesion.distal_read_mm = read - here.end_arc_mm;
    lesion.ffr_proximal = ffr_at(reading, line, here.start_arc_mm);
    lesion.ffr_20mm_distal = ffr_at(reading, line, read);
    lesion.delta_ffr = lesion.ffr_proximal - lesion.ffr_20mm_distal;
    if (!std::isfinite(lesion.ffr_20mm_distal)) {
        lesion.distal_read_mm = std::nan("");
        add_note(lesion.note, "No FFR of this lesion: the vessel is occluded before the place to read it.");
    } else if (lesion.distal_read_mm < nearest_read_mm - 1e-9) {
        add_note(
            lesion.note,
            fmt::format("No FFR of this lesion: {:.1f} mm below it {}, and FFR is read 10 to 20 mm below. "
                        "Delta FFR is the fall up to there.",
                        lesion.distal_read_mm, clipped));
        lesion.ffr_20mm_distal = lesion.distal_read_mm = std::nan("");
    } else if (clipped) {
        add_note(lesion.note,
                 fmt::format("Read {:.0f} mm below the lesion, where {}.", lesion.distal_read_mm, clipped));
    }
}

// Flags of a stretch that overlap a lesion become part of its note; where its throat is occluded there is no
// lumen left.
void note_flags(const CoronaryTree& tree, Lesion& lesion) {
    for (const BranchFlag& flag : tree.branches[static_cast<std::size_t>(lesion.branch)].flags) {
        if (flag.end_mm < lesion.start_mm || flag.start_mm > lesion.end_mm) continue;
        switch (flag.kind) {
            case BranchFlag::Kind::not_analysable:
                add_note(lesion.note, "Lies in a stretch that is not analysable: " + flag.reason);
                break;
            case BranchFlag::Kind::gap_bridged:
                add_note(lesion.note, "Lies in a bridged gap: the narrowing may be an image fault.");
                break;
            case BranchFlag::Kind::myocardial_bridge:
                add_note(lesion.note, "Lies in a myocardial bridge: do not read as a stenosis.");
                break;
            case BranchFlag::Kind::stent: add_note(lesion.note, "Lies in a stent."); break;
            case BranchFlag::Kind::calcified: add_note(lesion.note, "Calcified."); break;
            case BranchFlag::Kind::occluded:
                if (lesion.throat_mm < flag.start_mm - 1e-6 || lesion.throat_mm > flag.end_mm + 1e-6) break;
                lesion.diameter_stenosis_pct = lesion.area_stenosis_pct = 100;
                lesion.mld_mm = lesion.mla_mm2 = 0;
                add_note(lesion.note, "The vessel is occluded here.");
                break;
            case BranchFlag::Kind::truncated: break;
        }
    }
}

// How the pressure falls along a vessel whose distal FFR calls for treatment, up to where that is read.
void judge_pullback(const Reading& reading, const VesselLine& line, double until_mm, VesselSummary& summary) {
    if (!(summary.ffr_distal <= treated_ffr)) return;
    std::vector<double> arc_mm, ffr;
    for (const VesselPoint& p : line.points)
        if (p.arc_mm <= until_mm) arc_mm.push_back(p.arc_mm), ffr.push_back(reading.ffr(p));
    summary.ppg = pullback_index(arc_mm, ffr);
    if (std::isfinite(summary.ppg)) summary.pattern = summary.ppg >= focal_index ? "focal" : "diffuse";
}

VesselSummary summarize(const Reading& reading, const VesselLine& line, const std::vector<Lesion>& lesions,
                        const FfrOptions& options, FlowState state) {
    VesselSummary summary;
    summary.name = line.name;
    summary.length_mm = line.points.back().arc_mm;
    const double wide = wide_until(reading, line, smallest_read_diameter_mm);
    summary.ffr_distal = ffr_at(reading, line, wide);
    summary.min_ffr = reading.ffr(line.points.front());
    double occluded_mm = no_number;
    for (const VesselPoint& p : line.points) {
        const double ffr = reading.ffr(p);
        if (!std::isfinite(ffr) && !std::isfinite(occluded_mm)) occluded_mm = p.arc_mm;
        if (std::isfinite(ffr) && reading.reference_diameter_mm(p) >= options.min_reported_diameter_mm)
            summary.min_ffr = std::min(summary.min_ffr, ffr);
    }
    // The index and its limit are of hyperaemia.
    if (state == FlowState::hyperaemia) judge_pullback(reading, line, wide, summary);
    for (const Lesion& lesion : lesions) {
        const bool on_the_way = std::any_of(line.points.begin(), line.points.end(),
                                            [&](const VesselPoint& p) { return p.branch == lesion.branch; });
        const bool lower = !(summary.lowest_lesion_ffr <= lesion.ffr_20mm_distal);
        if (on_the_way && std::isfinite(lesion.ffr_20mm_distal) && lower)
            summary.lowest_lesion_ffr = lesion.ffr_20mm_distal;
    }
    summary.note =
        std::isfinite(occluded_mm) && !std::isfinite(summary.ffr_distal)
            ? fmt::format("Occluded at {:.0f} mm from the ostium: there is no FFR beyond.", occluded_mm)
            : fmt::format(
                  "Distal value read at {:.0f} mm from the ostium; it adds up the whole vessel, is not "
                  "the value of a lesion, and is not for a decision alone.",
                  wide);
    const auto holds = [&](BranchFlag::Kind kind) {
        return std::any_of(line.points.begin(), line.points.end(), [&](const VesselPoint& p) {
            const auto& flags = reading.tree.branches[static_cast<std::size_t>(p.branch)].flags;
            return std::any_of(flags.begin(), flags.end(),
                               [&](const BranchFlag& f) { return f.kind == kind; });
        });
    };
    if (holds(BranchFlag::Kind::not_analysable))
        add_note(summary.note, "A stretch is not analysable: values below it are uncertain.");
    if (holds(BranchFlag::Kind::truncated))
        add_note(summary.note, "It ends while still wide: what lies beyond is not assessed.");
    return summary;
}

double root_flow_ml_min(const CoronaryTree& tree, const FlowSolution& solution) {
    double flow = 0;
    for (int root : tree.roots()) flow += solution.flow[static_cast<std::size_t>(root)].front();
    return ml_min_from_m3_s(flow);
}

// Where no FFR is read, below a lesion or at the end of a vessel, there is no interval either.
void leave_unread(FfrOutcome& outcome) {
    FfrUncertainty& u = outcome.uncertainty;
    for (std::size_t i = 0; i < outcome.lesions.size(); ++i) {
        if (std::isfinite(outcome.lesions[i].ffr_20mm_distal)) continue;
        if (i < u.lesions.size()) {
            u.lesions[i] = FfrInterval{};
            u.lesion_flips[i] = FfrFlip{no_number, no_number, "No FFR is read below this lesion."};
        }
        for (FfrSensitivity& row : u.sensitivity) row.lesion_down[i] = row.lesion_up[i] = no_number;
        if (i < outcome.resting.lesions.size()) outcome.resting.lesions[i] = no_number;
    }
    for (std::size_t i = 0; i < outcome.vessels.size(); ++i) {
        if (std::isfinite(outcome.vessels[i].ffr_distal)) continue;
        if (i < u.vessels.size()) {
            u.vessels[i] = FfrInterval{};
            u.vessel_flips[i] = FfrFlip{no_number, no_number, "No FFR is read in this vessel's far part."};
        }
        for (FfrSensitivity& row : u.sensitivity) row.vessel_down[i] = row.vessel_up[i] = no_number;
        if (i < outcome.resting.vessels.size()) outcome.resting.vessels[i] = no_number;
    }
}

void add_uncertainty(const CoronaryTree& tree, const SectionMeasures& sections, const FlowProblem& problem,
                     const FlowSolution& solution, const Reading& reading,
                     const std::vector<PlacedLesion>& placed, const FfrOptions& options, FfrOutcome& outcome,
                     const Run& run) {
    Network network = reduced_network(tree, sections, problem);
    if (solution.cells > 0)
        outcome.reduced_misfit = fit_to_solution(network, tree, solution, reading.lines, placed, run);
    FfrReadings readings;
    for (std::size_t i = 0; i < placed.size(); ++i) {
        const double below_mm = outcome.lesions[i].distal_read_mm;
        readings.lesions.push_back(
            read_point(reading.lines[static_cast<std::size_t>(placed[i].line)],
                       placed[i].end_arc_mm + (std::isfinite(below_mm) ? below_mm : 0)));
    }
    for (const VesselLine& line : reading.lines)
        readings.vessels.push_back(read_point(line, wide_until(reading, line, smallest_read_diameter_mm)));
    SampledFfr sampled = sample_ffr(
        tree, sections, reading.map.reference_radius_mm, reading.lines, placed, readings, problem, solution,
        reading.map.ffr, network, priors_of(problem.hyperaemia, std::isfinite(outcome.reduced_misfit.after)),
        options.uncertainty_samples, run);
    outcome.map.ffr_sd = std::move(sampled.sd);
    outcome.uncertainty = std::move(sampled.uncertainty);
    outcome.resting = std::move(sampled.resting);
    leave_unread(outcome);
    const FfrUncertainty& found = outcome.uncertainty;
    switch (found.state) {
        case FfrUncertainty::State::not_estimated: break;
        case FfrUncertainty::State::estimated:
            if (found.failed > 0)
                run.info("{} of {} samples of the uncertainty have no answer and are left out.", found.failed,
                         found.samples);
            break;
        case FfrUncertainty::State::no_answer:
            outcome.remarks.push_back(
                "The uncertainty of FFR is not known: the fast model has no answer here.");
            break;
        case FfrUncertainty::State::too_many_failed:
            outcome.remarks.push_back(
                fmt::format("The uncertainty of FFR is not known: {} of {} samples have no answer.",
                            found.failed, found.samples));
            break;
    }
}

}  // namespace

FfrOutcome run_ffr(const CoronaryTree& tree, const LumenSurface& lumen, const FlowProblem& problem,
                   const FlowSolution& solution, const FfrOptions& options, const Run& run) {
    run.progress("FFR", 0);
    if (!solution.status.converged())
        throw Error(ExitCode::not_converged,
                    "The {} flow solver ended as '{}' after {} iterations with residual {:.1e}: FFR is not "
                    "available.",
                    solution.model, reason_name(solution.status.reason), solution.status.iterations,
                    solution.status.residual);
    FfrOutcome outcome;
    const SectionMeasures sections = measure_sections(tree, lumen);
    outcome.map.reference_radius_mm = reference_radius_mm(tree, sections);
    const OpenTree open = open_tree(tree);
    for (std::size_t b = 0; b < solution.pressure.size(); ++b) {
        std::vector<double>& ffr = outcome.map.ffr.emplace_back();
        for (std::size_t i = 0; i < solution.pressure[b].size(); ++i)
            ffr.push_back(open.reaches(b, i) ? solution.pressure[b][i] / problem.hyperaemia.aortic_pressure
                                             : no_number);
    }
    const std::vector<VesselLine> lines = vessel_lines(tree);
    const Reading reading{tree, outcome.map, lines};
    const auto placed =
        find_lesions(tree, lines, sections, outcome.map.reference_radius_mm, options.lesion_min_ds_pct);
    const VesselWall wall = measure_wall(tree, lumen, sections, outcome.map.reference_radius_mm);
    for (std::size_t i = 0; i < placed.size(); ++i) {
        Lesion lesion = placed[i].lesion;
        measure_throat(tree, lumen, wall, lesion);
        read_lesion(reading, placed, i, lesion);
        note_flags(tree, lesion);
        if (const MuscleTerritories& muscle = problem.muscle; muscle.known()) {
            lesion.at_risk_g = muscle_below_g(tree, muscle, lesion.branch, lesion.throat_mm);
            lesion.at_risk_lv_pct = 100 * lesion.at_risk_g / muscle.lv_mass_g;
        }
        outcome.lesions.push_back(std::move(lesion));
    }
    for (const VesselLine& line : lines)
        outcome.vessels.push_back(
            summarize(reading, line, outcome.lesions, options, problem.hyperaemia.state));
    for (const auto& ffr : outcome.map.ffr) outcome.map.ffr_sd.emplace_back(ffr.size(), -1.0);
    if (options.uncertainty_samples > 0) {
        run.progress("FFR", 0.3);
        add_uncertainty(tree, sections, problem, solution, reading, placed, options, outcome, run);
    }
    for (const Branch& branch : tree.branches)
        for (const BranchFlag& flag : branch.flags) {
            outcome.excluded_segments |=
                flag.kind == BranchFlag::Kind::truncated || flag.kind == BranchFlag::Kind::occluded;
            if (flag.kind == BranchFlag::Kind::not_analysable) {
                outcome.excluded_segments = true;
                outcome.remarks.push_back(fmt::format("{} is not analysable from {:.0f} to {:.0f} mm: {}",
                                                      segment_name(branch.segment), flag.start_mm,
                                                      flag.end_mm, flag.reason));
            }
        }
    guard(tree, sections, problem, solution, outcome.remarks);
    if (solution.cells > 0) remark_on_jets(outcome.lesions, outcome.remarks);
    if (solution.unsteadiness > 0)
        outcome.remarks.push_back(fmt::format(
            "The 3-D flow does not come to rest, as behind tight narrowings in life: the FFR is a mean, and "
            "at the openings it varies by {:.4f} (standard deviation).",
            solution.unsteadiness / problem.hyperaemia.aortic_pressure));
    if (solution.convection != Convection::second_order)
        outcome.remarks.push_back(fmt::format(
            "The 3-D flow has no solution with convection of second order, mostly because narrowings in "
            "series keep it from rest: the FFR is that of {} convection, which blurs jets. {}",
            convection_name(solution.convection),
            solution.mesh_error.empty()
                ? "Its error is not known."
                : fmt::format("Its error, up to {:.3f}, is part of the standard deviation.",
                              solution.largest_mesh_error() / problem.hyperaemia.aortic_pressure)));
    for (const std::string& remark : outcome.remarks) run.warn("{}", remark);
    run.info("{}: {} lesions, flow {:.0f} mL/min.", ratio_name(problem.hyperaemia.state),
             outcome.lesions.size(), root_flow_ml_min(tree, solution));
    run.progress("FFR", 1);
    return outcome;
}

}  // namespace ctffr
