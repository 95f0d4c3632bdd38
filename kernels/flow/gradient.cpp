// SPDX-License-Identifier: Apache-2.0
#include "ctffr/parallel/parallel.hpp"
#include "flow/face.hpp"
#include "flow/four.hpp"

namespace ctffr::kernels {

// Traffic: 20 B/entry (column, vector), 84 B/cell (state, gradient, reach), neighbours' states from cache.
template <class Exec>
void fv_gradients(const Exec& exec, const FvMeshView& mesh, View<const double> state, View<float> gradient,
                  View<float> reach) {
    const FvMeshView m = mesh;
    parallel_for(
        exec, "fv gradients", m.cells,
        CTFFR_LAMBDA(Index i) {
            const double* here = state.data + 4 * i;
            const std::int32_t rim = m.boundary_start[i], rim_end = m.boundary_start[i + 1];
            const Four zero = four(0, 0, 0, 0);
            Gradient4 g{zero, zero, zero};
            float farthest = 0;
            bool opens = false;
            for (std::int32_t k = m.row_start[i]; k < m.row_start[i + 1]; ++k) {
                const Index j = m.column[k];
                const Four change = difference4(state.data + 4 * j, here);
                const float apart = speed2(change);
                opens = opens || j >= m.cells;
                if (apart > farthest) farthest = apart;
                const float* u = m.gradient_u.data + 3 * Index{k};
                if (rim == rim_end) {
                    g.x = g.x + u[0] * change;
                    g.y = g.y + u[1] * change;
                    g.z = g.z + u[2] * change;
                } else {
                    const float* p = m.gradient_p.data + 3 * Index{k};
                    const Four velocity = four(change[0], change[1], change[2], 0),
                               pressure = four(0, 0, 0, change[3]);
                    g.x = g.x + u[0] * velocity + p[0] * pressure;
                    g.y = g.y + u[1] * velocity + p[1] * pressure;
                    g.z = g.z + u[2] * velocity + p[2] * pressure;
                }
            }
            for (std::int32_t r = rim; r < rim_end; ++r) {
                const std::int32_t b = m.boundary_list[r];
                const FvBoundaryFace& face = m.boundary[b];
                const float* v = m.boundary_gradient_u.data + 3 * Index{b};
                Four change;
                if (m.patch_kind[face.patch] == FvPatchKind::symmetry) {
                    const float scale = -(face.area[0] * static_cast<float>(here[0]) +
                                          face.area[1] * static_cast<float>(here[1]) +
                                          face.area[2] * static_cast<float>(here[2])) /
                                        dot3(face.area, face.area);
                    change = scale * four(face.area[0], face.area[1], face.area[2], 0);
                } else {
                    const float* w = m.boundary_velocity.data + 3 * Index{b};
                    change = four(w[0] - static_cast<float>(here[0]), w[1] - static_cast<float>(here[1]),
                                  w[2] - static_cast<float>(here[2]), 0);
                }
                g.x = g.x + v[0] * change;
                g.y = g.y + v[1] * change;
                g.z = g.z + v[2] * change;
            }
            float* out = gradient.data + 12 * i;
            store4(out, g.x);
            store4(out + 4, g.y);
            store4(out + 8, g.z);
            reach[i] = opens ? 0.0f : sqrtf(farthest);
        },
        static_cast<double>(m.column.size) * 16 + static_cast<double>(m.cells) * 92);
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
                    const float s = 0.5f * (g[4 * a + b] + g[4 * b + a]);
                    twice_square += 2 * s * s;
                }
            viscosity[i] = c.mu_infinity + (c.mu_zero - c.mu_infinity) *
                                               powf(1 + c.lambda * c.lambda * twice_square, 0.5f * (c.n - 1));
        },
        52.0 * static_cast<double>(cells));
}

template void fv_gradients<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const double>, View<float>,
                                       View<float>);
template void fv_correction<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const float>,
                                        View<const float>, View<const float>, View<float>);
template void fv_carreau<CTFFR_EXEC>(const CTFFR_EXEC&, Index, View<const float>, const Carreau&,
                                     View<float>);

}  // namespace ctffr::kernels
