// SPDX-License-Identifier: Apache-2.0
#include "network/sliding_window.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"

namespace ctffr::network {

namespace {

using Axes = std::array<std::int64_t, 3>;

std::size_t as_size(std::int64_t i) { return static_cast<std::size_t>(i); }

// Weights along one side of a window: 1 in its middle, never so small that a quotient of sums suffers.
std::vector<float> gaussian_side(std::int64_t length) {
    std::vector<float> weights(as_size(length));
    const double middle = 0.5 * static_cast<double>(length - 1), sigma = static_cast<double>(length) / 8;
    for (std::int64_t i = 0; i < length; ++i) {
        const double x = (static_cast<double>(i) - middle) / sigma;
        weights[as_size(i)] = static_cast<float>(std::max(1e-3, std::exp(-0.5 * x * x)));
    }
    return weights;
}

class Blend {
   public:
    Blend(const Axes& volume, const Axes& window) : volume_(volume), window_(window) {
        for (std::size_t a = 0; a < 3; ++a) side_[a] = gaussian_side(window[a]);
    }

    Tensor cut(const std::vector<float>& input, std::int64_t channels, const Axes& at) const {
        Tensor tensor;
        tensor.shape = {1, channels, window_[0], window_[1], window_[2]};
        tensor.floats.reserve(as_size(tensor.size()));
        for (std::int64_t c = 0; c < channels; ++c)
            rows(at, [&](std::int64_t from, float) {
                const auto row = input.begin() + c * voxels() + from;
                tensor.floats.insert(tensor.floats.end(), row, row + window_[2]);
            });
        return tensor;
    }

    void add(const Tensor& found, const Axes& at) {
        const std::int64_t outputs = found.shape[1];
        if (sums_.empty())
            sums_.assign(as_size(outputs * voxels()), 0), weights_.assign(as_size(voxels()), 0);
        const float* value = found.floats.data();
        for (std::int64_t c = 0; c <= outputs; ++c)  // the last round adds the weights themselves
            rows(at, [&](std::int64_t from, float across) {
                float* to = c < outputs ? sums_.data() + c * voxels() + from : weights_.data() + from;
                for (std::int64_t i = 0; i < window_[2]; ++i)
                    to[i] += across * side_[2][as_size(i)] * (c < outputs ? *value++ : 1.0f);
            });
    }

    std::vector<float> mean() && {
        for (std::size_t n = 0; n < sums_.size(); ++n) sums_[n] /= weights_[n % weights_.size()];
        return std::move(sums_);
    }

   private:
    std::int64_t voxels() const { return volume_[0] * volume_[1] * volume_[2]; }
    // Calls visit(first voxel of the row, weight across the row) for the rows of the window at `at`.
    template <class Visit>
    void rows(const Axes& at, const Visit& visit) const {
        for (std::int64_t k = 0; k < window_[0]; ++k)
            for (std::int64_t j = 0; j < window_[1]; ++j)
                visit(((at[0] + k) * volume_[1] + at[1] + j) * volume_[2] + at[2],
                      side_[0][as_size(k)] * side_[1][as_size(j)]);
    }

    Axes volume_, window_;
    std::array<std::vector<float>, 3> side_;
    std::vector<float> sums_, weights_;
};

Tensor run_window(Network& network, Tensor input) {
    const Shape size(input.shape.begin() + 2, input.shape.end());
    Tensor found = std::move(network.run({std::move(input)}).front());
    if (found.type != ElementType::float32 || found.shape.size() != 5 || found.shape[0] != 1 ||
        !std::equal(size.begin(), size.end(), found.shape.begin() + 2))
        throw Error(ExitCode::input_unsupported,
                    "The network answers a window of {} with {}: it must give channels of the same size.",
                    shape_text(size), shape_text(found.shape));
    return found;
}

}  // namespace

std::vector<std::int64_t> window_starts(std::int64_t length, std::int64_t window, double step) {
    CTFFR_CHECK_OP(length, >=, window);
    const double room = static_cast<double>(length - window), stride = step * static_cast<double>(window);
    const auto gaps = static_cast<std::int64_t>(std::ceil(room / std::max(1.0, stride)));
    std::vector<std::int64_t> starts{0};
    for (std::int64_t n = 1; n <= gaps; ++n)
        starts.push_back(std::llround(room * static_cast<double>(n) / static_cast<double>(gaps)));
    return starts;
}

std::vector<float> run_windows(Network& network, const std::vector<float>& input, const Shape& volume,
                               const SlidingWindow& window, const Run& run) {
    CTFFR_CHECK_OP(volume.size(), ==, 4U);
    CTFFR_CHECK_OP(window.size.size(), ==, 3U);
    CTFFR_CHECK_OP(static_cast<std::int64_t>(input.size()), ==, element_count(volume));
    const Axes sides{volume[1], volume[2], volume[3]}, size{window.size[0], window.size[1], window.size[2]};
    if (sides == size) {
        Tensor tensor;
        tensor.shape = {1, volume[0], size[0], size[1], size[2]};
        tensor.floats = input;
        return run_window(network, std::move(tensor)).floats;
    }
    std::array<std::vector<std::int64_t>, 3> starts;
    for (std::size_t a = 0; a < 3; ++a) starts[a] = window_starts(sides[a], size[a], window.step);
    Blend blend(sides, size);
    const std::size_t count = starts[0].size() * starts[1].size() * starts[2].size();
    std::size_t done = 0;
    for (const std::int64_t k : starts[0])
        for (const std::int64_t j : starts[1])
            for (const std::int64_t i : starts[2]) {
                run.progress("network", static_cast<double>(done++) / static_cast<double>(count));
                blend.add(run_window(network, blend.cut(input, volume[0], {k, j, i})), {k, j, i});
            }
    return std::move(blend).mean();
}

}  // namespace ctffr::network
