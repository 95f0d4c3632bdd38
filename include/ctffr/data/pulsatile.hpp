// SPDX-License-Identifier: Apache-2.0
// Flow and pressure over a heart beat, and the wall under it. SI units unless the name says otherwise.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "ctffr/data/flow.hpp"
#include "ctffr/data/flow_field.hpp"

namespace ctffr {

// Pressure and flow at one place over the beat, and what is read from them.
struct PulsatileProbe {
    enum class Kind { ostium, vessel, outlet };
    Kind kind = Kind::outlet;
    std::string name;  // "left (branch 0)", "LAD", "dLAD (branch 5)"; unique among probes of its kind
    int branch = 0;
    double arc_mm = 0;                   // in the branch
    std::vector<double> pressure, flow;  // per time, Pa and m3/s
    double mean_pressure_ratio = 0;  // mean pressure over mean aortic pressure: the FFR of a pressure wire
    double wave_free_ratio = 0;      // the same over the wave-free period of diastole; at rest: iFR
    double steady_ratio = 0;         // pressure of the steady flow over mean aortic pressure
    double mean_flow = 0;            // m3/s
    double diastolic_share = 0;  // of the flow, from the closing of the aortic valve to the next contraction
};
const char* probe_kind_name(PulsatileProbe::Kind kind);

// The wall over the beat, on the points of the lumen surface; empty without a 3-D beat.
struct BeatWall {
    std::vector<float> mean_shear;   // TAWSS: mean magnitude of the wall shear stress, Pa
    std::vector<float> oscillation;  // OSI, 0 to 0.5
    std::vector<float> residence;    // relative residence time 1 / ((1 - 2 OSI) TAWSS), 1/Pa
};

// The wall of a stretch of a vessel; NaN where it has no point of the surface.
struct WallStretch {
    double mean_shear = std::numeric_limits<double>::quiet_NaN();  // Pa, TAWSS on average
    double largest_shear = mean_shear, least_shear = mean_shear;   // Pa
    double mean_oscillation = mean_shear, largest_oscillation = mean_shear;
    double largest_residence = mean_shear;  // 1/Pa
};

// The wall of a lesion, of CaseResult::lesions in order, and of the 10 mm below it in its branch.
struct BeatLesion {
    WallStretch within, below;
};

struct PulsatileFlow {
    std::string model;   // "network" or "3d"
    SolveStatus status;  // mass_imbalance: over a beat; residual: the last change from beat to beat
    int cycles = 0;      // beats until they agreed
    PatientValue heart_rate_bpm, pulse_pressure_mmhg;
    double resistance_index = 0;                                 // of the bed over that at rest
    double period = 0, ejection_end = 0, contraction_start = 0;  // s; 0 is the opening of the aortic valve
    double wave_free_start = 0, wave_free_end = 0;               // s
    // All that follows is empty when the flow did not become periodic.
    std::vector<double> time, aortic_pressure, ventricle_pressure;  // s, Pa
    std::vector<double> inflow;                                     // m3/s, of both systems
    std::vector<PulsatileProbe> probes;
    std::vector<std::vector<double>> mean_pressure_ratio, wave_free_ratio;  // [branch][point]
    // Of the 3-D beat alone.
    long cells = 0;              // of its mesh
    double largest_courant = 0;  // cells that the fastest blood crosses in a step
    BeatWall wall;
    FlowField mean_field;  // means over the beat on the cells of the steady solution's mesh
    std::vector<BeatLesion> lesions;

    bool converged() const { return status.converged(); }
};

}  // namespace ctffr
