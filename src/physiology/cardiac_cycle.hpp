// SPDX-License-Identifier: Apache-2.0
// Pressures over one heart beat from cuff pressure and heart rate (docs/theory/pulsatile-flow.md). SI units;
// time 0 is the opening of the aortic valve.
#pragma once

namespace ctffr {

struct CycleFacts {
    double heart_rate_bpm = 0;  // 30 to 200
    double mean_pressure = 0;   // Pa, aortic
    double pulse_pressure = 0;  // Pa, systolic less diastolic, > 0
};

class CardiacCycle {
   public:
    // Throws Error(physiology_out_of_range) for facts that no living adult has, also together.
    explicit CardiacCycle(const CycleFacts& facts);

    double period() const { return period_; }
    double ejection_end() const { return ejection_; }          // s, closing of the aortic valve
    double contraction_start() const { return contraction_; }  // s, end of diastole
    // The part of diastole in which the resistance of the bed hardly changes: from a quarter into it to 5 ms
    // before its end (Sen et al., Journal of the American College of Cardiology 59 (2012) 1392).
    double wave_free_start() const { return ejection_ + 0.25 * (contraction_ - ejection_); }
    double wave_free_end() const { return contraction_ - 0.005; }

    // Pa; periodic functions of the time in s. The mean and the range of the aortic pressure are those of the
    // facts.
    double aortic_pressure(double time) const;
    double ventricle_pressure(double time) const;

   private:
    double aortic_shape(double time) const;  // 0 to 1, time in [0, period)

    CycleFacts facts_;
    double period_ = 0, ejection_ = 0, contraction_ = 0, mean_shape_ = 0, notch_ = 0;
};

// Part of the pulse pressure by which the mean lies above diastolic pressure.
double mean_pulse_fraction(double heart_rate_bpm);

}  // namespace ctffr
