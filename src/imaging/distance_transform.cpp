// SPDX-License-Identifier: Apache-2.0
// The squared distance is separable: a minimum along x, then over y, then over z. Along y and z it is the
// lower envelope of the parabolas f(q) + spacing^2 (p - q)^2 (Felzenszwalb and Huttenlocher, "Distance
// transforms of sampled functions", Theory of Computing 8 (2012)).
#include "imaging/distance_transform.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ctffr/core/index.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::imaging {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The lower envelope along one line; the buffers serve line after line.
class Envelope {
   public:
    explicit Envelope(int n) : value_(at(n)), vertex_(at(n)), from_(at(n) + 1) {}

    double& operator[](int q) { return value_[at(q)]; }
    // Calls write(p, minimum over q of value[q] + step^2 (p - q)^2) for p = 0 .. n-1.
    template <class Write>
    void minimum(int n, double step, const Write& write) {
        int last = -1;
        for (int q = 0; q < n; ++q) {
            if (value_[at(q)] == infinity) continue;
            while (last >= 0 && crossing(vertex_[at(last)], q, step) <= from_[at(last)]) --last;
            ++last;
            vertex_[at(last)] = q;
            from_[at(last)] = last == 0 ? -infinity : crossing(vertex_[at(last - 1)], q, step);
        }
        for (int p = 0, k = 0; p < n; ++p) {
            if (last < 0) {
                write(p, infinity);
                continue;
            }
            while (k < last && from_[at(k + 1)] <= p) ++k;
            const double d = step * (p - vertex_[at(k)]);
            write(p, value_[at(vertex_[at(k)])] + d * d);
        }
    }

   private:
    static std::size_t at(int i) { return static_cast<std::size_t>(i); }
    // Where the parabola of q becomes lower than that of the earlier `v`.
    double crossing(int v, int q, double step) const {
        const double step2 = step * step;
        return (value_[at(q)] - value_[at(v)] + step2 * (double{1} * q * q - double{1} * v * v)) /
               (2 * step2 * (q - v));
    }

    std::vector<double> value_;
    std::vector<int> vertex_;
    std::vector<double> from_;
};

}  // namespace

std::vector<float> distance_transform(Int3 size, Vec3 spacing_mm, std::span<const std::uint8_t> mask,
                                      const Run& run) {
    CTFFR_CHECK_OP(static_cast<std::int64_t>(mask.size()), ==, size.count());
    std::vector<float> out(mask.size());
    const Cpu exec{run.profiler};
    const Index nx = size.x, nxy = nx * size.y;
    const auto row = [&](Index start) { return out.data() + start; };
    // Squares along x, then along y: one plane at a time.
    parallel_for(exec, "distance transform in planes", size.z, [&](Index z) {
        for (int y = 0; y < size.y; ++y) {
            float* values = row(z * nxy + y * nx);
            const std::uint8_t* inside = mask.data() + z * nxy + y * nx;
            double steps = infinity;
            for (int x = 0; x < size.x; ++x) {
                steps = inside[x] ? 0 : steps + 1;
                values[x] = static_cast<float>(steps);
            }
            steps = infinity;
            for (int x = size.x - 1; x >= 0; --x) {
                steps = inside[x] ? 0 : steps + 1;
                const double nearest = std::min<double>(values[x], steps) * spacing_mm.x;
                values[x] = static_cast<float>(nearest * nearest);
            }
        }
        Envelope line(size.y);
        for (int x = 0; x < size.x; ++x) {
            float* values = row(z * nxy + x);
            for (int y = 0; y < size.y; ++y) line[y] = values[y * nx];
            line.minimum(size.y, spacing_mm.y,
                         [&](int y, double square) { values[y * nx] = static_cast<float>(square); });
        }
    });
    run.check_cancel();
    parallel_for(exec, "distance transform across planes", size.y, [&](Index y) {
        Envelope line(size.z);
        for (int x = 0; x < size.x; ++x) {
            float* values = row(y * nx + x);
            for (int z = 0; z < size.z; ++z) line[z] = values[z * nxy];
            line.minimum(size.z, spacing_mm.z, [&](int z, double square) {
                values[z * nxy] = static_cast<float>(std::sqrt(square));
            });
        }
    });
    return out;
}

}  // namespace ctffr::imaging
