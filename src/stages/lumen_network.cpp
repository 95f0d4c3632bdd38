// SPDX-License-Identifier: Apache-2.0
#include "stages/lumen_network.hpp"

#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "network/network.hpp"
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

void check_calibration(const lumen::RayCorrelation& correlation, const std::string& name) {
    for (const double value : {correlation.rays, correlation.sections})
        if (!(value > 0 && value <= 1024))
            throw Error(ExitCode::input_unreadable,
                        "The sidecar of the network {} has a calibration of {}; rays_alike and "
                        "sections_alike must be above 0 and at most 1024.",
                        name, value);
}

}  // namespace

std::shared_ptr<const LumenNetwork> read_lumen_network(std::string_view onnx, std::string_view sidecar,
                                                       const std::string& name) {
    auto result = std::make_shared<LumenNetwork>();
    result->file = read_network_file(onnx, sidecar, "lumen", name, [&](const nlohmann::json& json) {
        const nlohmann::json& calibration = json.at("calibration");
        result->correlation.rays = calibration.at("rays_alike").get<double>();
        result->correlation.sections = calibration.at("sections_alike").get<double>();
    });
    check_calibration(result->correlation, name);
    // Now, so that a network of another shape is refused when it is read and not in the middle of a case.
    check_network_shapes(result->file, window_shape(), {1, output_channels, window, angles}, name);
    return result;
}

std::shared_ptr<const LumenNetwork> shipped_lumen_network() {
    const network::ShippedWeights weights = network::shipped_lumen_weights();
    if (weights.onnx.empty()) return nullptr;
    return read_lumen_network(weights.onnx, weights.sidecar, "shipped with ctffr (lumen)");
}

std::string network_name(const LumenNetwork& network) { return network.file.name; }
std::string network_digest(const LumenNetwork& network) { return network.file.digest; }

lumen::PolarNetwork polar_network(const LumenNetwork& lumen_network, const Run& run) {
    // On a CPU most of the lumen stage is this network; in bfloat16, in which it was trained too, it takes
    // less than half the time, and its radii move by 0.004 mm at most. On a GPU it takes next to nothing.
    const network::ExecutorKind kind = network_executor(run);
    const network::Precision precision =
        kind == network::ExecutorKind::cpu ? network::Precision::half : network::Precision::full;
    auto network = std::make_shared<network::Network>(lumen_network.file.graph, kind, precision, run);
    return [network](const std::vector<float>& input) {
        network::Tensor tensor;
        tensor.shape = window_shape();
        tensor.floats = input;
        std::vector<network::Tensor> out = network->run({std::move(tensor)});
        return std::move(out.front().floats);
    };
}

}  // namespace ctffr
