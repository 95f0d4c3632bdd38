// SPDX-License-Identifier: Apache-2.0
#include "stages/lumen_network.hpp"

#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "network/network.hpp"
#include "network/onnx.hpp"
#include "network/weights.hpp"

namespace ctffr {

namespace {

using lumen::PolarGrid;
using lumen::PolarLayout;

constexpr auto input_channels = static_cast<std::int64_t>(PolarLayout::channels);
constexpr auto output_channels = static_cast<std::int64_t>(PolarLayout::outputs);
constexpr auto window = static_cast<std::int64_t>(PolarLayout::window);
constexpr auto angles = static_cast<std::int64_t>(PolarGrid::angles),
               steps = static_cast<std::int64_t>(PolarGrid::steps);

const network::Shape& window_shape() {
    static const network::Shape shape{1, input_channels, window, angles, steps};
    return shape;
}

void read_sidecar(std::string_view text, std::string_view onnx, const std::string& name, LumenNetwork& out) {
    try {
        const nlohmann::json json = nlohmann::json::parse(text);
        const auto kind = json.at("kind").get<std::string>();
        if (kind != "lumen")
            throw Error(ExitCode::input_unsupported,
                        "The network {} is of kind '{}'; the lumen is measured by networks of kind 'lumen'.",
                        name, kind);
        const auto hash = json.at("sha256").get<std::string>();
        if (hash != sha256_hex(onnx))
            throw Error(ExitCode::input_unreadable,
                        "The network {} and its sidecar do not belong together: the sidecar was written for "
                        "a file with "
                        "the SHA-256 {:.12}..., this one has {:.12}...",
                        name, hash, sha256_hex(onnx));
        out.name = json.at("name").get<std::string>() + " " + json.at("version").get<std::string>();
        const nlohmann::json& calibration = json.at("calibration");
        out.correlation.rays = calibration.at("rays_alike").get<double>();
        out.correlation.sections = calibration.at("sections_alike").get<double>();
    } catch (const nlohmann::json::exception& error) {
        throw Error(ExitCode::input_unreadable, "The sidecar of the network {} cannot be read: {}.", name,
                    error.what());
    }
    for (const double value : {out.correlation.rays, out.correlation.sections})
        if (!(value > 0 && value <= 1024))
            throw Error(ExitCode::input_unreadable,
                        "The sidecar of the network {} has a calibration of {}; rays_alike and "
                        "sections_alike must be "
                        "above 0 and at most 1024.",
                        name, value);
}

// Bound once, so that a network of another shape is refused when it is read and not in the middle of a case.
void check_shapes(const LumenNetwork& lumen_network, const std::string& name) {
    network::Network network(lumen_network.graph, network::ExecutorKind::reference, network::Precision::full,
                             Run{});
    const network::Shape wanted{1, output_channels, window, angles};
    if (network.input_shapes().size() != 1)
        throw Error(ExitCode::input_unsupported, "The network {} has {} inputs; a lumen network has one.",
                    name, network.input_shapes().size());
    const auto outputs = network.output_shapes({window_shape()});
    if (outputs.size() != 1 || outputs.front() != wanted)
        throw Error(ExitCode::input_unsupported,
                    "The network {} gives {} for an input of {}; a lumen network gives {}.", name,
                    outputs.empty() ? "nothing" : network::shape_text(outputs.front()),
                    network::shape_text(window_shape()), network::shape_text(wanted));
}

// Without oneDNN the plain loops, slow and right. On a GPU machine too: the CUDA executor has not been
// measured against the reference on a GPU yet, and no radius is to come from what was not.
network::ExecutorKind executor_kind() {
#if defined(CTFFR_HAVE_ONEDNN)
    return network::ExecutorKind::cpu;
#else
    return network::ExecutorKind::reference;
#endif
}

}  // namespace

std::shared_ptr<const LumenNetwork> read_lumen_network(std::string_view onnx, std::string_view sidecar,
                                                       const std::string& name) {
    auto result = std::make_shared<LumenNetwork>();
    read_sidecar(sidecar, onnx, name, *result);
    const auto no_external = [&](const std::string& file) -> std::string {
        throw Error(ExitCode::input_unsupported,
                    "The network {} keeps weights in another file ({}): export it with its weights inside.",
                    name, file);
    };
    result->graph = network::read_onnx(onnx, name, no_external);
    check_shapes(*result, name);
    result->digest = sha256_hex(sha256_hex(onnx) + sha256_hex(sidecar));
    return result;
}

std::shared_ptr<const LumenNetwork> shipped_lumen_network() {
    const network::ShippedWeights weights = network::shipped_lumen_weights();
    if (weights.onnx.empty()) return nullptr;
    return read_lumen_network(weights.onnx, weights.sidecar, "shipped with ctffr (lumen)");
}

std::string network_name(const LumenNetwork& network) { return network.name; }
std::string network_digest(const LumenNetwork& network) { return network.digest; }

lumen::PolarNetwork polar_network(const LumenNetwork& lumen_network, const Run& run) {
    auto network = std::make_shared<network::Network>(lumen_network.graph, executor_kind(),
                                                      network::Precision::full, run);
    return [network](const std::vector<float>& input) {
        network::Tensor tensor;
        tensor.shape = window_shape();
        tensor.floats = input;
        std::vector<network::Tensor> out = network->run({std::move(tensor)});
        return std::move(out.front().floats);
    };
}

}  // namespace ctffr
