// SPDX-License-Identifier: Apache-2.0
// ctffr-network-case write FILE: a model of the tree network's architecture with random weights.
// ctffr-network-case cpu|cuda full|half FILE DEPTH HEIGHT WIDTH [RUNS]: times it on a box of that size and
// prints one figure a line: NAME VALUE UNIT. The time is the shortest of the runs, after one to warm up. With
// PROFILE=1 in the environment the time of each kind of step of one more run goes to standard error.
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <sys/resource.h>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/profiler.hpp"
#include "network/bind.hpp"
#include "network/executor.hpp"
#include "network/onnx.hpp"
#include "support/onnx_writer.hpp"

namespace ctffr {

namespace {

using network::Shape;
using Integers = std::vector<std::int64_t>;

// Two convolutions per level down, one up, 3 x 3 x 3; transposed ones 2 x 2 x 2; leaky ReLU; ten outputs.
class TreeNetwork {
   public:
    TreeNetwork() {
        const Integers channels{16, 32, 64, 96, 128};
        std::string v = writer_.input("image", {1, 2, -1, -1, -1});
        std::vector<std::string> skips;
        for (std::size_t level = 0; level < channels.size(); ++level) {
            v = unit(v, level == 0 ? 2 : channels[level - 1], channels[level], level == 0 ? 1 : 2);
            v = unit(v, channels[level], channels[level], 1);
            skips.push_back(v);
        }
        for (std::size_t level = channels.size() - 1; level-- > 0;) {
            const std::int64_t from = channels[level + 1], to = channels[level];
            v = writer_.node("ConvTranspose", {v, weights({from, to, 2, 2, 2}, from), weights({to}, 100)},
                             {{"strides", Integers{2, 2, 2}}});
            v = unit(writer_.node("Concat", {v, skips[level]}, {{"axis", std::int64_t{1}}}), 2 * to, to, 1);
        }
        writer_.output(
            writer_.node("Conv", {v, weights({10, channels[0], 1, 1, 1}, channels[0]), weights({10}, 100)}));
    }
    std::string bytes() const { return writer_.bytes(); }

   private:
    // Random numbers that keep the size of the values from layer to layer.
    std::string weights(const Shape& shape, std::int64_t terms) {
        network::Tensor tensor = test::random_tensor(shape, seed_++);
        for (float& value : tensor.floats) value *= std::sqrt(6.0F / static_cast<float>(terms));
        return writer_.weight(tensor);
    }
    std::string unit(const std::string& from, std::int64_t in, std::int64_t out, std::int64_t stride) {
        const std::string conv =
            writer_.node("Conv", {from, weights({out, in, 3, 3, 3}, 27 * in), weights({out}, 100)},
                         {{"strides", Integers(3, stride)}, {"pads", Integers(6, 1)}});
        return writer_.node("LeakyRelu", {conv}, {{"alpha", 0.01F}});
    }

    test::OnnxWriter writer_;
    unsigned seed_ = 1;
};

// Multiplications and additions of the convolutions.
double operations(const network::Graph& graph) {
    double sum = 0;
    for (const network::Node& node : graph.nodes) {
        if (node.op != "Conv" && node.op != "ConvTranspose") continue;
        const auto shape = [&](int v) { return graph.values[static_cast<std::size_t>(v)].shape; };
        const Shape weights = shape(node.inputs[1]);
        const Shape at = shape(node.op == "Conv" ? node.outputs[0] : node.inputs[0]);
        const double voxels = static_cast<double>(network::element_count(at)) / static_cast<double>(at[1]);
        sum += 2 * voxels * static_cast<double>(network::element_count(weights));
    }
    return sum;
}

// Time that all threads of the process have computed: what is left of a measurement on a busy machine.
double processor_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double megabytes_used() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

int time(const std::string& device, const std::string& precision_name, const std::string& file,
         const Shape& box, int runs) {
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    const Shape shape{1, 2, box[0], box[1], box[2]};
    const network::Graph graph = network::bind(network::read_onnx(bytes, file, {}), {shape});
    const auto precision = precision_name == "half" ? network::Precision::half : network::Precision::full;
    const auto kind = device == "cuda" ? network::ExecutorKind::cuda : network::ExecutorKind::cpu;
    Run run_context;
    run_context.device = device == "cuda" ? DeviceKind::cuda : DeviceKind::cpu;
    const auto begin = std::chrono::steady_clock::now();
    const auto executor = network::make_executor(kind, graph, precision, run_context);
    const std::chrono::duration<double> setup = std::chrono::steady_clock::now() - begin;
    const std::vector<network::Tensor> inputs{test::random_tensor(shape, 99)};
    const double before = megabytes_used();
    double shortest = 1e30, least = 1e30;
    for (int run = 0; run <= runs; ++run) {
        const auto start = std::chrono::steady_clock::now();
        const double computed = processor_seconds();
        const auto outputs = executor->run(inputs);
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        if (run > 0) shortest = std::min(shortest, taken.count());
        if (run > 0) least = std::min(least, processor_seconds() - computed);
        for (const float value : outputs[0].floats)
            if (!std::isfinite(value)) throw Error(ExitCode::internal, "The network's result is not finite.");
    }
    fmt::print("work {:.1f} GFLOP\n", operations(graph) * 1e-9);
    fmt::print("setup {:.3f} s\n", setup.count());
    fmt::print("time {:.4f} s\n", shortest);
    fmt::print("processor-time {:.3f} s\n", least);
    fmt::print("rate {:.1f} GFLOP/s\n", operations(graph) * 1e-9 / shortest);
    fmt::print("rate-per-core {:.1f} GFLOP/s\n", operations(graph) * 1e-9 / least);
    fmt::print("arena {:.0f} MB\n", static_cast<double>(executor->arena_bytes()) / 1048576);
    fmt::print("process {:.0f} MB\n", megabytes_used());
    fmt::print("process-before-run {:.0f} MB\n", before);
    if (std::getenv("PROFILE")) {
        Profiler profiler;
        run_context.profiler = &profiler;
        network::make_executor(kind, graph, precision, run_context)->run(inputs);
        fmt::print(stderr, "{}", profiler.table(0));
    }
    return 0;
}

}  // namespace

}  // namespace ctffr

int main(int count, char** arguments) {
    try {
        const std::string mode = count > 1 ? arguments[1] : "";
        if (mode == "write" && count == 3) {
            std::ofstream(arguments[2], std::ios::binary) << ctffr::TreeNetwork().bytes();
            return 0;
        }
        const std::string precision = count > 2 ? arguments[2] : "";
        if ((mode == "cpu" || mode == "cuda") && (precision == "full" || precision == "half") && count >= 7)
            return ctffr::time(mode, precision, arguments[3],
                               {std::stoll(arguments[4]), std::stoll(arguments[5]), std::stoll(arguments[6])},
                               count > 7 ? std::stoi(arguments[7]) : 3);
        fmt::print(
            stderr,
            "usage: ctffr-network-case write FILE | cpu|cuda full|half FILE DEPTH HEIGHT WIDTH [RUNS]\n");
    } catch (const std::exception& error) {
        fmt::print(stderr, "ctffr-network-case: {}\n", error.what());
    }
    return 2;
}
