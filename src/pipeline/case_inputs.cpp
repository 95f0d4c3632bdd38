// SPDX-License-Identifier: Apache-2.0
#include "pipeline/case_inputs.hpp"

#include <sstream>

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

// The network of a file with its sidecar beside it, else the shipped one; null without an image to look at.
template <class Network>
std::shared_ptr<const Network> network_of(const RunRequest& request, const std::filesystem::path& file,
                                          const char* kind, std::shared_ptr<const Network> (*shipped)(),
                                          std::shared_ptr<const Network> (*read)(std::string_view,
                                                                                 std::string_view,
                                                                                 const std::string&)) {
    if (request.series.empty()) return nullptr;
    if (file.empty()) return shipped();
    std::filesystem::path sidecar = file;
    sidecar.replace_extension(".json");
    std::error_code error;
    for (const std::filesystem::path& path : {file, sidecar})
        if (!std::filesystem::exists(path, error))
            throw Error(
                ExitCode::input_missing,
                "{} does not exist: a {} network is an ONNX file with its sidecar of the same name and the "
                "ending .json beside it.",
                path.string(), kind);
    return read(read_text(file), read_text(sidecar), file.string());
}

std::string text_if_there(const std::filesystem::path& path) {
    std::error_code error;
    return std::filesystem::exists(path, error) ? read_text(path) : std::string();
}

std::vector<std::string> words_between_commas(const std::string& text) {
    std::vector<std::string> words;
    std::istringstream rest(text);
    for (std::string word; std::getline(rest, word, ',');) {
        const auto first = word.find_first_not_of(' '), last = word.find_last_not_of(' ');
        if (first != std::string::npos) words.push_back(word.substr(first, last - first + 1));
    }
    return words;
}

// A user's own network with what stands beside it.
std::shared_ptr<const VoxelNetwork> voxel_network_of(const RunRequest& request) {
    if (request.network.empty()) return nullptr;
    std::error_code error;
    if (!std::filesystem::exists(request.network, error))
        throw Error(ExitCode::input_missing, "{} does not exist: --network takes an ONNX file.",
                    request.network.string());
    const std::filesystem::path folder = request.network.parent_path();
    std::filesystem::path sidecar = request.network;
    sidecar.replace_extension(".json");
    const std::string onnx = read_text(request.network);
    VoxelNetworkFiles files;
    files.name = request.network.string(), files.onnx = onnx;
    files.sidecar = text_if_there(sidecar);
    files.plans = text_if_there(folder / "plans.json"),
    files.dataset = text_if_there(folder / "dataset.json");
    files.external = [&](const std::string& file) {
        // Weights stand beside the model; a name that leads elsewhere is no such file.
        const std::filesystem::path name = std::filesystem::path(file).filename();
        if (name != std::filesystem::path(file))
            throw Error(ExitCode::input_unsupported,
                        "The network {} keeps weights in '{}', which is not a file beside it.", files.name,
                        file);
        return read_text(folder / name);
    };
    return read_voxel_network(files, words_between_commas(request.segment.network_labels));
}

}  // namespace

void check_inputs(const RunRequest& request) {
    if (request.flow != "reduced" && !request.in_3d() && !request.beats())
        throw Error(ExitCode::usage,
                    "--flow is '{}'; valid values are reduced, steady, pulsatile, pulsatile-3d.",
                    request.flow);
    if (request.centerline.search != "auto" && request.centerline.search != "classical")
        throw Error(ExitCode::usage, "--centerline-search is '{}'; valid values are auto, classical.",
                    request.centerline.search);
    if (request.series.empty() && request.mask.empty() && request.lumen_surface.empty() &&
        request.centerlines.empty())
        throw Error(ExitCode::usage,
                    "Nothing to start from: give a CT series, --mask, --lumen or --centerlines.");
    if (!request.mask.empty() && !request.lumen_surface.empty())
        throw Error(ExitCode::usage, "--mask and --lumen both give the lumen: choose one of them.");
    if (!request.network.empty() &&
        (request.series.empty() || !request.mask.empty() || !request.lumen_surface.empty()))
        throw Error(
            ExitCode::usage,
            "--network segments the lumen in a CT series: give a series, and neither --mask nor --lumen.");
    if (!request.calcium_series.empty() && request.series.empty())
        throw Error(ExitCode::usage,
                    "--calcium-series adds a calcium score to the angiogram of a CT series: give a series.");
    std::error_code error;
    if (!request.series.empty() && std::filesystem::is_directory(request.series, error) &&
        inside(request.out, request.series))
        throw Error(ExitCode::usage, "The output folder {} lies in the series folder {}: choose another.",
                    request.out.string(), request.series.string());
    check_options(request);
    parse_labels(request.labels);  // mistakes in them should not wait for the lumen
    check_facts(request.facts);
}

CaseInputs read_inputs(const RunRequest& request, const Run& run) {
    CaseInputs inputs;
    inputs.lumen_network = network_of<LumenNetwork>(request, request.lumen_network, "lumen",
                                                    shipped_lumen_network, read_lumen_network);
    if (request.lumen.segmentation != "classical" && request.centerline.search != "classical")
        inputs.heart_network = network_of<HeartNetwork>(request, request.heart_network, "heart",
                                                        shipped_heart_network, read_heart_network);
    // Now, and not after the minute that the stages before the lumen take.
    inputs.voxel_network = voxel_network_of(request);
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
    if (!request.calcium_series.empty()) inputs.calcium = read_volume(request.calcium_series, {}, run);
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
