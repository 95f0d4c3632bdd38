// SPDX-License-Identifier: Apache-2.0
#include "physiology/cardiac_cycle.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "physiology/coronary_bed.hpp"

namespace ctffr {
namespace {

CardiacCycle cycle(double rate, double mean_mmhg, double pulse_mmhg) {
    return CardiacCycle({rate, pa_from_mmhg(mean_mmhg), pa_from_mmhg(pulse_mmhg)});
}

TEST(CardiacCycle, KeepsMeanAndRangeOfTheAorticPressure) {
    for (double rate : {30.0, 45.0, 60.0, 75.0, 100.0, 140.0, 200.0}) {
        const CardiacCycle c = cycle(rate, 95, 50);
        double low = 1e9, high = 0, sum = 0;
        constexpr int n = 200000;
        for (int k = 0; k < n; ++k) {
            const double p = mmhg_from_pa(c.aortic_pressure(c.period() * k / n));
            low = std::min(low, p), high = std::max(high, p), sum += p / n;
        }
        EXPECT_NEAR(sum, 95, 1e-3) << rate;
        EXPECT_NEAR(high - low, 50, 1e-3) << rate;
        EXPECT_NEAR(low, 95 - mean_pulse_fraction(rate) * 50, 1e-3) << rate;
    }
}

TEST(CardiacCycle, IsPeriodicAndContinuous) {
    for (double rate : {40.0, 70.0, 180.0}) {
        const CardiacCycle c = cycle(rate, 90, 45);
        constexpr int n = 20000;
        for (int k = 0; k <= n; ++k) {
            const double t = c.period() * k / n, h = c.period() / n;
            // At most 45 mmHg in a quarter of the ejection, 90 within the isovolumic times.
            EXPECT_LT(std::abs(c.aortic_pressure(t + h) - c.aortic_pressure(t)), pa_from_mmhg(45) * h * 30);
            EXPECT_LT(std::abs(c.ventricle_pressure(t + h) - c.ventricle_pressure(t)),
                      pa_from_mmhg(130) * h * 35);
            EXPECT_NEAR(c.aortic_pressure(t + 3 * c.period()), c.aortic_pressure(t), 1e-6);
        }
    }
}

TEST(CardiacCycle, TheVentricleEjectsIntoTheAortaAndRestsInDiastole) {
    const CardiacCycle c = cycle(65, 93, 48);
    for (double t : {0.0, 0.1, 0.2, c.ejection_end() - 1e-9})
        EXPECT_NEAR(c.ventricle_pressure(t), c.aortic_pressure(t), 1e-6);
    for (double t = c.ejection_end() + 0.08; t < c.contraction_start(); t += 0.01) {
        EXPECT_GE(mmhg_from_pa(c.ventricle_pressure(t)), -1e-9);
        EXPECT_LE(mmhg_from_pa(c.ventricle_pressure(t)), 8 + 1e-9);
    }
    // Weissler 1968: 413 - 1.7 * 65 = 302 ms.
    EXPECT_NEAR(c.ejection_end(), 0.3025, 1e-9);
    EXPECT_GT(c.wave_free_start(), c.ejection_end() + 0.08);
    EXPECT_LT(c.wave_free_end(), c.contraction_start());
}

TEST(CardiacCycle, RefusesWhatNoHeartHas) {
    EXPECT_THROW(cycle(10, 93, 40), Error);
    EXPECT_THROW(cycle(70, 93, 200), Error);
    EXPECT_THROW(cycle(70, 30, 60), Error);
    EXPECT_THROW(cycle(std::nan(""), 93, 40), Error);
}

TEST(CoronaryBed, HyperaemiaActsOnArteryAndMicrocirculationAlone) {
    for (Side side : {Side::left, Side::right}) {
        const BedParts rest = coronary_bed(side, 1);
        EXPECT_NEAR(rest.artery, 0.32, 1e-12);
        EXPECT_NEAR(rest.micro, 0.52, 1e-12);
        EXPECT_NEAR(rest.vein, 0.16, 1e-12);
        for (double index : {0.24, hyperaemic_resistance_index, 0.6}) {
            const BedParts bed = coronary_bed(side, index);
            EXPECT_NEAR(bed.artery + bed.micro + bed.vein, 1, 1e-12);
            // Over the resistance at rest: the vein as it was, the others fallen alike.
            EXPECT_NEAR(bed.vein * index, rest.vein, 1e-12);
            EXPECT_NEAR(bed.artery / bed.micro, rest.artery / rest.micro, 1e-12);
            EXPECT_LT(bed.artery * index, rest.artery);
            // The capacitances do not change.
            EXPECT_NEAR(bed.artery_time / index, rest.artery_time, 1e-12);
            EXPECT_NEAR(bed.muscle_time / index, rest.muscle_time, 1e-12);
        }
    }
    EXPECT_THROW(coronary_bed(Side::left, 0.1), Error);
}

// Kim et al. 2010 list, for a resting left system of 184 mL/min at 93 mmHg, capacitances that add up to
// 42e-11 m3/Pa.
TEST(CoronaryBed, TimeConstantsAreThoseOfKim) {
    const BedParts bed = coronary_bed(Side::left, 1);
    const double kim = 42e-11 * pa_from_mmhg(88) / m3_s_from_ml_min(184);
    EXPECT_NEAR((bed.artery_time + bed.muscle_time) / kim, 1, 0.2);
}

}  // namespace
}  // namespace ctffr
