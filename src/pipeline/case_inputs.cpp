// SPDX-License-Identifier: Apache-2.0
#include "pipeline/case_inputs.hpp"

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/surface.hpp"
#include "ctffr/io/volume.hpp"

namespace ctffr {

namespace {

bool inside(const std::filesystem::path& inner, const std::filesystem::path& outer) {
    // Paths that cannot be resolved (loops of links) are the reader's to refuse, with its own words.
    std::error_code error;
    const auto a = std::filesystem::weakly_canonical(inner, error);
    if (error) return false;
    const auto b = std::filesystem::weakly_canonical(outer, error);
    return !error && std::mismatch(b.begin(), b.end(), a.begin(), a.end()).first == b.end();
}

std::string hash_of_file(const std::filesystem::path& path) { return sha256_hex(read_text(path)); }

// The network of --lumen-network with its sidecar beside it, else the shipped one; null without an image to
// measure.
std::shared_ptr<const LumenNetwork> lumen_network_of(const RunRequest& request) {
    if (request.series.empty()) return nullptr;
    if (request.lumen_network.empty()) return shipped_lumen_network();
    std::filesystem::path sidecar = request.lumen_network;
    sidecar.replace_extension(".json");
    std::error_code error;
    for (const std::filesystem::path& path : {request.lumen_network, sidecar})
        if (!std::filesystem::exists(path, error))
            throw Error(ExitCode::input_missing,
                        "{} does not exist: a lumen network is an ONNX file with its sidecar of the same "
                        "name and the "
                        "ending .json beside it.",
                        path.string());
    return read_lumen_network(read_text(request.lumen_network), read_text(sidecar),
                              request.lumen_network.string());
}

}  // namespace

void check_inputs(const RunRequest& request) {
    if (request.flow != "reduced" && request.flow != "steady")
        throw Error(ExitCode::usage, "--flow is '{}'; valid values are reduced, steady.", request.flow);
    if (request.series.empty() && request.mask.empty() && request.lumen_surface.empty() &&
        request.centerlines.empty())
        throw Error(ExitCode::usage,
                    "Nothing to start from: give a CT series, --mask, --lumen or --centerlines.");
    if (!request.mask.empty() && !request.lumen_surface.empty())
        throw Error(ExitCode::usage, "--mask and --lumen both give the lumen: choose one of them.");
    std::error_code error;
    if (!request.series.empty() && std::filesystem::is_directory(request.series, error) &&
        inside(request.out, request.series))
        throw Error(ExitCode::usage, "The output folder {} lies in the series folder {}: choose another.",
                    request.out.string(), request.series.string());
    check_options(request);
    check_facts(request.facts);
}

CaseInputs read_inputs(const RunRequest& request, const Run& run) {
    CaseInputs inputs;
    inputs.lumen_network = lumen_network_of(request);
    // Now, and not after the minute that the stages before the lumen take.
    if (!request.series.empty() && request.mask.empty() && request.lumen_surface.empty())
        check_segmentation(request.lumen.segmentation, inputs.lumen_network.get());
    std::string hashes;
    // The small files first: a mistake in them should not wait for the series.
    if (!request.centerlines.empty()) {
        inputs.tree = read_centerline_vtp(request.centerlines);
        inputs.kind = "centerlines";
        hashes += "centerlines " + hash_of_file(request.centerlines) + "\n";
    }
    if (!request.lumen_surface.empty()) {
        inputs.surface = read_surface(request.lumen_surface);
        inputs.kind = "surface";
        hashes += "surface " + hash_of_file(request.lumen_surface) + "\n";
    }
    if (!request.mask.empty()) {
        inputs.mask = read_labels(request.mask);
        inputs.kind = "mask";
        hashes += "mask " + hash_of_file(request.mask) + "\n";
    }
    if (!request.series.empty()) {
        ReadVolumeOptions options;
        options.series_uid = request.series_uid;
        inputs.kind = input_kind_of(request.series);
        inputs.volume = read_volume(request.series, options, run);
        if (hashes.empty()) {
            inputs.hash = inputs.volume->hash;
            return inputs;
        }
        hashes += "volume " + inputs.volume->hash + "\n";
    }
    inputs.hash = sha256_hex(hashes);
    return inputs;
}

}  // namespace ctffr
