// SPDX-License-Identifier: Apache-2.0
// A user's own network: what its files may say, and its labels on a tube whatever grid and axes it works in.
#include "stages/voxel_network.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/stages/centerline.hpp"
#include "support/onnx_writer.hpp"
#include "unit/lumen/blurred_tube.hpp"

namespace ctffr::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

// Two channels: background 0, foreground weight * (input - threshold); blurred a little by its 3 x 3 x 3
// window.
std::string threshold_network(float threshold, std::int64_t patch = -1) {
    OnnxWriter w;
    network::Tensor weight{{}, {2, 1, 3, 3, 3}, std::vector<float>(54, 0.0f), {}},
        bias{{}, {2}, {0, -threshold}, {}};
    for (std::size_t n = 0; n < 27; ++n) weight.floats[27 + n] = 0.02f;
    weight.floats[27 + 13] = 1 - 26 * 0.02f;
    w.output(w.node("Conv", {w.input("x", {1, 1, patch, patch, patch}), w.weight(weight), w.weight(bias)},
                    {{"pads", std::vector<std::int64_t>(6, 1)}}));
    return w.bytes();
}

Json sidecar() {
    return {{"schema", 1},
            {"kind", "voxels"},
            {"name", "threshold"},
            {"input",
             {{"spacing_mm", {0.5, 0.5, 0.5}},
              {"axes", "LPS"},
              {"clip", {-200, 900}},
              {"subtract", 100},
              {"divide", 100}}},
            {"patch", {16, 16, 16}},
            {"labels", {"background", "coronary"}}};
}

VoxelNetworkFiles files_of(const std::string& onnx, const Json& json) {
    VoxelNetworkFiles files;
    files.name = "net.onnx", files.onnx = onnx, files.sidecar = json.dump();
    return files;
}

// Exit code and sentence of what reading throws.
std::pair<ExitCode, std::string> refusal(const VoxelNetworkFiles& files,
                                         const std::vector<std::string>& labels = {}) {
    try {
        read_voxel_network(files, labels);
    } catch (const Error& error) {
        return {error.code(), error.what()};
    }
    return {ExitCode::ok, ""};
}

const Vec3 axis = normalized(Vec3{0.4, 0.3, 0.85});
constexpr double tube_radius = 1.6;

Volume tube(const TestScan& scan) {
    return scan_of({-9, -8, -12}, {9, 8, 12}, scan, [&](Vec3 p) {
        return edge(norm(p - dot(p, axis) * axis) - tube_radius, scan.blood_hu, -80);
    });
}

// Share of the voxels within 8 mm of the middle that are labelled as they should.
double share_right(const Segmentation& mask) {
    double right = 0, all = 0;
    const Int3 n = mask.geometry.size;
    for (int k = 0; k < n.z; ++k)
        for (int j = 0; j < n.y; ++j)
            for (int i = 0; i < n.x; ++i) {
                const Vec3 p = mask.geometry.lps_from_index({double(i), double(j), double(k)});
                const double off = norm(p - dot(p, axis) * axis) - tube_radius;
                if (norm(p) > 7.5 || std::abs(off) < 0.3) continue;
                all += 1;
                right +=
                    (mask.labels[static_cast<std::size_t>(mask.geometry.offset(i, j, k))] != 0) == (off < 0);
            }
    return all > 1000 ? right / all : 0;
}

TEST(VoxelNetwork, MarksTheSamePlacesWhateverItsAxesAndSpacing) {
    const TestScan scan;
    const Volume volume = tube(scan);
    const std::string onnx = threshold_network(0.5f * static_cast<float>(scan.blood_hu - 80) / 100 - 1);
    for (const char* axes : {"image", "LPS", "RAS"})
        for (const std::vector<double>& spacing : {std::vector<double>{0.5, 0.5, 0.5}, {0.4, 0.4, 0.7}}) {
            Json json = sidecar();
            json["input"]["axes"] = axes, json["input"]["spacing_mm"] = spacing;
            const Segmentation mask =
                segment_with(*read_voxel_network(files_of(onnx, json), {}), volume, {}, ctffr::Run{});
            EXPECT_GT(share_right(mask), 0.995) << axes << " " << spacing[2];
            EXPECT_EQ(mask.method, "network threshold");
            EXPECT_TRUE(check(mask).empty());
        }
}

TEST(VoxelNetwork, ItsLabelsBecomeATree) {
    const TestScan scan;
    const Volume volume = tube(scan);
    const std::string onnx = threshold_network(0.5f * static_cast<float>(scan.blood_hu - 80) / 100 - 1);
    const Segmentation mask =
        segment_with(*read_voxel_network(files_of(onnx, sidecar()), {}), volume, {}, ctffr::Run{});
    const CenterlineResult result = run_centerline_from_mask(mask, HeartFrame{}, {}, ctffr::Run{});
    ASSERT_FALSE(result.tree.branches.empty());
    // Where the tube leaves the image its end is oblique; the middle is a tube.
    std::size_t points = 0;
    for (const Branch& branch : result.tree.branches)
        for (const CenterlinePoint& point : branch.points) {
            const Vec3 p = point.position_lps_mm;
            if (norm(p) > 7) continue;
            ++points;
            EXPECT_LT(norm(p - dot(p, axis) * axis), 0.3);
            EXPECT_NEAR(point.radius_mm, tube_radius, 0.2);
        }
    EXPECT_GT(points, 25u);
}

TEST(VoxelNetwork, PerImageNormalisationMakesShiftsAndGainsOfHuVanish) {
    const TestScan scan;
    Volume volume = tube(scan), brighter = volume;
    for (std::int16_t& v : brighter.hu) v = static_cast<std::int16_t>(2 * v + 70);
    Json json = sidecar();
    json["input"] = {{"spacing_mm", {0.5, 0.5, 0.5}}, {"per_image", true}};
    const auto network = read_voxel_network(files_of(threshold_network(1.5f), json), {});
    const Segmentation a = segment_with(*network, volume, {}, ctffr::Run{}),
                       b = segment_with(*network, brighter, {}, ctffr::Run{});
    // What lies outside the image is not shifted with it: voxels at its border may differ.
    std::size_t marked = 0, other = 0;
    for (std::size_t n = 0; n < a.labels.size(); ++n)
        marked += a.labels[n] != 0, other += a.labels[n] != b.labels[n];
    EXPECT_GT(marked, 1000u);
    EXPECT_LT(other, marked / 100);
}

TEST(VoxelNetwork, SidesComeFromTheNamesOfItsLabels) {
    Json json = sidecar();
    json["labels"] = {"aorta", "coronary_left", "coronary_right", "lumen of a stent"};
    json["activation"] = "sigmoid";
    const std::string onnx = threshold_network(1);
    auto network = read_voxel_network(files_of(onnx, json), {"coronary_left", "coronary_right"});
    EXPECT_THAT(network->label_of_channel, testing::ElementsAre(0, 1, 2, 0));
    // One without a side: none has.
    network = read_voxel_network(files_of(onnx, json), {});
    EXPECT_THAT(network->label_of_channel, testing::ElementsAre(0, 255, 255, 255));
    const auto other = read_voxel_network(files_of(onnx, json), {"coronary_left"});
    EXPECT_NE(network_digest(*network), network_digest(*other));
    EXPECT_EQ(refusal(files_of(onnx, json), {"vein"}).first, ExitCode::usage);
    json["labels"] = {"background", "a", "b"};
    json["activation"] = "softmax";
    EXPECT_THAT(refusal(files_of(onnx, json)).second, HasSubstr("--network-labels"));
}

TEST(VoxelNetwork, RefusesWhatItCannotFollow) {
    const std::string onnx = threshold_network(1);
    const auto with = [&](const std::function<void(Json&)>& change) {
        Json json = sidecar();
        change(json);
        return refusal(files_of(onnx, json));
    };
    EXPECT_EQ(with([](Json&) {}).first, ExitCode::ok);
    EXPECT_EQ(with([](Json& j) { j["kind"] = "heart"; }).first, ExitCode::input_unsupported);
    EXPECT_EQ(with([](Json& j) { j["patch"] = {64, 64}; }).first, ExitCode::input_unsupported);
    EXPECT_EQ(with([](Json& j) { j["input"]["axes"] = "RSP"; }).first, ExitCode::input_unsupported);
    EXPECT_EQ(with([](Json& j) { j["activation"] = "tanh"; }).first, ExitCode::input_unsupported);
    EXPECT_EQ(with([](Json& j) { j["input"]["divide"] = 0; }).first, ExitCode::input_unreadable);
    EXPECT_EQ(with([](Json& j) { j["input"]["spacing_mm"] = {0, 1, 1}; }).first, ExitCode::input_unreadable);
    EXPECT_EQ(with([](Json& j) { j.erase("labels"); }).first, ExitCode::input_unreadable);
    VoxelNetworkFiles bare = files_of(onnx, sidecar());
    bare.sidecar = "";
    EXPECT_EQ(refusal(bare).first, ExitCode::input_missing);
    // A model made for another patch than the sidecar's.
    EXPECT_EQ(refusal(files_of(threshold_network(1, 32), sidecar())).first, ExitCode::input_unsupported);
    // More labels than channels shows only when it runs.
    Json json = sidecar();
    json["labels"] = {"background", "coronary", "other"};
    const TestScan scan;
    EXPECT_THROW(segment_with(*read_voxel_network(files_of(onnx, json), {}), tube(scan), {}, ctffr::Run{}),
                 Error);
    // Nothing marked is no lumen.
    EXPECT_THROW(segment_with(*read_voxel_network(files_of(threshold_network(1000), sidecar()), {}),
                              tube(scan), {}, ctffr::Run{}),
                 Error);
}

// Laid out as nnU-Net 2 writes them.
const Json plans = Json::parse(R"({
 "dataset_name": "Dataset042_Coronaries", "plans_name": "nnUNetPlans", "image_reader_writer": "SimpleITKIO",
 "transpose_forward": [0, 1, 2], "transpose_backward": [0, 1, 2],
 "configurations": {
  "2d": {"patch_size": [512, 512], "spacing": [0.4, 0.4], "normalization_schemes": ["CTNormalization"]},
  "3d_lowres": {"inherits_from": "3d_fullres", "patch_size": [64, 64, 64], "spacing": [1.0, 0.8, 0.8]},
  "3d_fullres": {"patch_size": [96, 160, 160], "spacing": [0.5, 0.39, 0.38], "normalization_schemes": ["CTNormalization"]}},
 "foreground_intensity_properties_per_channel": {"0": {"max": 1500.0, "mean": 380.0, "median": 370.0, "min": -400.0,
   "percentile_00_5": -50.0, "percentile_99_5": 900.0, "std": 130.0}}})");
const Json dataset = Json::parse(R"({"channel_names": {"0": "CT"}, "labels": {"background": 0, "coronary": 1},
 "numTraining": 10, "file_ending": ".nii.gz"})");

TEST(VoxelRecipe, OfNnunetsPlans) {
    VoxelRecipe recipe = recipe_of_plans(plans.dump(), dataset.dump(), {1, 1, -1, -1, -1}, "x");
    EXPECT_EQ(recipe.name, "Dataset042_Coronaries");
    EXPECT_EQ(recipe.patch, (network::Shape{96, 160, 160}));
    EXPECT_EQ(recipe.spacing_mm.x, 0.38);  // plans count k, j, i
    EXPECT_EQ(recipe.spacing_mm.z, 0.5);
    EXPECT_EQ(recipe.axes, VoxelAxes::image);
    EXPECT_EQ(recipe.normalisation.low, -50);
    EXPECT_EQ(recipe.normalisation.high, 900);
    EXPECT_EQ(recipe.normalisation.subtract, 380);
    EXPECT_EQ(recipe.normalisation.divide, 130);
    EXPECT_THAT(recipe.labels, testing::ElementsAre("background", "coronary"));
    // The model's own patch chooses; what a configuration lacks it inherits.
    recipe = recipe_of_plans(plans.dump(), dataset.dump(), {1, 1, 64, 64, 64}, "x");
    EXPECT_EQ(recipe.spacing_mm.z, 1.0);
    EXPECT_EQ(recipe.normalisation.subtract, 380);
}

TEST(VoxelRecipe, RefusesPlansItCannotFollow) {
    const auto code = [](const Json& p, const Json& d) {
        try {
            recipe_of_plans(p.dump(), d.dump(), {1, 1, -1, -1, -1}, "x");
        } catch (const Error& error) {
            return error.code();
        }
        return ExitCode::ok;
    };
    Json other = plans;
    other["transpose_forward"] = {2, 0, 1};
    EXPECT_EQ(code(other, dataset), ExitCode::input_unsupported);
    other = plans;
    other["configurations"]["3d_fullres"]["normalization_schemes"] = {"RGBTo01Normalization"};
    EXPECT_EQ(code(other, dataset), ExitCode::input_unsupported);
    other = plans;
    other["configurations"].erase("3d_fullres"), other["configurations"].erase("3d_lowres");
    EXPECT_EQ(code(other, dataset), ExitCode::input_unsupported);
    other = plans;
    other.erase("foreground_intensity_properties_per_channel");
    EXPECT_EQ(code(other, dataset), ExitCode::input_unreadable);
    Json labels = dataset;
    labels["labels"]["tree"] = {1, 2};
    EXPECT_EQ(code(plans, labels), ExitCode::input_unsupported);
    labels = dataset;
    labels["channel_names"]["1"] = "CT late";
    EXPECT_EQ(code(plans, labels), ExitCode::input_unsupported);
}

}  // namespace
}  // namespace ctffr::test
