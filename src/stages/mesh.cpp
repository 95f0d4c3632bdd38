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
#include "stages/mesh_agreement.hpp"

namespace ctffr {

namespace {

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
    require_agreement(mesh, lumen, extension_mm);
    say_quality(mesh, run);
    return mesh;
}

}  // namespace ctffr
