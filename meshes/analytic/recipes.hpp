// SPDX-License-Identifier: Apache-2.0
// Meshes of the cases that the flow solver is judged by. `level` multiplies all cell counts: meshes of one
// recipe are similar, so errors can be compared between them.
#pragma once

#include "ctffr/data/flow_mesh.hpp"
#include "meshing/swept_mesh.hpp"

namespace ctffr {

// Radius of the cosine stenosis, throat at length / 2: R0 (1 - (1 - throat) (1 - cos(2 pi z / length)) / 2).
double cosine_stenosis_radius_m(double z_m, double radius_m, double length_m, double throat_ratio);

struct StenosisTube {
    double radius_m = 1.5e-3;
    double throat_ratio = 0.5;  // radius at the throat over that of the tube: 0.5 is 75 % by area
    double length_m = 6e-3;     // of the narrowing, which begins at z = 0
    double inlet_m = 15e-3, outlet_m = 45e-3;
    double eccentricity =
        0;  // shift of the throat along x, in throat depths; 1 leaves the wall at +x straight
};
// A tube along z from -inlet_m to length_m + outlet_m. Level 1: 63 360 cells (core 12, ring 8, axial 20 + 36
// + 64 with expansions 1/13, 1, 11, ring expansion 0.5); level 1.5: 213 840; level 2.25: 721 710.
meshing::SweptTube stenosis_tube(double level, const StenosisTube& shape = {});
FlowMesh stenosis_mesh(double level, const StenosisTube& shape = {});

// A straight pipe along z from 0. Uniform along the axis.
FlowMesh pipe_mesh(double level, double radius_m = 1.5e-3, double length_m = 15e-3);
// Ellipse with half axes a (along x) and b. The section is the circle's, stretched.
FlowMesh ellipse_mesh(double level, double a_m = 2e-3, double b_m = 1e-3, double length_m = 10e-3);

// A bend of a circular tube, with straight inlet and outlet. The curvature ratio is radius / bend radius.
struct DeanBend {
    double radius_m = 1.5e-3, bend_radius_m = 15e-3, angle_rad = 3.141592653589793;
    double inlet_m = 15e-3, outlet_m = 15e-3;
};
FlowMesh dean_bend_mesh(double level, const DeanBend& bend = {});

// The FDA benchmark nozzle in the direction of the sudden expansion: 12 mm pipe, cone from z = -62.685 mm to
// -40 mm, 4 mm throat to z = 0, then 12 mm pipe. Hariharan et al., J Biomech Eng 133 (2011) 041002. The inlet
// is 20 mm before the cone. The outlet is at z = 250 mm: at Re 500 the flow beside the jet runs back up to
// 200 mm behind the step. Sections have the area of the circle. Level 0.5: 20 856 cells, 0.75: 70 848.
FlowMesh fda_nozzle_mesh(double level);

}  // namespace ctffr
