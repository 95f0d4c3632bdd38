// SPDX-License-Identifier: Apache-2.0
#include "ctffr/parallel/parallel.hpp"
#include "flow/face.hpp"
#include "flow/four.hpp"

namespace ctffr::kernels {

namespace {

// Implicit part of the quadratic wall gradient 2 u / d - du/dn, in units of u / d. On evenly spaced layers
// du/dn = (2/3) u / d - (1/3) (next layer), so 4/3 is the whole diagonal part.
constexpr float wall_implicit = 4.0f / 3.0f;

// What the boundary faces of one cell add.
struct BoundaryTerms {
    float diagonal = 0;
    float residual[3] = {};
};

CTFFR_HD inline BoundaryTerms boundary_terms(const FvMeshView& m, Index i, const double* u,
                                             const Gradient4& g, float mu, const double* boundary_flux,
                                             const float* inflow_velocity, const double* state) {
    BoundaryTerms t;
    for (std::int32_t r = m.boundary_start[i]; r < m.boundary_start[i + 1]; ++r) {
        const std::int32_t b = m.boundary_list[r];
        const FvBoundaryFace& face = m.boundary[b];
        const FvPatchKind kind = m.patch_kind[face.patch];
        const float area = sqrtf(dot3(face.area, face.area));
        float normal[3], aside[3];
        for (int c = 0; c < 3; ++c) normal[c] = face.area[c] / area;
        const float across = dot3(normal, face.from_owner),
                    least = 0.2f * sqrtf(dot3(face.from_owner, face.from_owner));
        const float distance = across > least ? across : least;
        for (int c = 0; c < 3; ++c) aside[c] = face.from_owner[c] - distance * normal[c];
        const float pressure = kind == FvPatchKind::pressure
                                   ? static_cast<float>(state[4 * Index{m.patch_row[face.patch]} + 3] - u[3])
                                   : along(g, face.from_owner)[3];
        for (int c = 0; c < 3; ++c) t.residual[c] -= face.area[c] * pressure;
        const float inflow = m.density * static_cast<float>(-boundary_flux[b]);
        if (kind == FvPatchKind::wall || kind == FvPatchKind::velocity) {
            const float shear = mu * area;
            const Four beside = along(g, aside), outwards = along(g, normal);
            for (int c = 0; c < 3; ++c) {
                // Velocity above the foot of the wall normal, relative to the wall; slope from the wall
                // inwards.
                const float relative = static_cast<float>(u[c]) + beside[c] - m.boundary_velocity[3 * b + c];
                t.residual[c] -= shear * (2 * relative / distance + outwards[c]);
                // What crosses the face, in or out, carries the prescribed velocity.
                if (kind == FvPatchKind::velocity)
                    t.residual[c] += inflow * (m.boundary_velocity[3 * b + c] - static_cast<float>(u[c]));
            }
            t.diagonal += wall_implicit * shear / distance;
            if (kind == FvPatchKind::velocity && inflow > 0) t.diagonal += inflow;
        } else if (kind == FvPatchKind::symmetry) {
            const float shear = mu * area / distance;
            const float through = static_cast<float>(u[0]) * normal[0] +
                                  static_cast<float>(u[1]) * normal[1] + static_cast<float>(u[2]) * normal[2];
            for (int c = 0; c < 3; ++c) t.residual[c] -= 2 * shear * through * normal[c];
            t.diagonal += shear;
        } else if (inflow > 0) {
            // What enters through a pressure patch brings the patch's own inflow velocity.
            const float* enters = inflow_velocity + 3 * face.patch;
            for (int c = 0; c < 3; ++c) t.residual[c] += inflow * (enters[c] - static_cast<float>(u[c]));
            t.diagonal += inflow;
        }
    }
    return t;
}

// `value`, shortened so that its velocity is at most `longest` away from `from`.
CTFFR_HD inline Four within(Four value, Four from, float longest) {
    const Four way = value - from;
    const float length2 = speed2(way);
    return length2 > longest * longest ? from + (longest / sqrtf(length2)) * way : value;
}

}  // namespace

// Traffic: per entry 16 B (column, side, value), faces 36 B and fluxes 8 B twice (once from each side, the
// second time mostly from cache), per cell 134 B (state, gradient, reach, residual, coefficients).
template <class Exec>
void fv_momentum(const Exec& exec, const FvMeshView& mesh, View<const double> state,
                 View<const float> gradient, View<const float> reach, View<const double> flux,
                 View<const double> boundary_flux, View<const float> inflow_velocity,
                 const FvMomentumTerms& terms, View<float> value, View<float> diagonal, View<float> residual,
                 View<float> simplec, View<float> rhie_chow) {
    const FvMeshView m = mesh;
    const FvMomentumTerms t = terms;
    const bool variable = m.viscosity.size > 1;
    parallel_for(
        exec, "fv momentum", m.cells,
        CTFFR_LAMBDA(Index i) {
            const double* u = state.data + 4 * i;
            const Gradient4 g = load_gradient(gradient.data + 12 * i);
            const float mu_here = m.viscosity[variable ? i : 0];
            float sum = 0;
            Four r = four(0, 0, 0, 0);
            for (std::int32_t k = m.row_start[i]; k < m.row_start[i + 1]; ++k) {
                const Index j = m.column[k];
                if (j >= m.cells) break;
                const std::int32_t side = m.side[k];
                const FvFace& face = m.face[side >> 1];
                const bool flipped = side & 1;
                const float out = flipped ? -1.0f : 1.0f;
                const float w_here = flipped ? 1.0f - face.owner_weight : face.owner_weight,
                            w_there = 1.0f - w_here;
                const Gradient4 h = load_gradient(gradient.data + 12 * j);
                const Gradient4 mean = blend(w_here, g, w_there, h);
                const float mu = variable ? w_here * mu_here + w_there * m.viscosity[j] : mu_here;
                const float outflow = m.density * out * static_cast<float>(flux[side >> 1]);
                const float diffusion = mu * face.geo;
                const float a = diffusion - (outflow < 0 ? outflow : 0.0f);
                value[k] = -a;
                sum += a;
                // Part of S that is not along d (seen from here): S - geo d.
                float oblique[3];
                for (int c = 0; c < 3; ++c) oblique[c] = out * (face.area[c] - face.geo * face.d[c]);
                // Values on the face relative to this cell's; upwind takes the side the flow comes from.
                const float ahead = outflow > 0 ? w_there : -w_here;  // way along d to the face from there
                float from_upwind[3];
                for (int c = 0; c < 3; ++c) from_upwind[c] = face.skew[c] + (out * ahead) * face.d[c];
                const Four difference = difference4(state.data + 4 * j, u);
                const Four central = w_there * difference + along(mean, face.skew);
                const Four upwind = outflow > 0 ? along(g, from_upwind) : difference + along(h, from_upwind);
                const Four convected = within(central + t.upwind_share * (upwind - central),
                                              outflow > 0 ? four(0, 0, 0, 0) : difference,
                                              t.extrapolation_bound * reach[outflow > 0 ? i : j]);
                r = r - outflow * convected;
                r = r + diffusion * difference + mu * along(mean, oblique);
                // Pressure: the forces of two cells cancel on their face.
                r = r - (out * central[3]) * four(face.area[0], face.area[1], face.area[2], 0);
                if (variable) {  // mu (grad u)^T . S: its sum vanishes only where mu is constant
                    const Four* slope = &mean.x;
                    float turned[3];
                    for (int c = 0; c < 3; ++c)
                        turned[c] = slope[c][0] * face.area[0] + slope[c][1] * face.area[1] +
                                    slope[c][2] * face.area[2];
                    r = r + (mu * out) * four(turned[0], turned[1], turned[2], 0);
                }
            }
            const BoundaryTerms rim =
                boundary_terms(m, i, u, g, mu_here, boundary_flux.data, inflow_velocity.data, state.data);
            const float mass = m.density * m.volume[i];
            const float own = rim.diagonal + mass * (t.pseudo_rate[i] + t.physical_rate);
            float* res = residual.data + 4 * i;
            for (int c = 0; c < 3; ++c) {
                float s = r[c] + rim.residual[c];
                if (t.body_force.size > 0) s += m.volume[i] * t.body_force[3 * i + c];
                if (t.physical_rate > 0)
                    s -= mass * t.physical_rate * static_cast<float>(u[c] - t.reference[4 * i + c]);
                res[c] = s;
            }
            res[3] = 0;
            diagonal[i] = sum + own;
            simplec[i] = m.volume[i] / own;
            rhie_chow[i] = m.volume[i] / (rim.diagonal + t.rhie_chow_factor * sum);
        },
        fv_bytes(m, 4, 144));
}

// Traffic per sweep: 8 B/entry, 52 B/cell; neighbours mostly from cache.
template <class Exec>
void fv_sweep(const Exec& exec, const FvMeshView& mesh, View<const float> value, View<const float> diagonal,
              View<const float> b, Index chunk, bool reverse, View<const float> x_old, View<float> x) {
    const FvMeshView m = mesh;
    const Index chunks = (m.cells + chunk - 1) / chunk;
    parallel_for(
        exec, "fv sweep", chunks,
        CTFFR_LAMBDA(Index q) {
            const Index first = q * chunk, last = first + chunk < m.cells ? first + chunk : m.cells;
            if (chunk > 1)
                for (Index n = 4 * first; n < 4 * last; ++n) x[n] = x_old[n];
            for (Index n = 0; n < last - first; ++n) {
                const Index i = reverse ? last - 1 - n : first + n;
                const std::int32_t begin = m.row_start[i], end = m.row_start[i + 1];
                Four s = four(b[4 * i], b[4 * i + 1], b[4 * i + 2], 0);
                for (std::int32_t k = begin; k < end; ++k) {
                    const Index j = m.column[k];
                    if (j >= m.cells) break;
                    const float* from = chunk > 1 && j >= first && j < last ? x.data : x_old.data;
                    s = s - value[k] * load4(from + 4 * j);
                }
                store4(x.data + 4 * i, (1.0f / diagonal[i]) * s);
            }
        },
        static_cast<double>(m.column.size) * 8 + static_cast<double>(m.cells) * 52);
}

namespace {

struct SquareSums {
    double change = 0, whole = 0;
    CTFFR_HD SquareSums& operator+=(const SquareSums& other) {
        change += other.change, whole += other.whole;
        return *this;
    }
    CTFFR_HD SquareSums operator+(const SquareSums& other) const {
        SquareSums sum = *this;
        return sum += other;
    }
};

}  // namespace

template <class Exec>
double fv_sweep_change(const Exec& exec, View<const float> x_old, View<const float> x) {
    const SquareSums sums = parallel_sum<SquareSums>(
        exec, "fv sweep change", x.size / 4,
        CTFFR_LAMBDA(Index i) {
            const Four now = load4(x.data + 4 * i);
            SquareSums s;
            s.change = static_cast<double>(speed2(now - load4(x_old.data + 4 * i)));
            s.whole = static_cast<double>(speed2(now));
            return s;
        },
        8.0 * static_cast<double>(x.size));
    return sums.whole > 0 ? sqrt(sums.change / sums.whole) : 0;
}

template double fv_sweep_change<CTFFR_EXEC>(const CTFFR_EXEC&, View<const float>, View<const float>);
template void fv_momentum<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const double>,
                                      View<const float>, View<const float>, View<const double>,
                                      View<const double>, View<const float>, const FvMomentumTerms&,
                                      View<float>, View<float>, View<float>, View<float>, View<float>);
template void fv_sweep<CTFFR_EXEC>(const CTFFR_EXEC&, const FvMeshView&, View<const float>, View<const float>,
                                   View<const float>, Index, bool, View<const float>, View<float>);

}  // namespace ctffr::kernels
