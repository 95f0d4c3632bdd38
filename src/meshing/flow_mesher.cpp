// SPDX-License-Identifier: Apache-2.0
#include "meshing/flow_mesher.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "meshing/assemble.hpp"
#include "meshing/chord.hpp"
#include "meshing/clip.hpp"
#include "meshing/core_mesh.hpp"
#include "meshing/merge_cells.hpp"
#include "meshing/merge_faces.hpp"
#include "meshing/octree.hpp"
#include "meshing/repair.hpp"
#include "meshing/trouble.hpp"
#include "meshing/wall_layers.hpp"

namespace ctffr::meshing {

namespace {

using Ids = std::vector<std::int32_t>;

constexpr double worst_deg = 80;  // faces more oblique than this are worth another round
// How often a mesh is made anew: where it is unsound, and where it has only oblique faces.
constexpr int most_rounds = 4, polish_rounds = 2;

// Cuts the core at the planes of the openings; returns the opening of each point that lies on one (-1: none).
Ids cut_openings(PolyMesh& mesh, const ImplicitLumen& lumen, double snap_fraction, const Run& run) {
    const auto& openings = lumen.openings();
    std::vector<double> height(mesh.points.size(), -1e3);
    Ids code(mesh.points.size(), wall_code);
    parallel_for_uneven(
        Cpu{run.profiler}, "mesh openings", static_cast<Index>(mesh.points.size()), 512, [&](Index i) {
            const auto p = static_cast<std::size_t>(i);
            double nearest = 1e9;
            for (std::size_t k = 0; k < openings.size(); ++k) {
                const Vec3 w = mesh.points[p] - openings[k].center_mm;
                const double above = dot(w, openings[k].normal), far = norm(w);
                const double reach = 1.5 * openings[k].radius_mm + 4 * mesh.size_mm[p];
                if (far > 4 * reach || far >= nearest || norm(w - above * openings[k].normal) > reach ||
                    (above > 0 && !lumen.leaves_through(k, mesh.points[p])))
                    continue;
                nearest = far;
                height[p] = above;
                code[p] = opening_code(static_cast<std::int32_t>(k));
            }
            if (code[p] == wall_code || std::abs(height[p]) > snap_fraction * mesh.size_mm[p]) return;
            const auto k = static_cast<std::size_t>(opening_of(code[p]));
            mesh.points[p] -= height[p] * openings[k].normal;
            height[p] = 0;
        });
    clip(mesh, height, code, run);
    Ids opening(mesh.points.size(), -1);
    for (std::size_t p = 0; p < opening.size(); ++p)
        if (height[p] == 0 && code[p] != wall_code) opening[p] = opening_of(code[p]);
    return opening;
}

void require_options(const FlowMeshOptions& options) {
    const auto require = [](const char* what, double value, double low, double high) {
        if (!(value >= low && value <= high))
            throw Error(ExitCode::usage, "The flow mesh cannot have {} of {}: use {} to {}.", what, value,
                        low, high);
    };
    require("cells per diameter", options.cells_per_diameter, 4, 128);
    require("a number of wall layers", options.layers, 1, 8);
    require("a layer fraction", options.layer_fraction, 0.3, 2);
}

void require_sound(const FlowMesh& mesh) {
    const auto broken = check(mesh);
    if (broken.empty()) return;
    throw Error(ExitCode::mesh_failed, "The flow mesh is not usable: {}; use more cells per diameter.",
                broken[0]);
}

// Where cells are turned inside out, or faces so oblique that a solver cuts its correction there.
std::vector<Vec3> troubles_of(const FlowMesh& mesh) {
    std::vector<Vec3> places;
    const double least = std::cos(worst_deg * pi / 180);
    const auto volume = [&](std::int32_t c) { return mesh.cell_volume[static_cast<std::size_t>(c)]; };
    const auto centre = [&](std::int32_t c) { return mesh.cell_centre[static_cast<std::size_t>(c)]; };
    for (std::size_t f = 0; f < mesh.owner.size(); ++f) {
        const std::int32_t own = mesh.owner[f];
        bool bad = !(volume(own) > 0);
        if (f < mesh.neighbour.size()) {
            const Vec3 d = centre(mesh.neighbour[f]) - centre(own);
            bad = bad || !(volume(mesh.neighbour[f]) > 0) ||
                  dot(mesh.face_area[f], d) < least * norm(mesh.face_area[f]) * norm(d);
        }
        const auto first = static_cast<std::size_t>(mesh.face_start[f]);
        if (bad) places.push_back(1e3 * mesh.points[static_cast<std::size_t>(mesh.face_point[first])]);
    }
    return places;
}

FlowMesh build_once(const ImplicitLumen& lumen, const FlowMeshOptions& options, const Run& run) {
    run.progress("flow mesh", 0.0);
    double inlet_mm = 0;
    for (const Opening& opening : lumen.openings())
        if (opening.inlet) inlet_mm = std::max(inlet_mm, 2 * opening.radius_mm);
    if (!(inlet_mm > 0))
        throw Error(ExitCode::mesh_failed,
                    "The lumen has no inlet: a flow mesh needs one opening to enter by.");
    const double spacing_mm = inlet_mm / options.cells_per_diameter;
    CoreOptions core_options;
    core_options.cells_per_diameter = options.cells_per_diameter;
    core_options.layer_fraction = options.layer_fraction;
    const Octree octree(lumen, {options.cells_per_diameter, spacing_mm, 2 * spacing_mm}, run);
    run.progress("flow mesh", 0.2);
    CoreMesh core = make_core(lumen, octree, core_options, run);
    run.progress("flow mesh", 0.4);
    Ids code(core.mesh.points.size(), wall_code);
    clip(core.mesh, core.depth, code, run);
    PolyMesh& mesh = core.mesh;
    Ids opening = cut_openings(mesh, lumen, core_options.snap_fraction, run);
    run.progress("flow mesh", 0.6);
    const WallLayers walls = add_wall_layers(mesh, lumen, opening, options.layers, run);
    run.progress("flow mesh", 0.8);
    const Ids group = group_small_cells(mesh, walls, {}, run);
    mesh = merge_faces(std::move(mesh), group, run);
    const Repair fix = repair(mesh, {}, run);
    run.debug("Flow mesh: {} bad faces, {} after {} joins of cells.", fix.bad_before, fix.bad_after,
              fix.joined);
    if (fix.joined > 0) mesh = merge_faces(std::move(mesh), fix.group, run);
    compensate_chords(mesh, walls, lumen, opening, run);
    Ids order(static_cast<std::size_t>(mesh.cells));
    for (std::size_t c = 0; c < order.size(); ++c)
        order[c] = c < static_cast<std::size_t>(walls.core_cells)
                       ? static_cast<std::int32_t>(c)
                       : walls.core_cell[c - static_cast<std::size_t>(walls.core_cells)];
    FlowMesh out = assemble(mesh, order, lumen.openings(), run);
    run.progress("flow mesh", 1.0);
    return out;
}

}  // namespace

FlowMesh build_flow_mesh(const ImplicitLumen& lumen, const FlowMeshOptions& options, const Run& run) {
    require_options(options);
    std::vector<EasedPlace> places;
    FlowMesh best;
    std::size_t fewest = 0;  // faces in trouble of `best`
    for (int round = 0;; ++round) {
        std::vector<Vec3> troubles;
        try {
            FlowMesh mesh = build_once(EasedLumen(lumen, places), options, run);
            troubles = troubles_of(mesh);
            const bool sound = check(mesh).empty();
            if (!sound && (troubles.empty() || (round >= most_rounds && best.cells == 0)))
                require_sound(mesh);
            if (sound && (best.cells == 0 || troubles.size() < fewest))
                best = std::move(mesh), fewest = troubles.size();
        } catch (const MeshTrouble& trouble) {
            if (round >= most_rounds && best.cells == 0) throw;
            troubles = trouble.places();
        } catch (const Error& error) {
            if (best.cells == 0 || error.code() != ExitCode::mesh_failed) throw;
            return best;
        }
        if (best.cells > 0 && (fewest == 0 || round >= polish_rounds)) return best;
        add_troubles(places, troubles, lumen, 1 / options.cells_per_diameter);
        run.info(
            "Flow mesh: {} bad places, the first at ({:.2f}, {:.2f}, {:.2f}) mm; made anew with thinner "
            "layers or finer cells at {} places.",
            troubles.size(), troubles[0].x, troubles[0].y, troubles[0].z, places.size());
    }
}

}  // namespace ctffr::meshing
