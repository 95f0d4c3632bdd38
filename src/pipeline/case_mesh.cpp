// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/case_mesh.hpp"

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/io/flow_mesh_file.hpp"
#include "pipeline/stage_codec.hpp"

namespace ctffr {

std::filesystem::path write_case_mesh(const RunRequest& request, const std::string& format,
                                      std::filesystem::path path, const Run& run) {
    check_options(request);
    const bool foam = format == "foam";
    if (!foam && format != "vtu")
        throw Error(ExitCode::usage, "--format is '{}'; valid values are vtu, foam.", format);
    if (!path.empty() && foam == (path.extension() == ".vtu"))
        throw Error(ExitCode::usage,
                    "{} does not fit --format {}: VTU files end in .vtu, polyMesh folders do not.",
                    path.string(), format);
    if (path.empty()) path = request.out / (foam ? "polyMesh" : "flow-mesh.vtu");
    const auto record = CaseFile(request.out / "case.h5").load("lumen");
    if (!record)
        throw Error(ExitCode::input_missing, "{} holds no finished lumen: run the whole case first.",
                    request.out.string());
    LumenResult lumen;
    unpack(*record, lumen);
    const FlowMesh mesh = run_mesh(lumen.lumen, lumen.tree, mesh_options(request), run);
    write_flow_mesh(path, mesh, {}, foam ? 1.0 : m_per_mm);
    const FlowMeshQuality quality = quality_of(mesh);
    run.info("mesh: {} cells, {:.1f} mm3, non-orthogonality {:.1f} degrees on average, {:.1f} at most; in {}",
             mesh.cells, 1e9 * quality.volume, quality.mean_non_orthogonality_deg,
             quality.max_non_orthogonality_deg, path.string());
    return path;
}

}  // namespace ctffr
