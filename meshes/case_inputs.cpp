// SPDX-License-Identifier: Apache-2.0
#include "meshes/case_inputs.hpp"

#include <algorithm>
#include <filesystem>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/io/flow_mesh_file.hpp"
#include "meshes/analytic/recipes.hpp"
#include "meshing/analytic_lumen.hpp"
#include "meshing/flow_mesher.hpp"

namespace ctffr {

FlowMesh mesh_of(const std::string& text) {
    const std::size_t colon = text.find(':');
    const std::string name = text.substr(0, colon);
    if (colon == std::string::npos || std::filesystem::exists(text)) return read_flow_mesh(text);
    const double level = std::stod(text.substr(colon + 1));
    if (name == "stenosis") return stenosis_mesh(level);
    if (name == "pipe") return pipe_mesh(level);
    if (name == "bend") return dean_bend_mesh(level);
    if (name == "nozzle") return fda_nozzle_mesh(level);
    meshing::FlowMeshOptions octree;
    octree.cells_per_diameter = level;
    if (name == "octree-stenosis")
        return meshing::build_flow_mesh(
            meshing::cosine_stenosis_lumen({0, 0, 0}, {0, 0, 1}, 1.5, 0.5, 6, -15, 51), octree, Run{});
    if (name == "octree-tree") return meshing::build_flow_mesh(meshing::stenosed_tree_lumen(), octree, Run{});
    throw Error(ExitCode::usage,
                "There is no recipe '{}': stenosis, pipe, bend, nozzle, octree-stenosis or octree-tree.",
                name);
}

Inflow parabola(const FlowMesh& mesh, const FlowPatch& inlet, double mean_m_s, double radius_m) {
    const auto first = static_cast<std::size_t>(inlet.first_face),
               last = first + static_cast<std::size_t>(inlet.faces);
    Vec3 area, centre;
    double total = 0;
    for (std::size_t f = first; f < last; ++f) {
        area += mesh.face_area[f];
        centre += norm(mesh.face_area[f]) * mesh.face_centre[f];
        total += norm(mesh.face_area[f]);
    }
    centre = centre / total;
    double radius = radius_m;
    for (std::int32_t k = mesh.face_start[first]; radius_m <= 0 && k < mesh.face_start[last]; ++k)
        radius = std::max(
            radius,
            distance(mesh.points[static_cast<std::size_t>(mesh.face_point[static_cast<std::size_t>(k)])],
                     centre));
    Inflow inflow{-normalized(area), {}};
    double flux = 0;
    for (std::size_t f = first; f < last; ++f) {
        const double r = distance(mesh.face_centre[f], centre) / radius;
        inflow.speed_m_s.push_back(std::max(0.0, 1 - r * r));
        flux -= inflow.speed_m_s.back() * dot(inflow.direction, mesh.face_area[f]);
    }
    for (double& speed : inflow.speed_m_s) speed *= mean_m_s * pi * radius * radius / flux;
    return inflow;
}

}  // namespace ctffr
