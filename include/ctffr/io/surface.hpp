// SPDX-License-Identifier: Apache-2.0
// Surfaces, centerlines, label volumes and pictures as files (VTP, STL, NIfTI, PNG). All geometry LPS mm.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/result.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

// Reads STL (ascii, binary) or VTP; triangulates, merges points. Patches come from a cell array "patch" when
// present.
TriangleMesh read_surface(const std::filesystem::path& path);

struct SurfaceReadOptions {
    double unit_mm = 1;  // mm per length unit of the file: 1000 for m
    std::string inlet;   // name of the inlet cap, where names do not say
};
// A closed surface with caps (with_caps): patches from the solids of a text STL, or from a VTP's cell array
// patch, CellEntityIds, ModelFaceID or gmsh:physical. Throws Error as read_surface does, input_geometry for a
// surface under 0.5 mm or over 4 m across, lumen_failed when it cannot be closed or has no caps.
LumenSurface read_capped_surface(const std::filesystem::path& path, const SurfaceReadOptions& options = {});

// Writes the mesh as VTP with point arrays (one value per point) and the cell array "patch".
void write_surface_vtp(const std::filesystem::path& path, const TriangleMesh& mesh,
                       const std::map<std::string, std::vector<double>>& point_arrays);

// centerline.vtp: polylines per branch; point arrays radius_mm, ffr, pressure_mmhg when `result` has them;
// cell arrays segment, branch, parent.
void write_centerline_vtp(const std::filesystem::path& path, const CaseResult& result);
// Reads a centerline file of ours, or any VTP of polylines that meet at shared end points (VMTK style),
// rooted at the line ends with the largest radius or nearest the aorta when known.
CoronaryTree read_centerline_vtp(const std::filesystem::path& path);

void write_labels_nifti(const std::filesystem::path& path, const Segmentation& segmentation);  // .nii.gz
Segmentation read_labels(const std::filesystem::path& path);  // NIfTI, NRRD, MetaImage of small whole numbers

}  // namespace ctffr
