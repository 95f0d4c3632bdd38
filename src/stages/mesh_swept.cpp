// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ctffr/core/error.hpp"
#include "ctffr/stages/mesh.hpp"
#include "meshing/swept_mesh.hpp"
#include "stages/mesh_agreement.hpp"
#include "stages/vessel_tube.hpp"

namespace ctffr {

namespace {

const Cap* cap_of(const LumenSurface& lumen, int branch, bool inlet) {
    const auto cap = std::find_if(lumen.caps.begin(), lumen.caps.end(),
                                  [&](const Cap& c) { return c.branch == branch && c.inlet == inlet; });
    return cap == lumen.caps.end() ? nullptr : &*cap;
}

void check_path(const CoronaryTree& tree, const std::vector<int>& branches) {
    int before = -1;
    for (int id : branches) {
        if (id < 0 || id >= static_cast<int>(tree.branches.size()) ||
            tree.branches[static_cast<std::size_t>(id)].parent != before)
            throw Error(
                ExitCode::usage,
                "Branch {} does not go on from branch {}: a vessel is a path of branches from an ostium.", id,
                before);
        before = id;
    }
    if (branches.empty()) throw Error(ExitCode::usage, "A vessel needs at least one branch.");
}

}  // namespace

FlowMesh run_swept_mesh(const LumenSurface& lumen, const CoronaryTree& tree, const std::vector<int>& branches,
                        const MeshOptions& options, const Run& run) {
    check_path(tree, branches);
    if (!(options.cells_per_diameter >= 4 && options.cells_per_diameter <= 100))
        throw Error(ExitCode::usage, "{} cells per diameter; a swept mesh takes 4 to 100.",
                    options.cells_per_diameter);
    meshing::SweptTube tube = vessel_tube(sections_along(lumen, tree, branches), options.cells_per_diameter);
    if (const Cap* cap = cap_of(lumen, branches.front(), true)) tube.inlet = cap->name;
    if (const Cap* cap = cap_of(lumen, branches.back(), false)) tube.outlet = cap->name;
    FlowMesh mesh = meshing::swept_mesh(tube);
    if (const auto broken = check(mesh); !broken.empty())
        throw Error(ExitCode::mesh_failed, "No sound swept mesh of the vessel that ends with branch {}: {}.",
                    branches.back(), broken.front());
    require_agreement_of_vessel(mesh, lumen);
    say_quality(mesh, run);
    return mesh;
}

}  // namespace ctffr
