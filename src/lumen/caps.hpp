// SPDX-License-Identifier: Apache-2.0
// Cuts the tubes of a closed surface at their end planes and closes the cuts with flat, named caps.
#pragma once

#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"
#include "lumen/lumen_field.hpp"

namespace ctffr::lumen {

// Cuts `mesh` (whose tubes go on beyond the end planes of `field`) and returns one cap per open end; patch 1
// + i of the mesh is cap i. `snap_mm`: wall vertices nearer to a plane than this are moved onto it, against
// slivers. An end inside another tube gets no cap but a warning; parts without any cap are dropped.
std::vector<Cap> cut_and_cap(TriangleMesh& mesh, const LumenField& field, const CoronaryTree& tree,
                             double snap_mm, const Run& run);

// "inlet_left", "outlet_dLAD"; a number is added where a name comes again.
std::string cap_name(const Branch& branch, bool inlet, const std::vector<Cap>& earlier);
// Drops points that no triangle uses.
void compact(TriangleMesh& mesh);

}  // namespace ctffr::lumen
