// SPDX-License-Identifier: Apache-2.0
#include "ctffr/linear/multigrid.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>

#include <Eigen/Dense>

#include "ctffr/core/error.hpp"
#include "ctffr/core/random.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "linear/galerkin.hpp"

namespace ctffr::linear {

namespace {

// Rows of outlets stand behind those of the cells and have an entry for each face of the outlet.
Index long_rows_at_end(const Pattern& p) {
    constexpr std::int32_t many = 64;
    std::size_t row = p.row_start.size() - 1;
    while (row > 0 && p.row_start[row] - p.row_start[row - 1] > many) --row;
    return p.rows() - static_cast<Index>(row);
}

// Boxes of the next level: their centres and edges, for the aggregation after it.
RowGeometry coarse_geometry(const RowGeometry& fine, const Aggregates& groups) {
    RowGeometry coarse;
    const auto n = static_cast<std::size_t>(groups.count);
    coarse.centre.assign(n, {});
    coarse.size.assign(n, 0);
    std::vector<int> members(n, 0);
    for (std::size_t i = 0; i < groups.aggregate.size(); ++i) {
        const auto g = static_cast<std::size_t>(groups.aggregate[i]);
        coarse.centre[g] += fine.centre[i];
        coarse.size[g] = std::max(coarse.size[g], fine.size[i] > 0 ? 2 * fine.size[i] : 0.0);
        ++members[g];
    }
    for (std::size_t g = 0; g < n; ++g) coarse.centre[g] = coarse.centre[g] / members[g];
    return coarse;
}

}  // namespace

// One level: its matrix, the way down from it, and its work vectors.
template <class Exec>
struct Multigrid<Exec>::Level {
    Level(const Exec& exec, const Pattern& p)
        : rows(p.rows()),
          tail(long_rows_at_end(p)),
          row_start(exec, p.row_start),
          column(exec, p.column),
          value(exec, static_cast<Index>(p.column.size())),
          diagonal(exec, rows),
          b(exec, rows),
          x(exec, rows),
          x_other(exec, rows),
          d(exec, rows) {}

    kernels::SparseView<float> matrix() const {
        return {rows, row_start.view(), column.view(), value.view(), diagonal.view(), tail};
    }

    Index rows, tail;
    Array<std::int32_t, Exec> row_start, column;
    Array<float, Exec> value, diagonal;
    Array<float, Exec> b, x, x_other, d;
    double largest_eigenvalue = 2;
    // To the next coarser level; empty on the coarsest.
    struct Transfer {
        Transfer(const Exec& exec, const Galerkin& g, const Aggregates& groups)
            : aggregate(exec, groups.aggregate),
              member_start(exec, g.member_start),
              member(exec, g.member),
              entry_start(exec, g.entry_start),
              entry(exec, g.entry),
              inner_start(exec, g.inner_start),
              inner(exec, g.inner) {}
        Array<std::int32_t, Exec> aggregate, member_start, member, entry_start, entry, inner_start, inner;
    };
    std::optional<Transfer> transfer;
};

template <class Exec>
Multigrid<Exec>::Multigrid(const Exec& exec, Pattern pattern, std::vector<float> value,
                           std::vector<float> diagonal, RowGeometry geometry, const MultigridOptions& options)
    : exec_(exec), options_(options) {
    CTFFR_CHECK(options.over_correction > 0 && options.over_correction < 2);
    CTFFR_CHECK_OP(options.chebyshev_degree, >=, 1);
    const bool by_boxes = !geometry.centre.empty();
    levels_.push_back(std::make_unique<Level>(exec, pattern));
    levels_.front()->value.copy_from(value);
    levels_.front()->diagonal.copy_from(diagonal);
    while (pattern.rows() > options.coarsest_rows && static_cast<int>(levels_.size()) < options.max_levels) {
        Aggregates groups;
        if (by_boxes) groups = aggregate_by_parent(pattern, box_parents(geometry.centre, geometry.size, 2.0));
        // Boxes catch single rows where cells of many sizes meet; strength of coupling always finds partners.
        if (!by_boxes || groups.count * 3 > pattern.rows())
            groups = aggregate_by_strength(pattern, value, diagonal);
        // Isolated rows cannot be merged; a level that hardly shrinks would only cost time.
        if (groups.count * 10 > pattern.rows() * 9) break;
        Galerkin g = make_galerkin(pattern, groups);
        Level& fine = *levels_.back();
        fine.transfer.emplace(exec, g, groups);
        if (by_boxes) geometry = coarse_geometry(geometry, groups);
        std::vector<float> v(g.pattern.column.size()), dg(static_cast<std::size_t>(groups.count));
        parallel_for(Cpu{}, "galerkin values", groups.count, [&](Index coarse) {
            const auto r = static_cast<std::size_t>(coarse);
            const auto sum = [](const std::vector<std::int32_t>& start, std::size_t k,
                                const std::vector<std::int32_t>& item, const std::vector<float>& from) {
                float all = 0;
                for (std::int32_t j = start[k]; j < start[k + 1]; ++j)
                    all += from[static_cast<std::size_t>(item[static_cast<std::size_t>(j)])];
                return all;
            };
            for (auto k = static_cast<std::size_t>(g.pattern.row_start[r]);
                 k < static_cast<std::size_t>(g.pattern.row_start[r + 1]); ++k)
                v[k] = sum(g.entry_start, k, g.entry, value);
            dg[r] = sum(g.member_start, r, g.member, diagonal) + sum(g.inner_start, r, g.inner, value);
        });
        value = std::move(v), diagonal = std::move(dg);
        pattern = std::move(g.pattern);
        levels_.push_back(std::make_unique<Level>(exec, pattern));
    }
    const Index n = levels_.back()->rows;
    constexpr Index dense_limit = 3000;
    if (n > dense_limit)
        throw Error(ExitCode::internal,
                    "The coarsest multigrid level has {} rows, too many for a dense inverse (limit {}): the "
                    "matrix has "
                    "many unconnected rows.",
                    n, dense_limit);
    coarse_inverse_ = std::make_unique<Array<float, Exec>>(exec, n * n);
    update_coarse();
    for (const auto& level : levels_)
        if (level->transfer) estimate_largest_eigenvalue(*level);
}

template <class Exec>
Multigrid<Exec>::~Multigrid() = default;
template <class Exec>
Multigrid<Exec>::Multigrid(Multigrid&&) noexcept = default;

template <class Exec>
template <class Real>
void Multigrid<Exec>::set_values(View<const Real> value, View<const Real> diagonal) {
    Level& finest = *levels_.front();
    CTFFR_CHECK_OP(value.size, ==, finest.value.size());
    CTFFR_CHECK_OP(diagonal.size, ==, finest.rows);
    kernels::convert<Exec, Real, float>(exec_, value, 1.0, finest.value.view());
    kernels::convert<Exec, Real, float>(exec_, diagonal, 1.0, finest.diagonal.view());
    update_coarse();
}

template <class Exec>
void Multigrid<Exec>::update_coarse() {
    for (std::size_t level = 0; level + 1 < levels_.size(); ++level) update_level(level);
    invert_coarsest();
    recorded_.forget();
}

template <class Exec>
kernels::SparseView<float> Multigrid<Exec>::finest() const {
    return levels_.front()->matrix();
}

// Coefficients of level + 1 from those of `level`.
template <class Exec>
void Multigrid<Exec>::update_level(std::size_t level) {
    const Level& fine = *levels_[level];
    Level& coarse = *levels_[level + 1];
    const auto& t = *fine.transfer;
    kernels::segmented_sum(exec_, t.entry_start.view(), t.entry.view(), fine.value.view(), false,
                           coarse.value.view());
    kernels::segmented_sum(exec_, t.member_start.view(), t.member.view(), fine.diagonal.view(), false,
                           coarse.diagonal.view());
    kernels::segmented_sum(exec_, t.inner_start.view(), t.inner.view(), fine.value.view(), true,
                           coarse.diagonal.view());
}

// Largest eigenvalue of D^-1 A by power iteration from a fixed start, 5 % added; Gershgorin bounds it by 2.
template <class Exec>
void Multigrid<Exec>::estimate_largest_eigenvalue(Level& level) {
    std::vector<float> start(static_cast<std::size_t>(level.rows));
    parallel_for(Cpu{}, "eigenvalue start", level.rows, [&](Index row) {
        const auto i = static_cast<std::size_t>(row);
        start[i] = static_cast<float>(uniform_from_bits(philox(1, 0, i).v[0], 0) - 0.5);
    });
    level.x.copy_from(start);
    double eigenvalue = 2;
    constexpr int steps = 12;
    for (int step = 0; step < steps; ++step) {
        // d = D^-1 A x, through a Chebyshev step with b = 0: x_new = x - D^-1 A x.
        kernels::fill_zero<Exec>(exec_, level.b.view());
        kernels::fill_zero<Exec>(exec_, level.d.view());
        kernels::chebyshev_step<Exec>(exec_, level.matrix(), level.b.view(), level.x.view(), 0.0f, -1.0f,
                                      level.d.view(), level.x_other.view());
        const View<const float> d = std::as_const(level.d).view();
        const double length = std::sqrt(kernels::dot_product<Exec, float>(exec_, d, d));
        if (!(length > 0) || !std::isfinite(length)) break;
        eigenvalue = length;
        kernels::convert<Exec, float, float>(exec_, d, 1.0 / length, level.x.view());
        if (step == 0) eigenvalue = 2;  // the start vector was not normalised
    }
    level.largest_eigenvalue = std::min(2.0, 1.05 * eigenvalue);
}

template <class Exec>
void Multigrid<Exec>::invert_coarsest() {
    const Level& level = *levels_.back();
    const Index n = level.rows;
    const std::vector<std::int32_t> row_start = level.row_start.to_host(), column = level.column.to_host();
    const std::vector<float> value = level.value.to_host(), diagonal = level.diagonal.to_host();
    Eigen::MatrixXd a = Eigen::MatrixXd::Zero(n, n);
    for (Index i = 0; i < n; ++i) {
        a(i, i) = static_cast<double>(diagonal[static_cast<std::size_t>(i)]);
        for (std::int32_t k = row_start[static_cast<std::size_t>(i)];
             k < row_start[static_cast<std::size_t>(i) + 1]; ++k)
            a(i, column[static_cast<std::size_t>(k)]) +=
                static_cast<double>(value[static_cast<std::size_t>(k)]);
    }
    // Single precision leaves the two triangles a rounding apart.
    a = 0.5 * (a + a.transpose()).eval();
    const Eigen::LDLT<Eigen::MatrixXd> factor(a);
    if (factor.info() != Eigen::Success || !factor.isPositive() || !(factor.vectorD().minCoeff() > 0))
        throw Error(ExitCode::not_converged,
                    "The coarsest multigrid matrix ({} rows) is not positive definite: no boundary fixes the "
                    "level of "
                    "the solution, or coefficients are not finite.",
                    n);
    const Eigen::MatrixXd inverse = factor.solve(Eigen::MatrixXd::Identity(n, n));
    std::vector<float> single(static_cast<std::size_t>(n * n));
    for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < n; ++j)
            single[static_cast<std::size_t>(i * n + j)] =
                static_cast<float>(0.5 * (inverse(i, j) + inverse(j, i)));
    coarse_inverse_->copy_from(single);
}

// Chebyshev polynomial on [largest / interval, largest] of D^-1 A (Adams et al. 2003, algorithm 1).
template <class Exec>
void Multigrid<Exec>::smooth(const Exec& exec, Level& level, bool from_zero) {
    const double high = level.largest_eigenvalue, low = high / options_.chebyshev_interval;
    const double theta = 0.5 * (high + low), delta = 0.5 * (high - low), sigma = theta / delta;
    double rho = 1 / sigma;
    const View<const float> b = std::as_const(level.b).view();
    if (from_zero) {
        kernels::chebyshev_start<Exec>(exec, std::as_const(level.diagonal).view(), b,
                                       static_cast<float>(1 / theta), level.d.view(), level.x.view());
    } else {
        // c_d = 0 forgets the old direction, which is finite from the first half of the cycle.
        kernels::chebyshev_step<Exec>(exec, level.matrix(), b, level.x.view(), 0.0f,
                                      static_cast<float>(1 / theta), level.d.view(), level.x_other.view());
        std::swap(level.x, level.x_other);
    }
    for (int step = 1; step < options_.chebyshev_degree; ++step) {
        const double next = 1 / (2 * sigma - rho);
        kernels::chebyshev_step<Exec>(exec, level.matrix(), b, level.x.view(), static_cast<float>(next * rho),
                                      static_cast<float>(2 * next / delta), level.d.view(),
                                      level.x_other.view());
        std::swap(level.x, level.x_other);
        rho = next;
    }
}

template <class Exec>
void Multigrid<Exec>::cycle(const Exec& exec, std::size_t index) {
    Level& level = *levels_[index];
    if (!level.transfer) {
        kernels::dense_multiply<Exec>(exec, std::as_const(*coarse_inverse_).view(), level.b.view(),
                                      level.x.view());
        return;
    }
    smooth(exec, level, true);
    Level& coarse = *levels_[index + 1];
    kernels::residual<Exec, float>(exec, level.matrix(), std::as_const(level.b).view(),
                                   std::as_const(level.x).view(), level.x_other.view());
    kernels::segmented_sum<Exec>(exec, level.transfer->member_start.view(), level.transfer->member.view(),
                                 std::as_const(level.x_other).view(), false, coarse.b.view());
    cycle(exec, index + 1);
    kernels::prolong_add<Exec>(exec, level.transfer->aggregate.view(), coarse.x.view(),
                               static_cast<float>(options_.over_correction), level.x.view());
    smooth(exec, level, false);
}

template <class Exec>
template <class Real>
View<const float> Multigrid<Exec>::apply(View<const Real> r, double factor) {
    Level& finest = *levels_.front();
    kernels::convert<Exec, Real, float>(exec_, r, factor, finest.b.view());
    recorded_.run(exec_, [this](const Exec& exec) { cycle(exec, 0); });
    return std::as_const(finest.x).view();
}

template <class Exec>
int Multigrid<Exec>::levels() const {
    return static_cast<int>(levels_.size());
}
template <class Exec>
Index Multigrid<Exec>::rows(int level) const {
    return levels_[static_cast<std::size_t>(level)]->rows;
}
template <class Exec>
std::vector<std::int32_t> Multigrid<Exec>::groups(int level) const {
    CTFFR_CHECK_OP(level, <, levels());
    std::vector<std::int32_t> group(static_cast<std::size_t>(rows(0)));
    std::iota(group.begin(), group.end(), 0);
    for (int l = 0; l < level; ++l) {
        const std::vector<std::int32_t> next =
            levels_[static_cast<std::size_t>(l)]->transfer->aggregate.to_host();
        for (std::int32_t& g : group) g = next[static_cast<std::size_t>(g)];
    }
    return group;
}

template <class Exec>
void Multigrid<Exec>::sum_groups(int level, View<const float> finest, View<float> sums) {
    CTFFR_CHECK_OP(finest.size, ==, rows(0));
    CTFFR_CHECK_OP(sums.size, ==, rows(level));
    if (level == 0) return kernels::convert<Exec, float, float>(exec_, finest, 1.0, sums);
    View<const float> from = finest;
    for (int l = 0; l < level; ++l) {
        const auto& t = *levels_[static_cast<std::size_t>(l)]->transfer;
        const View<float> to = l + 1 < level ? levels_[static_cast<std::size_t>(l) + 1]->b.view() : sums;
        kernels::segmented_sum<Exec>(exec_, t.member_start.view(), t.member.view(), from, false, to);
        from = to;
    }
}

template <class Exec>
double Multigrid<Exec>::operator_complexity() const {
    double entries = 0;
    for (const auto& level : levels_) entries += static_cast<double>(level->value.size() + level->rows);
    return entries / static_cast<double>(levels_.front()->value.size() + levels_.front()->rows);
}

template class Multigrid<Cpu>;
template void Multigrid<Cpu>::set_values(View<const float>, View<const float>);
template void Multigrid<Cpu>::set_values(View<const double>, View<const double>);
template View<const float> Multigrid<Cpu>::apply(View<const float>, double);
template View<const float> Multigrid<Cpu>::apply(View<const double>, double);
#if defined(CTFFR_HAVE_CUDA)
template class Multigrid<Cuda>;
template void Multigrid<Cuda>::set_values(View<const float>, View<const float>);
template void Multigrid<Cuda>::set_values(View<const double>, View<const double>);
template View<const float> Multigrid<Cuda>::apply(View<const float>, double);
template View<const float> Multigrid<Cuda>::apply(View<const double>, double);
#endif

}  // namespace ctffr::linear
