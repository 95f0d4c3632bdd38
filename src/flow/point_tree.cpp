// SPDX-License-Identifier: Apache-2.0
#include "flow/point_tree.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace ctffr {

// The found points as a heap, farthest on top.
struct PointTree::Nearest {
    using Found = std::pair<double, std::int32_t>;  // squared distance
    std::size_t wanted;
    std::vector<Found> heap;

    double reach2() const {
        return heap.size() < wanted ? std::numeric_limits<double>::infinity() : heap.front().first;
    }
    void offer(Found found) {
        if (heap.size() == wanted) {
            if (!(found < heap.front())) return;
            std::pop_heap(heap.begin(), heap.end());
            heap.pop_back();
        }
        heap.push_back(found);
        std::push_heap(heap.begin(), heap.end());
    }
};

PointTree::PointTree(const std::vector<Vec3>& points) : points_(points), index_(points.size()) {
    std::iota(index_.begin(), index_.end(), 0);
    std::size_t nodes = 1;  // halves of at most `leaf` points need no plane
    for (std::size_t part = points.size(); part > leaf; part = part - part / 2) nodes = 2 * nodes + 1;
    split_.resize(nodes);
    build(0, index_.size(), 0);
}

void PointTree::build(std::size_t first, std::size_t last, std::size_t node) {
    if (last - first <= leaf) return;
    Vec3 low = point(first), high = low;
    for (std::size_t n = first; n < last; ++n)
        for (int a = 0; a < 3; ++a)
            low[a] = std::min(low[a], point(n)[a]), high[a] = std::max(high[a], point(n)[a]);
    int axis = 0;
    for (int a = 1; a < 3; ++a)
        if (high[a] - low[a] > high[axis] - low[axis]) axis = a;
    const auto at = [&](std::size_t n) { return index_.begin() + static_cast<std::ptrdiff_t>(n); };
    const std::size_t mid = middle(first, last);
    std::nth_element(at(first), at(mid), at(last), [&](std::int32_t i, std::int32_t j) {
        const double x = points_[static_cast<std::size_t>(i)][axis],
                     y = points_[static_cast<std::size_t>(j)][axis];
        return x < y || (x == y && i < j);
    });
    split_[node] = {axis, point(mid)[axis]};
    build(first, mid, 2 * node + 1);
    build(mid, last, 2 * node + 2);
}

void PointTree::find_nearest(std::size_t first, std::size_t last, std::size_t node, Vec3 centre,
                             Nearest& best) const {
    if (last - first <= leaf) {
        for (std::size_t n = first; n < last; ++n) {
            const Vec3 d = point(n) - centre;
            best.offer({dot(d, d), index_[n]});
        }
        return;
    }
    const std::size_t mid = middle(first, last);
    const double side = centre[split_[node].axis] - split_[node].at;
    // The half with the centre first; the other when the parting plane is near enough (equals count, for the
    // lowest index).
    for (int half = 0; half < 2; ++half) {
        if (half == 1 && side * side > best.reach2()) return;
        if ((side < 0) == (half == 0))
            find_nearest(first, mid, 2 * node + 1, centre, best);
        else
            find_nearest(mid, last, 2 * node + 2, centre, best);
    }
}

std::vector<std::int32_t> PointTree::nearest(Vec3 centre, int count) const {
    Nearest best{std::min(static_cast<std::size_t>(count), points_.size()), {}};
    std::vector<std::int32_t> result;
    if (best.wanted == 0) return result;
    find_nearest(0, index_.size(), 0, centre, best);
    std::sort_heap(best.heap.begin(), best.heap.end());
    for (const auto& [distance2, i] : best.heap) result.push_back(i);
    return result;
}

}  // namespace ctffr
