// SPDX-License-Identifier: Apache-2.0
#include "ctffr/parallel/parallel.hpp"
#include "flow/face.hpp"

namespace ctffr::kernels {

namespace {

// Conductance of a boundary face of a pressure patch.
CTFFR_HD inline float patch_coefficient(const FvMeshView& m, std::int32_t b, const float* simplec) {
    const FvBoundaryFace& face = m.boundary[b];
    return boundary_geo(face) * simplec[face.cell];
}

}  // namespace

template <class Exec>
void fv_pressure_matrix(const Exec& exec, const FvMeshView& mesh, View<const float> simplec,
                        View<const float> patch_conductance, View<float> value, View<float> diagonal) {
    const FvMeshView m = mesh;
    parallel_for(
        exec, "fv pressure matrix", m.rows,
        CTFFR_LAMBDA(Index i) {
            const bool fixed = i >= m.cells && patch_conductance[i - m.cells] < 0;
            float sum = 0;
            for (std::int32_t k = m.row_start[i]; k < m.row_start[i + 1]; ++k) {
                const std::int32_t side = m.side[k];
                float a;
                bool coupled = !fixed;
                if (side >= 0) {
                    const FvFace& x = m.face[side >> 1];
                    const std::int32_t p = m.owner[side >> 1], n = m.neighbour[side >> 1];
                    a = x.geo * (x.owner_weight * simplec[p] + (1.0f - x.owner_weight) * simplec[n]);
                } else {
                    const std::int32_t b = -1 - side;
                    a = patch_coefficient(m, b, simplec.data);
                    const std::int32_t row = m.patch_row[m.boundary[b].patch];
                    coupled = !(patch_conductance[row - m.cells] < 0);
                }
                value[k] = coupled ? -a : 0.0f;
                sum += a;
            }
            if (i >= m.cells && !fixed) sum += patch_conductance[i - m.cells];
            diagonal[i] = sum;
        },
        fv_bytes(m, 4, 12));
}

template <class Exec>
void fv_pressure_source(const Exec& exec, const FvMeshView& mesh, View<const double> state,
                        View<const double> flux, View<const double> boundary_flux, View<const float> delta,
                        View<const float> patch_conductance, View<const double> patch_base,
                        View<float> source) {
    const FvMeshView m = mesh;
    parallel_for(
        exec, "fv pressure source", m.rows,
        CTFFR_LAMBDA(Index i) {
            double outflow = 0;
            const float* here = delta.data + 4 * i;
            for (std::int32_t k = m.row_start[i]; k < m.row_start[i + 1]; ++k) {
                const std::int32_t side = m.side[k];
                if (side < 0) {
                    // A patch face: seen from its cell and from the patch row alike.
                    const std::int32_t b = -1 - side;
                    const FvBoundaryFace& face = m.boundary[b];
                    outflow += boundary_flux[b] +
                               static_cast<double>(dot3(face.area, delta.data + 4 * Index{face.cell}));
                    continue;
                }
                const FvFace& face = m.face[side >> 1];
                const bool flipped = side & 1;
                const float* there = delta.data + 4 * Index{m.column[k]};
                const float w = flipped ? 1.0f - face.owner_weight : face.owner_weight;
                const double change =
                    static_cast<double>(w * dot3(face.area, here) + (1.0f - w) * dot3(face.area, there));
                outflow += flipped ? -(flux[side >> 1] + change) : flux[side >> 1] + change;
            }
            if (i >= m.cells) {
                const float conductance = patch_conductance[i - m.cells];
                source[i] = conductance < 0
                                ? 0.0f
                                : static_cast<float>(static_cast<double>(conductance) *
                                                         (patch_base[i - m.cells] - state[4 * i + 3]) +
                                                     outflow);
                return;
            }
            for (std::int32_t r = m.boundary_start[i]; r < m.boundary_start[i + 1]; ++r) {
                const std::int32_t b = m.boundary_list[r];
                if (m.patch_kind[m.boundary[b].patch] != FvPatchKind::pressure) outflow += boundary_flux[b];
            }
            source[i] = static_cast<float>(-outflow);
        },
        fv_bytes(m, 8, 28));
}

template void fv_pressure_matrix<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const float>,
                                             View<const float>, View<float>, View<float>);
template void fv_pressure_source<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const double>,
                                             View<const double>, View<const double>, View<const float>,
                                             View<const float>, View<const double>, View<float>);

}  // namespace ctffr::kernels
