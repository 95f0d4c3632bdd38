// SPDX-License-Identifier: Apache-2.0
#include "stages/steady_conditions.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "flow/network.hpp"

namespace ctffr {

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

int patch_named(const FlowMesh& mesh, const std::string& name) {
    for (std::size_t q = 0; q < mesh.patches.size(); ++q)
        if (mesh.patches[q].name == name) return static_cast<int>(q);
    throw Error(ExitCode::mesh_failed,
                "The flow mesh has no patch for the opening '{}' of the lumen: make it anew.", name);
}

// Which stretches of a branch have a wall of their own to leak through: half the cylinder that belongs to
// them. A stretch inside a larger vessel can have a single sliver of a face, and its leak through that would
// be a jet of hundreds of metres per second.
std::vector<bool> open_stretches(const Branch& branch, const std::vector<double>& area) {
    std::vector<bool> open(area.size());
    for (std::size_t i = 0; i < area.size(); ++i) {
        const CenterlinePoint &from = branch.points[i], &to = branch.points[i + 1];
        const double cylinder_mm2 = pi * (from.radius_mm + to.radius_mm) * (to.arc_mm - from.arc_mm);
        open[i] = area[i] > 0.5 * cylinder_mm2 * m_per_mm * m_per_mm;
    }
    return open;
}

}  // namespace

PatchRoles patch_roles(const FlowMesh& mesh, const LumenSurface& lumen, const FlowProblem& problem) {
    PatchRoles roles;
    roles.outlet.assign(problem.outlets.size(), -1);
    for (std::size_t q = 0; q < mesh.patches.size(); ++q)
        if (mesh.patches[q].kind == FlowPatch::Kind::wall) roles.wall = static_cast<int>(q);
    for (const Cap& cap : lumen.caps) {
        const int patch = patch_named(mesh, cap.name);
        if (cap.inlet) {
            roles.inlet.push_back(patch);
            continue;
        }
        const auto outlet = std::find_if(problem.outlets.begin(), problem.outlets.end(),
                                         [&](const Outlet& o) { return o.branch == cap.branch; });
        if (outlet == problem.outlets.end())
            throw Error(
                ExitCode::mesh_failed,
                "The opening '{}' of the lumen belongs to branch {}, which ends in no outlet: make the "
                "lumen anew from this tree.",
                cap.name, cap.branch);
        roles.outlet[static_cast<std::size_t>(outlet - problem.outlets.begin())] = patch;
    }
    if (roles.wall < 0 || roles.inlet.empty())
        throw Error(ExitCode::mesh_failed, "The flow mesh has no {}: make it anew from a closed lumen.",
                    roles.wall < 0 ? "wall" : "inlet");
    return roles;
}

WallLeak wall_leak(const FlowMesh& mesh, const PatchRoles& roles, const CoronaryTree& tree,
                   const FlowProblem& problem, const Run& run) {
    const FlowPatch& wall = mesh.patches[static_cast<std::size_t>(roles.wall)];
    std::vector<Vec3> centre;
    for (Index f = wall.first_face; f < wall.first_face + wall.faces; ++f)
        centre.push_back(1e3 * mesh.face_centre[at(f)]);
    WallLeak leak;
    leak.place = places_in_tree(centre, tree, run);
    leak.conductance.assign(leak.place.size(), 0.0f);
    std::vector<std::vector<double>> area, conductance;  // of the stretch that begins at a point
    for (const Branch& branch : tree.branches) area.emplace_back(branch.points.size() - 1, 0.0);
    conductance = area;
    const auto face_area = [&](std::size_t n) { return norm(mesh.face_area[at(wall.first_face) + n]); };
    for (std::size_t n = 0; n < leak.place.size(); ++n)
        area[leak.place[n].branch][leak.place[n].point] += face_area(n);
    // Parents come before children: what a branch without a wall of its own leaves over goes to the nearest
    // branch upstream that has one, and at a root to the children.
    std::vector<std::size_t> last_open(area.size());
    std::vector<double> left_over(area.size(), 0.0);
    for (std::size_t b = 0; b < area.size(); ++b) {
        const std::vector<bool> open = open_stretches(tree.branches[b], area[b]);
        const int parent = tree.branches[b].parent;
        double carried = problem.leak[b].front();
        if (parent >= 0) carried += std::exchange(left_over[static_cast<std::size_t>(parent)], 0.0);
        last_open[b] = area[b].size();
        for (std::size_t i = 0; i < area[b].size(); ++i) {
            carried += problem.leak[b][i + 1];
            if (!open[i]) continue;
            conductance[b][i] = carried, carried = 0, last_open[b] = i;
        }
        std::size_t owner = b;
        while (last_open[owner] == area[owner].size() && tree.branches[owner].parent >= 0)
            owner = static_cast<std::size_t>(tree.branches[owner].parent);
        if (last_open[owner] < area[owner].size())
            conductance[owner][last_open[owner]] += carried;
        else
            left_over[b] = carried;
    }
    for (std::size_t n = 0; n < leak.place.size(); ++n) {
        const TreePlace& p = leak.place[n];
        if (conductance[p.branch][p.point] > 0)
            leak.conductance[n] =
                static_cast<float>(conductance[p.branch][p.point] / area[p.branch][p.point]);
    }
    return leak;
}

std::vector<FlowCondition> flow_conditions(const FlowMesh& mesh, const PatchRoles& roles,
                                           const FlowProblem& problem, const WallLeak& leak) {
    std::vector<FlowCondition> conditions(mesh.patches.size());
    FlowCondition& wall = conditions[static_cast<std::size_t>(roles.wall)];
    if (std::any_of(leak.conductance.begin(), leak.conductance.end(), [](float g) { return g > 0; })) {
        wall.kind = kernels::FvPatchKind::velocity;
        wall.leak_conductance = leak.conductance;
        wall.leak_pressure = problem.hyperaemia.venous_pressure;
    }
    for (int patch : roles.inlet) {
        FlowCondition& inlet = conditions[static_cast<std::size_t>(patch)];
        inlet.kind = kernels::FvPatchKind::pressure;
        inlet.base_pressure = problem.hyperaemia.aortic_pressure;
        inlet.loss = 1 + Network{}.ostium_loss;
        inlet.flat_inflow = true;
    }
    for (std::size_t o = 0; o < roles.outlet.size(); ++o) {
        if (roles.outlet[o] < 0) continue;
        FlowCondition& outlet = conditions[static_cast<std::size_t>(roles.outlet[o])];
        outlet.kind = kernels::FvPatchKind::pressure;
        outlet.base_pressure = problem.hyperaemia.venous_pressure;
        outlet.resistance = problem.outlets[o].resistance;
    }
    return conditions;
}

std::vector<FlowCondition> conditions_of(const MeshRegion& region, const FlowMesh& mesh,
                                         const std::vector<FlowCondition>& conditions) {
    std::vector<FlowCondition> part;
    for (std::size_t q = 0; q < region.patch.size(); ++q) {
        const auto whole = at(region.patch[q]);
        part.push_back(conditions[whole]);
        if (part.back().leak_conductance.empty()) continue;
        part.back().leak_conductance.clear();
        const FlowPatch& patch = region.mesh.patches[q];
        for (Index f = patch.first_face; f < patch.first_face + patch.faces; ++f)
            part.back().leak_conductance.push_back(
                conditions[whole].leak_conductance[at(region.face[at(f)] - mesh.patches[whole].first_face)]);
    }
    return part;
}

std::vector<double> field_along(const FlowMesh& mesh, const std::vector<TreePlace>& place_of_cell,
                                const CoronaryTree& tree, const FlowSolution& solution) {
    std::vector<double> state(4 * at(mesh.cells));
    parallel_for(Cpu{}, "field along tree", mesh.cells, [&](Index c) {
        const TreePlace& place = place_of_cell[at(c)];
        const auto& points = tree.branches[place.branch].points;
        const CenterlinePoint &a = points[place.point], &b = points[place.point + 1];
        const auto along = [&](double from, double to) { return from + place.fraction * (to - from); };
        const auto of = [&](const std::vector<std::vector<double>>& values) {
            return along(values[place.branch][place.point], values[place.branch][place.point + 1]);
        };
        const double radius = along(a.radius_mm, b.radius_mm) * m_per_mm;
        const Vec3 axis = m_per_mm * lerp(a.position_lps_mm, b.position_lps_mm, place.fraction);
        const double off = distance(mesh.cell_centre[at(c)], axis) / radius;
        const double speed = 2 * of(solution.flow) / (pi * radius * radius) * std::max(0.0, 1 - off * off);
        const Vec3 u = speed * normalized(b.position_lps_mm - a.position_lps_mm);
        for (int k = 0; k < 3; ++k) state[4 * at(c) + static_cast<std::size_t>(k)] = u[k];
        state[4 * at(c) + 3] = of(solution.pressure);
    });
    return state;
}

}  // namespace ctffr
