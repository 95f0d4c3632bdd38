// SPDX-License-Identifier: Apache-2.0
#include "flow/transient_openings.hpp"

#include <cmath>
#include <cstddef>

#include "ctffr/core/error.hpp"

namespace ctffr {

namespace {

using kernels::FvPatchKind;

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

void check_windkessel(const Windkessel& w, const FlowPatch& patch) {
    if (!(w.distal > 0) || !(w.proximal >= 0) || !(w.capacitance >= 0))
        throw Error(ExitCode::usage,
                    "The Windkessel of patch '{}' needs a distal resistance above zero and neither proximal "
                    "resistance nor capacitance below; found {}, {}, {}.",
                    patch.name, w.distal, w.proximal, w.capacitance);
}

void check_beds(const TransientCondition& c, const FlowPatch& patch) {
    if (!c.ventricle_pressure)
        throw Error(ExitCode::usage, "The coronary bed of patch '{}' needs a ventricular pressure.",
                    patch.name);
    const bool leaks = c.fixed.kind == FvPatchKind::velocity;
    const std::size_t wanted = leaks ? at(patch.faces) : 1;
    if (!(leaks || c.fixed.kind == FvPatchKind::pressure) || c.beds.size() != wanted ||
        (!leaks && (!c.beds.front().state || c.windkessel)) || (leaks && c.velocity))
        throw Error(ExitCode::usage,
                    "Patch '{}' cannot have these coronary beds: a pressure patch has one in place of a "
                    "Windkessel, a velocity patch one per face ({}) in place of a velocity; found {}.",
                    patch.name, patch.faces, c.beds.size());
    for (const MuscleBed& bed : c.beds) {
        if (!bed.state) continue;
        const CoronaryOutlet& m = bed.state->model();
        if (!(m.artery >= 0) || !(m.micro > 0) || !(m.vein > 0) || !(m.artery_capacitance >= 0) ||
            !(m.muscle_capacitance >= 0) || !std::isfinite(bed.muscle_share))
            throw Error(ExitCode::usage,
                        "The coronary bed of patch '{}' needs resistances above zero and capacitances not "
                        "below; found {}, {}, {} Pa s/m3 and {}, {} m3/Pa.",
                        patch.name, m.artery, m.micro, m.vein, m.artery_capacitance, m.muscle_capacitance);
    }
}

void expect_finite(double value, const FlowPatch& patch, double time) {
    if (std::isfinite(value)) return;
    throw Error(ExitCode::usage, "What is prescribed at patch '{}' at {} s is not a finite number.",
                patch.name, time);
}

}  // namespace

TransientOpenings::TransientOpenings(const FlowMesh& mesh, const std::vector<TransientCondition>& conditions)
    : mesh_(mesh), conditions_(conditions) {
    for (std::size_t q = 0; q < conditions.size(); ++q) {
        const TransientCondition& c = conditions[q];
        if (c.windkessel) check_windkessel(*c.windkessel, mesh.patches[q]);
        if (!c.beds.empty()) check_beds(c, mesh.patches[q]);
        windkessels_.push_back(c.windkessel ? std::optional<WindkesselState>(*c.windkessel) : std::nullopt);
        beds_.push_back(c.beds);
        if (!c.beds.empty() && c.fixed.kind == FvPatchKind::velocity) leaks_ = true;
    }
}

double TransientOpenings::face_area(std::size_t patch, std::size_t face) const {
    return norm(mesh_.face_area[at(mesh_.patches[patch].first_face) + face]);
}

double TransientOpenings::ventricle_pressure(std::size_t patch, double time) const {
    const double pressure = conditions_[patch].ventricle_pressure(time);
    expect_finite(pressure, mesh_.patches[patch], time);
    return pressure;
}

std::vector<FlowCondition> TransientOpenings::fixed_parts() const {
    std::vector<FlowCondition> all;
    for (std::size_t q = 0; q < conditions_.size(); ++q) {
        all.push_back(conditions_[q].fixed);
        if (beds_[q].empty() || all[q].kind != FvPatchKind::velocity) continue;
        // Their steady conductances, so that the tables have room for those of the steps.
        all[q].leak_conductance.assign(beds_[q].size(), 0.0f);
        for (std::size_t n = 0; n < beds_[q].size(); ++n)
            if (const auto& bed = beds_[q][n].state)
                all[q].leak_conductance[n] =
                    static_cast<float>(1 / (bed->model().resistance() * face_area(q, n)));
    }
    return all;
}

template <class Exec>
void TransientOpenings::prescribe(FlowSystem<Exec>& system, double time,
                                  const BackwardDifference& difference) {
    bool moves = false;
    if (boundary_velocity_.empty()) boundary_velocity_ = system.tables().boundary_velocity;
    for (std::size_t q = 0; q < conditions_.size(); ++q) {
        const TransientCondition& c = conditions_[q];
        if (windkessels_[q]) {
            const WindkesselState::Relation r = windkessels_[q]->relation(difference);
            system.set_patch_base(q, r.base, r.resistance);
        } else if (!beds_[q].empty() && c.fixed.kind == FvPatchKind::pressure) {
            const MuscleBed& bed = beds_[q].front();
            const CoronaryOutletState::Relation r =
                bed.state->relation(difference, bed.muscle_share * ventricle_pressure(q, time));
            system.set_patch_base(q, r.base, r.resistance);
        } else if (c.pressure) {
            const double base = c.pressure(time);
            expect_finite(base, mesh_.patches[q], time);
            system.set_patch_base(q, base, c.fixed.resistance);
        }
        if (!c.velocity) continue;
        moves = true;
        const FlowPatch& patch = mesh_.patches[q];
        for (Index n = 0; n < patch.faces; ++n) {
            const Vec3 u = c.velocity(mesh_.face_centre[at(patch.first_face + n)], time);
            expect_finite(dot(u, u), patch, time);
            for (int a = 0; a < 3; ++a)
                boundary_velocity_[at(3 * (system.tables().patch_first[q] + n) + a)] =
                    static_cast<float>(u[a]);
        }
    }
    if (moves) system.set_wall_velocity(boundary_velocity_);
    if (leaks_) prescribe_leaks(system, time, difference);
}

template <class Exec>
void TransientOpenings::prescribe_leaks(FlowSystem<Exec>& system, double time,
                                        const BackwardDifference& difference) {
    const std::size_t faces = system.tables().boundary.size();
    std::vector<float> conductance(faces, 0.0f), pressure(faces, 0.0f);
    for (std::size_t q = 0; q < beds_.size(); ++q) {
        if (beds_[q].empty() || conditions_[q].fixed.kind != FvPatchKind::velocity) continue;
        const double ventricle = ventricle_pressure(q, time);
        const std::size_t first = at(system.tables().patch_first[q]);
        for (std::size_t n = 0; n < beds_[q].size(); ++n) {
            const MuscleBed& bed = beds_[q][n];
            if (!bed.state) continue;
            const auto r = bed.state->relation(difference, bed.muscle_share * ventricle);
            conductance[first + n] = static_cast<float>(1 / (r.resistance * face_area(q, n)));
            pressure[first + n] = static_cast<float>(r.base);
        }
    }
    system.set_leak(conductance, pressure);
}

void TransientOpenings::accept(const BackwardDifference& difference, double time,
                               const std::vector<OpeningState>& openings,
                               const std::vector<double>& boundary_outflow) {
    for (std::size_t q = 0; q < conditions_.size(); ++q) {
        if (windkessels_[q]) windkessels_[q]->accept(difference, openings[q].outflow);
        if (beds_[q].empty()) continue;
        const double ventricle = ventricle_pressure(q, time);
        const bool leak = conditions_[q].fixed.kind == FvPatchKind::velocity;
        const std::size_t first = at(mesh_.patches[q].first_face - mesh_.internal_faces());
        for (std::size_t n = 0; n < beds_[q].size(); ++n) {
            MuscleBed& bed = beds_[q][n];
            if (bed.state)
                bed.state->accept(difference, bed.muscle_share * ventricle,
                                  leak ? boundary_outflow[first + n] : openings[q].outflow);
        }
    }
}

std::vector<double> TransientOpenings::capacitor_pressures() const {
    std::vector<double> all(conditions_.size(), 0.0);
    for (std::size_t q = 0; q < all.size(); ++q) {
        if (windkessels_[q]) all[q] = windkessels_[q]->capacitor_pressure();
        if (!beds_[q].empty() && conditions_[q].fixed.kind == FvPatchKind::pressure)
            all[q] = beds_[q].front().state->artery_pressure();
    }
    return all;
}

template void TransientOpenings::prescribe(FlowSystem<Cpu>&, double, const BackwardDifference&);
#if defined(CTFFR_HAVE_CUDA)
template void TransientOpenings::prescribe(FlowSystem<Cuda>&, double, const BackwardDifference&);
#endif

}  // namespace ctffr
