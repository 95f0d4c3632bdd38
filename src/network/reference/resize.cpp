// SPDX-License-Identifier: Apache-2.0
// Resampling: nearest and multilinear, as taps per axis.
#include <algorithm>
#include <cmath>

#include "network/reference/call.hpp"

namespace ctffr::network::reference {

namespace {

// A result's coordinate along one axis is weight[0] * in[offset[0]] + weight[1] * in[offset[1]].
struct Taps {
    std::int64_t offset[2];
    double weight[2];
};

double source_coordinate(const std::string& mode, double x, double scale, Index in, Index out) {
    if (mode == "asymmetric") return x / scale;
    if (mode == "align_corners")
        return out == 1 ? 0 : x * static_cast<double>(in - 1) / static_cast<double>(out - 1);
    if (mode == "pytorch_half_pixel" && out == 1) return 0;
    return (x + 0.5) / scale - 0.5;
}

double round_nearest(const std::string& mode, double x) {
    if (mode == "floor") return std::floor(x);
    if (mode == "ceil") return std::ceil(x);
    if (mode == "round_prefer_ceil") return std::floor(x + 0.5);
    return std::ceil(x - 0.5);
}

std::vector<Taps> axis_taps(const Node& node, double scale, Index in, Index out, Index stride) {
    const std::string position = node.text("coordinate_transformation_mode", "half_pixel");
    const std::string nearest = node.text("nearest_mode", "round_prefer_floor");
    const bool linear = node.text("mode", "nearest") == "linear";
    std::vector<Taps> taps;
    for (Index i = 0; i < out; ++i) {
        // An axis that is not resampled keeps its values whatever the mode says.
        double x = in == out && scale == 1
                       ? static_cast<double>(i)
                       : source_coordinate(position, static_cast<double>(i), scale, in, out);
        if (!linear) x = round_nearest(nearest, x);
        x = std::clamp(x, 0.0, static_cast<double>(in - 1));
        const auto low = static_cast<Index>(x);
        const Index high = std::min(low + 1, in - 1);
        const double weight = x - static_cast<double>(low);
        taps.push_back({{low * stride, high * stride}, {1 - weight, weight}});
    }
    return taps;
}

}  // namespace

void resize(const Call& call) {
    const Shape &in = call.shape(0), &out = call.out().shape;
    const auto& scales = std::get<std::vector<float>>(call.node.attributes.at("scales"));
    const Shape strides = strides_of(in), places = strides_of(out);
    std::vector<std::vector<Taps>> taps;
    std::vector<std::size_t> blended;  // axes with two taps somewhere
    for (std::size_t a = 0; a < in.size(); ++a) {
        taps.push_back(axis_taps(call.node, scales[a], in[a], out[a], strides[a]));
        if (std::any_of(taps[a].begin(), taps[a].end(), [](const Taps& t) { return t.weight[1] != 0; }))
            blended.push_back(a);
    }
    const float* from = call.floats(0);
    float* to = call.out().floats.data();
    parallel_for(call.exec, "resize", call.out().size(), [&](Index i) {
        const auto tap = [&](std::size_t a) -> const Taps& {
            return taps[a][static_cast<std::size_t>(i / places[a] % out[a])];
        };
        Index base = 0;
        for (std::size_t a = 0; a < in.size(); ++a) base += tap(a).offset[0];
        double sum = 0;
        for (std::size_t corner = 0; corner < std::size_t{1} << blended.size(); ++corner) {
            double weight = 1;
            Index at = base;
            for (std::size_t k = 0; k < blended.size(); ++k) {
                const Taps& t = tap(blended[k]);
                const std::size_t side = corner >> k & 1;
                weight *= t.weight[side];
                at += t.offset[side] - t.offset[0];
            }
            if (weight != 0) sum += weight * from[at];
        }
        to[i] = static_cast<float>(sum);
    });
}

}  // namespace ctffr::network::reference
