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
    parallel_rows<float>(
        exec, "fv pressure matrix", m.rows, m.rows - m.cells, m.row_start.data,
        CTFFR_LAMBDA(Index, std::int32_t k) {
            const std::int32_t side = m.side[k];
            float a;
            bool coupled = true;
            if (side >= 0) {
                const FvFace& x = m.face[side >> 1];
                const std::int32_t p = m.owner[side >> 1], n = m.neighbour[side >> 1];
                a = x.geo * (x.owner_weight * simplec[p] + (1.0f - x.owner_weight) * simplec[n]);
            } else {  // of a cell and of its patch row alike: neither is coupled to a fixed pressure
                const std::int32_t b = -1 - side;
                a = patch_coefficient(m, b, simplec.data);
                const std::int32_t row = m.patch_row[m.boundary[b].patch];
                coupled = !(patch_conductance[row - m.cells] < 0);
            }
            value[k] = coupled ? -a : 0.0f;
            return a;
        },
        CTFFR_LAMBDA(Index i, float sum) {
            const float own = i >= m.cells ? patch_conductance[i - m.cells] : 0.0f;
            diagonal[i] = own > 0 ? sum + own : sum;
        },
        fv_bytes(m, 4, 12));
}

template <class Exec>
void fv_pressure_source(const Exec& exec, const FvMeshView& mesh, View<const double> state,
                        View<const double> flux, View<const double> boundary_flux, View<const float> delta,
                        View<const float> patch_conductance, View<const double> patch_base,
                        View<float> source) {
    const FvMeshView m = mesh;
    parallel_rows<double>(
        exec, "fv pressure source", m.rows, m.rows - m.cells, m.row_start.data,
        CTFFR_LAMBDA(Index i, std::int32_t k) {
            const std::int32_t side = m.side[k];
            if (side < 0) {
                // A patch face: seen from its cell and from the patch row alike.
                const std::int32_t b = -1 - side;
                const FvBoundaryFace& face = m.boundary[b];
                return boundary_flux[b] +
                       static_cast<double>(dot3(face.area, delta.data + 4 * Index{face.cell}));
            }
            const FvFace& face = m.face[side >> 1];
            const bool flipped = side & 1;
            const float *here = delta.data + 4 * i, *there = delta.data + 4 * Index{m.column[k]};
            const float w = flipped ? 1.0f - face.owner_weight : face.owner_weight;
            const double change =
                static_cast<double>(w * dot3(face.area, here) + (1.0f - w) * dot3(face.area, there));
            return flipped ? -(flux[side >> 1] + change) : flux[side >> 1] + change;
        },
        CTFFR_LAMBDA(Index i, double outflow) {
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

template <class Exec>
void fv_raise_pressure(const Exec& exec, View<const float> pressure_change, View<double> state) {
    parallel_for(
        exec, "fv raise pressure", pressure_change.size,
        CTFFR_LAMBDA(Index i) { state[4 * i + 3] += static_cast<double>(pressure_change[i]); },
        20.0 * static_cast<double>(pressure_change.size));
}

template <class Exec>
void fv_potential_velocity(const Exec& exec, View<const float> coefficient, View<const float> gradient,
                           View<double> state) {
    parallel_for(
        exec, "fv potential velocity", coefficient.size,
        CTFFR_LAMBDA(Index i) {
            for (int a = 0; a < 3; ++a)
                state[4 * i + a] = -static_cast<double>(coefficient[i] * gradient[12 * i + 4 * a + 3]);
        },
        40.0 * static_cast<double>(coefficient.size));
}

template void fv_raise_pressure<CTFFR_EXEC>(const CTFFR_EXEC&, View<const float>, View<double>);
template void fv_potential_velocity<CTFFR_EXEC>(const CTFFR_EXEC&, View<const float>, View<const float>,
                                                View<double>);
template void fv_pressure_matrix<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const float>,
                                             View<const float>, View<float>, View<float>);
template void fv_pressure_source<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const double>,
                                             View<const double>, View<const double>, View<const float>,
                                             View<const float>, View<const double>, View<float>);

}  // namespace ctffr::kernels
