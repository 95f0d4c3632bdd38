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

// The strongest coupled partner of each free row; -1 when it has none.
std::vector<std::int32_t> strongest_partners(const HostMatrix& a, const std::vector<std::int32_t>& mate) {
    std::vector<std::int32_t> best(mate.size(), -1);
    parallel_for(Cpu{}, "strongest partner", static_cast<Index>(mate.size()), [&](Index row) {
        const auto i = static_cast<std::size_t>(row);
        if (mate[i] >= 0) return;
        float strength = 0;
        for (std::int32_t k = a.pattern.row_start[i]; k < a.pattern.row_start[i + 1]; ++k) {
            const std::int32_t j = a.pattern.column[static_cast<std::size_t>(k)];
            if (mate[static_cast<std::size_t>(j)] >= 0) continue;
            const float s = -a.value[static_cast<std::size_t>(k)] /
                            std::min(a.diagonal[i], a.diagonal[static_cast<std::size_t>(j)]);
            if (s > strength) strength = s, best[i] = j;
        }
    });
    return best;
}

// Pairs rows that choose each other; rounds until few are left, which stay single.
Aggregates pair_by_strength(const HostMatrix& a) {
    const auto n = static_cast<std::size_t>(a.pattern.rows());
    std::vector<std::int32_t> mate(n, -1), link(n);
    std::iota(link.begin(), link.end(), 0);
    constexpr int rounds = 6;
    for (int round = 0; round < rounds; ++round) {
        const std::vector<std::int32_t> best = strongest_partners(a, mate);
        std::size_t paired = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const std::int32_t j = best[i];
            if (j <= static_cast<std::int32_t>(i) ||
                best[static_cast<std::size_t>(j)] != static_cast<std::int32_t>(i))
                continue;
            mate[i] = j, mate[static_cast<std::size_t>(j)] = static_cast<std::int32_t>(i);
            link[static_cast<std::size_t>(j)] = static_cast<std::int32_t>(i);
            ++paired;
        }
        if (paired * 50 < n) break;
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
