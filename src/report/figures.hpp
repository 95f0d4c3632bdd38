// SPDX-License-Identifier: Apache-2.0
// The pictures of the page as inline SVG.
#pragma once

#include <string>

#include "ctffr/data/image.hpp"
#include "ctffr/data/result.hpp"
#include "ctffr/parallel/exec.hpp"
#include "report/vessel_path.hpp"

namespace ctffr::report {

// FFR and radius against distance from the ostium, with the lesions, and below, on the same axis, two
// straightened views of the CT at right angles to each other (when there is a volume). The page holds
// hatch_definition() once, before the first of these figures.
std::string hatch_definition();
std::string pullback_figure(const CaseResult& result, const VesselPath& path, const Volume* volume,
                            const Cpu& exec);

// The stretched view with lumen wall and lesions.
std::string stretched_figure(const CaseResult& result, const VesselPath& path, const Volume& volume,
                             const Cpu& exec);
// Cross-sections at the start, the throat and the end of a lesion with the lumen contour.
std::string lesion_sections_figure(const CaseResult& result, const VesselPath& path, std::size_t lesion,
                                   const Volume& volume, const Cpu& exec);

// The coloured tree from RAO 30 and LAO 45: for print and for browsers without WebGL.
std::string tree_picture(const CaseResult& result);
// The colour scale, upright.
std::string colour_legend();

}  // namespace ctffr::report
