// SPDX-License-Identifier: Apache-2.0
#include "stages/network_file.hpp"

#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "network/network.hpp"
#include "network/onnx.hpp"

namespace ctffr {

NetworkFile read_network_file(std::string_view onnx, std::string_view sidecar, const std::string& kind,
                              const std::string& name,
                              const std::function<void(const nlohmann::json& sidecar)>& facts) {
    NetworkFile file;
    try {
        const nlohmann::json json = nlohmann::json::parse(sidecar);
        if (const auto found = json.at("kind").get<std::string>(); found != kind)
            throw Error(ExitCode::input_unsupported,
                        "The network {} is of kind '{}'; a network of kind '{}' is needed here.", name, found,
                        kind);
        const auto hash = json.at("sha256").get<std::string>();
        if (hash != sha256_hex(onnx))
            throw Error(ExitCode::input_unreadable,
                        "The network {} and its sidecar do not belong together: the sidecar was written for "
                        "a file with the SHA-256 {:.12}..., this one has {:.12}...",
                        name, hash, sha256_hex(onnx));
        file.name = json.at("name").get<std::string>() + " " + json.at("version").get<std::string>();
        facts(json);
    } catch (const nlohmann::json::exception& error) {
        throw Error(ExitCode::input_unreadable, "The sidecar of the network {} cannot be read: {}.", name,
                    error.what());
    }
    const auto no_external = [&](const std::string& other) -> std::string {
        throw Error(ExitCode::input_unsupported,
                    "The network {} keeps weights in another file ({}): export it with its weights inside.",
                    name, other);
    };
    file.graph = network::read_onnx(onnx, name, no_external);
    file.digest = sha256_hex(sha256_hex(onnx) + sha256_hex(sidecar));
    return file;
}

void check_network_shapes(const NetworkFile& file, const network::Shape& input, const network::Shape& output,
                          const std::string& name) {
    network::Network network(file.graph, network::ExecutorKind::reference, network::Precision::full, Run{});
    if (network.input_shapes().size() != 1)
        throw Error(ExitCode::input_unsupported, "The network {} has {} inputs; one is needed.", name,
                    network.input_shapes().size());
    const auto outputs = network.output_shapes({input});
    if (outputs.size() != 1 || outputs.front() != output)
        throw Error(ExitCode::input_unsupported, "The network {} gives {} for an input of {}; {} is needed.",
                    name, outputs.empty() ? "nothing" : network::shape_text(outputs.front()),
                    network::shape_text(input), network::shape_text(output));
}

network::ExecutorKind network_executor([[maybe_unused]] const Run& run) {
#if defined(CTFFR_HAVE_CUDNN)
    if (run.device == DeviceKind::cuda) return network::ExecutorKind::cuda;
#endif
#if defined(CTFFR_HAVE_ONEDNN)
    return network::ExecutorKind::cpu;
#else
    return network::ExecutorKind::reference;
#endif
}

}  // namespace ctffr
