// SPDX-License-Identifier: Apache-2.0
// Kernels of the collocated finite-volume flow solver on polyhedral meshes. SI units. The state is kept in
// double precision, four values a row (u, v, w, p); geometry, gradients, matrices and corrections are single
// precision: they act on differences only. Discretisation: docs/theory/flow-solver.md.
#pragma once

#include <cstdint>

#include "ctffr/core/index.hpp"
#include "ctffr/kernels/linear.hpp"
#include "ctffr/parallel/array.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr::kernels {

// An internal face as the two cells see it.
struct FvFace {
    float area[3];       // S, from owner to neighbour, m2
    float d[3];          // neighbour centre - owner centre, m
    float skew[3];       // face centre - point of linear interpolation on d, m
    float owner_weight;  // of linear interpolation; the neighbour's is 1 less this
    float geo;  // |S|^2 / (S . d), the length of the over-relaxed normal part of S over the distance, m
};

struct FvBoundaryFace {
    float area[3];        // outward
    float from_owner[3];  // face centre - cell centre
    std::int32_t cell, patch;
};

// What a boundary patch prescribes.
enum class FvPatchKind : std::int32_t {
    wall,      // velocity `boundary_velocity`, no flow through
    velocity,  // velocity `boundary_velocity` and the flow it carries
    pressure,  // uniform static pressure P = P0 + R * outflow; inflow enters with `inflow_velocity`
    symmetry   // no flow through, no shear
};

// Mesh and its connectivity by rows. Rows [0, cells) are cells; one row more per pressure patch follows: its
// pressure is an unknown. Entries of a cell row come in the order of their column; a column >= cells is a
// pressure patch. side[k] >= 0: 2 * face + (1 when the row's cell is the neighbour); side[k] < 0: boundary
// face -1 - side[k].
struct FvMeshView {
    Index cells = 0, rows = 0;
    View<const std::int32_t> row_start, column, side;
    View<const std::int32_t> owner, neighbour;
    View<const FvFace> face;
    View<const float> volume;
    View<const std::int32_t> boundary_start, boundary_list;  // boundary faces of each cell
    View<const FvBoundaryFace> boundary;
    View<const FvPatchKind> patch_kind;
    View<const std::int32_t> patch_row;  // row of a pressure patch, -1 for others
    // Least-squares gradient: sum over entries of vector * difference; three values per entry and per
    // boundary face. Prescribed velocities take part in the velocity set, patch pressures in the pressure
    // set; away from the boundary both are the same.
    View<const float> gradient_u, gradient_p, boundary_gradient_u;
    View<const float> boundary_velocity;  // three per boundary face, m/s
    View<const float> viscosity;          // one per cell, or a single value for all; Pa s
    float density = 0;
};

// gradient[12 i + 4 a + c] = d(component c)/d(axis a) of the state (c = 3: pressure). reach[i]: the largest
// |u_neighbour - u_i| over the neighbouring cells, m/s, which bounds what convection extrapolates; zero in
// the cells at a pressure patch, whose velocity gradient sees the inside only.
template <class Exec>
void fv_gradients(const Exec& exec, const FvMeshView& mesh, View<const double> state, View<float> gradient,
                  View<float> reach);

// p += pressure_change in every row.
template <class Exec>
void fv_raise_pressure(const Exec& exec, View<const float> pressure_change, View<double> state);
// u = -coefficient grad p in every cell.
template <class Exec>
void fv_potential_velocity(const Exec& exec, View<const float> coefficient, View<const float> gradient,
                           View<double> state);

// Largest |net outflow| of a cell, m3/s.
template <class Exec>
double fv_worst_imbalance(const Exec& exec, const FvMeshView& mesh, View<const double> flux,
                          View<const double> boundary_flux);

// extent[i]: volume times magnitude of the velocity gradient, m3/s; `gradient` as above.
template <class Exec>
void fv_gradient_magnitude(const Exec& exec, View<const float> volume, View<const float> gradient,
                           View<float> extent);
// rate[i] = factor * sum[g] / whole[g] + least for the group g of cell i, 1/s; returns the mean over the
// cells of |log(rate / what it was)|.
template <class Exec>
double fv_pseudo_rate(const Exec& exec, View<const std::int32_t> group, View<const float> sum,
                      View<const float> whole, float factor, float least, View<float> rate);

// The face velocities of old time levels: their excess over the interpolated cell velocities, combined like
// the time derivative. Without it the pressure that is felt between faces and cells, and with it a steady
// flow, would depend on the time step (Choi, Numer. Heat Transfer B 36 (1999) 545).
struct FvFluxMemory {
    float rate = 0;                    // kg/(m3 s), density times coefficient of the new velocity; 0: steady
    View<const float> face, boundary;  // m3/s; read when rate > 0
};

// Volume flow through internal faces (owner to neighbour) and boundary faces (outward), m3/s: linear
// interpolation with skewness correction, and an excess: the difference between compact and interpolated
// pressure gradient times `rhie_chow` (Rhie and Chow, AIAA J. 21 (1983)), m3 s/kg over volume. In unsteady
// flow the excess e obeys rate e + e / rhie_chow = difference of gradients + rate memory.
template <class Exec>
void fv_fluxes(const Exec& exec, const FvMeshView& mesh, View<const double> state, View<const float> gradient,
               View<const float> rhie_chow, const FvFluxMemory& memory, View<double> flux,
               View<double> boundary_flux);

// What the given fluxes have over the interpolated velocities of the state; zero on faces that are not of
// pressure patches.
template <class Exec>
void fv_flux_excess(const Exec& exec, const FvMeshView& mesh, View<const double> state,
                    View<const float> gradient, View<const double> flux, View<const double> boundary_flux,
                    View<float> face, View<float> boundary);

// Time steps and scheme of the momentum equation.
struct FvMomentumTerms {
    View<const float> pseudo_rate;  // 1/s, one per cell: 1 over the pseudo-time step, in the matrix only
    float physical_rate = 0;        // 1/s, coefficient of the new velocity in the time derivative (0: steady)
    // What the new velocity is compared with, four values a row as the state: the time derivative is
    // physical_rate * (u - reference); read when physical_rate > 0.
    View<const double> reference;
    View<const float> body_force;  // N/m3, three values a cell; may be empty
    float rhie_chow_factor = 1;    // weight of the matrix diagonal in the Rhie-Chow coefficient
    // Share of second-order upwind in the convected value, the rest is central: at 0.5 their leading errors
    // cancel.
    float upwind_share = 0.5f;
    // The convected value departs from the upwind cell's by at most this part of the cell's reach. On even
    // cells a linear field takes half of it.
    float extrapolation_bound = 0.7f;
};

// Momentum in residual form: first-order upwind and over-relaxed diffusion in the matrix, the blend of
// second-order upwind and central interpolation, bounded by `reach`, non-orthogonal parts and the quadratic
// wall gradient in the residual. residual[4 i + c], N; also the coefficients of pressure correction `simplec`
// = V / (a_P - sum of neighbour coefficients) and `rhie_chow` = V / a_P without time derivative, per unit
// volume force (m3 s/kg).
template <class Exec>
void fv_momentum(const Exec& exec, const FvMeshView& mesh, View<const double> state,
                 View<const float> gradient, View<const float> reach, View<const double> flux,
                 View<const double> boundary_flux, View<const float> inflow_velocity,
                 const FvMomentumTerms& terms, View<float> value, View<float> diagonal, View<float> residual,
                 View<float> simplec, View<float> rhie_chow);

// One sweep over A x = b with four right-hand sides (the fourth is padding): Gauss-Seidel inside chunks of
// `chunk` rows, Jacobi between them; the same bits for any number of threads. chunk = 1 is Jacobi.
template <class Exec>
void fv_sweep(const Exec& exec, const FvMeshView& mesh, View<const float> value, View<const float> diagonal,
              View<const float> b, Index chunk, bool reverse, View<const float> x_old, View<float> x);
// |x - x_old| / |x| over the velocities of all cells (four values a cell, of which the last is none).
template <class Exec>
double fv_sweep_change(const Exec& exec, View<const float> x_old, View<const float> x);

// Pressure-correction matrix on the mesh pattern: -D_f |S|^2 / (S . d) per entry, the sum on the diagonal.
// `patch_conductance`: 1 / R of each row of a pressure patch, negative for a fixed pressure.
template <class Exec>
void fv_pressure_matrix(const Exec& exec, const FvMeshView& mesh, View<const float> simplec,
                        View<const float> patch_conductance, View<float> value, View<float> diagonal);

// Right-hand side of the pressure correction: minus the net outflow of each cell after the velocity change
// `delta` (four values a cell); for pressure patches (P0 - P) / R + outflow. `patch_base`: P0.
template <class Exec>
void fv_pressure_source(const Exec& exec, const FvMeshView& mesh, View<const double> state,
                        View<const double> flux, View<const double> boundary_flux, View<const float> delta,
                        View<const float> patch_conductance, View<const double> patch_base,
                        View<float> source);

// change[4 i + c] = delta - simplec * gradient of p' (c < 3), p' (c = 3); patch rows get p' alone.
template <class Exec>
void fv_correction(const Exec& exec, const FvMeshView& mesh, View<const float> delta,
                   View<const float> pressure_change, View<const float> simplec, View<float> change);

// After the pressure correction: the fluxes that belong to the corrected velocity and conserve mass,
// F + delta . S - D_f (p'_N - p'_P).
template <class Exec>
void fv_correct_fluxes(const Exec& exec, const FvMeshView& mesh, View<const float> delta,
                       View<const float> pressure_change, View<const float> simplec, View<double> flux,
                       View<double> boundary_flux);

// Sums over the boundary faces [first, first + count): static pressure times area (extrapolated from the
// cells where the patch does not prescribe it), and outflow.
struct OpeningSums {
    double pressure_area = 0, outflow = 0;
    CTFFR_HD OpeningSums& operator+=(const OpeningSums& other) {
        pressure_area += other.pressure_area, outflow += other.outflow;
        return *this;
    }
    CTFFR_HD OpeningSums operator+(const OpeningSums& other) const {
        OpeningSums sum = *this;
        return sum += other;
    }
};
template <class Exec>
OpeningSums fv_opening(const Exec& exec, const FvMeshView& mesh, Index first, Index count,
                       View<const double> state, View<const float> gradient,
                       View<const double> boundary_flux);

// Walls that leak into vessels too small to be seen: the velocity through each boundary face with a
// conductance, conductance * (pressure - leak_pressure) along the outward normal. `conductance`: m/(s Pa),
// one per boundary face, 0 for tight ones; `leak_pressure`: Pa, one per boundary face; `velocity`: the
// boundary velocity of the mesh.
template <class Exec>
void fv_leak(const Exec& exec, const FvMeshView& mesh, View<const double> state, View<const float> gradient,
             View<const float> conductance, View<const float> leak_pressure, View<float> velocity);

// The same leaks in the pressure correction: what a change of pressure lets out of each cell, m3/(s Pa), on
// the diagonal of the pressure matrix, and afterwards in the fluxes.
template <class Exec>
void fv_leak_diagonal(const Exec& exec, const FvMeshView& mesh, View<const float> conductance,
                      View<float> diagonal);
template <class Exec>
void fv_correct_leak(const Exec& exec, const FvMeshView& mesh, View<const float> conductance,
                     View<const float> pressure_change, View<double> boundary_flux);

// Flow out through each row of a pressure patch, m3/s.
template <class Exec>
void fv_patch_flows(const Exec& exec, const FvMeshView& mesh, View<const double> boundary_flux,
                    View<double> flow);

// Carreau: mu = mu_inf + (mu_0 - mu_inf) (1 + (lambda rate)^2)^((n - 1) / 2), rate = sqrt(2 S : S).
struct Carreau {
    float mu_zero = 0.056f, mu_infinity = 0.00345f, lambda = 3.313f, n = 0.3568f;
};
template <class Exec>
void fv_carreau(const Exec& exec, Index cells, View<const float> gradient, const Carreau& law,
                View<float> viscosity);

// out = a x + b y; the arrays may be the same.
template <class Exec, class Real>
void time_combination(const Exec& exec, double a, View<const Real> x, double b, View<const Real> y,
                      View<Real> out);

// state[4 row + 3] = pressure[row - cells] for the rows of pressure patches with fixed[row - cells] != 0.
template <class Exec>
void fv_fix_pressures(const Exec& exec, const FvMeshView& mesh, View<const std::int32_t> fixed,
                      View<const double> pressure, View<double> state);

// Sums over the cells of a state or a change of it, four values a row: volume, volume times |u|^2, p, p^2.
struct FlowSums {
    double volume = 0, speed2 = 0, pressure = 0, pressure2 = 0;
    CTFFR_HD FlowSums& operator+=(const FlowSums& other) {
        volume += other.volume, speed2 += other.speed2;
        pressure += other.pressure, pressure2 += other.pressure2;
        return *this;
    }
    CTFFR_HD FlowSums operator+(const FlowSums& other) const {
        FlowSums sum = *this;
        return sum += other;
    }
};
template <class Exec, class Real>
FlowSums fv_flow_sums(const Exec& exec, const FvMeshView& mesh, View<const Real> state);

// Vectors of four floats a row, for the acceleration of the outer iteration.
inline constexpr int mixing_depth_limit = 10;
struct MixingSums {
    double value[mixing_depth_limit + 1] = {};
    CTFFR_HD MixingSums& operator+=(const MixingSums& other) {
        for (int i = 0; i <= mixing_depth_limit; ++i) value[i] += other.value[i];
        return *this;
    }
    CTFFR_HD MixingSums operator+(const MixingSums& other) const {
        MixingSums sum = *this;
        return sum += other;
    }
};
struct MixingVectors {
    const float* data[mixing_depth_limit] = {};
    int count = 0;
};
// Weighted products of f with each vector, and with itself (last value): weight = volume * (scale_u^2 |u|^2 +
// scale_p^2 p^2).
template <class Exec>
MixingSums mixing_products(const Exec& exec, View<const float> volume, float scale_u, float scale_p,
                           View<const float> f, const MixingVectors& vectors);
// difference = f - f_old; f_old = f; move += difference, which makes it the sum of a step and what the step
// changed.
template <class Exec>
void mixing_difference(const Exec& exec, View<const float> f, View<float> f_old, View<float> difference,
                       View<float> move);
// state += f - sum of weight_j * move_j; step = the same sum.
struct MixingWeights {
    float value[mixing_depth_limit] = {};
};
template <class Exec>
void mixing_update(const Exec& exec, View<const float> f, const MixingVectors& moves,
                   const MixingWeights& weights, View<float> step, View<double> state);

// sum += state, element by element; and state = sum / count.
template <class Exec>
void mean_add(const Exec& exec, View<const double> state, View<double> sum);
template <class Exec>
void mean_take(const Exec& exec, View<const double> sum, int count, View<double> state);

}  // namespace ctffr::kernels
