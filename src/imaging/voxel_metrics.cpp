// SPDX-License-Identifier: Apache-2.0
#include "imaging/voxel_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "ctffr/core/error.hpp"
#include "imaging/distance_transform.hpp"
#include "imaging/thinning.hpp"

namespace ctffr::imaging {

namespace {

bool in_set(LabelSet set, std::uint8_t label) { return label < 64 && (set >> label & 1) != 0; }

// The part of the grid around both masks, with one voxel of background on every side.
struct Window {
    Int3 low, size;
};

Window window_of(Int3 size, std::span<const std::uint8_t> found, std::span<const std::uint8_t> truth,
                 LabelSet set) {
    Int3 low = size, high{-1, -1, -1};
    std::size_t v = 0;
    for (int k = 0; k < size.z; ++k)
        for (int j = 0; j < size.y; ++j)
            for (int i = 0; i < size.x; ++i, ++v) {
                if (!in_set(set, found[v]) && !in_set(set, truth[v])) continue;
                low = {std::min(low.x, i), std::min(low.y, j), std::min(low.z, k)};
                high = {std::max(high.x, i), std::max(high.y, j), std::max(high.z, k)};
            }
    if (high.x < 0) return {};
    return {{low.x - 1, low.y - 1, low.z - 1}, {high.x - low.x + 3, high.y - low.y + 3, high.z - low.z + 3}};
}

Mask cut(Int3 size, std::span<const std::uint8_t> labels, LabelSet set, const Window& window) {
    Mask mask(as_size(window.size.count()), 0);
    const Index nx = size.x, nxy = nx * size.y, wx = window.size.x, wxy = wx * window.size.y;
    for (int k = 1; k + 1 < window.size.z; ++k)
        for (int j = 1; j + 1 < window.size.y; ++j)
            for (int i = 1; i + 1 < window.size.x; ++i)
                mask[as_size(i + wx * j + wxy * k)] = in_set(
                    set,
                    labels[as_size(window.low.x + i + nx * (window.low.y + j) + nxy * (window.low.z + k))]);
    return mask;
}

// Voxels with a face towards the outside. The mask does not touch the window's border.
Mask border_of(Int3 size, const Mask& mask) {
    Mask border(mask.size(), 0);
    const Index step[3] = {1, size.x, Index{size.x} * size.y};
    for (Index v = 0; v < size.count(); ++v) {
        if (!mask[as_size(v)]) continue;
        bool outside = false;
        for (Index s : step) outside = outside || !mask[as_size(v - s)] || !mask[as_size(v + s)];
        border[as_size(v)] = outside;
    }
    return border;
}

std::vector<float> values_where(const Mask& mask, const std::vector<float>& values) {
    std::vector<float> chosen;
    for (std::size_t v = 0; v < mask.size(); ++v)
        if (mask[v]) chosen.push_back(values[v]);
    return chosen;
}

double percentile_95(std::vector<float>& values) {
    const auto rank = static_cast<std::ptrdiff_t>(std::ceil(0.95 * static_cast<double>(values.size()))) - 1;
    std::nth_element(values.begin(), values.begin() + rank, values.end());
    return values[as_size(rank)];
}

void compare_borders(const Window& window, Vec3 spacing_mm, const Mask& found, const Mask& truth,
                     const Run& run, MaskAgreement& out) {
    const Mask found_border = border_of(window.size, found), true_border = border_of(window.size, truth);
    auto to_truth = values_where(found_border, distance_transform(window.size, spacing_mm, true_border, run));
    auto to_found = values_where(true_border, distance_transform(window.size, spacing_mm, found_border, run));
    const double sum = std::accumulate(to_truth.begin(), to_truth.end(), 0.0) +
                       std::accumulate(to_found.begin(), to_found.end(), 0.0);
    out.assd_mm = sum / static_cast<double>(to_truth.size() + to_found.size());
    out.hd95_mm = std::max(percentile_95(to_truth), percentile_95(to_found));
}

// Share of the voxels of `part` that lie in `whole`.
double share_inside(const Mask& part, const Mask& whole) {
    long all = 0, inside = 0;
    for (std::size_t v = 0; v < part.size(); ++v)
        if (part[v]) ++all, inside += whole[v] ? 1 : 0;
    return all > 0 ? static_cast<double>(inside) / static_cast<double>(all) : 0;
}

// A stretch [first, last] of voxels of one kind in a row.
struct Stretch {
    int first = 0, last = 0;
};

// Number of components of the voxels where (mask != 0) == inside. 6-connected for `reach` 0, else
// 26-connected. Stretches of rows are joined, not voxels: the background of a coronary tree is a few long
// ones.
long count_components(Int3 size, const Mask& mask, bool inside, int reach) {
    const std::size_t rows = as_size(Index{size.y} * size.z);
    std::vector<Stretch> stretches;
    std::vector<std::size_t> start(rows + 1, 0);
    for (std::size_t row = 0; row < rows; ++row) {
        const std::uint8_t* values = mask.data() + row * as_size(size.x);
        for (int i = 0; i < size.x; ++i) {
            if ((values[i] != 0) != inside) continue;
            if (i > 0 && (values[i - 1] != 0) == inside)
                stretches.back().last = i;
            else
                stretches.push_back({i, i});
        }
        start[row + 1] = stretches.size();
    }
    std::vector<std::size_t> parent(stretches.size());
    std::iota(parent.begin(), parent.end(), std::size_t{0});
    const auto root = [&](std::size_t s) {
        while (parent[s] != s) s = parent[s] = parent[parent[s]];
        return s;
    };
    long components = static_cast<long>(stretches.size());
    const auto join_rows = [&](std::size_t row, std::size_t other) {
        std::size_t a = start[row], b = start[other];
        while (a < start[row + 1] && b < start[other + 1]) {
            const Stretch &s = stretches[a], &t = stretches[b];
            if (s.first <= t.last + reach && t.first <= s.last + reach) {
                const std::size_t ra = root(a), rb = root(b);
                if (ra != rb) parent[std::max(ra, rb)] = std::min(ra, rb), --components;
            }
            s.last < t.last ? ++a : ++b;
        }
    };
    for (int k = 0; k < size.z; ++k)
        for (int j = 0; j < size.y; ++j) {
            const std::size_t row = as_size(j + Index{size.y} * k), plane = as_size(size.y);
            if (j > 0) join_rows(row, row - 1);
            if (k > 0) join_rows(row, row - plane);
            if (reach > 0 && k > 0 && j > 0) join_rows(row, row - plane - 1);
            if (reach > 0 && k > 0 && j + 1 < size.y) join_rows(row, row - plane + 1);
        }
    return components;
}

// Vertices - edges + faces - cubes of the closed voxels. A cell belongs to up to 8 voxels and is counted at
// that of lowest index.
long euler_characteristic(Int3 size, const Mask& mask) {
    const Index nx = size.x, nxy = nx * size.y;
    const auto inside = [&](int i, int j, int k) {
        return i >= 0 && j >= 0 && k >= 0 && i < size.x && j < size.y && k < size.z &&
               mask[as_size(i + nx * j + nxy * k)] != 0;
    };
    long chi = 0;
    for (Index v = 0; v < size.count(); ++v) {
        if (!mask[as_size(v)]) continue;
        const int i = static_cast<int>(v % nx), j = static_cast<int>(v % nxy / nx),
                  k = static_cast<int>(v / nxy);
        // The cell towards (a, b, c): of dimension 3 less the number of offsets that are not 0.
        for (int n = 0; n < 27; ++n) {
            const int a = n % 3 - 1, b = n / 3 % 3 - 1, c = n / 9 - 1;
            bool first = true;
            for (int m = 1; m < 8 && first; ++m) {
                const int da = m & 1 ? a : 0, db = m & 2 ? b : 0, dc = m & 4 ? c : 0;
                if ((m & 1 && a == 0) || (m & 2 && b == 0) || (m & 4 && c == 0)) continue;
                const bool earlier = dc < 0 || (dc == 0 && (db < 0 || (db == 0 && da < 0)));
                if (earlier && inside(i + da, j + db, k + dc)) first = false;
            }
            const int dimension = 3 - (a != 0) - (b != 0) - (c != 0);
            if (first) chi += dimension % 2 == 0 ? 1 : -1;
        }
    }
    return chi;
}

}  // namespace

Betti betti_numbers(Int3 size, const Mask& mask) {
    CTFFR_CHECK_OP(static_cast<Index>(mask.size()), ==, size.count());
    Betti betti;
    betti.components = count_components(size, mask, true, 1);
    // Background all around, so that what lies outside is one component.
    const Window window{{-1, -1, -1}, {size.x + 2, size.y + 2, size.z + 2}};
    const Index wx = window.size.x, wxy = wx * window.size.y;
    Mask padded(as_size(window.size.count()), 0);
    for (int k = 0; k < size.z; ++k)
        for (int j = 0; j < size.y; ++j) {
            const auto row =
                mask.begin() + static_cast<std::ptrdiff_t>(Index{size.x} * (j + Index{size.y} * k));
            std::copy(row, row + size.x,
                      padded.begin() + static_cast<std::ptrdiff_t>(1 + wx * (j + 1) + wxy * (k + 1)));
        }
    betti.cavities = count_components(window.size, padded, false, 0) - 1;
    betti.tunnels = betti.components + betti.cavities - euler_characteristic(size, mask);
    return betti;
}

MaskAgreement compare_masks(const ImageGeometry& geometry, std::span<const std::uint8_t> found,
                            std::span<const std::uint8_t> truth, LabelSet set, const Run& run) {
    CTFFR_CHECK_OP(static_cast<Index>(found.size()), ==, geometry.size.count());
    CTFFR_CHECK_OP(static_cast<Index>(truth.size()), ==, geometry.size.count());
    MaskAgreement out;
    const Window window = window_of(geometry.size, found, truth, set);
    if (window.size.count() == 0) return out;
    const Mask a = cut(geometry.size, found, set, window), b = cut(geometry.size, truth, set, window);
    long both = 0;
    for (std::size_t v = 0; v < a.size(); ++v)
        out.found_voxels += a[v], out.true_voxels += b[v], both += a[v] & b[v];
    out.found_betti = betti_numbers(window.size, a), out.true_betti = betti_numbers(window.size, b);
    if (out.found_voxels == 0 || out.true_voxels == 0) return out;
    out.dice = 2.0 * static_cast<double>(both) / static_cast<double>(out.found_voxels + out.true_voxels);
    run.check_cancel();
    compare_borders(window, geometry.spacing_mm, a, b, run, out);
    run.check_cancel();
    out.skeleton_precision = share_inside(skeleton_of(window.size, a), b);
    out.skeleton_sensitivity = share_inside(skeleton_of(window.size, b), a);
    const double sum = out.skeleton_precision + out.skeleton_sensitivity;
    out.cl_dice = sum > 0 ? 2 * out.skeleton_precision * out.skeleton_sensitivity / sum : 0;
    return out;
}

double dice_of(std::span<const std::uint8_t> found, std::span<const std::uint8_t> truth, Label label) {
    CTFFR_CHECK_OP(found.size(), ==, truth.size());
    const auto wanted = static_cast<std::uint8_t>(label);
    long a = 0, b = 0, both = 0;
    for (std::size_t v = 0; v < found.size(); ++v) {
        const bool in_a = found[v] == wanted, in_b = truth[v] == wanted;
        a += in_a, b += in_b, both += in_a && in_b;
    }
    return a > 0 && b > 0 ? 2.0 * static_cast<double>(both) / static_cast<double>(a + b)
                          : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace ctffr::imaging
