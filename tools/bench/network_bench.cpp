// SPDX-License-Identifier: Apache-2.0
// The network that segments the heart box, with random weights, timed:
//   ctffr-network-bench [--device cpu|cuda] [--precision full|half] [--size D H W] [--runs N]
// Prints lines "FIGURE VALUE UNIT". `run` is a whole call, with the copies to and from the device and the
// change of layout; `kernels` is what the launches between them take, each waited for. TFLOP/s counts the
// multiplications and additions of the convolutions.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/core/random.hpp"
#include "ctffr/parallel/exec.hpp"
#include "ctffr/parallel/profiler.hpp"
#include "network/bind.hpp"
#include "network/executor.hpp"

namespace ctffr::network {

namespace {

using Ints = std::vector<std::int64_t>;

double now_s() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Five levels of 16 to 128 channels, two convolutions on each way down and one on each way up.
class BoxNetwork {
   public:
    explicit BoxNetwork(const Shape& input) {
        const Ints channels{16, 32, 64, 96, 128};
        int x = add(input);
        graph_.inputs = {x};
        std::int64_t width = input[1];
        std::vector<int> skips;
        for (std::size_t level = 0; level < channels.size(); ++level) {
            x = convolution("Conv", x, width, channels[level], 3, level ? 2 : 1, true);
            x = convolution("Conv", x, channels[level], channels[level], 3, 1, true);
            width = channels[level];
            skips.push_back(x);
        }
        for (std::size_t level = channels.size() - 1; level-- > 0;) {
            x = convolution("ConvTranspose", x, width, channels[level], 2, 2, false);
            width = channels[level];
            const int both = add({});
            graph_.nodes.push_back(
                {"Concat", "concat", {x, skips[level]}, {both}, {{"axis", std::int64_t{1}}}, {}});
            x = convolution("Conv", both, 2 * width, width, 3, 1, true);
        }
        graph_.outputs = {convolution("Conv", x, width, 10, 1, 1, false)};
    }
    const Graph& graph() const { return graph_; }

   private:
    int add(const Shape& shape) {
        Value value;
        value.name = "v" + std::to_string(graph_.values.size());
        value.shape = shape;
        graph_.values.push_back(std::move(value));
        return static_cast<int>(graph_.values.size()) - 1;
    }
    int weights(const Shape& shape, double scale) {
        Tensor tensor;
        tensor.shape = shape;
        for (std::int64_t i = 0; i < element_count(shape); ++i)
            tensor.floats.push_back(static_cast<float>(random_.uniform(-scale, scale)));
        const int value = add(shape);
        graph_.values.back().constant = std::move(tensor);
        return value;
    }
    int convolution(const std::string& op, int x, std::int64_t from, std::int64_t to, std::int64_t kernel,
                    std::int64_t stride, bool leaky) {
        Shape shape{op == "Conv" ? to : from, op == "Conv" ? from : to, kernel, kernel, kernel};
        const int filter =
            weights(shape, 1.7 / std::sqrt(static_cast<double>(from * kernel * kernel * kernel)));
        const int bias = weights({to}, 0.1), out = add({});
        graph_.nodes.push_back(
            {op,
             op + std::to_string(graph_.nodes.size()),
             {x, filter, bias},
             {out},
             {{"strides", Ints(3, stride)}, {"pads", Ints(6, op == "Conv" ? kernel / 2 : 0)}},
             {}});
        if (!leaky) return out;
        const int y = add({});
        graph_.nodes.push_back({"LeakyRelu", "activation", {out}, {y}, {{"alpha", 0.01f}}, {}});
        return y;
    }

    Graph graph_;
    Random random_{1};
};

double flops_of(const Graph& graph) {
    double sum = 0;
    const auto shape = [&](int v) -> const Shape& { return graph.values[static_cast<std::size_t>(v)].shape; };
    for (const Node& node : graph.nodes) {
        if (node.op != "Conv" && node.op != "ConvTranspose") continue;
        // Every weight is used once per voxel of the coarser of the two images.
        Shape voxels = shape(node.op == "Conv" ? node.outputs[0] : node.inputs[0]);
        voxels[1] = 1;
        sum += 2.0 * static_cast<double>(element_count(shape(node.inputs[1])) * element_count(voxels));
    }
    return sum;
}

void measure(ExecutorKind kind, Precision precision, const Shape& input, int runs) {
    const BoxNetwork network(input);
    const Graph graph = bind(network.graph(), {input});
    const double flops = flops_of(graph);
    Run run;
    run.device = kind == ExecutorKind::cuda ? DeviceKind::cuda : DeviceKind::cpu;
    run.log_sink = [](LogLevel, const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); };
    Tensor image;
    image.shape = input;
    Random random(2);
    for (std::int64_t i = 0; i < element_count(input); ++i)
        image.floats.push_back(static_cast<float>(random.uniform(-1, 1)));

    double start = now_s();
    const auto executor = make_executor(kind, graph, precision, run);
    std::printf("setup %.3f s\n", now_s() - start);
    start = now_s();
    executor->run({image});
    std::printf("first-run %.4f s\n", now_s() - start);
    std::vector<double> times;
    for (int i = 0; i < runs; ++i) {
        start = now_s();
        executor->run({image});
        times.push_back(now_s() - start);
    }
    std::sort(times.begin(), times.end());
    const double median = times[times.size() / 2];
    std::printf("run %.4f s\nrun-rate %.3f TFLOP/s\n", median, flops / median * 1e-12);

    Profiler profiler;
    run.profiler = &profiler;
    const auto profiled = make_executor(kind, graph, precision, run);
    profiled->run({image});
    double kernels = 0;
    const auto before = profiler.entries();
    profiled->run({image});
    for (const auto& [name, entry] : profiler.entries()) {
        const auto first = before.find(name);
        const double seconds = entry.seconds - (first == before.end() ? 0 : first->second.seconds);
        kernels += seconds;
        std::printf("kernel:%s %.6f s\n", name.c_str(), seconds);
    }
    std::printf("kernels %.4f s\nkernels-rate %.3f TFLOP/s\n", kernels, flops / kernels * 1e-12);
    std::printf("work %.1f GFLOP\narena %.1f MB\n", flops * 1e-9,
                static_cast<double>(executor->arena_bytes()) * 1e-6);
}

int run_bench(const std::vector<std::string>& arguments) {
    ExecutorKind kind = ExecutorKind::cpu;
    Precision precision = Precision::half;
    Shape input{1, 2, 144, 160, 160};
    int runs = 10;
    const auto fail = [] {
        std::fprintf(stderr,
                     "usage: ctffr-network-bench [--device cpu|cuda] [--precision full|half] [--size D H W] "
                     "[--runs N]      sizes are multiples of 16\n");
        return 2;
    };
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& option = arguments[i];
        const std::size_t left = arguments.size() - i - 1;
        if (option == "--device" && left >= 1) {
            const std::string device = arguments[++i];
            if (device != "cpu" && device != "cuda") return fail();
            kind = device == "cuda" ? ExecutorKind::cuda : ExecutorKind::cpu;
        } else if (option == "--precision" && left >= 1) {
            const std::string name = arguments[++i];
            if (name != "full" && name != "half") return fail();
            precision = name == "full" ? Precision::full : Precision::half;
        } else if (option == "--size" && left >= 3) {
            for (std::size_t a = 2; a < 5; ++a) {
                input[a] = std::atoll(arguments[++i].c_str());
                if (input[a] <= 0 || input[a] % 16 != 0) return fail();
            }
        } else if (option == "--runs" && left >= 1) {
            runs = std::max(1, std::atoi(arguments[++i].c_str()));
        } else {
            return fail();
        }
    }
    measure(kind, precision, input, runs);
    return 0;
}

}  // namespace

}  // namespace ctffr::network

int main(int argc, char** argv) {
    try {
        return ctffr::network::run_bench({argv + 1, argv + argc});
    } catch (const ctffr::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return static_cast<int>(error.code());
    }
}
