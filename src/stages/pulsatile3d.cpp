// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/pulsatile3d.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "flow/point_tree.hpp"
#include "stages/beat_model.hpp"
#include "stages/beat_region.hpp"
#include "stages/beat_wall.hpp"

namespace ctffr {

namespace {

using PerPoint = std::vector<std::vector<double>>;

constexpr int least_steps = 200, most_steps = 4000;

// The end of the network's beat, and its fastest blood: the axis of a parabola, over the diameter.
PulsatileOutcome network_beat(const BeatModel& model, const BeatOptions& options, BeatStart& start,
                              const Run& run) {
    return model.solve(
        options,
        [&](const NetworkMoment& m) {
            for (std::size_t b = 0; b < m.flow.size(); ++b)
                for (std::size_t i = 0; i < m.flow[b].size(); ++i) {
                    const double radius = model.network.branches[b].radius[i];
                    start.fastest =
                        std::max(start.fastest, std::abs(m.flow[b][i]) / (pi * radius * radius * radius));
                }
            start.along.pressure = m.pressure, start.along.flow = m.flow;
            start.outlet.assign(m.flow.size(), std::nullopt);
            std::size_t next = 0;
            for (std::size_t b = 0; b < m.flow.size(); ++b) {
                const NetworkBranch& branch = model.network.branches[b];
                if (branch.children.empty() && branch.outlet_resistance > 0)
                    start.outlet[b] = m.outlet[next++];
            }
            start.leak = *m.leak_bed;
        },
        run);
}

int steps_of(const Beat3dOptions& options, const BeatModel& model, const BeatStart& start) {
    if (options.steps > 0) return options.steps;
    const double crossed = start.fastest * options.cells_per_diameter * model.cycle.period();
    return std::clamp(static_cast<int>(std::ceil(crossed / options.courant)), least_steps, most_steps);
}

// The march of all regions; the status is that of the first one without a solution, else the worst figures.
SolveStatus march(const MeshProblem& on, const CoronaryTree& tree, const FlowProblem& problem,
                  const BeatModel& model, const BeatStart& start, const BeatReadout& readout, int steps,
                  const Beat3dOptions& options, BeatMeans& means, int& cycles, const Run& run) {
    const Fluid fluid{problem.hyperaemia.density, problem.hyperaemia.viscosity, {}};
    const std::vector<double> field = field_along(on.mesh, on.place_of_cell, tree, start.along);
    const std::vector<std::int32_t> region_of_cell = region_of_cells(on.mesh);
    const std::int32_t regions = 1 + *std::max_element(region_of_cell.begin(), region_of_cell.end());
    SolveStatus all;
    for (std::int32_t r = 0; r < regions; ++r) {
        BeatRegion region(extract_region(on.mesh, region_of_cell, r), on, tree, problem, model, readout,
                          steps);
        TransientOptions o;
        o.step = model.cycle.period() / steps, o.steps = steps;
        o.max_cycles = options.max_cycles, o.cycle_tolerance = options.tolerance;
        // Behind a throat the iteration of a step can hang when diastole begins, at a change of 1e-4 without
        // forgetting and of 1.7e-5 with it (a narrowing of 45 %, 6515 cells); the beats need to agree to
        // 3e-3.
        o.mixing_depth = kernels::mixing_depth_limit, o.max_iterations = 200;
        o.forget_after = 25, o.tolerance = 3e-5;
        o.observe_walls = true;
        o.observe = [&](const TransientMoment& m) { region.observe(m); };
        const TransientResult result =
            solve_transient(region.mesh(), region.conditions(start), fluid, o, region.part_of(field), run);
        cycles = std::max(cycles, result.cycles);
        run.info(
            "3-D heart beat: tree {} of {}, {} cells, {} steps, {} after {} beats and {} iterations, change "
            "{:.1e}, mass imbalance {:.1e}, worst cell {:.1e}.",
            r + 1, regions, region.mesh().cells, steps, reason_name(result.status.reason), result.cycles,
            result.status.iterations, result.cycle_change, result.status.mass_imbalance,
            result.cell_imbalance);
        all.iterations += result.status.iterations;
        if (!result.status.converged()) {
            all.reason = result.status.reason;
            all.note = "3-D flow, " + result.status.note;
            return all;
        }
        all.residual = std::max(all.residual, result.cycle_change);
        region.merge(means);
    }
    all.reason = SolveStatus::Reason::converged;
    return all;
}

FlowField field_at(const std::vector<Vec3>& centres, const FlowMesh& mesh, const BeatMeans& means,
                   int steps) {
    const PointTree cells(mesh.cell_centre);
    FlowField field;
    field.velocity.resize(3 * centres.size()), field.pressure.resize(centres.size());
    parallel_for(Cpu{}, "mean field", static_cast<Index>(centres.size()), [&](Index n) {
        const auto i = static_cast<std::size_t>(n);
        const auto c = static_cast<std::size_t>(cells.nearest(centres[i], 1).front());
        field.pressure[i] = static_cast<float>(means.pressure[c] / steps);
        for (std::size_t a = 0; a < 3; ++a)
            field.velocity[3 * i + a] = static_cast<float>(means.velocity[3 * c + a] / steps);
    });
    return field;
}

bool all_finite(const PulsatileFlow& beat) {
    const auto finite = [](double v) { return std::isfinite(v); };
    for (const PulsatileProbe& p : beat.probes)
        if (!std::all_of(p.pressure.begin(), p.pressure.end(), finite) ||
            !std::all_of(p.flow.begin(), p.flow.end(), finite))
            return false;
    for (const PerPoint* values : {&beat.mean_pressure_ratio, &beat.wave_free_ratio})
        for (const auto& branch : *values)
            if (!std::all_of(branch.begin(), branch.end(), finite)) return false;
    return true;
}

}  // namespace

PulsatileFlow run_pulsatile_3d(const CoronaryTree& tree, const LumenSurface& lumen, const FlowMesh& mesh,
                               const FlowProblem& problem, const FlowSolution& solution,
                               const PerPoint& reference_radius_mm, const std::vector<Lesion>& lesions,
                               const std::vector<Vec3>& field_centres, const BeatOptions& network,
                               const Beat3dOptions& options, const Run& run) {
    run.progress("3-D heart beat", 0);
    CTFFR_CHECK(solution.status.converged());
    const BeatModel model(tree, lumen, problem, solution, reference_radius_mm, network.resistance_index, run);
    PulsatileFlow beat = model.beat;
    beat.model = "3d";
    beat.cells = static_cast<long>(mesh.cells);
    BeatStart start;
    const PulsatileOutcome outcome = network_beat(model, network, start, run);
    if (!outcome.status.converged()) {
        beat.status = outcome.status, beat.cycles = outcome.cycles;
        return beat;
    }
    const MeshProblem on(mesh, lumen, tree, problem, run);
    BeatReadout readout(model.cycle, beat_places(tree, model.lines, problem, reference_radius_mm), solution);
    const int steps = steps_of(options, model, start);
    const auto cells = static_cast<std::size_t>(mesh.cells);
    BeatMeans means;
    means.pressure.resize(cells), means.wave_free.resize(cells), means.velocity.resize(3 * cells);
    means.shear.resize(on.leak.place.size()), means.shear_vector.resize(on.leak.place.size());
    BeatMoment moment;
    moment.pressure.resize(readout.places().size()), moment.flow.resize(readout.places().size());
    means.moments.assign(static_cast<std::size_t>(steps), moment);
    beat.status = march(on, tree, problem, model, start, readout, steps, options, means, beat.cycles, run);
    if (!beat.converged()) return beat;
    const PulsatileFlow bare = beat;
    for (const BeatMoment& m : means.moments) readout.add(m, beat);
    readout.finish(beat, section_pressures(mesh, means.pressure, on.place_of_cell, tree, run),
                   section_pressures(mesh, means.wave_free, on.place_of_cell, tree, run));
    if (!all_finite(beat)) {
        beat = bare;
        beat.status.reason = SolveStatus::Reason::not_finite;
        beat.status.note = "the mesh of the beat has no section at some point of the tree";
        return beat;
    }
    beat.largest_courant = means.largest_courant;
    beat.wall = beat_wall(mesh, on.roles.wall, means.shear, means.shear_vector, lumen.mesh, run);
    beat.lesions = beat_lesions(lesions, beat.wall, lumen.mesh, tree, run);
    beat.mean_field = field_at(field_centres, mesh, means, steps);
    run.progress("3-D heart beat", 1);
    return beat;
}

}  // namespace ctffr
