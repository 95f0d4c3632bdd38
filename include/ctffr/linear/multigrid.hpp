// SPDX-License-Identifier: Apache-2.0
// Aggregation multigrid for symmetric M-matrices (finite-volume pressure equations), used as preconditioner
// of CG.
//
// Method: piecewise-constant transfer on aggregates, Galerkin coarse matrices as plain sums of fine
// coefficients, Chebyshev smoothing on Jacobi, over-correction of the coarse correction, dense inverse on the
// coarsest level; all in single precision. Plain aggregation with over-correction: Stueben, "A review of
// algebraic multigrid" (2001), section 9.1; Chebyshev smoothing: Adams et al., J. Comput. Phys. 188 (2003).
// The structure is set up once; new coefficients need only segmented sums.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ctffr/core/vec3.hpp"
#include "ctffr/kernels/linear.hpp"
#include "ctffr/parallel/array.hpp"
#include "ctffr/parallel/replay.hpp"

namespace ctffr::linear {

// Pattern of a symmetric matrix without its diagonal, rows sorted by column.
struct Pattern {
    std::vector<std::int32_t> row_start{0}, column;

    Index rows() const { return static_cast<Index>(row_start.size()) - 1; }
};

struct MultigridOptions {
    Index coarsest_rows = 400;     // below this a dense inverse is used
    double over_correction = 1.9;  // factor on the coarse correction; must stay below 2 for a definite cycle
    int chebyshev_degree = 2;
    double chebyshev_interval = 8;  // smooths eigenvalues in [max / interval, max] of D^-1 A
    int max_levels = 24;
};

// Aggregates of one level: aggregate[i] is the coarse row of fine row i.
struct Aggregates {
    std::vector<std::int32_t> aggregate;
    Index count = 0;
};

// Cells of one octree parent (`parent` gives equal numbers to siblings), split where they are not connected,
// so that branches that touch in space stay apart.
Aggregates aggregate_by_parent(const Pattern& pattern, const std::vector<std::uint64_t>& parent);
// Octree-like parents for any mesh: boxes of twice the local cell size, doubled on each coarser level.
// `centre` and `size` per row, any unit; rows without a place (outlet unknowns) have size <= 0 and stay
// single.
std::vector<std::uint64_t> box_parents(const std::vector<Vec3>& centre, const std::vector<double>& size,
                                       double factor);
// Pairs by strength of coupling, three times, so about 8 rows an aggregate; for stretched meshes.
Aggregates aggregate_by_strength(const Pattern& pattern, const std::vector<float>& value,
                                 const std::vector<float>& diagonal);

// Where rows are, for aggregation by boxes. Empty: by strength.
struct RowGeometry {
    std::vector<Vec3> centre;
    std::vector<double> size;
};

template <class Exec>
class Multigrid {
   public:
    // `value` and `diagonal` of the first matrix steer the aggregation by strength; call set_values for new
    // ones.
    Multigrid(const Exec& exec, Pattern pattern, std::vector<float> value, std::vector<float> diagonal,
              RowGeometry geometry, const MultigridOptions& options);
    ~Multigrid();
    Multigrid(Multigrid&&) noexcept;

    // New coefficients, same pattern. The bounds of the smoother stay those of the first coefficients: the
    // spectrum of D^-1 A hardly moves.
    template <class Real>
    void set_values(View<const Real> value, View<const Real> diagonal);
    // z of one V-cycle on A z = factor r from z = 0, to be read before the next call. A fixed symmetric
    // linear operator.
    template <class Real>
    View<const float> apply(View<const Real> r, double factor = 1);

    // The finest matrix in single precision.
    kernels::SparseView<float> finest() const;
    int levels() const;
    Index rows(int level) const;
    // The row of `level` into which each finest row was merged.
    std::vector<std::int32_t> groups(int level) const;
    // Sums over the finest rows that were merged into each row of `level`.
    void sum_groups(int level, View<const float> finest, View<float> sums);
    double operator_complexity() const;  // stored entries of all levels over those of the finest

   private:
    struct Level;
    void cycle(const Exec& exec, std::size_t level);
    void smooth(const Exec& exec, Level& level, bool from_zero);
    void update_level(std::size_t level);
    void update_coarse();
    void estimate_largest_eigenvalue(Level& level);
    void invert_coarsest();

    Exec exec_;
    MultigridOptions options_;
    std::vector<std::unique_ptr<Level>> levels_;
    std::unique_ptr<Array<float, Exec>> coarse_inverse_;
    Replay<Exec> recorded_;  // the cycle, for the present coefficients
};

}  // namespace ctffr::linear
