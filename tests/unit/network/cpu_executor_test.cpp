// SPDX-License-Identifier: Apache-2.0
// Whole small networks on the CPU executor: agreement with the reference executor, memory, determinism,
// errors.
#include <atomic>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/exec.hpp"
#include "unit/network/cpu_model.hpp"

namespace ctffr::test {
namespace {

using Integers = Model::Integers;
const Integers same_pads{1, 1, 1, 1, 1, 1}, two{2, 2, 2};

enum class Norm { none, instance, group };

int unit(Model& model, int from, std::int64_t in, std::int64_t out, bool halve, Norm norm) {
    int v = model.conv(from, {out, in, 3, 3, 3},
                       {{"pads", same_pads}, {"strides", halve ? two : Integers{1, 1, 1}}});
    const auto parameters = [&] {
        return std::vector<int>{v, model.weights({out}, 1, 0.2F), model.weights({out}, 0, 0.2F)};
    };
    if (norm == Norm::instance) v = model.node("InstanceNormalization", parameters());
    if (norm == Norm::group)
        v = model.node("GroupNormalization", parameters(), {{"num_groups", std::int64_t{1}}});
    return model.node("LeakyRelu", {v}, {{"alpha", 0.01F}});
}

// The network of the locating stage in small: three levels, strided convolutions down, 2x2x2 up.
Model u_net(const std::vector<std::int64_t>& channels, Norm norm, std::int64_t batch = 1) {
    Model model;
    int v = model.input({batch, 2, 8, 12, 20});
    std::vector<int> skips;
    for (std::size_t level = 0; level < channels.size(); ++level) {
        v = unit(model, v, level == 0 ? 2 : channels[level - 1], channels[level], level > 0, norm);
        v = unit(model, v, channels[level], channels[level], false, norm);
        skips.push_back(v);
    }
    for (std::size_t level = channels.size() - 1; level-- > 0;) {
        const int up =
            model.conv_transpose(v, {channels[level + 1], channels[level], 2, 2, 2}, {{"strides", two}});
        const int joint = model.node("Concat", {skips[level], up}, {{"axis", std::int64_t{1}}});
        v = unit(model, joint, 2 * channels[level], channels[level], false, norm);
    }
    model.output(model.conv(v, {10, channels[0], 1, 1, 1}));
    return model;
}

// Errors of the layers add up in quadrature: about seven layers deep. In bfloat16 the bound is 4 % of the
// largest output; it is 1 % to 2 % here.
constexpr double net_full = 2e-5, net_half = 0.04;

TEST(CpuExecutor, UNetsOfWholeBlocks) {
    for (const Norm norm : {Norm::none, Norm::instance, Norm::group})
        expect_as_reference(u_net({16, 32, 64}, norm), net_full, net_half);
}

TEST(CpuExecutor, UNetsOfOddWidths) {
    for (const Norm norm : {Norm::none, Norm::instance})
        expect_as_reference(u_net({3, 17, 24}, norm), net_full, net_half);
}

TEST(CpuExecutor, ABatch) { expect_as_reference(u_net({16, 17, 32}, Norm::instance, 3), net_full, net_half); }

// Trilinear upsampling, residual sums, a gate per channel and a gate per voxel.
TEST(CpuExecutor, ResidualAndGatedNetwork) {
    Model model;
    const int first = unit(model, model.input({1, 1, 8, 8, 12}), 1, 24, false, Norm::instance);
    const int second = unit(model, first, 24, 24, false, Norm::instance);
    const int sum = model.node("Relu", {model.node("Add", {first, second})});
    const int mean = model.node("GlobalAveragePool", {sum});
    const int gate = model.node("Sigmoid", {model.conv(mean, {24, 24, 1, 1, 1})});
    const int gated = model.node("Mul", {sum, gate});
    const int low = model.node("MaxPool", {gated}, {{"kernel_shape", two}, {"strides", two}});
    const int up = model.node("Resize", {low, -1, -1, model.integers({1, 24, 8, 8, 12})},
                              {{"mode", std::string("linear")}});
    const int attention = model.node("Sigmoid", {model.conv(up, {1, 24, 1, 1, 1})});
    const int joint =
        model.node("Concat", {model.node("Mul", {gated, attention}), up}, {{"axis", std::int64_t{1}}});
    model.output(model.node("Softmax", {model.conv(joint, {3, 48, 1, 1, 1})}, {{"axis", std::int64_t{1}}}));
    expect_as_reference(model, net_full, net_half);
}

// Circular padding in one axis written as slices and a concatenation, and conditioning by a few numbers.
TEST(CpuExecutor, CircularAndConditionedNetwork) {
    Model model;
    const int polar = model.input({1, 3, 5, 8, 12}), facts = model.input({1, 6});
    const auto circular = [&](int v) {
        const int end =
            model.node("Slice", {v, model.integers({7}), model.integers({8}), model.integers({3})});
        const int start =
            model.node("Slice", {v, model.integers({0}), model.integers({1}), model.integers({3})});
        return model.node("Concat", {end, v, start}, {{"axis", std::int64_t{3}}});
    };
    int v = model.conv(circular(polar), {16, 3, 3, 3, 3}, {{"pads", Integers{1, 0, 1, 1, 0, 1}}});
    const int film = model.node("Gemm", {facts, model.weights({32, 6}), model.weights({32})},
                                {{"transB", std::int64_t{1}}});
    const auto halves =
        model.nodes("Split", {film, model.integers({16, 16})}, {{"axis", std::int64_t{1}}}, 2);
    const auto broad = [&](int half) {
        return model.node("Reshape", {half, model.integers({1, 16, 1, 1, 1})});
    };
    v = model.node("Add", {model.node("Mul", {v, broad(halves[0])}), broad(halves[1])});
    v = model.conv(circular(model.node("Relu", {v})), {24, 16, 3, 3, 3},
                   {{"pads", Integers{1, 0, 1, 1, 0, 1}}});
    model.output(v);
    model.output(model.node("Transpose", {v}, {{"perm", Integers{0, 2, 3, 1, 4}}}));
    expect_as_reference(model, net_full, net_half);
}

// A concatenation inside a concatenation, a part used twice, a part that is also an output.
TEST(CpuExecutor, NestedConcatenations) {
    Model model;
    const int image = model.input({1, 16, 4, 5, 6});
    const int a = model.conv(image, {16, 16, 3, 3, 3}, {{"pads", same_pads}});
    const int b = model.conv(a, {32, 16, 3, 3, 3}, {{"pads", same_pads}});
    const int inner = model.node("Concat", {a, b}, {{"axis", std::int64_t{1}}});
    const int c = model.conv(inner, {7, 48, 1, 1, 1});
    const int outer = model.node("Concat", {inner, c}, {{"axis", std::int64_t{1}}});
    const int again = model.node("Concat", {a, image, c}, {{"axis", std::int64_t{1}}});
    model.output(model.conv(outer, {3, 55, 1, 1, 1}));
    model.output(model.node("Relu", {again}));
    model.output(b);
    model.output(inner);
    expect_as_reference(model, net_full, net_half);
}

// Convolutions of every kind that oneDNN has code of its own for, sums that could be split, and the other
// kernels.
Model many_operators() {
    Model model;
    const int image = model.input({1, 6, 5, 9, 13}), deep = model.input({1, 480, 2, 2, 3});
    const int grouped = model.conv(image, {9, 2, 3, 3, 3}, {{"pads", same_pads}, {"group", std::int64_t{3}}});
    const int depthwise =
        model.conv(image, {6, 1, 3, 3, 3}, {{"pads", same_pads}, {"group", std::int64_t{6}}});
    for (const int v : {grouped, depthwise}) model.output(v);
    model.output(model.conv(deep, {17, 480, 1, 1, 1}));
    model.output(model.conv(deep, {32, 480, 3, 3, 3}, {{"pads", same_pads}}));
    model.output(model.conv(deep, {32, 240, 3, 3, 3}, {{"pads", same_pads}, {"group", std::int64_t{2}}}));
    for (const std::int64_t out : {3, 16})
        for (const std::int64_t kernel : {2, 3})
            model.output(model.conv_transpose(deep, {480, out, kernel, kernel, kernel}, {{"strides", two}}));
    model.output(
        model.conv_transpose(image, {6, 2, 3, 3, 3}, {{"strides", two}, {"group", std::int64_t{3}}}));
    model.output(model.conv(model.input({2, 96, 9, 7}), {24, 96, 3, 3}));
    model.output(model.conv(model.input({2, 96, 31}), {5, 96, 7}));
    model.output(model.node("AveragePool", {grouped}, {{"kernel_shape", Integers{3, 3, 3}}}));
    model.output(model.node("Resize", {grouped, -1, -1, model.integers({1, 9, 7, 18, 11})},
                            {{"mode", std::string("linear")}}));
    model.output(model.node("GlobalAveragePool", {grouped}));
    model.output(model.node("Softmax", {grouped}, {{"axis", std::int64_t{1}}}));
    model.output(model.node("MatMul", {model.input({5, 700}), model.weights({700, 9})}));
    return model;
}

TEST(CpuExecutor, ManyOperators) { expect_as_reference(many_operators(), full_tolerance, 0.03); }

TEST(CpuExecutor, SameBitsForAnyNumberOfThreads) {
    const std::vector<Model> models = {u_net({16, 32, 64}, Norm::none), u_net({3, 17, 24}, Norm::instance),
                                       many_operators()};
    for (const Model& model : models) {
        const network::Graph bound = model.bound();
        for (const auto precision : {network::Precision::full, network::Precision::half}) {
            std::vector<Tensor> expected;
            for (const int threads : {1, 2, 3, 5}) {
                set_threads(threads);
                const auto found = run_by(network::ExecutorKind::cpu, bound, model.inputs, precision);
                if (threads == 1) expected = found;
                for (std::size_t i = 0; i < found.size(); ++i)
                    EXPECT_TRUE(expected[i].floats == found[i].floats)
                        << "output " << i << " with " << threads << " threads";
            }
        }
    }
    set_threads(2);
}

// With whole channel blocks the parts of a concatenation are written in place. Joint and result are 32 and 16
// channels; apart from that there may be the taps of a transposed convolution, 16 channels, and its input, 4,
// before the result. With the parts held as well it would be 64.
TEST(CpuExecutor, ConcatenationsCostNoMemory) {
    const Model model = u_net({16, 32, 64}, Norm::none);
    const auto executor = network::make_executor(network::ExecutorKind::cpu, model.bound(),
                                                 network::Precision::full, ctffr::Run{});
    const std::size_t voxels = 8 * 12 * 20;
    EXPECT_LE(executor->arena_bytes(), voxels * (32 + 16 + 4) * sizeof(float));
}

TEST(CpuExecutor, RefusesAWrongShape) {
    Model model;
    model.output(model.conv(model.input({1, 3, 4, 4, 4}), {5, 3, 1, 1, 1}));
    const auto executor = network::make_executor(network::ExecutorKind::cpu, model.bound(),
                                                 network::Precision::full, ctffr::Run{});
    try {
        executor->run({noise({1, 3, 4, 4, 5}, 1)});
        FAIL() << "a wrong shape was taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::internal);
        EXPECT_NE(std::string(error.what()).find("1x3x4x4x5"), std::string::npos) << error.what();
    }
}

TEST(CpuExecutor, StopsWhenAsked) {
    Model model;
    model.output(model.conv(model.input({1, 3, 4, 4, 4}), {5, 3, 1, 1, 1}));
    std::atomic<bool> cancel{false};
    ctffr::Run run;
    run.cancel = &cancel;
    const auto executor =
        network::make_executor(network::ExecutorKind::cpu, model.bound(), network::Precision::full, run);
    EXPECT_EQ(executor->run(model.inputs).size(), 1u);
    cancel = true;
    EXPECT_THROW(executor->run(model.inputs), Error);
}

}  // namespace
}  // namespace ctffr::test
