// SPDX-License-Identifier: Apache-2.0
#include "flow/face.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::kernels {

// Traffic: 20 B/entry (column, vector), 80 B/cell (state, gradient), neighbours' states from cache.
template <class Exec>
void fv_gradients(const Exec& exec, const FvMeshView& mesh, View<const double> state, View<float> gradient) {
    const FvMeshView m = mesh;
    parallel_for(
        exec, "fv gradients", m.cells,
        CTFFR_LAMBDA(Index i) {
            const double* here = state.data + 4 * i;
            const std::int32_t rim = m.boundary_start[i], rim_end = m.boundary_start[i + 1];
            const float* vector_p = rim < rim_end ? m.gradient_p.data : m.gradient_u.data;
            float g[12] = {};
            for (std::int32_t k = m.row_start[i]; k < m.row_start[i + 1]; ++k) {
                const double* there = state.data + 4 * Index{m.column[k]};
                const float* vu = m.gradient_u.data + 3 * Index{k};
                const float* vp = vector_p + 3 * Index{k};
                const float du = static_cast<float>(there[0] - here[0]),
                            dv = static_cast<float>(there[1] - here[1]),
                            dw = static_cast<float>(there[2] - here[2]),
                            dp = static_cast<float>(there[3] - here[3]);
                for (int a = 0; a < 3; ++a) {
                    g[a] += vu[a] * du;
                    g[3 + a] += vu[a] * dv;
                    g[6 + a] += vu[a] * dw;
                    g[9 + a] += vp[a] * dp;
                }
            }
            for (std::int32_t r = rim; r < rim_end; ++r) {
                const std::int32_t b = m.boundary_list[r];
                const FvBoundaryFace& face = m.boundary[b];
                const float* v = m.boundary_gradient_u.data + 3 * Index{b};
                float difference[3];
                if (m.patch_kind[face.patch] == FvPatchKind::symmetry) {
                    const float scale = -(face.area[0] * static_cast<float>(here[0]) +
                                          face.area[1] * static_cast<float>(here[1]) +
                                          face.area[2] * static_cast<float>(here[2])) /
                                        dot3(face.area, face.area);
                    for (int c = 0; c < 3; ++c) difference[c] = scale * face.area[c];
                } else {
                    for (int c = 0; c < 3; ++c)
                        difference[c] = m.boundary_velocity[3 * b + c] - static_cast<float>(here[c]);
                }
                for (int c = 0; c < 3; ++c)
                    for (int a = 0; a < 3; ++a) g[3 * c + a] += v[a] * difference[c];
            }
            float* out = gradient.data + 12 * i;
            for (int c = 0; c < 12; ++c) out[c] = g[c];
        },
        static_cast<double>(m.column.size) * 16 + static_cast<double>(m.cells) * 88);
}

template <class Exec>
void fv_correction(const Exec& exec, const FvMeshView& mesh, View<const float> delta,
                   View<const float> pressure_change, View<const float> simplec, View<float> change) {
    const FvMeshView m = mesh;
    parallel_for(
        exec, "fv correction", m.rows,
        CTFFR_LAMBDA(Index i) {
            float* out = change.data + 4 * i;
            const float here = pressure_change[i];
            if (i >= m.cells) {
                out[0] = out[1] = out[2] = 0;
                out[3] = here;
                return;
            }
            const bool rim = m.boundary_start[i] < m.boundary_start[i + 1];
            const float* vector_p = rim ? m.gradient_p.data : m.gradient_u.data;
            float g[3] = {};
            for (std::int32_t k = m.row_start[i]; k < m.row_start[i + 1]; ++k) {
                const float difference = pressure_change[m.column[k]] - here;
                for (int a = 0; a < 3; ++a) g[a] += vector_p[3 * Index{k} + a] * difference;
            }
            const float d = simplec[i];
            for (int c = 0; c < 3; ++c) out[c] = delta[4 * i + c] - d * g[c];
            out[3] = here;
        },
        static_cast<double>(m.column.size) * 16 + static_cast<double>(m.cells) * 52);
}

template <class Exec>
void fv_carreau(const Exec& exec, Index cells, View<const float> gradient, const Carreau& law,
                View<float> viscosity) {
    const Carreau c = law;
    parallel_for(
        exec, "fv carreau", cells,
        CTFFR_LAMBDA(Index i) {
            const float* g = gradient.data + 12 * i;
            float twice_square = 0;  // 2 S : S
            for (int a = 0; a < 3; ++a)
                for (int b = 0; b < 3; ++b) {
                    const float s = 0.5f * (g[3 * a + b] + g[3 * b + a]);
                    twice_square += 2 * s * s;
                }
            viscosity[i] = c.mu_infinity + (c.mu_zero - c.mu_infinity) *
                                               powf(1 + c.lambda * c.lambda * twice_square, 0.5f * (c.n - 1));
        },
        52.0 * static_cast<double>(cells));
}

template void fv_gradients<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const double>, View<float>);
template void fv_correction<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const float>,
                                        View<const float>, View<const float>, View<float>);
template void fv_carreau<CTFFR_EXEC>(const CTFFR_EXEC&, Index, View<const float>, const Carreau&,
                                     View<float>);

}  // namespace ctffr::kernels
