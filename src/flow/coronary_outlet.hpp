// SPDX-License-Identifier: Apache-2.0
// Five-element model of the coronary bed behind an outlet: artery, microcirculation and vein, whose vessels
// in the heart muscle are squeezed by it. Source: Kim, Vignon-Clementel, Coogan, Figueroa, Jansen and Taylor,
// Annals of Biomedical Engineering 38 (2010) 3195.
#pragma once

#include "flow/backward_difference.hpp"

namespace ctffr {

// P = artery Q + P_a                                                     (P, Q: outlet)
// artery_capacitance dP_a/dt = Q - (P_a - P_m) / micro
// muscle_capacitance d(P_m - P_im)/dt = (P_a - P_m) / micro - (P_m - venous_pressure) / vein
struct CoronaryOutlet {
    double artery = 0, micro = 0, vein = 0;                 // Pa s/m3; artery >= 0, the others > 0
    double artery_capacitance = 0, muscle_capacitance = 0;  // m3/Pa, >= 0
    double venous_pressure = 0;                             // Pa

    double resistance() const { return artery + micro + vein; }  // to a steady flow
};

// The two capacitor pressures over the time levels. Within one step they are eliminated, so the outlet is a
// relation P = base + resistance Q and the flow stays implicit.
class CoronaryOutletState {
   public:
    // In balance with a steady outlet flow under a constant `muscle_pressure` P_im.
    CoronaryOutletState(const CoronaryOutlet& model, double flow, double muscle_pressure)
        : model_(model),
          artery_now_(model.venous_pressure + (model.micro + model.vein) * flow),
          artery_before_(artery_now_),
          muscle_now_(model.venous_pressure + model.vein * flow - muscle_pressure),
          muscle_before_(muscle_now_) {}

    // From known capacitor pressures, Pa: P_a and P_m - P_im.
    static CoronaryOutletState charged(const CoronaryOutlet& model, double artery_pressure,
                                       double transmural_pressure) {
        CoronaryOutletState state(model, 0, 0);
        state.artery_now_ = state.artery_before_ = artery_pressure;
        state.muscle_now_ = state.muscle_before_ = transmural_pressure;
        return state;
    }

    struct Relation {
        double base = 0;        // Pa
        double resistance = 0;  // Pa s/m3
    };
    // What holds at the new level, where the muscle presses with `muscle_pressure`.
    Relation relation(const BackwardDifference& d, double muscle_pressure) const {
        const Linear artery = artery_pressure(d, muscle_pressure);
        return {artery.base, model_.artery + artery.slope};
    }
    // Takes the outlet flow (m3/s) of the new level.
    void accept(const BackwardDifference& d, double muscle_pressure, double flow) {
        const Linear artery = artery_pressure(d, muscle_pressure), muscle = muscle_node(d, muscle_pressure);
        const double pressure = artery.base + artery.slope * flow;
        artery_before_ = artery_now_, muscle_before_ = muscle_now_;
        artery_now_ = pressure;
        muscle_now_ = muscle.base + muscle.slope * pressure - muscle_pressure;
    }
    const CoronaryOutlet& model() const { return model_; }
    double artery_pressure() const { return artery_now_; }      // P_a, Pa
    double transmural_pressure() const { return muscle_now_; }  // P_m - P_im, Pa

   private:
    struct Linear {
        double base = 0, slope = 0;
    };
    // P_m at the new level from P_a there.
    Linear muscle_node(const BackwardDifference& d, double muscle_pressure) const {
        const double charge = model_.muscle_capacitance * d.rate;
        const double kept = charge * (muscle_pressure + d.now * muscle_now_ + d.before * muscle_before_);
        const double sum = charge + 1 / model_.micro + 1 / model_.vein;
        return {(kept + model_.venous_pressure / model_.vein) / sum, 1 / (model_.micro * sum)};
    }
    // P_a at the new level from the outlet flow.
    Linear artery_pressure(const BackwardDifference& d, double muscle_pressure) const {
        const Linear muscle = muscle_node(d, muscle_pressure);
        const double charge = model_.artery_capacitance * d.rate;
        const double kept = charge * (d.now * artery_now_ + d.before * artery_before_);
        const double sum = charge + (1 - muscle.slope) / model_.micro;
        return {(kept + muscle.base / model_.micro) / sum, 1 / sum};
    }

    CoronaryOutlet model_;
    double artery_now_, artery_before_;  // P_a
    double muscle_now_, muscle_before_;  // P_m - P_im
};

}  // namespace ctffr
