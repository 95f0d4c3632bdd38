// SPDX-License-Identifier: Apache-2.0
#include "stages/mesh_agreement.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "ctffr/core/error.hpp"

namespace ctffr {

namespace {

constexpr double volume_tolerance = 0.005, area_tolerance = 0.01;

const FlowPatch* patch_of(const FlowMesh& mesh, const Cap& cap) {
    const auto patch = std::find_if(mesh.patches.begin(), mesh.patches.end(),
                                    [&](const FlowPatch& p) { return p.name == cap.name; });
    return patch == mesh.patches.end() ? nullptr : &*patch;
}

std::string place_of(const Cap& cap) {
    return fmt::format("'{}' ({:.1f}, {:.1f}, {:.1f}) mm", cap.name, cap.center_lps_mm.x, cap.center_lps_mm.y,
                       cap.center_lps_mm.z);
}

void require_area(const FlowMesh& mesh, const FlowPatch& patch, const Cap& cap) {
    double area = 0;
    for (Index f = patch.first_face; f < patch.first_face + patch.faces; ++f)
        area += 1e6 * norm(mesh.face_area[static_cast<std::size_t>(f)]);
    if (!(std::abs(area / cap.area_mm2 - 1) <= area_tolerance))
        throw Error(
            ExitCode::mesh_failed,
            "The flow mesh has {:.3f} mm2 at the opening {}, the lumen {:.3f} mm2: use more cells per "
            "diameter.",
            area, place_of(cap), cap.area_mm2);
}

void require_volume(const FlowMesh& mesh, double expected_mm3) {
    double volume = 0;
    for (double v : mesh.cell_volume) volume += 1e9 * v;
    if (!(std::abs(volume / expected_mm3 - 1) <= volume_tolerance))
        throw Error(
            ExitCode::mesh_failed,
            "The flow mesh holds {:.2f} mm3, the lumen {:.2f} mm3: a branch is missing or cut off; use "
            "more cells per diameter.",
            volume, expected_mm3);
}

}  // namespace

void require_agreement(const FlowMesh& mesh, const LumenSurface& lumen,
                       const std::vector<double>& extension_mm) {
    double expected_mm3 = enclosed_volume_mm3(lumen.mesh);
    for (std::size_t c = 0; c < lumen.caps.size(); ++c) {
        const Cap& cap = lumen.caps[c];
        const FlowPatch* patch = patch_of(mesh, cap);
        if (!patch)
            throw Error(ExitCode::mesh_failed,
                        "The flow mesh does not reach the opening {}: use more cells per diameter.",
                        place_of(cap));
        require_area(mesh, *patch, cap);
        expected_mm3 += extension_mm[c] * cap.area_mm2;
    }
    require_volume(mesh, expected_mm3);
}

void require_agreement_of_vessel(const FlowMesh& mesh, const LumenSurface& lumen) {
    bool all = true;
    for (const Cap& cap : lumen.caps)
        if (const FlowPatch* patch = patch_of(mesh, cap))
            require_area(mesh, *patch, cap);
        else
            all = false;
    if (all) require_volume(mesh, enclosed_volume_mm3(lumen.mesh));
}

void say_quality(const FlowMesh& mesh, const Run& run) {
    const FlowMeshQuality quality = quality_of(mesh);
    run.info(
        "Flow mesh: {} cells, {} faces, {:.2f} mm3, faces off the line of centres by {:.1f} degrees in the "
        "mean, {:.1f} at most.",
        mesh.cells, mesh.faces(), 1e9 * quality.volume, quality.mean_non_orthogonality_deg,
        quality.max_non_orthogonality_deg);
}

}  // namespace ctffr
