// SPDX-License-Identifier: Apache-2.0
#include "stages/voxel_network.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "imaging/coronaries.hpp"
#include "network/network.hpp"
#include "network/onnx.hpp"
#include "network/sliding_window.hpp"

namespace ctffr {

namespace {

using namespace imaging;

constexpr std::uint8_t coronary_without_side = 255;

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

bool holds(const std::string& text, const char* part) { return lower(text).find(part) != std::string::npos; }

// Which channels are coronary lumen, by the names the user gives or else by what the labels are called.
std::vector<bool> chosen_labels(const VoxelRecipe& recipe, const std::vector<std::string>& wanted,
                                const std::string& name) {
    const std::size_t first = recipe.independent ? 0 : 1;  // channel 0 is background
    std::vector<bool> chosen(recipe.labels.size(), false);
    for (const std::string& label : wanted) {
        const auto at = std::find(recipe.labels.begin(), recipe.labels.end(), label);
        if (at == recipe.labels.end())
            throw Error(ExitCode::usage, "The network {} has no label '{}'; it has {}.", name, label,
                        fmt::join(recipe.labels, ", "));
        chosen[static_cast<std::size_t>(at - recipe.labels.begin())] = true;
    }
    if (wanted.empty())
        for (std::size_t n = first; n < chosen.size(); ++n)
            chosen[n] = recipe.labels.size() == first + 1 || holds(recipe.labels[n], "coronar") ||
                        holds(recipe.labels[n], "lumen");
    if (std::find(chosen.begin(), chosen.end(), true) == chosen.end())
        throw Error(
            ExitCode::usage,
            "Which labels of the network {} are coronary lumen cannot be told from their names ({}): name "
            "them with --network-labels.",
            name, fmt::join(recipe.labels, ", "));
    return chosen;
}

std::vector<std::uint8_t> label_values(const VoxelRecipe& recipe, const std::vector<bool>& chosen) {
    // Sides count only when every chosen label has one.
    const auto side = [&](std::size_t n) {
        return holds(recipe.labels[n], "left")    ? Label::coronary_left
               : holds(recipe.labels[n], "right") ? Label::coronary_right
                                                  : Label::background;
    };
    bool sided = true;
    for (std::size_t n = 0; n < chosen.size(); ++n)
        sided = sided && (!chosen[n] || side(n) != Label::background);
    std::vector<std::uint8_t> values(chosen.size(), 0);
    for (std::size_t n = 0; n < chosen.size(); ++n)
        if (chosen[n]) values[n] = sided ? static_cast<std::uint8_t>(side(n)) : coronary_without_side;
    return values;
}

Mat3 directions(VoxelAxes axes, const Volume& volume) {
    Mat3 result;
    if (axes == VoxelAxes::image) result = volume.geometry.direction;
    // Right, anterior, superior: the first two point the other way than those of LPS.
    if (axes == VoxelAxes::ras) result = Mat3{{{-1, 0, 0}, {0, -1, 0}, {0, 0, 1}}};
    return result;
}

// The network's grid over a box, along its axes; never smaller than a window, so that nothing is padded but
// with what lies around the box.
ImageGeometry grid_over(const Box& box, const VoxelRecipe& recipe, const Volume& volume) {
    ImageGeometry grid;
    grid.direction = directions(recipe.axes, volume);
    grid.spacing_mm = recipe.spacing_mm;
    Vec3 low{1e9, 1e9, 1e9}, high{-1e9, -1e9, -1e9};
    for (int corner = 0; corner < 8; ++corner) {
        const Vec3 p{corner & 1 ? box.high.x : box.low.x, corner & 2 ? box.high.y : box.low.y,
                     corner & 4 ? box.high.z : box.low.z};
        const Vec3 along = grid.direction.transposed() * p;
        for (int a = 0; a < 3; ++a)
            low[a] = std::min(low[a], along[a]), high[a] = std::max(high[a], along[a]);
    }
    int size[3];
    for (int a = 0; a < 3; ++a) {
        const int patch = static_cast<int>(recipe.patch[static_cast<std::size_t>(2 - a)]);
        const double spacing = grid.spacing_mm[a];
        size[a] = std::max(patch, static_cast<int>(std::ceil((high[a] - low[a]) / spacing)) + 1);
        low[a] = 0.5 * (low[a] + high[a] - (size[a] - 1) * spacing);
    }
    grid.size = {size[0], size[1], size[2]};
    grid.origin_lps_mm = grid.direction * low;
    return grid;
}

// Points read per axis of a voxel: more than one where the network is much coarser than the image.
int points_per_axis(Vec3 to, Vec3 from) {
    double ratio = 1;
    for (int a = 0; a < 3; ++a) ratio = std::max(ratio, to[a] / from[a]);
    return std::clamp(static_cast<int>(std::ceil(ratio / 1.5)), 1, 6);
}

std::vector<float> normalised(std::vector<float> hu, const VoxelNormalisation& how, const Volume& volume) {
    double subtract = how.subtract, divide = how.divide;
    if (how.per_image) {
        double sum = 0, square = 0;
        for (const std::int16_t v : volume.hu) sum += v, square += double{1} * v * v;
        const auto count = static_cast<double>(volume.hu.size());
        subtract = sum / count;
        divide = std::max(1e-8, std::sqrt(std::max(0.0, square / count - subtract * subtract)));
    }
    for (float& v : hu)
        v = static_cast<float>((std::clamp<double>(v, how.low, how.high) - subtract) / divide);
    return hu;
}

// The label of every voxel: the greatest channel, or the greatest of those above one half.
std::vector<std::uint8_t> labels_from(const std::vector<float>& found, const VoxelNetwork& network,
                                      std::size_t voxels) {
    const std::size_t channels = network.label_of_channel.size();
    std::vector<std::uint8_t> labels(voxels, 0);
    for (std::size_t v = 0; v < voxels; ++v) {
        std::size_t best = 0;
        for (std::size_t c = 1; c < channels; ++c)
            if (found[c * voxels + v] > found[best * voxels + v]) best = c;
        const float logit = found[best * voxels + v];
        if (!std::isfinite(logit))
            throw Error(
                ExitCode::anatomy_not_found,
                "The network {} answered with a number that is not finite: its weights are damaged, or its "
                "input is not normalised as it was trained.",
                network.file.name);
        if (!network.recipe.independent || logit > 0) labels[v] = network.label_of_channel[best];
    }
    return labels;
}

}  // namespace

std::shared_ptr<const VoxelNetwork> read_voxel_network(const VoxelNetworkFiles& files,
                                                       const std::vector<std::string>& labels) {
    auto result = std::make_shared<VoxelNetwork>();
    result->file.graph = network::read_onnx(files.onnx, files.name, files.external);
    const network::Network model(result->file.graph, network::ExecutorKind::reference,
                                 network::Precision::full, Run{});
    if (model.input_shapes().size() != 1)
        throw Error(ExitCode::input_unsupported, "The network {} has {} inputs; one is needed.", files.name,
                    model.input_shapes().size());
    const network::Shape input = model.input_shapes().front();
    if (files.sidecar.empty() && (files.plans.empty() || files.dataset.empty()))
        throw Error(
            ExitCode::input_missing,
            "Nothing says how the network {} wants its input: put a sidecar of the same name and the ending "
            ".json beside it, or the plans.json and dataset.json of nnU-Net.",
            files.name);
    result->recipe = files.sidecar.empty() ? recipe_of_plans(files.plans, files.dataset, input, files.name)
                                           : recipe_of_sidecar(files.sidecar, files.name);
    const network::Shape& patch = result->recipe.patch;
    if (input.size() != 5 || (input[1] > 0 && input[1] != 1) ||
        !std::equal(patch.begin(), patch.end(), input.begin() + 2,
                    [](auto wanted, auto has) { return has <= 0 || has == wanted; }))
        throw Error(
            ExitCode::input_unsupported,
            "The network {} takes an input of {}; one image with the patch {} is needed (batch, channel, k, "
            "j, i).",
            files.name, network::shape_text(input), network::shape_text(patch));
    result->label_of_channel =
        label_values(result->recipe, chosen_labels(result->recipe, labels, files.name));
    result->file.name = result->recipe.name;
    result->file.digest = sha256_hex(fmt::format(
        "{} {} {} {} {}", sha256_hex(files.onnx), sha256_hex(files.sidecar), sha256_hex(files.plans),
        sha256_hex(files.dataset), fmt::join(result->label_of_channel, " ")));
    return result;
}

std::string network_name(const VoxelNetwork& network) { return network.file.name; }
std::string network_digest(const VoxelNetwork& network) { return network.file.digest; }

Segmentation segment_with(const VoxelNetwork& voxel_network, const Volume& volume, const HeartFrame& heart,
                          const Run& run) {
    run.progress("network", 0);
    const VoxelRecipe& recipe = voxel_network.recipe;
    const Box image = bounding_box(volume.geometry);
    Segmentation result;
    result.geometry = grid_over(heart.aorta.empty() ? image : heart_box(heart, image), recipe, volume);
    result.method = "network " + voxel_network.file.name;
    const int points = points_per_axis(recipe.spacing_mm, volume.geometry.spacing_mm);
    const std::vector<float> input =
        normalised(resample(volume, result.geometry, points, run).values, recipe.normalisation, volume);
    const Int3 n = result.geometry.size;
    network::Network network(voxel_network.file.graph, network_executor(run), network::Precision::full, run);
    const std::vector<float> found =
        network::run_windows(network, input, {1, n.z, n.y, n.x}, {recipe.patch, 0.5}, run);
    const std::size_t voxels = as_size(n.count());
    if (found.size() != voxels * voxel_network.label_of_channel.size())
        throw Error(ExitCode::input_unsupported, "The network {} gives {} channels; its labels are {} ({}).",
                    voxel_network.file.name, found.size() / voxels, recipe.labels.size(),
                    fmt::join(recipe.labels, ", "));
    result.labels = labels_from(found, voxel_network, voxels);
    if (std::all_of(result.labels.begin(), result.labels.end(), [](auto label) { return label == 0; }))
        throw Error(
            ExitCode::anatomy_not_found,
            "The network {} marked no coronary lumen in the image: check its spacing and normalisation.",
            voxel_network.file.name);
    return result;
}

}  // namespace ctffr
