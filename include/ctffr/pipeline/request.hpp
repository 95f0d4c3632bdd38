// SPDX-License-Identifier: Apache-2.0
// What a run is asked to do: inputs, output folder, facts and the options of every stage, each listed exactly
// once.
#pragma once

#include <filesystem>
#include <string>

#include "ctffr/data/result.hpp"
#include "ctffr/pipeline/patient.hpp"
#include "ctffr/stages/centerline.hpp"
#include "ctffr/stages/flow.hpp"
#include "ctffr/stages/flow3d.hpp"
#include "ctffr/stages/labels.hpp"
#include "ctffr/stages/lumen.hpp"
#include "ctffr/stages/mesh.hpp"
#include "ctffr/stages/plaque.hpp"
#include "ctffr/stages/pulsatile.hpp"
#include "ctffr/stages/pulsatile3d.hpp"
#include "ctffr/stages/report.hpp"
#include "ctffr/stages/segment.hpp"

namespace ctffr {

struct RunRequest {
    std::filesystem::path series;  // CT folder or file; empty when the run starts from the next three alone
    std::filesystem::path mask;    // label volume of the coronary lumen
    std::filesystem::path lumen_surface;   // closed surface, STL or VTP, LPS mm
    std::filesystem::path centerlines;     // VTP polylines with radius, LPS mm
    std::filesystem::path lumen_network;   // ONNX with its sidecar .json beside it; empty: the shipped one
    std::filesystem::path heart_network;   // likewise
    std::filesystem::path network;         // a user's own voxel network (ONNX), whose labels are the lumen
    std::filesystem::path calcium_series;  // CT without contrast, for the calcium score
    std::filesystem::path out;
    std::string series_uid;
    // "steady": 3-D; "reduced": along the centerlines; "pulsatile": reduced, and over a heart beat;
    // "pulsatile-3d": steady, and over a heart beat in 3-D
    std::string flow = "steady";
    bool in_3d() const { return flow == "steady" || flow == "pulsatile-3d"; }
    bool beats() const { return flow == "pulsatile" || flow == "pulsatile-3d"; }
    bool overwrite = false;  // replace a case of another input in `out`
    std::string redo_from;   // recompute this stage even when nothing changed
    GivenFacts facts;        // from patient file and options; they win over the image
    SegmentOptions segment;
    CenterlineOptions centerline;
    LumenOptions lumen;
    LabelOptions labels;
    BoundaryOptions boundary;
    MeshOptions mesh;
    ReducedOptions solve;
    SteadyFlowOptions flow3d;
    FfrOptions ffr;
    BeatOptions pulsatile;
    Beat3dOptions pulsatile3d;
    FindingOptions findings;
    ReportOptions report;
    SoftwareFacts software;
};

// Calls visitor(group, key, value, flag, help) for every stage option. The value is double, int, bool or
// string. Adding an option to a stage means adding one line here; command line, config file, --help, the
// resume key and the record in result.json follow from it.
template <class Request, class Visitor>
void visit_options(Request& r, Visitor&& v) {
    v("segment", "working_spacing_mm", r.segment.working_spacing_mm, "--segment-working-spacing-mm",
      "grid on which the large structures are found [mm]");
    v("segment", "network_labels", r.segment.network_labels, "--network-labels",
      "labels of --network that are coronary lumen, between commas; empty: told by their names");
    v("centerline", "min_branch_mm", r.centerline.min_branch_mm, "--centerline-min-branch-mm",
      "shorter branches are dropped [mm]");
    v("centerline", "min_radius_mm", r.centerline.min_radius_mm, "--centerline-min-radius-mm",
      "tracking ends where the vessel is thinner [mm]");
    v("centerline", "max_gap_mm", r.centerline.max_gap_mm, "--centerline-max-gap-mm",
      "longest stretch of weak evidence that is bridged and flagged [mm]");
    v("centerline", "point_spacing_mm", r.centerline.point_spacing_mm, "--centerline-point-spacing-mm",
      "distance of centerline points [mm]");
    v("centerline", "search", r.centerline.search, "--centerline-search",
      "search for arteries guided by the heart network where there is one, or not [auto|classical]");
    v("lumen", "segmentation", r.lumen.segmentation, "--segmentation",
      "tree and lumen by classical methods, by the networks, or both and choose [classical|learned|auto]");
    v("lumen", "angles", r.lumen.angles, "--lumen-angles", "directions per cross-section");
    v("lumen", "surface_spacing_mm", r.lumen.surface_spacing_mm, "--lumen-surface-spacing-mm",
      "grid of the surface [mm]");
    v("lumen", "blend_fraction", r.lumen.blend_fraction, "--lumen-blend-fraction",
      "smooth-union radius at bifurcations, times the local radius");
    v("lumen", "recentre_iterations", r.lumen.recentre_iterations, "--lumen-recentre-iterations",
      "rounds of moving the centerline to the middle of the lumen");
    v("labels", "segments", r.labels.segments, "--labels-segments",
      "SCCT segments of your own: BRANCH=SEGMENT or X,Y,Z=SEGMENT (a point near it, LPS mm), between ';'");
    v("labels", "dominance", r.labels.dominance, "--labels-dominance",
      "dominance of your own [right|left|balanced]; empty: as found");
    v("boundary", "aortic_pressure_mmhg", r.boundary.aortic_pressure_mmhg, "--aortic-pressure-mmhg",
      "mean hyperaemic aortic pressure, also with another --state [mmHg]; 0: from the patient facts");
    v("boundary", "total_flow_ml_min", r.boundary.total_flow_ml_min, "--total-flow-ml-min",
      "hyperaemic flow of both coronary systems, also with another --state [mL/min]; 0: from the patient "
      "facts");
    v("boundary", "venous_pressure_mmhg", r.boundary.venous_pressure_mmhg, "--venous-pressure-mmhg",
      "pressure behind the microcirculation [mmHg]");
    v("boundary", "viscosity_mpa_s", r.boundary.viscosity_mpa_s, "--viscosity-mpa-s",
      "blood viscosity [mPa s]; 0: from the hematocrit or the default");
    v("boundary", "density_kg_m3", r.boundary.density_kg_m3, "--density-kg-m3", "blood density [kg/m3]");
    v("boundary", "outlet_exponent", r.boundary.outlet_exponent, "--outlet-exponent",
      "outlet resistance goes with diameter to minus this power");
    v("boundary", "flow_factor", r.boundary.flow_factor, "--flow-factor",
      "hyperaemic flow = factor * (LV mass in g)^0.75 [mL/min]");
    v("boundary", "side_branch_leak", r.boundary.side_branch_leak, "--side-branch-leak",
      "flow into side branches that CT cannot see [true|false]");
    v("boundary", "microvascular_factor", r.boundary.microvascular_factor, "--microvascular-factor",
      "microvascular resistance times this: above 1 with microvascular disease");
    v("boundary", "share_lad_pct", r.boundary.share_lad_pct, "--share-lad-pct",
      "share of the flow that the LAD territory takes [%]; 0: by dominance");
    v("boundary", "share_lcx_pct", r.boundary.share_lcx_pct, "--share-lcx-pct",
      "likewise the LCX territory [%]");
    v("boundary", "share_rca_pct", r.boundary.share_rca_pct, "--share-rca-pct",
      "likewise the RCA territory [%]");
    v("boundary", "territories", r.boundary.territories, "--territories",
      "split of the flow by the table of dominance or by the muscle nearest to each branch "
      "[dominance|myocardium]");
    v("boundary", "state", r.boundary.state, "--state",
      "state of the coronary bed: hyperaemia gives FFR, the others a ratio that is not FFR "
      "[hyperaemia|rest|exercise]");
    v("boundary", "exercise_mets", r.boundary.exercise_mets, "--exercise-mets",
      "work in the state exercise [MET]");
    v("mesh", "cells_per_diameter", r.mesh.cells_per_diameter, "--mesh-cells-per-diameter",
      "cells across a vessel, to the nearest power of two of the finest spacing");
    v("mesh", "layers", r.mesh.layers, "--mesh-layers", "layers of cells along the wall");
    v("mesh", "cap_extension_diameters", r.mesh.cap_extension_diameters, "--mesh-cap-extension-diameters",
      "length by which openings close to a bifurcation are moved out, in their diameters");
    v("solve", "max_iterations", r.solve.max_iterations, "--solve-max-iterations", "limit of Newton steps");
    v("solve", "tolerance", r.solve.tolerance, "--solve-tolerance",
      "relative residual at which the solver stops");
    v("flow3d", "max_iterations", r.flow3d.max_iterations, "--flow3d-max-iterations",
      "limit of iterations of the 3-D solver");
    v("flow3d", "tolerance", r.flow3d.tolerance, "--flow3d-tolerance",
      "change of FFR and of relative flow at every opening at which the 3-D solver stops");
    v("flow3d", "start_from_reduced", r.flow3d.start_from_reduced, "--flow3d-start-from-reduced",
      "start from the reduced solution, else from rest [true|false]");
    v("flow3d", "coarse_first", r.flow3d.coarse_first, "--flow3d-coarse-first",
      "start from the solution on a mesh of twice the spacing, and estimate the error of the mesh from it "
      "[true|false]");
    v("ffr", "min_reported_diameter_mm", r.ffr.min_reported_diameter_mm, "--ffr-min-reported-diameter-mm",
      "FFR is not read where the reference vessel is thinner [mm]");
    v("ffr", "lesion_min_ds_pct", r.ffr.lesion_min_ds_pct, "--ffr-lesion-min-ds-pct",
      "narrowings of less diameter stenosis are not listed [%]");
    v("pulsatile", "steps", r.pulsatile.steps, "--pulsatile-steps", "time steps of a heart beat");
    v("pulsatile", "max_cycles", r.pulsatile.max_cycles, "--pulsatile-max-cycles",
      "beats until they must agree");
    v("pulsatile", "tolerance", r.pulsatile.tolerance, "--pulsatile-tolerance",
      "change from beat to beat, of the inflow and of the aortic pressure, at which beats agree");
    v("pulsatile", "resistance_index", r.pulsatile.resistance_index, "--pulsatile-resistance-index",
      "resistance of the coronary bed over that at rest");
    v("pulsatile3d", "cells_per_diameter", r.pulsatile3d.cells_per_diameter,
      "--pulsatile3d-cells-per-diameter", "cells across a vessel in the mesh of the 3-D heart beat");
    v("pulsatile3d", "beat_steps", r.pulsatile3d.steps, "--pulsatile3d-steps",
      "time steps of a 3-D heart beat; 0: by --pulsatile3d-courant, at least 200");
    v("pulsatile3d", "courant", r.pulsatile3d.courant, "--pulsatile3d-courant",
      "most cells that the fastest blood crosses in a time step");
    v("pulsatile3d", "max_cycles", r.pulsatile3d.max_cycles, "--pulsatile3d-max-cycles",
      "3-D beats until two must agree");
    v("pulsatile3d", "tolerance", r.pulsatile3d.tolerance, "--pulsatile3d-tolerance",
      "change of pressure and flow at the openings over their range at which 3-D beats agree");
    v("calcium", "calcium_reach_mm", r.findings.calcium_reach_mm, "--calcium-reach-mm",
      "calcium farther from the wall of an artery is not coronary [mm]");
    v("calcium", "calcium_frame_agrees", r.findings.calcium_frame_agrees, "--calcium-frame-agrees",
      "the calcium series has the coordinates of the angiogram, whatever frame it states [true|false]");
    v("report", "cad_rads_graft", r.findings.graft, "--cad-rads-graft",
      "the patient has a bypass graft: modifier G of CAD-RADS [true|false]");
    v("report", "cad_rads_exception", r.findings.exception, "--cad-rads-exception",
      "narrowings have another cause than plaque: modifier E of CAD-RADS [true|false]");
    v("ffr", "uncertainty_samples", r.ffr.uncertainty_samples, "--ffr-uncertainty-samples",
      "samples behind the interval of FFR; 0: none");
    v("report", "title", r.report.title, "--report-title", "title of the page");
}

// The options of the mesh stage: bifurcations are blended as those of the surface.
MeshOptions mesh_options(const RunRequest& request);
// Throws Error(usage) for a stage option outside its sensible range, naming flag, value and range.
void check_options(const RunRequest& request);
// The options of one group as lines `key = value`.
std::string options_text(const RunRequest& request, const std::string& group);
// Inputs, patient facts and all options as TOML, as resolved; the same for every output folder.
std::string resolved_toml(const RunRequest& request);
// The request as stored in the case file and read back by the commands that redo a stage. `out`, `overwrite`,
// `redo_from` and `software` are not part of it. Throws Error(case_incompatible) for a damaged text.
std::string request_json(const RunRequest& request);
RunRequest request_from_json(const std::string& text);

}  // namespace ctffr
