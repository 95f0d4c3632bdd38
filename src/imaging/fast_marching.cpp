// SPDX-License-Identifier: Apache-2.0
#include "imaging/fast_marching.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <queue>

namespace ctffr::imaging {

namespace {

constexpr float never = std::numeric_limits<float>::max();

struct Strides {
    Int3 size;
    Index step[3];
    explicit Strides(const Int3& s) : size(s), step{1, s.x, Index{s.x} * s.y} {}
    // Coordinate of a voxel along an axis.
    Index at(Index voxel, int axis) const {
        return axis == 0 ? voxel % step[1] : (axis == 1 ? voxel % step[2] / step[1] : voxel / step[2]);
    }
};

// The upwind stencil of one axis: alpha (T - value) with value and weight from one or two known neighbours.
struct Upwind {
    double value = 0, alpha = 0;
    Index neighbour = -1;
};

class Marcher {
   public:
    Marcher(const ImageGeometry& geometry, const std::vector<float>& speed,
            const std::vector<float>& evidence, const FrontLimits& limits)
        : strides_(geometry.size),
          spacing_(geometry.spacing_mm.x),
          speed_(speed),
          evidence_(evidence),
          limits_(limits) {
        front_.geometry = geometry;
        const auto n = as_size(geometry.size.count());
        front_.time.assign(n, never);
        front_.length_mm.assign(n, 0);
        if (!evidence.empty()) front_.gap_mm.assign(n, 0);
        known_.assign(n, 0);
    }

    Front run(const std::vector<Index>& seeds, const Run& run) {
        for (Index seed : seeds) {
            if (known_[as_size(seed)]) continue;
            front_.time[as_size(seed)] = 0;
            accept(seed);
        }
        for (std::size_t s = 0, n = front_.order.size(); s < n; ++s) update_neighbours(front_.order[s]);
        std::size_t count = 0;
        while (!heap_.empty()) {
            const auto [time, voxel] = heap_.top();
            heap_.pop();
            if (known_[as_size(voxel)] || time > front_.time[as_size(voxel)]) continue;
            set_lengths(voxel);
            if (!evidence_.empty() && front_.gap_mm[as_size(voxel)] > longest_gap_mm(voxel)) {
                front_.time[as_size(voxel)] = never;
                known_[as_size(voxel)] = 2;  // beyond the gap: never entered again
                continue;
            }
            accept(voxel);
            update_neighbours(voxel);
            if ((++count & 0xFFFFF) == 0) run.check_cancel();
        }
        // Values of voxels that the front never accepted are not arrival times.
        for (std::size_t i = 0; i < known_.size(); ++i)
            if (known_[i] != 1) front_.time[i] = never;
        return std::move(front_);
    }

   private:
    double longest_gap_mm(Index voxel) const {
        return limits_.crossing && (*limits_.crossing)[as_size(voxel)]
                   ? std::max(limits_.max_gap_mm, limits_.max_crossing_mm)
                   : limits_.max_gap_mm;
    }

    void accept(Index voxel) {
        known_[as_size(voxel)] = 1;
        front_.order.push_back(static_cast<std::int32_t>(voxel));
    }

    bool is_known(Index voxel) const { return known_[as_size(voxel)] == 1; }

    Upwind upwind(Index voxel, int axis) const {
        const Index at = strides_.at(voxel, axis), step = strides_.step[axis];
        Upwind result;
        double best = never;
        int direction = 0;
        if (at > 0 && is_known(voxel - step)) best = front_.time[as_size(voxel - step)], direction = -1;
        if (at + 1 < strides_.size[axis] && is_known(voxel + step) &&
            front_.time[as_size(voxel + step)] < best)
            best = front_.time[as_size(voxel + step)], direction = 1;
        if (direction == 0) return result;
        result.neighbour = voxel + direction * step;
        result.value = best, result.alpha = 1;
        const Index second_at = at + 2 * direction, second = voxel + 2 * direction * step;
        if (limits_.second_order && second_at >= 0 && second_at < strides_.size[axis] && is_known(second) &&
            front_.time[as_size(second)] < best) {
            result.alpha = 1.5;
            result.value = (4.0 * best - front_.time[as_size(second)]) / 3.0;
        }
        return result;
    }

    // Smallest T with sum over axes (alpha (T - value) / h)^2 = 1 / F^2, dropping axes that are not upwind.
    double solve(std::array<Upwind, 3> axes, double slowness) const {
        std::sort(axes.begin(), axes.end(), [](const Upwind& a, const Upwind& b) {
            return (a.alpha > 0 ? a.value : 1e300) < (b.alpha > 0 ? b.value : 1e300);
        });
        double time = never;
        double a = 0, b = 0, c = -slowness * slowness * spacing_ * spacing_;
        for (const Upwind& u : axes) {
            if (u.alpha <= 0 || u.value >= time) break;
            const double w = u.alpha * u.alpha;
            a += w, b += w * u.value, c += w * u.value * u.value;
            const double disc = b * b - a * c;
            if (disc < 0) break;
            time = (b + std::sqrt(disc)) / a;
        }
        return time;
    }

    void update_neighbours(Index voxel) {
        for (int axis = 0; axis < 3; ++axis)
            for (int direction = -1; direction <= 1; direction += 2) {
                const Index at = strides_.at(voxel, axis) + direction;
                if (at < 0 || at >= strides_.size[axis]) continue;
                const Index other = voxel + direction * strides_.step[axis];
                const float speed = speed_[as_size(other)];
                if (known_[as_size(other)] || speed <= 0) continue;
                const double time = std::max<double>(
                    solve({upwind(other, 0), upwind(other, 1), upwind(other, 2)}, 1.0 / speed),
                    front_.time[as_size(voxel)]);
                if (time < front_.time[as_size(other)]) {
                    front_.time[as_size(other)] = static_cast<float>(time);
                    heap_.push({static_cast<float>(time), other});
                }
            }
    }

    // Way lengths L obey grad L . grad T = |grad T|: first-order upwind with the known neighbours.
    void set_lengths(Index voxel) {
        double weight = 0, length = 0, gap = 0;
        const double time = front_.time[as_size(voxel)];
        for (int axis = 0; axis < 3; ++axis) {
            const Upwind u = upwind(voxel, axis);
            if (u.alpha <= 0) continue;
            const double w = time - front_.time[as_size(u.neighbour)];
            if (w <= 0) continue;
            weight += w, length += w * front_.length_mm[as_size(u.neighbour)];
            if (!evidence_.empty()) gap += w * front_.gap_mm[as_size(u.neighbour)];
        }
        if (weight <= 0) return;
        double norm2 = 0;
        for (int axis = 0; axis < 3; ++axis) {
            const Upwind u = upwind(voxel, axis);
            if (u.alpha <= 0) continue;
            const double w = std::max(0.0, time - front_.time[as_size(u.neighbour)]);
            norm2 += w * w;
        }
        const double step = spacing_ * std::sqrt(norm2) / weight;
        front_.length_mm[as_size(voxel)] = static_cast<float>(length / weight + step);
        if (evidence_.empty()) return;
        const bool strong = evidence_[as_size(voxel)] >= limits_.strong_evidence;
        front_.gap_mm[as_size(voxel)] = strong ? 0.0f : static_cast<float>(gap / weight + step);
    }

    Strides strides_;
    double spacing_;
    const std::vector<float>& speed_;
    const std::vector<float>& evidence_;
    FrontLimits limits_;
    Front front_;
    std::vector<std::uint8_t> known_;  // 0 not yet, 1 accepted, 2 refused
    struct Trial {
        float time;
        Index voxel;
        bool operator<(
            const Trial& other) const {  // earliest on top; ties by voxel, so that the order is fixed
            return time != other.time ? time > other.time : voxel > other.voxel;
        }
    };
    std::priority_queue<Trial> heap_;
};

// Arrival time at a point: trilinear over the reached corners of the cell; `never` when there is none.
double time_at(const Front& front, Vec3 index, bool& complete) {
    const Int3 n = front.geometry.size;
    const Index i = std::clamp<Index>(static_cast<Index>(std::floor(index.x)), 0, n.x - 2);
    const Index j = std::clamp<Index>(static_cast<Index>(std::floor(index.y)), 0, n.y - 2);
    const Index k = std::clamp<Index>(static_cast<Index>(std::floor(index.z)), 0, n.z - 2);
    const double f[3] = {index.x - static_cast<double>(i), index.y - static_cast<double>(j),
                         index.z - static_cast<double>(k)};
    double sum = 0, weight = 0;
    complete = true;
    for (int c = 0; c < 8; ++c) {
        const Index voxel = i + (c & 1) + n.x * (j + (c >> 1 & 1) + Index{n.y} * (k + (c >> 2)));
        const double w = (c & 1 ? f[0] : 1 - f[0]) * (c & 2 ? f[1] : 1 - f[1]) * (c & 4 ? f[2] : 1 - f[2]);
        if (!front.reached(voxel)) {
            complete = false;
            continue;
        }
        sum += w * front.time[as_size(voxel)], weight += w;
    }
    return weight > 0 ? sum / weight : never;
}

// Gradient of the arrival time per voxel, by central differences over half a voxel.
bool gradient_at(const Front& front, Vec3 index, Vec3& gradient) {
    for (int axis = 0; axis < 3; ++axis) {
        Vec3 low = index, high = index;
        low[axis] -= 0.5, high[axis] += 0.5;
        bool complete_low = false, complete_high = false;
        const double a = time_at(front, low, complete_low), b = time_at(front, high, complete_high);
        if (!complete_low || !complete_high) return false;
        gradient[axis] = b - a;
    }
    return norm(gradient) > 0;
}

}  // namespace

Front march(const ImageGeometry& geometry, const std::vector<float>& speed,
            const std::vector<float>& evidence, const std::vector<Index>& seeds, const FrontLimits& limits,
            const Run& run) {
    CTFFR_CHECK_OP(static_cast<Index>(speed.size()), ==, geometry.size.count());
    CTFFR_CHECK(evidence.empty() || evidence.size() == speed.size());
    return Marcher(geometry, speed, evidence, limits).run(seeds, run);
}

namespace detail {

bool step_back(const Front& front, Vec3& at) {
    constexpr double step_voxels = 0.25;
    const ImageGeometry& g = front.geometry;
    const Vec3 index = g.index_from_lps(at);
    bool complete = false;
    const double now = time_at(front, index, complete);
    Vec3 gradient;
    if (gradient_at(front, index, gradient)) {
        const Vec3 half = index - 0.5 * step_voxels * normalized(gradient);
        if (gradient_at(front, half, gradient)) {
            const Vec3 next = index - step_voxels * normalized(gradient);
            if (g.contains(next) && time_at(front, next, complete) < now && complete) {
                at = g.lps_from_index(next);
                return true;
            }
        }
    }
    // To the earliest of the 26 neighbours of the nearest voxel; times fall strictly, so this always ends.
    const Int3 n = g.size;
    const Index i = std::lround(index.x), j = std::lround(index.y), k = std::lround(index.z);
    Index best = -1;
    double best_time = now;
    for (Index dk = -1; dk <= 1; ++dk)
        for (Index dj = -1; dj <= 1; ++dj)
            for (Index di = -1; di <= 1; ++di) {
                const Index x = i + di, y = j + dj, z = k + dk;
                if (x < 0 || y < 0 || z < 0 || x >= n.x || y >= n.y || z >= n.z) continue;
                const Index voxel = x + n.x * (y + Index{n.y} * z);
                if (front.time[as_size(voxel)] < best_time)
                    best = voxel, best_time = front.time[as_size(voxel)];
            }
    if (best < 0) return false;
    at = ScalarGrid{g, {}}.position(best);
    return true;
}

}  // namespace detail

}  // namespace ctffr::imaging
