// SPDX-License-Identifier: Apache-2.0
// Normalisations: statistics per channel, pooled as the operator says, then one affine map; means over space.
#include <algorithm>
#include <cmath>
#include <memory>

#include "network/cpu/rules.hpp"

namespace ctffr::network::cpu {

namespace {

// Which channels share statistics.
enum class Pooling { instance, group, batch };

// Mean and spread of several stretches of equal length (Chan's formula).
struct Pool {
    double mean = 0, squares = 0, count = 0;
    void add(double other_mean, double other_squares, double other_count) {
        const double total = count + other_count, difference = other_mean - mean;
        mean += difference * (other_count / total);
        squares += other_squares + difference * difference * (count * other_count / total);
        count = total;
    }
};

struct Norm {
    Pooling pooling = Pooling::instance;
    Index groups = 1;
    double epsilon = 0;
    std::vector<float> scale, shift;  // per channel
};

struct Work {
    Moments moments;
    std::vector<float> mean, factor, shift;  // per batch and channel, filled up to whole blocks
};

// The affine map of each channel from the statistics.
void finish_statistics(const Norm& norm, const Grid& grid, Work& work) {
    const Index channels = grid.c, padded = grid.blocks() * grid.block;
    const double spatial = static_cast<double>(grid.spatial());
    const auto set = [&](Index n, Index c, const Pool& pool) {
        const std::size_t at = static_cast<std::size_t>(n * padded + c);
        const double deviation = std::sqrt(std::max(0.0, pool.squares / pool.count) + norm.epsilon);
        work.mean[at] = static_cast<float>(pool.mean);
        work.factor[at] =
            static_cast<float>(static_cast<double>(norm.scale[static_cast<std::size_t>(c)]) / deviation);
        work.shift[at] = norm.shift[static_cast<std::size_t>(c)];
    };
    const auto add = [&](Pool& pool, Index n, Index c) {
        const std::size_t at = static_cast<std::size_t>(n * channels + c);
        pool.add(work.moments.mean[at], work.moments.squares[at], spatial);
    };
    if (norm.pooling == Pooling::batch) {
        for (Index c = 0; c < channels; ++c) {
            Pool pool;
            for (Index n = 0; n < grid.n; ++n) add(pool, n, c);
            for (Index n = 0; n < grid.n; ++n) set(n, c, pool);
        }
        return;
    }
    const Index width = norm.pooling == Pooling::group ? channels / norm.groups : 1;
    for (Index n = 0; n < grid.n; ++n)
        for (Index first = 0; first < channels; first += width) {
            Pool pool;
            for (Index c = first; c < first + width; ++c) add(pool, n, c);
            for (Index c = first; c < first + width; ++c) set(n, c, pool);
        }
}

// The form in which a normalisation reads its input.
Form input_form(const Lowering& lowering, int v) {
    return lowering.is_blocked(v) ? lowering.made(v) : Form{true, Scalar::float32};
}

bool lower_norm(Lowering& lowering, const Node& node, const Norm& norm) {
    const int in = node.inputs[0], out = node.outputs[0];
    const std::size_t rank = lowering.shape(in).size();
    if (rank < 3 || rank > 5) return false;
    const Form from = input_form(lowering, in), to = lowering.result_form(out, true);
    const Grid grid = lowering.grid(in, from);
    const std::size_t channels = static_cast<std::size_t>(grid.n * grid.c),
                      padded = static_cast<std::size_t>(grid.n * grid.blocks() * grid.block);
    auto work = std::make_shared<Work>();
    work->moments.mean.resize(channels), work->moments.squares.resize(channels);
    work->mean.resize(padded), work->factor.resize(padded), work->shift.resize(padded);

    const Buffer source = lowering.read(in, from), result = lowering.write(out, to);
    const Buffer space =
        lowering.program.scratch(static_cast<std::size_t>(moments_workspace(grid)) * sizeof(double));
    const Epilogue epilogue = node.epilogue;
    const Cpu exec = lowering.exec;
    lowering.program.step("network " + node.op, {source}, {result, space}, [=](Program::Addresses at) {
        channel_moments(exec, grid, at[source], reinterpret_cast<double*>(at[space]), work->moments);
        finish_statistics(norm, grid, *work);
        affine(exec, grid, work->mean.data(), work->factor.data(), work->shift.data(), epilogue, at[source],
               to.type, at[result]);
    });
    return true;
}

// The two learned vectors of a normalisation; false when they are computed.
bool set_parameters(const Lowering& lowering, const Node& node, Norm& norm) {
    const Tensor *scale = lowering.constant(node, 1), *shift = lowering.constant(node, 2);
    if (!scale || !shift) return false;
    norm.scale = scale->floats, norm.shift = shift->floats;
    norm.epsilon = static_cast<double>(node.number("epsilon", 1e-5F));
    return true;
}

}  // namespace

bool lower_instance_normalization(Lowering& lowering, const Node& node) {
    Norm norm;
    norm.pooling = Pooling::instance;
    return set_parameters(lowering, node, norm) && lower_norm(lowering, node, norm);
}

bool lower_group_normalization(Lowering& lowering, const Node& node) {
    Norm norm;
    norm.pooling = Pooling::group;
    norm.groups = node.integer("num_groups", 1);
    return set_parameters(lowering, node, norm) && lower_norm(lowering, node, norm);
}

bool lower_batch_normalization(Lowering& lowering, const Node& node) {
    Norm norm;
    norm.pooling = Pooling::batch;
    if (node.outputs.size() > 1 || !set_parameters(lowering, node, norm)) return false;
    if (node.integer("training_mode", 0) != 0) return lower_norm(lowering, node, norm);
    const Tensor *mean = lowering.constant(node, 3), *variance = lowering.constant(node, 4);
    const int in = node.inputs[0], out = node.outputs[0];
    const std::size_t rank = lowering.shape(in).size();
    if (!mean || !variance || rank < 3 || rank > 5) return false;

    const Form from = lowering.made(in), to = lowering.result_form(out, from.blocked);
    const Grid grid = lowering.grid(in, from);
    Work work;
    const std::size_t padded = static_cast<std::size_t>(grid.blocks() * grid.block);
    for (Index n = 0; n < grid.n; ++n)
        for (std::size_t c = 0; c < padded; ++c) {
            const bool real = c < static_cast<std::size_t>(grid.c);
            const double deviation =
                real ? std::sqrt(static_cast<double>(variance->floats[c]) + norm.epsilon) : 1.0;
            work.mean.push_back(real ? mean->floats[c] : 0.0F);
            work.factor.push_back(real ? static_cast<float>(static_cast<double>(norm.scale[c]) / deviation)
                                       : 0.0F);
            work.shift.push_back(real ? norm.shift[c] : 0.0F);
        }
    const Buffer source = lowering.read(in, from), result = lowering.write(out, to);
    const Epilogue epilogue = node.epilogue;
    const Cpu exec = lowering.exec;
    lowering.program.step("network BatchNormalization", {source}, {result},
                          [=, work = std::move(work)](Program::Addresses at) {
                              affine(exec, grid, work.mean.data(), work.factor.data(), work.shift.data(),
                                     epilogue, at[source], to.type, at[result]);
                          });
    return true;
}

bool lower_spatial_mean(Lowering& lowering, const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    const Shape& shape = lowering.shape(in);
    if (!lowering.is_float(in) || shape.size() < 3 || shape.size() > 5) return false;
    if (node.op == "ReduceMean") {
        std::vector<std::int64_t> spatial;
        for (std::size_t a = 2; a < shape.size(); ++a) spatial.push_back(static_cast<std::int64_t>(a));
        const Tensor* axes = lowering.constant(node, 1);
        if (!axes || axes->integers != spatial) return false;
    }
    const Form from = lowering.made(in);
    const Grid grid = lowering.grid(in, from);
    auto moments = std::make_shared<Moments>();
    moments->mean.resize(static_cast<std::size_t>(grid.n * grid.c));
    moments->squares.resize(moments->mean.size());
    const Buffer source = lowering.read(in, from), result = lowering.write(out, {});
    const Buffer space =
        lowering.program.scratch(static_cast<std::size_t>(moments_workspace(grid)) * sizeof(double));
    const Cpu exec = lowering.exec;
    lowering.program.step("network " + node.op, {source}, {result, space}, [=](Program::Addresses at) {
        channel_moments(exec, grid, at[source], reinterpret_cast<double*>(at[space]), *moments);
        float* target = reinterpret_cast<float*>(at[result]);
        for (std::size_t i = 0; i < moments->mean.size(); ++i)
            target[i] = static_cast<float>(moments->mean[i]);
    });
    return true;
}

}  // namespace ctffr::network::cpu
