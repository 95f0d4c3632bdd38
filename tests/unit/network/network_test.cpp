// SPDX-License-Identifier: Apache-2.0
#include "network/network.hpp"

#include <gmock/gmock.h>
#include <omp.h>

#include "ctffr/core/error.hpp"
#include "network/bind.hpp"
#include "network/onnx.hpp"
#include "support/onnx_writer.hpp"

namespace ctffr::network {
namespace {

using test::OnnxWriter;
using test::random_tensor;

Graph doubled_pool() {
    OnnxWriter w;
    const std::string x = w.input("image", {1, 1, -1, -1});
    const std::string y = w.node(
        "MaxPool", {w.node("Add", {x, x})},
        {{"kernel_shape", std::vector<std::int64_t>{2, 2}}, {"strides", std::vector<std::int64_t>{2, 2}}});
    w.output(y);
    w.model().mutable_graph()->mutable_output(0)->set_name("pooled");
    w.model().mutable_graph()->mutable_node(1)->set_output(0, "pooled");
    return read_onnx(w.bytes(), "net.onnx", {});
}

TEST(Network, RunsOnAnyFittingShape) {
    Network network(doubled_pool(), ExecutorKind::reference, Precision::full, {});
    EXPECT_EQ(network.input_names(), std::vector<std::string>{"image"});
    EXPECT_EQ(network.output_names(), std::vector<std::string>{"pooled"});
    EXPECT_EQ(network.input_shapes(), (std::vector<Shape>{{1, 1, -1, -1}}));
    EXPECT_EQ(network.output_shapes({{1, 1, 7, 9}}), (std::vector<Shape>{{1, 1, 3, 4}}));
    // More shapes than are kept, then the first again.
    for (const std::int64_t extent : {4, 5, 6, 7, 8, 9, 4}) {
        const Tensor image = random_tensor({1, 1, extent, 4}, static_cast<unsigned>(extent));
        const auto result = network.run({image});
        ASSERT_EQ(result.size(), 1u);
        ASSERT_EQ(result[0].shape, (Shape{1, 1, extent / 2, 2}));
        const auto& in = image.floats;
        EXPECT_EQ(result[0].floats[0], 2 * std::max({in[0], in[1], in[4], in[5]}));
    }
    EXPECT_THROW(network.run({random_tensor({1, 2, 4, 4}, 1)}), Error);
    EXPECT_THROW(network.run({}), Error);
}

TEST(Network, SameBitsForAnyNumberOfThreads) {
    OnnxWriter w;
    std::string y =
        w.node("Conv", {w.input("x", {1, 3, -1, -1, -1}), w.weight(random_tensor({5, 3, 3, 3, 3}, 1))});
    y = w.node("InstanceNormalization",
               {y, w.weight(random_tensor({5}, 2)), w.weight(random_tensor({5}, 3))});
    w.output(
        w.node("ReduceMean", {w.node("Softmax", {y}, {{"axis", std::int64_t{1}}}), w.integers({2, 3, 4})}));
    w.output(y);
    const Graph graph = network::bind(read_onnx(w.bytes(), "net.onnx", {}), {{1, 3, 12, 11, 13}});
    const auto executor = make_executor(ExecutorKind::reference, graph, Precision::full, {});
    const std::vector<Tensor> inputs{random_tensor({1, 3, 12, 11, 13}, 4)};
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    const auto one = executor->run(inputs);
    omp_set_num_threads(3);
    const auto three = executor->run(inputs);
    omp_set_num_threads(threads);
    for (std::size_t k = 0; k < one.size(); ++k) EXPECT_EQ(one[k].floats, three[k].floats);
}

TEST(Executor, SaysWhatItHoldsAndRefusesOtherShapes) {
    const Graph graph = network::bind(doubled_pool(), {{1, 1, 64, 64}});
    const auto executor = make_executor(ExecutorKind::reference, graph, Precision::full, {});
    EXPECT_EQ(executor->arena_bytes(), 64u * 64 * 4 + 32 * 32 * 4);
    EXPECT_THROW(executor->run({random_tensor({1, 1, 64, 63}, 1)}), Error);
    Tensor hollow;
    hollow.shape = {1, 1, 64, 64};
    EXPECT_THROW(executor->run({hollow}), Error);
    EXPECT_THROW(executor->run({test::integer_tensor({1, 1, 64, 64}, std::vector<std::int64_t>(4096))}),
                 Error);
}

TEST(Executor, StopsWhenAsked) {
    std::atomic<bool> cancel{false};
    ctffr::Run run;
    run.cancel = &cancel;
    const auto executor = make_executor(ExecutorKind::reference,
                                        network::bind(doubled_pool(), {{1, 1, 4, 4}}), Precision::full, run);
    EXPECT_NO_THROW(executor->run({random_tensor({1, 1, 4, 4}, 1)}));
    cancel = true;
    EXPECT_THROW(executor->run({random_tensor({1, 1, 4, 4}, 1)}), Error);
}

TEST(Tensor, ShapesAsTextAndNumbers) {
    EXPECT_EQ(shape_text({1, 16, -1, 32}), "1x16x?x32");
    EXPECT_EQ(shape_text({}), "scalar");
    EXPECT_EQ(element_count({2, 3, 5}), 30);
    EXPECT_EQ(element_count({}), 1);
    EXPECT_EQ(element_count({2, 0}), 0);
}

TEST(Node, AttributesHaveDefaultsAndTypes) {
    Node node;
    node.attributes = {{"axis", std::int64_t{2}}, {"alpha", 0.5f}};
    EXPECT_EQ(node.integer("axis", 0), 2);
    EXPECT_EQ(node.integer("other", 7), 7);
    EXPECT_EQ(node.number("alpha", 0), 0.5f);
    EXPECT_THROW(node.integer("alpha", 0), Error);
}

}  // namespace
}  // namespace ctffr::network
