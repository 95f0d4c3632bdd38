// SPDX-License-Identifier: Apache-2.0
#include "physiology/coronary_bed.hpp"

#include "ctffr/core/units.hpp"
#include "physiology/hyperaemia.hpp"

namespace ctffr {

namespace {

// Parts at rest of resistance and capacitance, and the capacitance of both systems of an adult whose resting
// flow is 200 mL/min: SimVascular's guide to coronary boundary conditions, after Kim et al. 2010.
constexpr double artery_at_rest = 0.32, micro_at_rest = 0.52, vein_at_rest = 0.16;
constexpr double artery_capacitance_part = 0.11, muscle_capacitance_part = 0.89;
constexpr double left_capacitance = 3.6e-10, right_capacitance = 2.5e-10;  // m3/Pa
constexpr double flow_at_rest_ml_min = 200, driving_at_rest_mmhg = 88;
constexpr double left_flow_part = 0.68;  // right dominance

}  // namespace

BedParts coronary_bed(Side side, double resistance_index) {
    require_range("resistance_index", {resistance_index, Origin::defaulted, "over the resistance at rest"},
                  0.18, 2, "");
    const bool left = side == Side::left;
    const double flow = m3_s_from_ml_min(flow_at_rest_ml_min) * (left ? left_flow_part : 1 - left_flow_part);
    const double time = (left ? left_capacitance : right_capacitance) * pa_from_mmhg(driving_at_rest_mmhg) /
                        flow * resistance_index;
    BedParts bed;
    bed.vein = vein_at_rest / resistance_index;
    const double arterial = (1 - bed.vein) / (artery_at_rest + micro_at_rest);
    bed.artery = artery_at_rest * arterial, bed.micro = micro_at_rest * arterial;
    bed.artery_time = artery_capacitance_part * time, bed.muscle_time = muscle_capacitance_part * time;
    // The left system lies in the wall of the left ventricle, the right one about half in that of the right.
    bed.muscle_share = left ? 1 : 0.5;
    return bed;
}

}  // namespace ctffr
