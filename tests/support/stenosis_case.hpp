// SPDX-License-Identifier: Apache-2.0
// The smooth axisymmetric stenosis on which solvers are compared: a 3 mm tube from z = -15 to 51 mm with
// R = 1.5 (1 - 0.25 (1 - cos(2 pi z / 6))) mm for 0 < z < 6 mm, parabolic inflow of 0.30 m/s (Re 273), p = 0
// at the outlet, density 1060 kg/m3, viscosity 3.5 mPa s.
#pragma once

#include "support/flow_cases.hpp"

namespace ctffr::test {

// Mesh-converged values of OpenFOAM v1912 (three similar meshes up to 721 710 cells, observed order 1.9,
// Richardson): validation/stenosis-3d/README.md.
struct StenosisReference {
    static constexpr double drop_pa = 719.9;         // from the inlet face to the outlet
    static constexpr double poiseuille_pa = 246.4;   // of the tube without narrowing
    static constexpr double axis_peak_m_s = 1.4719;  // largest speed on the axis
    static constexpr double reattachment_m = 22.8e-3;
};

// `origin`, `direction`: the point z = 0 and the axis, m. Patches inlet, outlet, wall.
FlowCase stenosis_case(FlowMesh mesh, Vec3 origin = {}, Vec3 direction = {0, 0, 1});

struct StenosisFigures {
    double drop_pa = 0, axis_peak_m_s = 0, reattachment_m = 0;
    double peak_wall_shear_pa = 0;
    double excess_pa() const { return drop_pa - StenosisReference::poiseuille_pa; }
};
StenosisFigures measure_stenosis(const FlowCase& stenosis, const SteadyResult& result, Vec3 origin = {},
                                 Vec3 direction = {0, 0, 1});

}  // namespace ctffr::test
