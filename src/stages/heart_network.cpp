// SPDX-License-Identifier: Apache-2.0
#include "stages/heart_network.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "imaging/aorta.hpp"
#include "imaging/coronaries.hpp"
#include "imaging/heart_image.hpp"
#include "imaging/left_ventricle.hpp"
#include "network/sliding_window.hpp"
#include "network/weights.hpp"

namespace ctffr {

namespace {

using namespace imaging;

constexpr std::int64_t inputs = 2, outputs = HeartMaps::count;
constexpr int multiple = 16;         // the network halves its input four times
constexpr int largest_window = 256;  // voxels a side; a heart box is smaller
constexpr int image_window = 160;    // of a whole image, so that it takes no more memory than a heart box
// Two ways to measure one mass are usually within 10 %; 25 % of it are 20 % of the flow.
constexpr double doubtful_mass = 0.25;
// Input channels; tools/train/heart_data.py holds the same.
constexpr double lowest_hu = -200, highest_hu = 900, middle_hu = 350, half_range_hu = 550, steepest = 3;

// The sidecar's names of the outputs and its spacing must be those of this version.
void check_layout(const nlohmann::json& sidecar, const std::string& name) {
    const auto spacing = sidecar.at("input").at("spacing_mm").get<double>();
    if (spacing != heart_spacing_mm)
        throw Error(ExitCode::input_unsupported, "The network {} works at {} mm; {} mm are needed.", name,
                    spacing, heart_spacing_mm);
    const nlohmann::json& found = sidecar.at("outputs");
    for (std::size_t n = 0; n < std::max(found.size(), HeartMaps::names.size()); ++n) {
        const std::string is = n < found.size() ? found[n].at("name").get<std::string>() : "nothing";
        const std::string wanted = n < HeartMaps::names.size() ? HeartMaps::names[n] : "nothing";
        if (is != wanted)
            throw Error(ExitCode::input_unsupported,
                        "Output {} of the network {} is '{}'; this version of ctffr needs '{}' there.", n + 1,
                        name, is, wanted);
    }
}

int padded(int size) { return (size + multiple - 1) / multiple * multiple; }

// [channel][k][j][i]; behind the box its border repeats up to a multiple of 16.
std::vector<float> network_input(const ScalarGrid& image, Int3 size, const ScanModel& scan) {
    const Int3 n = image.geometry.size;
    std::vector<float> input;
    input.reserve(as_size(inputs * size.count()));
    const double contrast = scan.blood_hu - scan.myocardium_hu;
    for (const bool relative : {false, true})
        for (int k = 0; k < size.z; ++k)
            for (int j = 0; j < size.y; ++j)
                for (int i = 0; i < size.x; ++i) {
                    const Index voxel = image.geometry.offset(std::min(i, n.x - 1), std::min(j, n.y - 1),
                                                              std::min(k, n.z - 1));
                    const double hu = std::clamp<double>(image.values[as_size(voxel)], lowest_hu, highest_hu);
                    input.push_back(static_cast<float>(
                        relative ? std::clamp((hu - scan.myocardium_hu) / contrast, -steepest, steepest)
                                 : (hu - middle_hu) / half_range_hu));
                }
    return input;
}

// What the network's raw output means.
float meaning(std::size_t map, float raw) {
    switch (map) {
        case HeartMaps::centerline_mm: return std::clamp(raw, 0.0f, static_cast<float>(HeartMaps::reach_mm));
        case HeartMaps::aorta_mm:
        case HeartMaps::lv_blood_mm:
        case HeartMaps::lv_outer_mm:
            return std::clamp(raw, static_cast<float>(-HeartMaps::reach_mm),
                              static_cast<float>(HeartMaps::reach_mm));
        case HeartMaps::ostium_left:
        case HeartMaps::ostium_right: return std::clamp(raw, 0.0f, 1.0f);
        default: return 1.0f / (1.0f + std::exp(-raw));
    }
}

HeartMaps maps_of(const std::vector<float>& raw, const ImageGeometry& geometry, Int3 size) {
    HeartMaps result;
    const Int3 n = geometry.size;
    for (std::size_t map = 0; map < HeartMaps::count; ++map) {
        ScalarGrid& grid = result.maps[map];
        grid.geometry = geometry;
        grid.values.reserve(as_size(n.count()));
        for (int k = 0; k < n.z; ++k)
            for (int j = 0; j < n.y; ++j) {
                const float* row = raw.data() + map * as_size(size.count()) +
                                   as_size(Index{size.x} * (j + Index{size.y} * k));
                for (int i = 0; i < n.x; ++i) {
                    if (!std::isfinite(row[i]))
                        throw Error(
                            ExitCode::anatomy_not_found,
                            "The heart network answered with a number that is not finite: its weights are "
                            "damaged, or the image is unlike any it can take.");
                    grid.values.push_back(meaning(map, row[i]));
                }
            }
    }
    return result;
}

}  // namespace

std::shared_ptr<const HeartNetwork> read_heart_network(std::string_view onnx, std::string_view sidecar,
                                                       const std::string& name) {
    auto result = std::make_shared<HeartNetwork>();
    result->file = read_network_file(onnx, sidecar, "heart", name,
                                     [&](const nlohmann::json& json) { check_layout(json, name); });
    check_network_shapes(result->file, {1, inputs, multiple, 2 * multiple, multiple},
                         {1, outputs, multiple, 2 * multiple, multiple}, name);
    return result;
}

std::shared_ptr<const HeartNetwork> shipped_heart_network() {
    const network::ShippedWeights weights = network::shipped_heart_weights();
    if (weights.onnx.empty()) return nullptr;
    return read_heart_network(weights.onnx, weights.sidecar, "shipped with ctffr (heart)");
}

std::string network_name(const HeartNetwork& network) { return network.file.name; }
std::string network_digest(const HeartNetwork& network) { return network.file.digest; }

namespace {

std::shared_ptr<const HeartSight> see(const HeartNetwork& heart_network, const Volume& volume, const Box& box,
                                      int largest, const ScanModel& scan, const Run& run) {
    run.progress("heart network", 0);
    const ImageGeometry grid = heart_grid(box, volume.geometry);
    const Int3 n = grid.size, size{padded(n.x), padded(n.y), padded(n.z)};
    const std::vector<float> input = network_input(heart_image(volume, grid, run), size, scan);
    network::Network network(heart_network.file.graph, network_executor(run), network::Precision::full, run);
    const auto side = [&](int length) { return std::int64_t{std::min(length, largest)}; };
    const network::SlidingWindow window{{side(size.z), side(size.y), side(size.x)}, 0.75};
    auto sight = std::make_shared<HeartSight>();
    sight->network = heart_network.file.name;
    sight->maps = maps_of(network::run_windows(network, input, {inputs, size.z, size.y, size.x}, window, run),
                          grid, size);
    return sight;
}

}  // namespace

std::shared_ptr<const HeartSight> see_heart(const HeartNetwork& network, const Volume& volume,
                                            const HeartFrame& heart, const ScanModel& scan, const Run& run) {
    return see(network, volume, heart_box(heart, bounding_box(volume.geometry)), largest_window, scan, run);
}

std::shared_ptr<const HeartSight> see_image(const HeartNetwork& network, const Volume& volume,
                                            const ScanModel& scan, const Run& run) {
    return see(network, volume, bounding_box(volume.geometry), image_window, scan, run);
}

bool sees_aorta(const HeartSight& sight, const HeartFrame& heart) {
    std::vector<Vec3> centers;
    for (const AortaSection& section : heart.aorta) centers.push_back(section.center_lps_mm);
    return mostly_within(sight.maps.maps[HeartMaps::aorta_mm], centers);
}

bool take_left_ventricle(const HeartSight& sight, HeartFrame& heart, const Run& run) {
    const auto seen = left_ventricle(sight.maps, heart.root_center_lps_mm);
    if (!seen) return false;
    run.debug("LV mass: {:.1f} g by the heart network, {:.1f} g without it", seen->mass_g, heart.lv_mass_g);
    if (heart.lv_found && std::abs(seen->mass_g - heart.lv_mass_g) > doubtful_mass * seen->mass_g)
        run.warn(
            "The left ventricle weighs {:.0f} g as the heart network sees it, which is used, and {:.0f} g by "
            "grey "
            "levels: the flow follows from it, so check it, or give lv_mass_g with the patient's values.",
            seen->mass_g, heart.lv_mass_g);
    heart.lv_mass_g = seen->mass_g;
    if (heart.lv_found) return false;
    heart.lv_found = true;
    heart.lv_base_lps_mm = seen->base_lps_mm;
    heart.lv_apex_lps_mm = seen->apex_lps_mm;
    return true;
}

}  // namespace ctffr
