// SPDX-License-Identifier: Apache-2.0
#include "ctffr/parallel/parallel.hpp"
#include "flow/face.hpp"
#include "flow/four.hpp"

namespace ctffr::kernels {

namespace {

// Change of pressure over the displacement d, from a cell's twelve gradients.
CTFFR_HD inline float pressure_slope(const float* gradient, const float* d) {
    return gradient[3] * d[0] + gradient[7] * d[1] + gradient[11] * d[2];
}

// The largest of what is "summed".
struct Largest {
    double value = 0;
    CTFFR_HD Largest& operator+=(const Largest& other) {
        if (other.value > value) value = other.value;
        return *this;
    }
    CTFFR_HD Largest operator+(const Largest& other) const { return other.value > value ? other : *this; }
};

// Flow through a face of the linearly interpolated velocity, with skewness correction.
CTFFR_HD inline double interpolated_flow(const FvFace& face, const Gradient4& mean, const double* up,
                                         const double* un) {
    const Four skew = along(mean, face.skew);
    const double wp = static_cast<double>(face.owner_weight), wn = 1.0 - wp;
    double flow = 0;
    for (int c = 0; c < 3; ++c)
        flow += static_cast<double>(face.area[c]) * (wp * up[c] + wn * un[c] + static_cast<double>(skew[c]));
    return flow;
}

CTFFR_HD inline double carried_flow(const FvBoundaryFace& face, const double* u) {
    double flow = 0;
    for (int c = 0; c < 3; ++c) flow += static_cast<double>(face.area[c]) * u[c];
    return flow;
}

// Solution of rate e + e / coefficient = push / coefficient + rate memory; `steady` is the push.
CTFFR_HD inline double excess_with_memory(double steady, float rate, float coefficient, float memory) {
    const float kept = rate * coefficient / (1 + rate * coefficient);
    return static_cast<double>(1 - kept) * steady + static_cast<double>(kept * memory);
}

}  // namespace

// Traffic per face: geometry 36, cells 8, flux 8; states, gradients and coefficients (84 B a cell) mostly
// from cache because faces come in the order of their owners.
template <class Exec>
void fv_fluxes(const Exec& exec, const FvMeshView& mesh, View<const double> state, View<const float> gradient,
               View<const float> rhie_chow, const FvFluxMemory& memory, View<double> flux,
               View<double> boundary_flux) {
    const FvMeshView m = mesh;
    const FvFluxMemory old = memory;
    parallel_for(
        exec, "fv fluxes", m.face.size,
        CTFFR_LAMBDA(Index f) {
            const FvFace& face = m.face[f];
            const float wp = face.owner_weight, wn = 1.0f - wp;
            const Index p = m.owner[f], n = m.neighbour[f];
            const double *up = state.data + 4 * p, *un = state.data + 4 * n;
            const Gradient4 mean =
                blend(wp, load_gradient(gradient.data + 12 * p), wn, load_gradient(gradient.data + 12 * n));
            const float interpolated = along(mean, face.d)[3];
            const float response = wp * rhie_chow[p] + wn * rhie_chow[n];
            double excess = -static_cast<double>(face.geo * response) *
                            ((un[3] - up[3]) - static_cast<double>(interpolated));
            if (old.rate > 0) excess = excess_with_memory(excess, old.rate, response, old.face[f]);
            flux[f] = interpolated_flow(face, mean, up, un) + excess;
        },
        static_cast<double>(m.face.size) * (sizeof(FvFace) + 16) + static_cast<double>(m.cells) * 84);
    parallel_for(
        exec, "fv boundary fluxes", m.boundary.size, CTFFR_LAMBDA(Index b) {
            const FvBoundaryFace& face = m.boundary[b];
            const double* u = state.data + 4 * Index{face.cell};
            double flow = 0;
            switch (m.patch_kind[face.patch]) {
                case FvPatchKind::wall:
                case FvPatchKind::symmetry: break;
                case FvPatchKind::velocity:
                    for (int c = 0; c < 3; ++c)
                        flow += static_cast<double>(face.area[c]) *
                                static_cast<double>(m.boundary_velocity[3 * b + c]);
                    break;
                case FvPatchKind::pressure: {
                    const float slope =
                        pressure_slope(gradient.data + 12 * Index{face.cell}, face.from_owner);
                    const double outside = state[4 * Index{m.patch_row[face.patch]} + 3];
                    const float response = rhie_chow[face.cell];
                    double excess = -static_cast<double>(boundary_geo(face) * response) *
                                    ((outside - u[3]) - static_cast<double>(slope));
                    if (old.rate > 0)
                        excess = excess_with_memory(excess, old.rate, response, old.boundary[b]);
                    flow = carried_flow(face, u) + excess;
                    break;
                }
            }
            boundary_flux[b] = flow;
        });
}

template <class Exec>
void fv_flux_excess(const Exec& exec, const FvMeshView& mesh, View<const double> state,
                    View<const float> gradient, View<const double> flux, View<const double> boundary_flux,
                    View<float> face_excess, View<float> boundary_excess) {
    const FvMeshView m = mesh;
    parallel_for(
        exec, "fv flux excess", m.face.size,
        CTFFR_LAMBDA(Index f) {
            const FvFace& face = m.face[f];
            const float wp = face.owner_weight, wn = 1.0f - wp;
            const Index p = m.owner[f], n = m.neighbour[f];
            const Gradient4 mean =
                blend(wp, load_gradient(gradient.data + 12 * p), wn, load_gradient(gradient.data + 12 * n));
            const double carried = interpolated_flow(face, mean, state.data + 4 * p, state.data + 4 * n);
            face_excess[f] = static_cast<float>(flux[f] - carried);
        },
        static_cast<double>(m.face.size) * (sizeof(FvFace) + 20) + static_cast<double>(m.cells) * 80);
    parallel_for(
        exec, "fv boundary excess", m.boundary.size, CTFFR_LAMBDA(Index b) {
            const FvBoundaryFace& face = m.boundary[b];
            boundary_excess[b] =
                m.patch_kind[face.patch] == FvPatchKind::pressure
                    ? static_cast<float>(boundary_flux[b] -
                                         carried_flow(face, state.data + 4 * Index{face.cell}))
                    : 0.0f;
        });
}

template <class Exec>
double fv_worst_imbalance(const Exec& exec, const FvMeshView& mesh, View<const double> flux,
                          View<const double> boundary_flux) {
    const FvMeshView m = mesh;
    return parallel_sum<Largest>(
               exec, "fv worst imbalance", m.cells,
               CTFFR_LAMBDA(Index i) {
                   double net = 0;
                   for (std::int32_t k = m.row_start[i]; k < m.row_start[i + 1]; ++k) {
                       const std::int32_t side = m.side[k];
                       if (side >= 0) net += side & 1 ? -flux[side >> 1] : flux[side >> 1];
                   }
                   for (std::int32_t r = m.boundary_start[i]; r < m.boundary_start[i + 1]; ++r)
                       net += boundary_flux[m.boundary_list[r]];
                   return Largest{fabs(net)};
               })
        .value;
}

template <class Exec>
void fv_patch_flows(const Exec& exec, const FvMeshView& mesh, View<const double> boundary_flux,
                    View<double> flow) {
    const FvMeshView m = mesh;
    const Index patches = m.rows - m.cells;
    parallel_rows<double>(
        exec, "fv patch flows", patches, patches, m.row_start.data + m.cells,
        CTFFR_LAMBDA(Index, std::int32_t k) { return boundary_flux[-1 - m.side[k]]; },
        CTFFR_LAMBDA(Index r, double sum) { flow[r] = sum; });
}

template <class Exec>
void fv_correct_fluxes(const Exec& exec, const FvMeshView& mesh, View<const float> delta,
                       View<const float> pressure_change, View<const float> simplec, View<double> flux,
                       View<double> boundary_flux) {
    const FvMeshView m = mesh;
    parallel_for(
        exec, "fv correct fluxes", m.face.size,
        CTFFR_LAMBDA(Index f) {
            const FvFace& face = m.face[f];
            const float wp = face.owner_weight, wn = 1.0f - wp;
            const Index p = m.owner[f], n = m.neighbour[f];
            const float carried =
                wp * dot3(face.area, delta.data + 4 * p) + wn * dot3(face.area, delta.data + 4 * n);
            const float coefficient = face.geo * (wp * simplec[p] + wn * simplec[n]);
            flux[f] += static_cast<double>(carried - coefficient * (pressure_change[n] - pressure_change[p]));
        },
        static_cast<double>(m.face.size) * (sizeof(FvFace) + 24) + static_cast<double>(m.cells) * 24);
    parallel_for(
        exec, "fv correct boundary", m.boundary.size, CTFFR_LAMBDA(Index b) {
            const FvBoundaryFace& face = m.boundary[b];
            if (m.patch_kind[face.patch] != FvPatchKind::pressure) return;
            const float coefficient = boundary_geo(face) * simplec[face.cell];
            const float change = pressure_change[m.patch_row[face.patch]] - pressure_change[face.cell];
            boundary_flux[b] += static_cast<double>(dot3(face.area, delta.data + 4 * Index{face.cell}) -
                                                    coefficient * change);
        });
}

template <class Exec>
OpeningSums fv_opening(const Exec& exec, const FvMeshView& mesh, Index first, Index count,
                       View<const double> state, View<const float> gradient,
                       View<const double> boundary_flux) {
    const FvMeshView m = mesh;
    return parallel_sum<OpeningSums>(
        exec, "fv opening", count, CTFFR_LAMBDA(Index n) {
            const Index b = first + n;
            const FvBoundaryFace& face = m.boundary[b];
            const Index i = face.cell;
            double pressure = state[4 * i + 3] +
                              static_cast<double>(pressure_slope(gradient.data + 12 * i, face.from_owner));
            if (m.patch_row[face.patch] >= 0) pressure = state[4 * Index{m.patch_row[face.patch]} + 3];
            OpeningSums sums;
            sums.pressure_area = pressure * static_cast<double>(sqrtf(dot3(face.area, face.area)));
            sums.outflow = boundary_flux[b];
            return sums;
        });
}

template <class Exec>
void fv_leak(const Exec& exec, const FvMeshView& mesh, View<const double> state, View<const float> gradient,
             View<const float> conductance, View<const float> leak_pressure, View<float> velocity) {
    const FvMeshView m = mesh;
    parallel_for(
        exec, "fv leak", m.boundary.size, CTFFR_LAMBDA(Index b) {
            const float g = conductance[b];
            if (!(g > 0)) return;
            const FvBoundaryFace& face = m.boundary[b];
            const Index i = face.cell;
            const float pressure = static_cast<float>(state[4 * i + 3]) +
                                   pressure_slope(gradient.data + 12 * i, face.from_owner);
            const float scale = g * (pressure - leak_pressure[b]) / sqrtf(dot3(face.area, face.area));
            for (int c = 0; c < 3; ++c) velocity[3 * b + c] = scale * face.area[c];
        });
}

template <class Exec>
void fv_leak_diagonal(const Exec& exec, const FvMeshView& mesh, View<const float> conductance,
                      View<float> diagonal) {
    const FvMeshView m = mesh;
    parallel_for(
        exec, "fv leak diagonal", m.cells, CTFFR_LAMBDA(Index i) {
            for (std::int32_t r = m.boundary_start[i]; r < m.boundary_start[i + 1]; ++r) {
                const std::int32_t b = m.boundary_list[r];
                const FvBoundaryFace& face = m.boundary[b];
                if (conductance[b] > 0) diagonal[i] += conductance[b] * sqrtf(dot3(face.area, face.area));
            }
        });
}

template <class Exec>
void fv_correct_leak(const Exec& exec, const FvMeshView& mesh, View<const float> conductance,
                     View<const float> pressure_change, View<double> boundary_flux) {
    const FvMeshView m = mesh;
    parallel_for(
        exec, "fv correct leak", m.boundary.size, CTFFR_LAMBDA(Index b) {
            if (!(conductance[b] > 0)) return;
            const FvBoundaryFace& face = m.boundary[b];
            boundary_flux[b] += static_cast<double>(conductance[b] * sqrtf(dot3(face.area, face.area)) *
                                                    pressure_change[face.cell]);
        });
}

template void fv_leak<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const double>, View<const float>,
                                  View<const float>, View<const float>, View<float>);
template void fv_leak_diagonal<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const float>,
                                           View<float>);
template void fv_correct_leak<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const float>,
                                          View<const float>, View<double>);
template void fv_correct_fluxes<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const float>,
                                            View<const float>, View<const float>, View<double>, View<double>);
template OpeningSums fv_opening<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, Index, Index,
                                            View<const double>, View<const float>, View<const double>);
template void fv_fluxes<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const double>,
                                    View<const float>, View<const float>, const FvFluxMemory&, View<double>,
                                    View<double>);
template void fv_flux_excess<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const double>,
                                         View<const float>, View<const double>, View<const double>,
                                         View<float>, View<float>);
template double fv_worst_imbalance<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const double>,
                                               View<const double>);
template void fv_patch_flows<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const double>,
                                         View<double>);

}  // namespace ctffr::kernels
