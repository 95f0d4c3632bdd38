// SPDX-License-Identifier: Apache-2.0
// Openings of triangle surfaces: loops of open edges, their closing, and which patches are caps.
#pragma once

#include <string>
#include <vector>

#include "ctffr/data/lumen.hpp"

namespace ctffr {

// Boundary loops of an open mesh: vertices in the order that closes them with outward normals.
std::vector<std::vector<std::int32_t>> boundary_loops(const TriangleMesh& mesh);
// Closes a loop by a fan around its area centre, as patch `patch`; returns area, centre and outward normal as
// a Cap.
Cap close_loop(TriangleMesh& mesh, const std::vector<std::int32_t>& loop, std::int32_t patch);
// Area, centre and outward normal of some triangles, as a Cap without name.
Cap measure_cap(const TriangleMesh& mesh, const std::vector<std::int32_t>& triangles);

// Makes a closed surface with caps of a surface whose patch numbers stand for `names` (empty: nothing is
// named). Named patches are caps when their name says inlet or outlet (kind_from_name) or, when it says
// nothing, when they are flat. Openings are closed as caps "cap_1" ... Where that gives none, flat ends are
// taken. The inlet is the cap named `inlet`; without it the caps whose names begin with "inlet", else the
// largest cap. Surfaces inside out are turned. Patches are renumbered: 0 wall, 1 + i cap i. Throws
// Error(lumen_failed) when the surface does not close, has fewer than two caps, or `inlet` is not among them.
LumenSurface with_caps(TriangleMesh mesh, const std::vector<std::string>& names, const std::string& inlet);

}  // namespace ctffr
