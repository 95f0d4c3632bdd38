// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/mesh.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "meshing/flow_mesher.hpp"
#include "stages/field_lumen.hpp"

namespace ctffr {

namespace {

constexpr double volume_tolerance = 0.005, area_tolerance = 0.01;
constexpr double near_diameters = 2;  // an opening nearer than this to a bifurcation may be extended

// How far each cap moves out.
std::vector<double> extensions(const LumenSurface& lumen, const CoronaryTree& tree, double diameters) {
    std::vector<double> result;
    for (const Cap& cap : lumen.caps) {
        const Branch& branch = tree.branches.at(static_cast<std::size_t>(cap.branch));
        const double diameter = 2 * std::sqrt(cap.area_mm2 / pi);
        // A bifurcation lies at the other end of the branch, unless nothing branches off there.
        const bool forks = cap.inlet ? tree.children_of(branch.id).size() > 1 : branch.parent >= 0;
        const bool near = forks && branch.length_mm() < near_diameters * diameter;
        result.push_back(near ? diameters * diameter : 0.0);
    }
    return result;
}

void compare(const FlowMesh& mesh, const LumenSurface& lumen, const std::vector<double>& extension_mm) {
    double volume = 0, expected = enclosed_volume_mm3(lumen.mesh);
    for (double v : mesh.cell_volume) volume += 1e9 * v;
    for (std::size_t c = 0; c < lumen.caps.size(); ++c) {
        const Cap& cap = lumen.caps[c];
        expected += extension_mm[c] * cap.area_mm2;
        double area = 0;
        const FlowPatch& patch = mesh.patches[c + 1];
        for (Index f = patch.first_face; f < patch.first_face + patch.faces; ++f)
            area += 1e6 * norm(mesh.face_area[static_cast<std::size_t>(f)]);
        if (!(std::abs(area / cap.area_mm2 - 1) <= area_tolerance))
            throw Error(
                ExitCode::mesh_failed,
                "The flow mesh has {:.3f} mm2 at the opening '{}' ({:.1f}, {:.1f}, {:.1f}) mm, the lumen "
                "{:.3f} mm2: use more cells per diameter.",
                area, cap.name, cap.center_lps_mm.x, cap.center_lps_mm.y, cap.center_lps_mm.z, cap.area_mm2);
    }
    if (!(std::abs(volume / expected - 1) <= volume_tolerance))
        throw Error(
            ExitCode::mesh_failed,
            "The flow mesh holds {:.2f} mm3, the lumen {:.2f} mm3: a branch is missing or cut off; use "
            "more cells per diameter.",
            volume, expected);
}

}  // namespace

FlowMesh run_mesh(const LumenSurface& lumen, const CoronaryTree& tree, const MeshOptions& options,
                  const Run& run) {
    const std::vector<double> extension_mm = extensions(lumen, tree, options.cap_extension_diameters);
    meshing::FlowMeshOptions mesher;
    mesher.cells_per_diameter = options.cells_per_diameter;
    mesher.layers = options.layers;
    mesher.layer_fraction = options.layer_fraction;
    const FieldLumen field(lumen, tree, options.blend_fraction, extension_mm);
    FlowMesh mesh = meshing::build_flow_mesh(field, mesher, run);
    compare(mesh, lumen, extension_mm);
    return mesh;
}

}  // namespace ctffr
