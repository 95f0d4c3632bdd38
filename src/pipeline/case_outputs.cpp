// SPDX-License-Identifier: Apache-2.0
#include "pipeline/case_outputs.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ctffr/core/units.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/result_json.hpp"
#include "ctffr/io/surface.hpp"
#include "ctffr/io/waveforms.hpp"
#include "ctffr/stages/lumen.hpp"
#include "pipeline/surface_raster.hpp"

namespace ctffr {

namespace {

std::vector<std::vector<double>> in_mmhg(std::vector<std::vector<double>> pressure) {
    for (auto& branch : pressure)
        for (double& value : branch) value = mmhg_from_pa(value);
    return pressure;
}

// The lumen that can be seen, also beyond an occlusion, where the surface of the flow has ended.
TriangleMesh visible_lumen(const CaseResult& result, const Run& run) {
    if (open_tree(result.tree).whole()) return result.lumen.mesh;
    CoronaryTree through = result.tree;
    for (Branch& branch : through.branches)
        std::erase_if(branch.flags,
                      [](const BranchFlag& flag) { return flag.kind == BranchFlag::Kind::occluded; });
    LumenSurface lumen = result.lumen;
    build_lumen_surface(lumen, through, {}, run);
    return std::move(lumen.mesh);
}

}  // namespace

void write_geometry(const OutputFolder& folder, const CaseResult& result, const Segmentation* labels,
                    const Run& run) {
    write_centerline_vtp(folder / "centerline.vtp", result);
    run.check_cancel();
    std::map<std::string, std::vector<double>> arrays;
    const std::vector<TreePlace> places = places_in_tree(result.lumen.mesh.points_lps_mm, result.tree, run);
    const FlowState state = result.hyperaemia.state;
    const std::string ratio = ratio_key(state);
    if (result.uncertainty.state == FfrUncertainty::State::estimated) {
        arrays[ratio + "_sd"] = values_at(places, result.ffr.ffr_sd);
        if (const char* below = ratio_below_array(state))
            arrays[below] = values_at(places, result.uncertainty.p_below);
    }
    if (result.wall.pressure.empty()) {
        arrays[ratio] = values_at(places, result.ffr.ffr);
        arrays["pressure_mmhg"] = values_at(places, in_mmhg(result.solution.pressure));
    } else {
        for (float pressure : result.wall.pressure) {
            arrays[ratio].push_back(static_cast<double>(pressure) / result.hyperaemia.aortic_pressure);
            arrays["pressure_mmhg"].push_back(mmhg_from_pa(static_cast<double>(pressure)));
        }
        arrays["wss_pa"].assign(result.wall.shear.begin(), result.wall.shear.end());
    }
    if (result.pulsatile && result.pulsatile->converged() && result.pulsatile->cells > 0) {
        const BeatWall& wall = result.pulsatile->wall;
        arrays["tawss_pa"].assign(wall.mean_shear.begin(), wall.mean_shear.end());
        arrays["osi"].assign(wall.oscillation.begin(), wall.oscillation.end());
        arrays["rrt_1_pa"].assign(wall.residence.begin(), wall.residence.end());
    }
    write_surface_vtp(folder / "lumen.vtp", result.lumen.mesh, arrays);
    run.check_cancel();
    if (result.pulsatile) write_text_atomically(folder / "waveforms.csv", waveforms_csv(*result.pulsatile));
    if (!labels) return;
    Segmentation painted = *labels;
    paint_coronaries(visible_lumen(result, run), result.tree, painted);
    write_labels_nifti(folder / "segmentation.nii.gz", painted);
}

void remove_outputs(const OutputFolder& folder, bool keep_field) {
    std::error_code error;
    for (const char* name : {"result.json", "report.html", "segmentation.nii.gz", "lumen.vtp",
                             "centerline.vtp", "waveforms.csv"})
        std::filesystem::remove(folder / name, error);
    if (!keep_field) std::filesystem::remove(folder / "flow.vtu", error);
}

void write_rejection(const OutputFolder& folder, CaseResult result,
                     const std::optional<ResultFailure>& failure) {
    remove_outputs(folder);
    result.state = ResultState::rejected;
    write_text_atomically(folder / "result.json", result_json(result, failure));
}

}  // namespace ctffr
