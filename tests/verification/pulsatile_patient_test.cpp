// SPDX-License-Identifier: Apache-2.0
// A heart beat on whole trees with known radii: phasing against published and measured coronary flow, and the
// time-averaged pressure ratio against the steady one.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/stages/flow.hpp"
#include "ctffr/stages/pulsatile.hpp"
#include "support/coronary_fixture.hpp"

namespace ctffr {
namespace {

using test::FixtureOptions;

struct Beaten {
    CoronaryTree tree;
    FlowProblem problem;
    FlowSolution steady;
    PulsatileFlow beat;

    const PulsatileProbe& probe(PulsatileProbe::Kind kind, const std::string& name) const {
        for (const PulsatileProbe& p : beat.probes)
            if (p.kind == kind && p.name == name) return p;
        throw std::runtime_error(name);
    }
    const PulsatileProbe& vessel(const char* name) const { return probe(PulsatileProbe::Kind::vessel, name); }
};

struct Heart {
    double rate_bpm = 65, systolic_mmhg = 125, diastolic_mmhg = 75, mean_mmhg = 0;
};

Beaten beaten(const FixtureOptions& fixture, const Heart& heart = {}, double flow_factor = 16,
              const BeatOptions& options = {}) {
    Beaten b;
    b.tree = test::make_fixture(fixture).tree;
    PatientFacts facts;
    facts.sex = 'M', facts.heart_rate_bpm = heart.rate_bpm;
    facts.systolic_mmhg = heart.systolic_mmhg, facts.diastolic_mmhg = heart.diastolic_mmhg;
    BoundaryOptions boundary;
    boundary.flow_factor = flow_factor, boundary.aortic_pressure_mmhg = heart.mean_mmhg;
    b.problem = run_boundary(b.tree, {}, {}, facts, boundary, {});
    b.steady = run_solve_reduced(b.tree, {}, b.problem, {}, {});
    FfrOptions ffr;
    ffr.uncertainty_samples = 0;
    const FfrOutcome outcome = run_ffr(b.tree, {}, b.problem, b.steady, ffr, {});
    b.beat = run_pulsatile(b.tree, {}, b.problem, b.steady, outcome.map.reference_radius_mm, options, {});
    return b;
}

// Flow over its mean: least and largest value, and the part that passes while ventricular pressure is below
// half its peak.
struct Shape {
    double least = 0, largest = 0, below_half = 0;
};
Shape shape_of(const PulsatileFlow& beat, const PulsatileProbe& p) {
    const double half = *std::max_element(beat.ventricle_pressure.begin(), beat.ventricle_pressure.end()) / 2;
    Shape s{1e9, -1e9, 0};
    double sum = 0;
    for (std::size_t n = 0; n < p.flow.size(); ++n) {
        sum += p.flow[n];
        if (beat.ventricle_pressure[n] < half) s.below_half += p.flow[n];
        s.least = std::min(s.least, p.flow[n] / p.mean_flow);
        s.largest = std::max(s.largest, p.flow[n] / p.mean_flow);
    }
    s.below_half /= sum;
    return s;
}

BeatOptions at_rest() {
    BeatOptions options;
    options.resistance_index = 1;
    return options;
}

TEST(PulsatilePatient, TheLeftSystemFillsInDiastoleTheRightOneLessSo) {
    for (const bool rest : {true, false}) {
        const Beaten b = rest ? beaten({}, {}, 5, at_rest()) : beaten({});
        ASSERT_TRUE(b.beat.converged()) << b.beat.status.note;
        const double lad = b.vessel("LAD").diastolic_share, rca = b.vessel("RCA").diastolic_share;
        std::printf("%s: diastolic share LAD %.2f, LCX %.2f, RCA %.2f; %d beats, mass %.1e\n",
                    rest ? "rest" : "hyperaemia", lad, b.vessel("LCX").diastolic_share, rca, b.beat.cycles,
                    b.beat.status.mass_imbalance);
        // Vessels of the left ventricle carry more than 60 % in diastole.
        EXPECT_GT(lad, 0.6);
        EXPECT_GT(b.vessel("LCX").diastolic_share, 0.6);
        EXPECT_LT(rca, lad - 0.05);
        EXPECT_LT(b.beat.status.mass_imbalance, 1e-12);
    }
}

// Flow probe on the left anterior descending artery of an instrumented pig, beats averaged (beards-lab,
// Multiscale-Coronary-Flow-Control, commit 1589133, pig 2714): while ventricular pressure is below half its
// peak 81 to 83 % of the flow pass, at rest and in exercise; it is least in early systole, -0.03 and -0.17 of
// its mean, and largest in early diastole, 2.3 and 2.5. The model is that of a person and is not fitted to
// the pig: it has less phasing at rest and in exercise (docs/theory/pulsatile-flow.md, "Limits"). Resistance
// falls to 0.70 by the measured pressures and flows.
TEST(PulsatilePatient, PhasingIsThatOfAMeasuredHeart) {
    struct Case {
        const char* name;
        Heart heart;
        double flow_factor, resistance_index, below_half, largest;
    };
    for (const Case& c : {Case{"rest", {68.4, 139, 90, 115}, 5, 1, 0.82, 2.30},
                          Case{"exercise", {110.6, 160, 105, 132}, 8.3, 0.70, 0.83, 2.49}}) {
        BeatOptions options;
        options.resistance_index = c.resistance_index;
        const Beaten b = beaten({}, c.heart, c.flow_factor, options);
        ASSERT_TRUE(b.beat.converged());
        const Shape s = shape_of(b.beat, b.vessel("LAD"));
        std::printf(
            "%s: %.2f of the flow below half the ventricular peak (pig %.2f), least %.2f, largest %.2f "
            "of the mean (pig %.2f)\n",
            c.name, s.below_half, c.below_half, s.least, s.largest, c.largest);
        // More than the time that it lasts (0.47 and 0.44 of the beat in the pig), less than in the pig.
        EXPECT_GT(s.below_half, 0.65) << c.name;
        EXPECT_LT(s.below_half, c.below_half) << c.name;
        EXPECT_LT(s.least, 0.6) << c.name;
        EXPECT_GT(s.largest, 1.5) << c.name;
        EXPECT_LT(s.largest, c.largest) << c.name;
    }
}

TEST(PulsatilePatient, TheMeanRatioIsNearTheSteadyFfr) {
    double before = 1;
    for (double ds : {0.0, 0.4, 0.5, 0.6}) {
        const Beaten b = beaten({.narrowings = {{Segment::p_lad, 13, 12, ds}}});
        ASSERT_TRUE(b.beat.converged());
        const PulsatileProbe& lad = b.vessel("LAD");
        std::printf("%2.0f %%: mean ratio %.4f, steady %.4f, wave-free %.4f\n", 100 * ds,
                    lad.mean_pressure_ratio, lad.steady_ratio, lad.wave_free_ratio);
        // A loss that grows with the square of the flow is larger in the mean, never smaller.
        EXPECT_LT(lad.mean_pressure_ratio, lad.steady_ratio);
        EXPECT_GT(lad.mean_pressure_ratio, lad.steady_ratio - 0.03);
        EXPECT_LT(lad.mean_pressure_ratio, before);
        before = lad.mean_pressure_ratio;
    }
}

TEST(PulsatilePatient, AtRestTheWaveFreeRatioFallsWithTheStenosis) {
    double before = 1.02;
    for (double ds : {0.0, 0.5, 0.7}) {
        const Beaten b = beaten({.narrowings = {{Segment::p_lad, 13, 12, ds}}}, {}, 5, at_rest());
        ASSERT_TRUE(b.beat.converged());
        const double ifr = b.vessel("LAD").wave_free_ratio;
        std::printf("%2.0f %%: iFR %.3f\n", 100 * ds, ifr);
        EXPECT_LT(ifr, before);
        before = ifr;
        if (ds == 0) {
            EXPECT_GT(ifr, 0.95);  // healthy
        }
    }
    EXPECT_LT(before, 0.89);  // the treatment threshold of iFR
}

TEST(PulsatilePatient, TimeStepAndFactsAreKept) {
    BeatOptions fine;
    fine.steps = 800;
    const FixtureOptions sick{.narrowings = {{Segment::p_lad, 13, 12, 0.5}}};
    const Beaten a = beaten(sick), b = beaten(sick, {}, 16, fine);
    std::printf("%d Newton steps\n", a.beat.status.iterations);
    for (std::size_t k = 0; k < a.beat.probes.size(); ++k) {
        EXPECT_NEAR(a.beat.probes[k].mean_pressure_ratio, b.beat.probes[k].mean_pressure_ratio, 2e-4);
        EXPECT_NEAR(a.beat.probes[k].wave_free_ratio, b.beat.probes[k].wave_free_ratio, 1e-3);
    }
    EXPECT_EQ(a.beat.heart_rate_bpm.origin, Origin::measured);
    EXPECT_DOUBLE_EQ(a.beat.pulse_pressure_mmhg.value, 50);
    EXPECT_EQ(a.beat.time.size(), 400u);
}

TEST(PulsatilePatient, NoNumbersWithoutAgreement) {
    BeatOptions options;
    options.max_cycles = 2, options.tolerance = 1e-12;
    const Beaten b = beaten({}, {}, 16, options);
    EXPECT_FALSE(b.beat.converged());
    EXPECT_TRUE(b.beat.time.empty() && b.beat.probes.empty() && b.beat.mean_pressure_ratio.empty());
    EXPECT_FALSE(b.beat.status.note.empty());
}

}  // namespace
}  // namespace ctffr
