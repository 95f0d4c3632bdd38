// SPDX-License-Identifier: Apache-2.0
// How a user's network wants its input: our sidecar, or the files that nnU-Net writes.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "stages/voxel_network.hpp"

namespace ctffr {

namespace {

using Json = nlohmann::json;

// Runs `read` and turns what the JSON library throws into a sentence about `what`.
template <class Read>
VoxelRecipe reading(const std::string& what, const std::string& name, const Read& read) {
    VoxelRecipe recipe;
    try {
        recipe = read();
    } catch (const Json::exception& error) {
        throw Error(ExitCode::input_unreadable, "{} of the network {} cannot be read: {}.", what, name,
                    error.what());
    }
    for (const double h : {recipe.spacing_mm.x, recipe.spacing_mm.y, recipe.spacing_mm.z})
        if (!(h >= 0.1 && h <= 10))
            throw Error(ExitCode::input_unreadable,
                        "{} of the network {} asks for a spacing of {} mm; 0.1 to 10 mm are possible.", what,
                        name, h);
    if (!(recipe.normalisation.divide > 0) || !(recipe.normalisation.low < recipe.normalisation.high))
        throw Error(
            ExitCode::input_unreadable,
            "{} of the network {} has a normalisation that is none: cut to {} .. {} HU, divided by {}.", what,
            name, recipe.normalisation.low, recipe.normalisation.high, recipe.normalisation.divide);
    if (recipe.patch.size() != 3 ||
        std::any_of(recipe.patch.begin(), recipe.patch.end(), [](auto n) { return n < 8 || n > 1024; }))
        throw Error(ExitCode::input_unsupported,
                    "{} of the network {} has the patch {}: three sides of 8 to 1024 voxels are needed; 2-D "
                    "networks are not supported.",
                    what, name, network::shape_text(recipe.patch));
    return recipe;
}

VoxelAxes axes_named(const std::string& text, const std::string& name) {
    if (text == "image") return VoxelAxes::image;
    if (text == "LPS") return VoxelAxes::lps;
    if (text == "RAS") return VoxelAxes::ras;
    throw Error(ExitCode::input_unsupported,
                "The sidecar of the network {} has the axes '{}'; image, LPS or RAS are possible.", name,
                text);
}

// nnU-Net's normalisation of CT: Isensee et al., Nature Methods 18:203 (2021).
VoxelNormalisation normalisation_of(const Json& plans, const Json& configuration, const std::string& name) {
    const auto scheme = configuration.at("normalization_schemes").at(0).get<std::string>();
    VoxelNormalisation result;
    if (scheme == "CTNormalization") {
        const Json& facts = plans.at("foreground_intensity_properties_per_channel").at("0");
        result.low = facts.at("percentile_00_5").get<double>();
        result.high = facts.at("percentile_99_5").get<double>();
        result.subtract = facts.at("mean").get<double>();
        result.divide = std::max(1e-8, facts.at("std").get<double>());
    } else if (scheme == "ZScoreNormalization") {
        result.per_image = true;
    } else if (scheme != "NoNormalization") {
        throw Error(ExitCode::input_unsupported,
                    "plans.json of the network {} asks for '{}'; CTNormalization, ZScoreNormalization and "
                    "NoNormalization are supported.",
                    name, scheme);
    }
    return result;
}

// Later configurations of nnU-Net may inherit from others.
Json resolved(const Json& configurations, const std::string& key, int depth = 0) {
    Json own = configurations.at(key);
    if (own.contains("inherits_from") && depth < 8) {
        Json all = resolved(configurations, own.at("inherits_from").get<std::string>(), depth + 1);
        all.update(own);
        return all;
    }
    return own;
}

// The 3-D configuration whose patch the model has, else full resolution, else the only one.
Json configuration_of(const Json& plans, const network::Shape& input, const std::string& name) {
    std::vector<std::pair<std::string, Json>> found;
    const Json& all = plans.at("configurations");
    for (const auto& [key, ignored] : all.items())
        if (Json one = resolved(all, key); one.contains("patch_size") && one.at("patch_size").size() == 3)
            found.emplace_back(key, std::move(one));
    if (found.empty())
        throw Error(ExitCode::input_unsupported,
                    "plans.json of the network {} has no 3-D configuration: 2-D networks are not supported.",
                    name);
    if (input.size() == 5 && input[2] > 0)
        for (const auto& [key, one] : found)
            if (one.at("patch_size").get<network::Shape>() == network::Shape(input.begin() + 2, input.end()))
                return one;
    for (const auto& [key, one] : found)
        if (key == "3d_fullres") return one;
    return found.front().second;
}

std::vector<std::string> labels_of(const Json& dataset, const std::string& name) {
    const Json& channels = dataset.at(dataset.contains("channel_names") ? "channel_names" : "modality");
    if (channels.size() != 1)
        throw Error(ExitCode::input_unsupported,
                    "The network {} takes {} images at once (dataset.json); a CT is one.", name,
                    channels.size());
    std::vector<std::string> labels(dataset.at("labels").size());
    for (const auto& [label, value] : dataset.at("labels").items()) {
        if (!value.is_number_unsigned() || value.get<std::size_t>() >= labels.size())
            throw Error(ExitCode::input_unsupported,
                        "dataset.json of the network {} gives the label '{}' the value {}: regions and gaps "
                        "between labels are not supported.",
                        name, label, value.dump());
        labels[value.get<std::size_t>()] = label;
    }
    return labels;
}

}  // namespace

VoxelRecipe recipe_of_sidecar(const std::string& text, const std::string& name) {
    return reading("The sidecar", name, [&] {
        const Json json = Json::parse(text);
        if (const auto kind = json.at("kind").get<std::string>(); kind != "voxels")
            throw Error(ExitCode::input_unsupported,
                        "The network {} is of kind '{}'; --network takes networks of kind 'voxels'.", name,
                        kind);
        VoxelRecipe recipe;
        recipe.name = json.value("name", std::string("voxel network"));
        const Json& input = json.at("input");
        const auto spacing = input.at("spacing_mm").get<std::vector<double>>();
        recipe.spacing_mm = {spacing.at(0), spacing.at(1), spacing.at(2)};
        recipe.axes = axes_named(input.value("axes", std::string("image")), name);
        recipe.normalisation.per_image = input.value("per_image", false);
        recipe.normalisation.subtract = input.value("subtract", 0.0);
        recipe.normalisation.divide = input.value("divide", 1.0);
        if (input.contains("clip"))
            recipe.normalisation.low = input.at("clip").at(0).get<double>(),
            recipe.normalisation.high = input.at("clip").at(1).get<double>();
        recipe.patch = json.at("patch").get<network::Shape>();
        recipe.labels = json.at("labels").get<std::vector<std::string>>();
        const auto activation = json.value("activation", std::string("softmax"));
        if (activation != "softmax" && activation != "sigmoid")
            throw Error(
                ExitCode::input_unsupported,
                "The sidecar of the network {} has the activation '{}'; softmax or sigmoid are possible.",
                name, activation);
        recipe.independent = activation == "sigmoid";
        return recipe;
    });
}

VoxelRecipe recipe_of_plans(const std::string& plans_text, const std::string& dataset_text,
                            const network::Shape& input, const std::string& name) {
    return reading("plans.json or dataset.json", name, [&] {
        const Json plans = Json::parse(plans_text), dataset = Json::parse(dataset_text);
        const Json configuration = configuration_of(plans, input, name);
        VoxelRecipe recipe;
        recipe.name = plans.value("dataset_name", std::string("nnU-Net"));
        if (plans.contains("transpose_forward") &&
            plans.at("transpose_forward").get<std::vector<int>>() != std::vector<int>{0, 1, 2})
            throw Error(
                ExitCode::input_unsupported,
                "plans.json of the network {} swaps the axes of its input (transpose_forward {}): that is "
                "not supported.",
                name, plans.at("transpose_forward").dump());
        const auto spacing = configuration.at("spacing").get<std::vector<double>>();  // k, j, i
        recipe.spacing_mm = {spacing.at(2), spacing.at(1), spacing.at(0)};
        const auto reader = plans.value("image_reader_writer", std::string("SimpleITKIO"));
        recipe.axes = reader.find("Reorient") != std::string::npos ? VoxelAxes::ras : VoxelAxes::image;
        recipe.normalisation = normalisation_of(plans, configuration, name);
        recipe.patch = configuration.at("patch_size").get<network::Shape>();
        recipe.labels = labels_of(dataset, name);
        return recipe;
    });
}

}  // namespace ctffr
