// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/case_mesh.hpp"

#include <charconv>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/io/flow_mesh_file.hpp"
#include "pipeline/stage_codec.hpp"

namespace ctffr {

namespace {

// Branches from the ostium to the end of a vessel given by its name or by the number of its last branch.
std::vector<int> branches_of(const CoronaryTree& tree, const std::string& vessel) {
    std::string names;
    for (const Vessel& known : vessels_of(tree)) {
        if (known.name == vessel) return known.branches;
        names += known.name + ", ";
    }
    int id = -1;
    const char* end = vessel.data() + vessel.size();
    const auto [rest, error] = std::from_chars(vessel.data(), end, id);
    if (error == std::errc() && rest == end && id >= 0 && id < static_cast<int>(tree.branches.size()))
        return tree.path_to(id);
    throw Error(ExitCode::usage, "--vessel is '{}'; this case has {}or the number of a branch, 0 to {}.",
                vessel, names, tree.branches.size() - 1);
}

}  // namespace

std::filesystem::path write_case_mesh(const RunRequest& request, const std::string& format,
                                      const std::string& vessel, std::filesystem::path path, const Run& run) {
    check_options(request);
    const bool foam = format == "foam";
    if (!foam && format != "vtu")
        throw Error(ExitCode::usage, "--format is '{}'; valid values are vtu, foam.", format);
    if (!path.empty() && foam == (path.extension() == ".vtu"))
        throw Error(ExitCode::usage,
                    "{} does not fit --format {}: VTU files end in .vtu, polyMesh folders do not.",
                    path.string(), format);
    const std::string of_vessel = vessel.empty() ? "" : "-" + vessel;
    if (path.empty()) path = request.out / (foam ? "polyMesh" + of_vessel : "flow-mesh" + of_vessel + ".vtu");
    const auto record = CaseFile(request.out / "case.h5").load("lumen");
    if (!record)
        throw Error(ExitCode::input_missing, "{} holds no finished lumen: run the whole case first.",
                    request.out.string());
    LumenResult lumen;
    unpack(*record, lumen);
    const MeshOptions options = mesh_options(request);
    const FlowMesh mesh = vessel.empty() ? run_mesh(lumen.lumen, lumen.tree, options, run)
                                         : run_swept_mesh(lumen.lumen, lumen.tree,
                                                          branches_of(lumen.tree, vessel), options, run);
    write_flow_mesh(path, mesh, {}, foam ? 1.0 : m_per_mm);
    const FlowMeshQuality quality = quality_of(mesh);
    run.info("mesh: {} cells, {:.1f} mm3, non-orthogonality {:.1f} degrees on average, {:.1f} at most; in {}",
             mesh.cells, 1e9 * quality.volume, quality.mean_non_orthogonality_deg,
             quality.max_non_orthogonality_deg, path.string());
    return path;
}

}  // namespace ctffr
