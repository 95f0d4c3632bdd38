// SPDX-License-Identifier: Apache-2.0
// Flow and pressure over a heart beat. SI units unless the name says otherwise.
#pragma once

#include <string>
#include <vector>

#include "ctffr/data/flow.hpp"

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

    bool converged() const { return status.converged(); }
};

}  // namespace ctffr
