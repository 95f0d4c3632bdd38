// SPDX-License-Identifier: Apache-2.0
#include "physiology/cardiac_cycle.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "physiology/hyperaemia.hpp"

namespace ctffr {

namespace {

// Usual durations in adults; the ventricle contracts and relaxes with both valves closed.
constexpr double contraction_time = 0.05, relaxation_time = 0.08;  // s
constexpr double least_ejection = 0.15;                            // s, at the fastest hearts
constexpr double end_diastolic_mmhg = 8;
// The aortic pressure rises over half the ejection; behind the notch it decays towards a pressure so far
// below diastolic that the decay is over this part of a time constant.
constexpr double rise = 0.5, decay = 0.4;

// From 0 to 1 without a kink.
double smooth(double t) { return (1 - std::cos(pi * std::clamp(t, 0.0, 1.0))) / 2; }

}  // namespace

double mean_pulse_fraction(double heart_rate_bpm) { return mean_pressure_mmhg(1, 0, heart_rate_bpm); }

CardiacCycle::CardiacCycle(const CycleFacts& facts) : facts_(facts) {
    require_range("heart_rate_bpm", {facts.heart_rate_bpm, Origin::estimated, "heart beat"}, 30, 200,
                  "1/min");
    require_range("pulse_pressure_mmhg",
                  {mmhg_from_pa(facts.pulse_pressure), Origin::estimated, "heart beat"}, 10, 150, "mmHg");
    const double fraction = mean_pulse_fraction(facts.heart_rate_bpm);
    require_range("diastolic_mmhg",
                  {mmhg_from_pa(facts.mean_pressure - fraction * facts.pulse_pressure), Origin::estimated,
                   "mean aortic pressure less its part of the pulse pressure"},
                  20, 150, "mmHg");
    period_ = 60 / facts.heart_rate_bpm;
    // Ejection time of men, Weissler, Harris and Schoenfeld, Circulation 37 (1968) 149; that of women is 5 to
    // 15 ms longer.
    ejection_ = std::max(0.413 - 0.0017 * facts.heart_rate_bpm, least_ejection);
    contraction_ = period_ - contraction_time;
    // The notch lies where the mean becomes that of the heart rate: the mean of the shape is linear in it.
    const double systole = ejection_ / period_, diastole = 1 - systole;
    const double of_one = systole * (rise * 2 / pi + (1 - rise) / 2);
    const double of_notch = systole * (1 - rise) / 2 + diastole * (1 / decay - 1 / std::expm1(decay));
    notch_ = (fraction - of_one) / of_notch;
    mean_shape_ = fraction;
}

double CardiacCycle::aortic_shape(double time) const {
    const double peak = rise * ejection_;
    if (time < peak) return std::sin(pi / 2 * time / peak);
    if (time < ejection_) return 1 - (1 - notch_) * smooth((time - peak) / (ejection_ - peak));
    const double t = (time - ejection_) / (period_ - ejection_);
    return notch_ * std::expm1(decay * (1 - t)) / std::expm1(decay);
}

double CardiacCycle::aortic_pressure(double time) const {
    const double t = time - period_ * std::floor(time / period_);
    return facts_.mean_pressure + facts_.pulse_pressure * (aortic_shape(t) - mean_shape_);
}

double CardiacCycle::ventricle_pressure(double time) const {
    const double t = time - period_ * std::floor(time / period_), rest = pa_from_mmhg(end_diastolic_mmhg);
    if (t < ejection_) return aortic_pressure(t);
    if (t >= contraction_)
        return rest + (aortic_pressure(0) - rest) * smooth((t - contraction_) / contraction_time);
    const double relaxed = ejection_ + relaxation_time;
    if (t < relaxed) return aortic_pressure(ejection_) * (1 - smooth((t - ejection_) / relaxation_time));
    return rest * smooth((t - relaxed) / (contraction_ - relaxed));
}

}  // namespace ctffr
