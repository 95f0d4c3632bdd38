// SPDX-License-Identifier: Apache-2.0
#include "flow/point_grid.hpp"

#include <algorithm>
#include <cmath>

namespace ctffr {

PointGrid::PointGrid(const std::vector<Vec3>& points, double side) : points_(points), side_(side) {
    Vec3 high;
    if (!points.empty()) low_ = high = points.front();
    for (Vec3 p : points)
        for (int a = 0; a < 3; ++a) low_[a] = std::min(low_[a], p[a]), high[a] = std::max(high[a], p[a]);
    const auto boxes = [&](int a) { return static_cast<int>((high[a] - low_[a]) / side_) + 1; };
    size_ = {boxes(0), boxes(1), boxes(2)};
    std::vector<std::pair<std::int64_t, std::int32_t>> order(points.size());
    for (std::size_t n = 0; n < points.size(); ++n) {
        const Int3 b = box_of(points[n]);
        order[n] = {key(b.x, b.y, b.z), static_cast<std::int32_t>(n)};
    }
    std::sort(order.begin(), order.end());
    for (const auto& [k, i] : order) key_.push_back(k), index_.push_back(i);
}

Int3 PointGrid::box_of(Vec3 p) const {
    const auto box = [&](int a) {
        return std::clamp(static_cast<int>(std::clamp((p[a] - low_[a]) / side_, -1.0, 1e9)), 0, size_[a] - 1);
    };
    return {box(0), box(1), box(2)};
}

std::int64_t PointGrid::key(int i, int j, int k) const {
    return i + std::int64_t{size_.x} * (j + std::int64_t{size_.y} * k);
}

std::pair<std::size_t, std::size_t> PointGrid::row(int j, int k, int i_first, int i_last) const {
    const auto first = std::lower_bound(key_.begin(), key_.end(), key(i_first, j, k));
    const auto last = std::upper_bound(first, key_.end(), key(i_last, j, k));
    return {static_cast<std::size_t>(first - key_.begin()), static_cast<std::size_t>(last - key_.begin())};
}

std::vector<std::int32_t> PointGrid::nearest(Vec3 centre, int count) const {
    std::vector<std::pair<double, std::int32_t>> found;
    const std::size_t wanted = std::min(static_cast<std::size_t>(count), points_.size());
    for (double reach = side_; found.size() < wanted; reach *= 2) {
        found.clear();
        within(centre, reach, [&](std::int32_t i) {
            found.emplace_back(distance(points_[static_cast<std::size_t>(i)], centre), i);
        });
    }
    std::sort(found.begin(), found.end());
    std::vector<std::int32_t> result;
    for (std::size_t n = 0; n < wanted; ++n) result.push_back(found[n].second);
    return result;
}

}  // namespace ctffr
