// SPDX-License-Identifier: Apache-2.0
// Three-element Windkessel at an outlet: a resistance, then a capacitor beside a second resistance.
#pragma once

#include "flow/backward_difference.hpp"

namespace ctffr {

// P = proximal Q + P_c, capacitance dP_c/dt = Q - (P_c - distal_pressure) / distal.
struct Windkessel {
    double proximal = 0;         // Pa s/m3
    double distal = 0;           // Pa s/m3, > 0
    double capacitance = 0;      // m3/Pa, >= 0
    double distal_pressure = 0;  // Pa
    double start_pressure = 0;   // Pa, of the capacitor at the start
};

// The capacitor pressure over the time levels. Within one step it is eliminated, so the outlet is a pressure
// patch P = base + resistance Q and the flow stays implicit.
class WindkesselState {
   public:
    explicit WindkesselState(const Windkessel& model)
        : model_(model), now_(model.start_pressure), before_(model.start_pressure) {}

    struct Relation {
        double base = 0;        // Pa
        double resistance = 0;  // Pa s/m3
    };
    // What holds at the new level.
    Relation relation(const BackwardDifference& d) const {
        return {capacitor(d, 0), model_.proximal + 1 / admittance(d)};
    }
    // Takes the flow (m3/s, out) of the new level.
    void accept(const BackwardDifference& d, double outflow) {
        const double after = capacitor(d, outflow);
        before_ = now_, now_ = after;
    }
    double capacitor_pressure() const { return now_; }  // Pa

   private:
    double admittance(const BackwardDifference& d) const {
        return model_.capacitance * d.rate + 1 / model_.distal;
    }
    double capacitor(const BackwardDifference& d, double outflow) const {
        const double kept = model_.capacitance * d.rate * (d.now * now_ + d.before * before_);
        return (outflow + kept + model_.distal_pressure / model_.distal) / admittance(d);
    }

    Windkessel model_;
    double now_, before_;
};

}  // namespace ctffr
