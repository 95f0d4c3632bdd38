// SPDX-License-Identifier: Apache-2.0
#include "imaging/thinning.hpp"

#include <array>
#include <bit>
#include <cstdlib>
#include <vector>

namespace ctffr::imaging {

namespace {

constexpr int middle = 13;
constexpr std::uint32_t bit(int n) { return std::uint32_t{1} << n; }

using Adjacency = std::array<std::uint32_t, 27>;

// For each place of the 3 x 3 x 3 block those that are adjacent to it and satisfy `near` of the offsets.
template <class Near>
constexpr Adjacency adjacency(const Near& near) {
    Adjacency table{};
    for (int a = 0; a < 27; ++a)
        for (int b = 0; b < 27; ++b) {
            const int dx = a % 3 - b % 3, dy = a / 3 % 3 - b / 3 % 3, dz = a / 9 - b / 9;
            if (a != b && near(dx * dx + dy * dy + dz * dz, dx * dx > 1 || dy * dy > 1 || dz * dz > 1))
                table[static_cast<std::size_t>(a)] |= bit(b);
        }
    return table;
}

constexpr Adjacency by_corner = adjacency([](int, bool apart) { return !apart; });
constexpr Adjacency by_face = adjacency([](int square, bool) { return square == 1; });

// Places that share a face, or a face or an edge, with the middle.
constexpr std::uint32_t six = by_face[middle];
constexpr std::uint32_t eighteen = [] {
    std::uint32_t places = 0;
    for (int n = 0; n < 27; ++n)
        if (n != middle && (n % 3 == 1) + (n / 3 % 3 == 1) + (n / 9 == 1) >= 1) places |= bit(n);
    return places;
}();

// The component of `places` that holds the place `start`.
std::uint32_t component(std::uint32_t places, int start, const Adjacency& adjacent) {
    std::uint32_t found = bit(start), fresh = found;
    while (fresh != 0) {
        std::uint32_t next = 0;
        for (std::uint32_t rest = fresh; rest != 0; rest &= rest - 1)
            next |= adjacent[static_cast<std::size_t>(std::countr_zero(rest))];
        fresh = next & places & ~found;
        found |= fresh;
    }
    return found;
}

}  // namespace

bool is_simple(std::uint32_t around) {
    const std::uint32_t object = around & (bit(27) - 1) & ~bit(middle);
    const std::uint32_t background = ~object & eighteen, touching = background & six;
    if (object == 0 || touching == 0) return false;
    if (component(object, std::countr_zero(object), by_corner) != object) return false;
    return (component(background, std::countr_zero(touching), by_face) & touching) == touching;
}

Mask skeleton_of(Int3 size, const Mask& mask) {
    Mask left = mask;
    const Index nx = size.x, nxy = nx * size.y;
    std::vector<Index> voxels;
    for (Index v = 0; v < size.count(); ++v)
        if (left[as_size(v)]) voxels.push_back(v);
    const auto around = [&](Index v) {
        const Int3 at{static_cast<int>(v % nx), static_cast<int>(v % nxy / nx), static_cast<int>(v / nxy)};
        std::uint32_t bits = 0;
        for (int n = 0; n < 27; ++n) {
            const int i = at.x + n % 3 - 1, j = at.y + n / 3 % 3 - 1, k = at.z + n / 9 - 1;
            if (i < 0 || j < 0 || k < 0 || i >= size.x || j >= size.y || k >= size.z) continue;
            if (left[as_size(i + nx * j + nxy * k)]) bits |= bit(n);
        }
        return bits;
    };
    // A voxel with one neighbour ends a line and stays.
    const auto may_go = [](std::uint32_t bits) { return std::popcount(bits) > 2 && is_simple(bits); };
    constexpr int directions[6] = {12, 14, 10, 16, 4, 22};
    std::vector<Index> border;
    for (bool changed = true; changed;) {
        changed = false;
        for (int direction : directions) {
            border.clear();
            for (Index v : voxels) {
                const std::uint32_t bits = around(v);
                if (!(bits & bit(direction)) && may_go(bits)) border.push_back(v);
            }
            // One after the other, looked at again: their neighbours may have gone meanwhile.
            for (Index v : border)
                if (may_go(around(v))) left[as_size(v)] = 0, changed = true;
            std::erase_if(voxels, [&](Index v) { return !left[as_size(v)]; });
        }
    }
    return left;
}

}  // namespace ctffr::imaging
