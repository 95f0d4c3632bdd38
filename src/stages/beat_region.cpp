// SPDX-License-Identifier: Apache-2.0
#include "stages/beat_region.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace ctffr {

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

template <class T>
std::vector<T> picked(const std::vector<T>& whole, const std::vector<std::int32_t>& which) {
    std::vector<T> part;
    for (std::int32_t i : which) part.push_back(whole[at(i)]);
    return part;
}

// Whether most cells of a branch's tree lie in the region, by root.
std::vector<bool> roots_within(const CoronaryTree& tree, const std::vector<TreePlace>& place_of_cell) {
    std::vector<bool> within(tree.branches.size(), false);
    for (const TreePlace& place : place_of_cell)
        within[static_cast<std::size_t>(tree.path_to(static_cast<int>(place.branch)).front())] = true;
    return within;
}

// Capacitor pressures of a neighbour in a bed of its own size.
CoronaryOutletState like(const CoronaryOutletState& known, const CoronaryOutlet& model) {
    return CoronaryOutletState::charged(model, known.artery_pressure(), known.transmural_pressure());
}

}  // namespace

BeatRegion::BeatRegion(MeshRegion region, const MeshProblem& on, const CoronaryTree& tree,
                       const FlowProblem& problem, const BeatModel& model, const BeatReadout& readout,
                       int steps)
    : region_(std::move(region)),
      on_(on),
      tree_(tree),
      problem_(problem),
      model_(model),
      readout_(readout),
      place_of_cell_(picked(on.place_of_cell, region_.cell)),
      now_(region_.cell.size()),
      reader_(region_.mesh, now_, place_of_cell_, tree),
      moments_(static_cast<std::size_t>(steps)),
      step_s_(model.cycle.period() / steps) {
    const std::vector<bool> within = roots_within(tree, place_of_cell_);
    for (std::size_t k = 0; k < readout.places().size(); ++k)
        if (within[static_cast<std::size_t>(tree.path_to(readout.places()[k].probe.branch).front())])
            places_.push_back(k);
    for (double v : region_.mesh.cell_volume) size_.push_back(static_cast<float>(std::cbrt(v)));
}

std::vector<MuscleBed> BeatRegion::leak_beds(const FlowPatch& wall, const BeatStart& start) const {
    const Index first_whole = on_.mesh.patches[static_cast<std::size_t>(on_.roles.wall)].first_face;
    const double venous = problem_.hyperaemia.venous_pressure;
    std::vector<MuscleBed> all;
    for (Index f = wall.first_face; f < wall.first_face + wall.faces; ++f) {
        const std::size_t n = at(region_.face[at(f)] - first_whole);
        MuscleBed& bed = all.emplace_back();
        const TreePlace& place = on_.leak.place[n];
        const double conductance =
            static_cast<double>(on_.leak.conductance[n]) * norm(region_.mesh.face_area[at(f)]);
        if (!(conductance > 0)) continue;
        const CoronaryBed& kind = model_.beds[place.branch];
        const CoronaryOutlet size = kind.of_resistance(1 / conductance, venous);
        bed.muscle_share = kind.muscle_share;
        // A stretch whose leak was carried here from elsewhere has no bed of its own in the network: the next
        // one of its branch, else balance with the pressure there.
        const auto& beds = start.leak[place.branch];
        const CoronaryOutletState* known = nullptr;
        for (std::size_t away = 0; away < beds.size() && !known; ++away)
            for (std::size_t i : {place.point + 1 + away, place.point + 1 - away})
                if (i < beds.size() && beds[i] && !known) known = &*beds[i];
        bed.state = known
                        ? like(*known, size)
                        : CoronaryOutletState(
                              size, conductance * (start.along.pressure[place.branch][place.point] - venous),
                              kind.muscle_share * model_.cycle.ventricle_pressure(0));
    }
    return all;
}

std::vector<TransientCondition> BeatRegion::conditions(const BeatStart& start) const {
    std::vector<TransientCondition> all;
    for (FlowCondition& fixed : conditions_of(region_, on_.mesh, on_.conditions))
        all.emplace_back().fixed = std::move(fixed);
    const auto ventricle = [this](double t) { return model_.cycle.ventricle_pressure(t); };
    for (std::size_t q = 0; q < all.size(); ++q) {
        const int whole = region_.patch[q];
        if (whole == on_.roles.wall && all[q].fixed.kind == kernels::FvPatchKind::velocity)
            all[q].beds = leak_beds(region_.mesh.patches[q], start), all[q].ventricle_pressure = ventricle;
        if (std::count(on_.roles.inlet.begin(), on_.roles.inlet.end(), whole) > 0)
            all[q].pressure = [this](double t) { return model_.cycle.aortic_pressure(t); };
        const auto o = std::find(on_.roles.outlet.begin(), on_.roles.outlet.end(), whole);
        if (o == on_.roles.outlet.end()) continue;
        const Outlet& outlet = problem_.outlets[static_cast<std::size_t>(o - on_.roles.outlet.begin())];
        const auto b = static_cast<std::size_t>(outlet.branch);
        const CoronaryBed& kind = model_.beds[b];
        const CoronaryOutlet size =
            kind.of_resistance(outlet.resistance, problem_.hyperaemia.venous_pressure);
        all[q].beds = {{like(*start.outlet[b], size), kind.muscle_share}};
        all[q].ventricle_pressure = ventricle;
    }
    return all;
}

std::vector<double> BeatRegion::part_of(const std::vector<double>& whole_state) const {
    std::vector<double> part;
    for (std::int32_t c : region_.cell)
        part.insert(part.end(), &whole_state[4 * at(c)], &whole_state[4 * at(c)] + 4);
    return part;
}

void BeatRegion::restart() {
    const std::size_t cells = region_.cell.size();
    shear_.restart(at(region_.mesh.faces() - region_.mesh.internal_faces()));
    pressure_.assign(cells, 0.0), wave_free_.assign(cells, 0.0), velocity_.assign(3 * cells, 0.0);
    courant_ = 0;
}

void BeatRegion::observe(const TransientMoment& m) {
    if (m.step == 0) restart();
    shear_.add(m.wall_shear);
    // Times count from the start of the run; the beat is periodic.
    const double time = step_s_ * (m.step + 1);
    const bool free = readout_.wave_free(time);
    for (std::size_t c = 0; c < now_.size(); ++c) {
        now_[c] = m.state[4 * c + 3];
        pressure_[c] += now_[c];
        if (free) wave_free_[c] += now_[c];
        double square = 0;
        for (std::size_t a = 0; a < 3; ++a) {
            const double u = m.state[4 * c + a];
            velocity_[3 * c + a] += u, square += u * u;
        }
        courant_ = std::max(courant_, std::sqrt(square) * step_s_ / static_cast<double>(size_[c]));
    }
    BeatMoment& moment = moments_[static_cast<std::size_t>(m.step)];
    moment = {};
    moment.time = time;
    std::vector<double> outlet(problem_.outlets.size(), 0.0), leak(on_.leak.conductance.size(), 0.0);
    const FlowPatch& wall = on_.mesh.patches[static_cast<std::size_t>(on_.roles.wall)];
    for (std::size_t q = 0; q < region_.patch.size(); ++q) {
        const int whole = region_.patch[q];
        const double out = m.openings[q].outflow;
        if (std::count(on_.roles.inlet.begin(), on_.roles.inlet.end(), whole) > 0) {
            moment.inflow -= out;
            continue;
        }
        moment.outflow += out;
        const auto o = std::find(on_.roles.outlet.begin(), on_.roles.outlet.end(), whole);
        if (o != on_.roles.outlet.end()) outlet[static_cast<std::size_t>(o - on_.roles.outlet.begin())] = out;
    }
    const Index inner = region_.mesh.internal_faces();
    for (std::size_t b = 0; b < m.boundary_outflow.size(); ++b) {
        const Index n = region_.face[b + at(inner)] - wall.first_face;
        if (n >= 0 && n < wall.faces) leak[at(n)] = m.boundary_outflow[b];
    }
    const auto flow = flows_along(tree_, problem_, outlet, on_.leak, leak);
    for (std::size_t k : places_) {
        const BeatPlace& place = readout_.places()[k];
        const auto b = static_cast<std::size_t>(place.probe.branch);
        moment.pressure.push_back(reader_.read({b, place.point}));
        moment.flow.push_back(flow[b][place.point]);
    }
}

void BeatRegion::merge(BeatMeans& means) const {
    for (std::size_t c = 0; c < region_.cell.size(); ++c) {
        const std::size_t whole = at(region_.cell[c]);
        means.pressure[whole] = pressure_[c], means.wave_free[whole] = wave_free_[c];
        std::copy_n(&velocity_[3 * c], 3, &means.velocity[3 * whole]);
    }
    const FlowPatch& wall = on_.mesh.patches[static_cast<std::size_t>(on_.roles.wall)];
    const auto inner = at(region_.mesh.internal_faces());
    for (std::size_t f = inner; f < region_.face.size(); ++f) {
        const Index n = region_.face[f] - wall.first_face;
        if (n < 0 || n >= wall.faces) continue;
        means.shear[at(n)] = shear_.mean_magnitude(f - inner);
        means.shear_vector[at(n)] = shear_.mean_vector(f - inner);
    }
    for (std::size_t n = 0; n < moments_.size(); ++n) {
        BeatMoment& whole = means.moments[n];
        whole.time = moments_[n].time;
        whole.inflow += moments_[n].inflow, whole.outflow += moments_[n].outflow;
        for (std::size_t k = 0; k < places_.size(); ++k)
            whole.pressure[places_[k]] = moments_[n].pressure[k],
            whole.flow[places_[k]] = moments_[n].flow[k];
    }
    means.largest_courant = std::max(means.largest_courant, courant_);
}

}  // namespace ctffr
