// SPDX-License-Identifier: Apache-2.0
#include "linear/galerkin.hpp"

#include <algorithm>
#include <cstddef>

#include "ctffr/parallel/parallel.hpp"

namespace ctffr::linear {

namespace {

// Groups `item` by `key` (keys below `count`), keeping order inside a group.
void group_by(const std::vector<std::int32_t>& key, Index count, std::vector<std::int32_t>& start,
              std::vector<std::int32_t>& item) {
    start.assign(static_cast<std::size_t>(count) + 1, 0);
    for (std::int32_t k : key)
        if (k >= 0) ++start[static_cast<std::size_t>(k) + 1];
    for (std::size_t k = 1; k < start.size(); ++k) start[k] += start[k - 1];
    item.resize(static_cast<std::size_t>(start.back()));
    std::vector<std::int32_t> at(start.begin(), start.end() - 1);
    for (std::size_t i = 0; i < key.size(); ++i)
        if (key[i] >= 0)
            item[static_cast<std::size_t>(at[static_cast<std::size_t>(key[i])]++)] =
                static_cast<std::int32_t>(i);
}

}  // namespace

// Each coarse row sorts the entries of its fine rows by coarse column; inside a coarse entry they stay in
// their order.
Galerkin make_galerkin(const Pattern& fine, const Aggregates& groups) {
    Galerkin g;
    group_by(groups.aggregate, groups.count, g.member_start, g.member);
    const auto count = static_cast<std::size_t>(groups.count);
    // The entries of coarse row a in `key`: first[a] up to outer[a] the couplings to others, as column and
    // entry; then, up to first[a + 1], those inside the group.
    std::vector<std::int32_t> first(count + 1, 0), outer(count);
    for (std::size_t i = 0; i < groups.aggregate.size(); ++i)
        first[static_cast<std::size_t>(groups.aggregate[i]) + 1] += fine.row_start[i + 1] - fine.row_start[i];
    for (std::size_t a = 0; a < count; ++a) first[a + 1] += first[a];
    std::vector<std::uint64_t> key(fine.column.size());
    g.pattern.row_start.assign(count + 1, 0);
    parallel_for(Cpu{}, "galerkin keys", groups.count, [&](Index row) {
        const auto a = static_cast<std::size_t>(row);
        const auto begin = key.begin() + first[a], end = key.begin() + first[a + 1];
        auto front = begin, back = end;
        for (std::int32_t m = g.member_start[a]; m < g.member_start[a + 1]; ++m) {
            const auto i = static_cast<std::size_t>(g.member[static_cast<std::size_t>(m)]);
            for (std::int32_t k = fine.row_start[i]; k < fine.row_start[i + 1]; ++k) {
                const std::int32_t b =
                    groups.aggregate[static_cast<std::size_t>(fine.column[static_cast<std::size_t>(k)])];
                const auto entry = static_cast<std::uint32_t>(k);
                if (b == row)
                    *--back = entry;
                else
                    *front++ = static_cast<std::uint64_t>(b) << 32 | entry;
            }
        }
        std::sort(begin, front);
        std::reverse(back, end);
        outer[a] = static_cast<std::int32_t>(front - key.begin());
        std::int32_t columns = 0;
        for (auto e = begin; e < front; ++e) columns += e == begin || *e >> 32 != *(e - 1) >> 32;
        g.pattern.row_start[a + 1] = columns;
    });
    g.inner_start.assign(count + 1, 0);
    std::vector<std::int32_t> entries_before(count + 1, 0);
    for (std::size_t a = 0; a < count; ++a) {
        g.pattern.row_start[a + 1] += g.pattern.row_start[a];
        entries_before[a + 1] = entries_before[a] + outer[a] - first[a];
        g.inner_start[a + 1] = g.inner_start[a] + first[a + 1] - outer[a];
    }
    g.pattern.column.resize(static_cast<std::size_t>(g.pattern.row_start[count]));
    g.entry_start.resize(g.pattern.column.size() + 1);
    g.entry_start.back() = entries_before[count];
    g.entry.resize(static_cast<std::size_t>(entries_before[count]));
    g.inner.resize(static_cast<std::size_t>(g.inner_start[count]));
    parallel_for(Cpu{}, "galerkin entries", groups.count, [&](Index row) {
        const auto a = static_cast<std::size_t>(row);
        auto column = static_cast<std::size_t>(g.pattern.row_start[a]);
        auto entry = static_cast<std::size_t>(entries_before[a]);
        for (auto e = static_cast<std::size_t>(first[a]); e < static_cast<std::size_t>(outer[a]); ++e) {
            if (e == static_cast<std::size_t>(first[a]) || key[e] >> 32 != key[e - 1] >> 32) {
                g.entry_start[column] = static_cast<std::int32_t>(entry);
                g.pattern.column[column++] = static_cast<std::int32_t>(key[e] >> 32);
            }
            g.entry[entry++] = static_cast<std::int32_t>(key[e] & 0xffffffffu);
        }
        auto inner = static_cast<std::size_t>(g.inner_start[a]);
        for (auto e = static_cast<std::size_t>(outer[a]); e < static_cast<std::size_t>(first[a + 1]); ++e)
            g.inner[inner++] = static_cast<std::int32_t>(key[e]);
    });
    return g;
}

}  // namespace ctffr::linear
