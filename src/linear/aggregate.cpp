// SPDX-License-Identifier: Apache-2.0
// Which rows of a matrix become one row of the next coarser level.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "ctffr/core/error.hpp"
#include "ctffr/linear/multigrid.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::linear {

namespace {

// Root of a row's connected group, halving the path on the way.
std::int32_t root_of(std::vector<std::int32_t>& link, std::int32_t i) {
    while (link[static_cast<std::size_t>(i)] != i) {
        auto& up = link[static_cast<std::size_t>(i)];
        up = link[static_cast<std::size_t>(up)];
        i = up;
    }
    return i;
}

// Numbers the groups 0, 1, ... in the order of their smallest row, so that locality of rows is kept.
Aggregates number_groups(std::vector<std::int32_t>& link) {
    Aggregates result;
    result.aggregate.assign(link.size(), -1);
    std::vector<std::int32_t> number(link.size(), -1);
    for (std::size_t i = 0; i < link.size(); ++i) {
        auto& n = number[static_cast<std::size_t>(root_of(link, static_cast<std::int32_t>(i)))];
        if (n < 0) n = static_cast<std::int32_t>(result.count++);
        result.aggregate[i] = n;
    }
    return result;
}

// A matrix on the host while pairs are made.
struct HostMatrix {
    Pattern pattern;
    std::vector<float> value, diagonal;
};

// Pairs each row, in order, with its strongest coupled neighbour that is still free; a row whose neighbours are
// all taken joins the pair of the strongest one, so no row stays behind where couplings are alike everywhere.
Aggregates pair_by_strength(const HostMatrix& a) {
    const auto n = static_cast<std::size_t>(a.pattern.rows());
    std::vector<std::int32_t> link(n);
    std::iota(link.begin(), link.end(), 0);
    std::vector<char> taken(n, 0), joined(n, 0);
    const auto strength = [&](std::size_t i, std::int32_t k) {
        const auto j = static_cast<std::size_t>(a.pattern.column[static_cast<std::size_t>(k)]);
        return -a.value[static_cast<std::size_t>(k)] / std::min(a.diagonal[i], a.diagonal[j]);
    };
    for (std::size_t i = 0; i < n; ++i) {
        if (taken[i]) continue;
        std::int32_t free_one = -1, any = -1;
        float best_free = 0, best_any = 0;
        for (std::int32_t k = a.pattern.row_start[i]; k < a.pattern.row_start[i + 1]; ++k) {
            const std::int32_t j = a.pattern.column[static_cast<std::size_t>(k)];
            const float s = strength(i, k);
            if (!taken[static_cast<std::size_t>(j)] && s > best_free) best_free = s, free_one = j;
            if (taken[static_cast<std::size_t>(j)] && !joined[static_cast<std::size_t>(j)] && s > best_any)
                best_any = s, any = j;
        }
        taken[i] = 1;
        if (free_one >= 0) {
            taken[static_cast<std::size_t>(free_one)] = 1;
            link[static_cast<std::size_t>(root_of(link, free_one))] = static_cast<std::int32_t>(i);
        } else if (any >= 0) {
            const std::int32_t root = root_of(link, any);
            joined[i] = joined[static_cast<std::size_t>(any)] = 1;  // groups of three at most
            link[i] = root;
        }
    }
    return number_groups(link);
}

// Galerkin sums on the host, by sorting coarse columns within each coarse row.
HostMatrix coarsen(const HostMatrix& a, const Aggregates& groups) {
    const auto n = static_cast<std::size_t>(groups.count);
    std::vector<std::vector<std::pair<std::int32_t, float>>> rows(n);
    HostMatrix coarse;
    coarse.diagonal.assign(n, 0);
    for (std::size_t i = 0; i < groups.aggregate.size(); ++i) {
        const std::int32_t group = groups.aggregate[i];
        coarse.diagonal[static_cast<std::size_t>(group)] += a.diagonal[i];
        for (std::int32_t k = a.pattern.row_start[i]; k < a.pattern.row_start[i + 1]; ++k) {
            const std::int32_t other =
                groups.aggregate[static_cast<std::size_t>(a.pattern.column[static_cast<std::size_t>(k)])];
            const float v = a.value[static_cast<std::size_t>(k)];
            if (other == group)
                coarse.diagonal[static_cast<std::size_t>(group)] += v;
            else
                rows[static_cast<std::size_t>(group)].emplace_back(other, v);
        }
    }
    for (auto& row : rows) {
        std::stable_sort(row.begin(), row.end(),
                         [](const auto& x, const auto& y) { return x.first < y.first; });
        for (const auto& [column, v] : row) {
            const bool same =
                static_cast<std::int32_t>(coarse.value.size()) > coarse.pattern.row_start.back() &&
                coarse.pattern.column.back() == column;
            if (same)
                coarse.value.back() += v;
            else
                coarse.pattern.column.push_back(column), coarse.value.push_back(v);
        }
        coarse.pattern.row_start.push_back(static_cast<std::int32_t>(coarse.value.size()));
    }
    return coarse;
}

}  // namespace

Aggregates aggregate_by_parent(const Pattern& pattern, const std::vector<std::uint64_t>& parent) {
    CTFFR_CHECK_OP(static_cast<Index>(parent.size()), ==, pattern.rows());
    std::vector<std::int32_t> link(parent.size());
    std::iota(link.begin(), link.end(), 0);
    for (std::size_t i = 0; i < parent.size(); ++i)
        for (std::int32_t k = pattern.row_start[i]; k < pattern.row_start[i + 1]; ++k) {
            const auto j = static_cast<std::size_t>(pattern.column[static_cast<std::size_t>(k)]);
            if (j >= i || parent[j] != parent[i]) continue;
            const std::int32_t a = root_of(link, static_cast<std::int32_t>(i));
            const std::int32_t b = root_of(link, static_cast<std::int32_t>(j));
            link[static_cast<std::size_t>(std::max(a, b))] = std::min(a, b);
        }
    return number_groups(link);
}

std::vector<std::uint64_t> box_parents(const std::vector<Vec3>& centre, const std::vector<double>& size,
                                       double factor) {
    CTFFR_CHECK_OP(centre.size(), ==, size.size());
    Vec3 low{1e300, 1e300, 1e300};
    double smallest = 1e300;
    for (std::size_t i = 0; i < size.size(); ++i) {
        if (size[i] <= 0) continue;
        smallest = std::min(smallest, size[i]);
        for (int a = 0; a < 3; ++a) low[a] = std::min(low[a], centre[i][a] - 0.5 * size[i]);
    }
    std::vector<std::uint64_t> parent(size.size());
    parallel_for(Cpu{}, "box parents", static_cast<Index>(size.size()), [&](Index row) {
        const auto i = static_cast<std::size_t>(row);
        constexpr std::uint64_t single = std::uint64_t{1} << 63;
        if (size[i] <= 0) {
            parent[i] = single | i;
            return;
        }
        const auto level = static_cast<std::uint64_t>(std::lround(std::log2(size[i] / smallest)));
        const double edge = factor * smallest * std::exp2(static_cast<double>(level));
        const auto box = [&](int a) {
            return static_cast<std::uint64_t>((centre[i][a] - low[a]) / edge) & 0x3ffffu;  // 18 bits an axis
        };
        parent[i] = level << 54 | box(2) << 36 | box(1) << 18 | box(0);
    });
    return parent;
}

Aggregates aggregate_by_strength(const Pattern& pattern, const std::vector<float>& value,
                                 const std::vector<float>& diagonal) {
    HostMatrix a{pattern, value, diagonal};
    Aggregates all;
    all.aggregate.resize(static_cast<std::size_t>(pattern.rows()));
    std::iota(all.aggregate.begin(), all.aggregate.end(), 0);
    all.count = pattern.rows();
    constexpr int passes = 3;
    for (int pass = 0; pass < passes; ++pass) {
        const Aggregates pairs = pair_by_strength(a);
        for (std::int32_t& group : all.aggregate) group = pairs.aggregate[static_cast<std::size_t>(group)];
        all.count = pairs.count;
        if (pass + 1 < passes) a = coarsen(a, pairs);
    }
    return all;
}

}  // namespace ctffr::linear
