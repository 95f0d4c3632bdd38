// SPDX-License-Identifier: Apache-2.0
// What FlowSystem says of its state: openings, gradients, wall shear, mass balance.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "ctffr/parallel/parallel.hpp"
#include "flow/flow_system.hpp"

namespace ctffr {

namespace {

using kernels::FvPatchKind;

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

}  // namespace

template <class Exec>
std::vector<OpeningState> FlowSystem<Exec>::openings() {
    std::vector<OpeningState> all(tables_.patch_area.size());
    for (std::size_t q = 0; q < all.size(); ++q) {
        if (tables_.patch_kind[q] != FvPatchKind::velocity && tables_.patch_kind[q] != FvPatchKind::pressure)
            continue;
        const kernels::OpeningSums sums = kernels::fv_opening<Exec>(
            exec_, mesh_.view(), tables_.patch_first[q], tables_.patch_first[q + 1] - tables_.patch_first[q],
            std::as_const(state_).view(), std::as_const(gradient_).view(),
            std::as_const(boundary_flux_).view());
        all[q] = {sums.pressure_area / tables_.patch_area[q], sums.outflow};
    }
    return all;
}

template <class Exec>
double FlowSystem<Exec>::worst_cell_imbalance() {
    return kernels::fv_worst_imbalance<Exec>(exec_, mesh_.view(), std::as_const(flux_).view(),
                                             std::as_const(boundary_flux_).view());
}

template <class Exec>
std::vector<float> FlowSystem<Exec>::gradients() {
    take_gradients();
    const std::vector<float> raw = gradient_.to_host();
    std::vector<float> ordered(raw.size());
    parallel_for(Cpu{}, "order gradients", cells(), [&](Index cell) {
        const std::size_t i = 12 * at(cell);
        for (std::size_t c = 0; c < 4; ++c)
            for (std::size_t a = 0; a < 3; ++a) ordered[i + 3 * c + a] = raw[i + 4 * a + c];
    });
    return ordered;
}

template <class Exec>
std::vector<float> FlowSystem<Exec>::wall_shear() {
    const std::vector<float> gradient = gradients(), mu = mesh_.viscosity().to_host(),
                             velocity = mesh_.boundary_velocity().to_host();
    const std::vector<double> state = state_.to_host();
    std::vector<float> shear(3 * tables_.boundary.size(), 0.0f);
    parallel_for(Cpu{}, "wall shear", static_cast<Index>(tables_.boundary.size()), [&](Index b) {
        const kernels::FvBoundaryFace& face = tables_.boundary[at(b)];
        const FvPatchKind kind = tables_.patch_kind[at(face.patch)];
        const bool leaks = kind == FvPatchKind::velocity && !tables_.leak_conductance.empty();
        if (kind != FvPatchKind::wall && !leaks) return;
        const Vec3 n = normalized({static_cast<double>(face.area[0]), static_cast<double>(face.area[1]),
                                   static_cast<double>(face.area[2])});
        const Vec3 offset{static_cast<double>(face.from_owner[0]), static_cast<double>(face.from_owner[1]),
                          static_cast<double>(face.from_owner[2])};
        const double distance = dot(offset, n);
        const Vec3 along = offset - distance * n;
        Vec3 traction;
        for (int c = 0; c < 3; ++c) {
            const float* g = &gradient[at(12 * face.cell + 3 * c)];
            const Vec3 slope{static_cast<double>(g[0]), static_cast<double>(g[1]), static_cast<double>(g[2])};
            const double relative = state[at(4 * face.cell + c)] + dot(slope, along) -
                                    static_cast<double>(velocity[at(3 * b + c)]);
            traction[c] = static_cast<double>(mu[mu.size() > 1 ? at(face.cell) : 0]) *
                          (2 * relative / distance + dot(slope, n));
        }
        traction -= dot(traction, n) * n;
        for (int c = 0; c < 3; ++c) shear[at(3 * b + c)] = static_cast<float>(traction[c]);
    });
    return shear;
}

template std::vector<OpeningState> FlowSystem<Cpu>::openings();
template double FlowSystem<Cpu>::worst_cell_imbalance();
template std::vector<float> FlowSystem<Cpu>::gradients();
template std::vector<float> FlowSystem<Cpu>::wall_shear();
#if defined(CTFFR_HAVE_CUDA)
template std::vector<OpeningState> FlowSystem<Cuda>::openings();
template double FlowSystem<Cuda>::worst_cell_imbalance();
template std::vector<float> FlowSystem<Cuda>::gradients();
template std::vector<float> FlowSystem<Cuda>::wall_shear();
#endif

}  // namespace ctffr
