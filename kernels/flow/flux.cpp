// SPDX-License-Identifier: Apache-2.0
#include "flow/face.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::kernels {

// Traffic per face: geometry 36, cells 8, flux 8; states, gradients and coefficients (84 B a cell) mostly from
// cache because faces come in the order of their owners.
template <class Exec>
void fv_fluxes(const Exec& exec, const FvMeshView& mesh, View<const double> state, View<const float> gradient,
               View<const float> rhie_chow, View<double> flux, View<double> boundary_flux) {
    const FvMeshView m = mesh;
    parallel_for(
        exec, "fv fluxes", m.face.size,
        CTFFR_LAMBDA(Index f) {
            const FvFace& face = m.face[f];
            const FaceMetrics x = face_metrics(face);
            const Index p = m.owner[f], n = m.neighbour[f];
            const double *up = state.data + 4 * p, *un = state.data + 4 * n;
            const float *gp = gradient.data + 12 * p, *gn = gradient.data + 12 * n;
            const double wp = static_cast<double>(x.owner_weight), wn = 1.0 - wp;
            double flow = 0;
            for (int c = 0; c < 3; ++c) {
                const float skew = x.owner_weight * dot3(gp + 3 * c, x.skew) +
                                   x.neighbour_weight * dot3(gn + 3 * c, x.skew);
                flow += static_cast<double>(face.area[c]) *
                        (wp * up[c] + wn * un[c] + static_cast<double>(skew));
            }
            const float interpolated =
                x.owner_weight * dot3(gp + 9, x.d) + x.neighbour_weight * dot3(gn + 9, x.d);
            const float coefficient =
                x.geo * (x.owner_weight * rhie_chow[p] + x.neighbour_weight * rhie_chow[n]);
            flux[f] = flow - static_cast<double>(coefficient) *
                                 ((un[3] - up[3]) - static_cast<double>(interpolated));
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
                    for (int c = 0; c < 3; ++c) flow += static_cast<double>(face.area[c]) * u[c];
                    const float* g = gradient.data + 12 * Index{face.cell} + 9;
                    const double outside = state[4 * Index{m.patch_row[face.patch]} + 3];
                    flow -= static_cast<double>(boundary_geo(face) * rhie_chow[face.cell]) *
                            ((outside - u[3]) - static_cast<double>(dot3(g, face.from_owner)));
                    break;
                }
            }
            boundary_flux[b] = flow;
        });
}

template <class Exec>
void fv_patch_flows(const Exec& exec, const FvMeshView& mesh, View<const double> boundary_flux,
                    View<double> flow) {
    const FvMeshView m = mesh;
    parallel_for(
        exec, "fv patch flows", m.rows - m.cells, CTFFR_LAMBDA(Index r) {
            double sum = 0;
            for (std::int32_t k = m.row_start[m.cells + r]; k < m.row_start[m.cells + r + 1]; ++k)
                sum += boundary_flux[-1 - m.side[k]];
            flow[r] = sum;
        });
}

template void fv_fluxes<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const double>,
                                    View<const float>, View<const float>, View<double>, View<double>);
template void fv_patch_flows<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const double>,
                                         View<double>);

}  // namespace ctffr::kernels
