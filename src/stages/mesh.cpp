// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/mesh.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "meshing/flow_mesher.hpp"
#include "meshing/jet_width.hpp"
#include "meshing/surface_lumen.hpp"
#include "stages/field_lumen.hpp"

namespace ctffr {

namespace {

constexpr double volume_tolerance = 0.005, area_tolerance = 0.01;
constexpr double surface_extension_mm = 1.5;  // straight tube that the mesher needs beyond an opening
constexpr double near_diameters = 2;          // an opening nearer than this to a bifurcation may be extended

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

// The width that the spacing follows, at every section of every branch.
std::vector<std::vector<double>> widths_along(const LumenSurface& lumen, const CoronaryTree& tree) {
    std::vector<std::vector<double>> widths(lumen.branches.size());
    for (std::size_t b = 0; b < widths.size(); ++b) {  // parents come first
        std::vector<double> arc;
        for (const LumenSection& section : lumen.branches[b].sections) {
            arc.push_back(section.arc_mm);
            widths[b].push_back(min_diameter_mm(section));
        }
        const int parent = tree.branches[b].parent;
        meshing::limit_by_throats(arc, widths[b],
                                  parent < 0 ? 0.0 : widths[static_cast<std::size_t>(parent)].back());
    }
    return widths;
}

// A user's surface: distance to its triangles, width from the sections measured on it.
meshing::SurfaceLumen surface_lumen(const LumenSurface& lumen, const CoronaryTree& tree,
                                    const std::vector<double>& extension_mm) {
    std::vector<meshing::Opening> openings;
    double farthest = 0;
    for (std::size_t c = 0; c < lumen.caps.size(); ++c) {
        const Cap& cap = lumen.caps[c];
        double radius = 0;
        for (std::size_t t = 0; t < lumen.mesh.triangles.size(); ++t)
            if (lumen.mesh.patch[t] == static_cast<std::int32_t>(c) + 1)
                for (std::int32_t p : lumen.mesh.triangles[t])
                    radius = std::max(radius, distance(lumen.mesh.points_lps_mm[static_cast<std::size_t>(p)],
                                                       cap.center_lps_mm));
        openings.push_back(
            {cap.name, cap.inlet, cap.center_lps_mm + extension_mm[c] * cap.normal, cap.normal, radius});
        farthest = std::max(farthest, extension_mm[c]);
    }
    struct Width {
        Vec3 center;
        double diameter;
    };
    std::vector<Width> widths;
    const auto followed = widths_along(lumen, tree);
    for (std::size_t b = 0; b < followed.size(); ++b)
        for (std::size_t i = 0; i < followed[b].size(); ++i)
            widths.push_back({lumen.branches[b].sections[i].center_lps_mm, followed[b][i]});
    const auto diameter = [widths](Vec3 p) {
        double nearest = 1e300, width = 0;
        for (const Width& w : widths) {
            const Vec3 d = p - w.center;
            if (const double square = dot(d, d); square < nearest) nearest = square, width = w.diameter;
        }
        return width;
    };
    return {lumen.mesh, std::move(openings), farthest + surface_extension_mm, diameter};
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
    FlowMesh mesh = lumen.method == "user surface"
                        ? meshing::build_flow_mesh(surface_lumen(lumen, tree, extension_mm), mesher, run)
                        : meshing::build_flow_mesh(
                              FieldLumen(lumen, tree, options.blend_fraction, extension_mm), mesher, run);
    compare(mesh, lumen, extension_mm);
    const FlowMeshQuality quality = quality_of(mesh);
    run.info(
        "Flow mesh: {} cells, {} faces, {:.2f} mm3, faces off the line of centres by {:.1f} degrees in the "
        "mean, {:.1f} at most.",
        mesh.cells, mesh.faces(), 1e9 * quality.volume, quality.mean_non_orthogonality_deg,
        quality.max_non_orthogonality_deg);
    return mesh;
}

}  // namespace ctffr
