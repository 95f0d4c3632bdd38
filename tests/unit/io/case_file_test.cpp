// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/case_file.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <unistd.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/case_codec.hpp"
#include "ctffr/io/files.hpp"
#include "support/sample_result.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

StageRecord record_named(const std::string& stage, const std::string& key) {
    StageRecord record;
    record.stage = stage;
    record.key = key;
    record.input_hash = "before";
    record.options = "angles = 32\n";
    record.version = "0.1.0 abc";
    record.seconds = 1.25;
    return record;
}

TEST(CaseFile, KeepsStampArraysAndTexts) {
    const test::TemporaryFolder folder;
    CaseFile file(folder.path() / "case.h5");
    EXPECT_FALSE(file.exists());
    EXPECT_EQ(file.key_of("lumen"), "");
    EXPECT_FALSE(file.load("lumen"));

    StageRecord record = record_named("lumen", "k1");
    const double nan = std::numeric_limits<double>::quiet_NaN();
    record.arrays["doubles"] = {std::vector<double>{0.1, -0.0, nan, 1e-320}, {2, 2}};
    record.arrays["floats"] = {std::vector<float>{0.1f}, {1}};
    record.arrays["none"] = {std::vector<std::int32_t>{}, {0}};
    record.arrays["bytes"] = {std::vector<std::uint8_t>(100000, 7), {10, 10000}};
    record.texts["empty"] = "";
    record.texts["accents"] = "sténose ≥ 50 %";
    file.save(record, "how it was asked");

    EXPECT_EQ(file.key_of("lumen"), "k1");
    EXPECT_EQ(file.request(), "how it was asked");
    const auto loaded = file.load("lumen");
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->options, record.options);
    EXPECT_EQ(loaded->input_hash, "before");
    EXPECT_EQ(loaded->version, "0.1.0 abc");
    EXPECT_EQ(loaded->seconds, 1.25);
    EXPECT_EQ(loaded->texts, record.texts);
    const auto& doubles = loaded->values<double>("doubles");
    EXPECT_EQ(doubles[0], 0.1);
    EXPECT_TRUE(std::signbit(doubles[1]));
    EXPECT_TRUE(std::isnan(doubles[2]));
    EXPECT_EQ(doubles[3], 1e-320);
    EXPECT_EQ(loaded->arrays.at("doubles").shape, (std::vector<Index>{2, 2}));
    EXPECT_EQ(loaded->values<std::uint8_t>("bytes"), std::vector<std::uint8_t>(100000, 7));
    EXPECT_TRUE(loaded->values<std::int32_t>("none").empty());
}

TEST(CaseFile, ReplacesOneStageAndKeepsTheOthers) {
    const test::TemporaryFolder folder;
    CaseFile file(folder.path() / "case.h5");
    StageRecord first = record_named("segment", "k1");
    first.arrays["a"] = {std::vector<double>{1, 2, 3}, {3}};
    file.save(first, "r1");
    file.save(record_named("lumen", "k2"), "r2");
    first.key = "k3";
    first.arrays["a"] = {std::vector<double>{4}, {1}};
    file.save(first, "r3");
    EXPECT_EQ(file.key_of("segment"), "k3");
    EXPECT_EQ(file.load("segment")->values<double>("a"), std::vector<double>{4});
    EXPECT_EQ(file.key_of("lumen"), "k2");
    EXPECT_EQ(file.request(), "r3");
}

TEST(CaseFile, SameContentGivesSameBytes) {
    const test::TemporaryFolder folder;
    std::string bytes[2];
    for (int i = 0; i < 2; ++i) {
        const auto path = folder.path() / std::to_string(i) / "case.h5";
        StageRecord record = record_named("ffr", "k");
        record.arrays["a"] = {std::vector<double>(50000, 0.25), {50000}};
        CaseFile(path).save(record, "r");
        bytes[i] = read_text(path);
        if (i == 0) ::usleep(1100000);  // a time stamp in the file would differ by a second
    }
    EXPECT_EQ(bytes[0], bytes[1]);
}

TEST(CaseFile, DamagedFileIsAnErrorNotACrash) {
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "case.h5";
    CaseFile file(path);
    StageRecord record = record_named("segment", "k1");
    record.arrays["a"] = {std::vector<double>(20000, 1.0), {20000}};
    file.save(record, "r");
    const std::string whole = read_text(path);
    for (const std::string& damaged :
         {std::string("not HDF5 at all"), std::string(), whole.substr(0, whole.size() / 2)}) {
        write_text_atomically(path, damaged);
        try {
            (void)file.load("segment");
            FAIL() << "a damaged file of " << damaged.size() << " bytes was read";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::case_incompatible) << error.what();
        }
    }
}

TEST(CaseFile, MissingArrayOrWrongTypeIsAnError) {
    StageRecord record = record_named("lumen", "k");
    record.arrays["a"] = {std::vector<float>{1}, {1}};
    EXPECT_THROW((void)record.values<double>("a"), Error);
    EXPECT_THROW((void)record.values<float>("b"), Error);
    EXPECT_THROW((void)record.text("t"), Error);
}

TEST(CaseCodec, TreeAndLumenComeBackBitForBit) {
    const test::TemporaryFolder folder;
    const CaseResult sample = test::sample_result();
    CaseFile file(folder.path() / "case.h5");
    StageRecord record = record_named("lumen", "k");
    pack(record, sample.tree);
    pack(record, sample.lumen);
    file.save(record, "");
    CoronaryTree tree;
    LumenSurface lumen;
    const auto loaded = file.load("lumen");
    unpack(*loaded, tree);
    unpack(*loaded, lumen);

    ASSERT_EQ(tree.branches.size(), sample.tree.branches.size());
    EXPECT_EQ(tree.dominance, sample.tree.dominance);
    for (std::size_t b = 0; b < tree.branches.size(); ++b) {
        const Branch &got = tree.branches[b], &want = sample.tree.branches[b];
        EXPECT_EQ(got.id, want.id);
        EXPECT_EQ(got.parent, want.parent);
        EXPECT_EQ(got.side, want.side);
        EXPECT_EQ(got.segment, want.segment);
        EXPECT_EQ(got.label_confidence, want.label_confidence);
        ASSERT_EQ(got.points.size(), want.points.size());
        for (std::size_t i = 0; i < got.points.size(); ++i) {
            EXPECT_EQ(got.points[i].position_lps_mm, want.points[i].position_lps_mm);
            EXPECT_EQ(got.points[i].tangent, want.points[i].tangent);
            EXPECT_EQ(got.points[i].arc_mm, want.points[i].arc_mm);
            EXPECT_EQ(got.points[i].radius_mm, want.points[i].radius_mm);
        }
        ASSERT_EQ(got.flags.size(), want.flags.size());
        for (std::size_t f = 0; f < got.flags.size(); ++f) {
            EXPECT_EQ(got.flags[f].kind, want.flags[f].kind);
            EXPECT_EQ(got.flags[f].end_mm, want.flags[f].end_mm);
            EXPECT_EQ(got.flags[f].reason, want.flags[f].reason);
        }
    }
    ASSERT_EQ(lumen.branches.size(), sample.lumen.branches.size());
    for (std::size_t b = 0; b < lumen.branches.size(); ++b)
        for (std::size_t i = 0; i < lumen.branches[b].sections.size(); ++i) {
            const LumenSection &got = lumen.branches[b].sections[i],
                               &want = sample.lumen.branches[b].sections[i];
            EXPECT_EQ(got.radius_mm, want.radius_mm);
            EXPECT_EQ(got.radius_sd_mm, want.radius_sd_mm);
            EXPECT_EQ(got.open, want.open);
            EXPECT_EQ(got.binormal, want.binormal);
            EXPECT_EQ(got.area_mm2, want.area_mm2);
        }
    EXPECT_EQ(lumen.mesh.triangles, sample.lumen.mesh.triangles);
    EXPECT_EQ(lumen.mesh.patch, sample.lumen.mesh.patch);
    EXPECT_EQ(lumen.mesh.points_lps_mm, sample.lumen.mesh.points_lps_mm);
    ASSERT_EQ(lumen.caps.size(), sample.lumen.caps.size());
    EXPECT_EQ(lumen.caps[1].name, sample.lumen.caps[1].name);
    EXPECT_EQ(lumen.caps[1].normal, sample.lumen.caps[1].normal);
    EXPECT_EQ(lumen.caps[1].area_mm2, sample.lumen.caps[1].area_mm2);
}

TEST(CaseCodec, FlowComesBackBitForBit) {
    CaseResult sample = test::sample_result();
    sample.lesions[0].delta_ffr = std::nan("");  // not read: must survive, unlike in JSON
    sample.problem.hyperaemia = sample.hyperaemia;
    sample.problem.leak = {{1e-12, 2e-12}, {}, {3e-12}};
    sample.problem.hyperaemia.state = FlowState::rest;
    sample.problem.reserve = {{2e-12}, {{3e-12}}, {{4e-9}}};
    sample.problem.muscle = {{{1.5, 2}, {0}}, 3.5, 0.875,  "method",  "", true,
                             "myocardium",    "",  {1.25}, {"origin"}};
    sample.lesions[0].at_risk_g = 42;
    sample.lesions[0].stretches = {{0, 12.25, 20}, {1, 0, 3.5}};
    sample.solution.convection = Convection::damped, sample.solution.unsteadiness = 12.5;
    StageRecord record = record_named("ffr", "k");
    pack(record, sample.problem);
    pack(record, sample.solution);
    pack(record, sample.ffr);
    pack(record, sample.lesions);
    pack(record, sample.vessels);
    FlowProblem problem;
    FlowSolution solution;
    FfrMap map;
    std::vector<Lesion> lesions;
    std::vector<VesselSummary> vessels;
    unpack(record, problem);
    unpack(record, solution);
    unpack(record, map);
    unpack(record, lesions);
    unpack(record, vessels);
    ASSERT_EQ(lesions[0].stretches.size(), 2u);
    EXPECT_EQ(lesions[0].stretches[1].branch, 1);
    EXPECT_EQ(lesions[0].stretches[0].start_mm, 12.25);
    EXPECT_EQ(lesions[0].stretches[1].end_mm, 3.5);
    EXPECT_EQ(problem.leak, sample.problem.leak);
    EXPECT_EQ(problem.hyperaemia.state, FlowState::rest);
    EXPECT_EQ(problem.reserve.outlet_open, sample.problem.reserve.outlet_open);
    EXPECT_EQ(problem.reserve.leak_open, sample.problem.reserve.leak_open);
    EXPECT_EQ(problem.reserve.leak_demand, sample.problem.reserve.leak_demand);
    EXPECT_EQ(problem.muscle.lv_g, sample.problem.muscle.lv_g);
    EXPECT_EQ(problem.muscle.rv_mass_g, 0.875);
    EXPECT_TRUE(problem.muscle.splits_flow);
    EXPECT_EQ(problem.muscle.outlet_g, sample.problem.muscle.outlet_g);
    EXPECT_EQ(problem.muscle.outlet_origin, sample.problem.muscle.outlet_origin);
    EXPECT_EQ(lesions[0].at_risk_g, 42);
    EXPECT_EQ(problem.outlets.back().resistance, sample.problem.outlets.back().resistance);
    EXPECT_EQ(problem.hyperaemia.total_flow, sample.hyperaemia.total_flow);
    ASSERT_EQ(problem.hyperaemia.patient.size(), sample.hyperaemia.patient.size());
    EXPECT_EQ(problem.hyperaemia.patient.at("lv_mass_g").origin, Origin::estimated);
    EXPECT_EQ(problem.hyperaemia.patient.at("lv_mass_g").value, 128);
    EXPECT_EQ(solution.pressure, sample.solution.pressure);
    EXPECT_EQ(solution.flow, sample.solution.flow);
    EXPECT_EQ(solution.residual_history, sample.solution.residual_history);
    EXPECT_TRUE(solution.status.converged());
    EXPECT_EQ(solution.convection, Convection::damped);
    EXPECT_EQ(solution.unsteadiness, 12.5);
    EXPECT_EQ(solution.status.mass_imbalance, sample.solution.status.mass_imbalance);
    EXPECT_EQ(map.ffr, sample.ffr.ffr);
    EXPECT_EQ(map.ffr_sd, sample.ffr.ffr_sd);
    ASSERT_EQ(lesions.size(), sample.lesions.size());
    EXPECT_TRUE(std::isnan(lesions[0].delta_ffr));
    EXPECT_EQ(lesions[1].mla_mm2, sample.lesions[1].mla_mm2);
    EXPECT_EQ(lesions[1].vessel, sample.lesions[1].vessel);
    ASSERT_EQ(vessels.size(), sample.vessels.size());
    EXPECT_EQ(vessels[0].min_ffr, sample.vessels[0].min_ffr);
}

TEST(CaseCodec, AHeartBeatComesBackBitForBit) {
    const PulsatileFlow sample = test::sample_beat(test::sample_result());
    StageRecord record = record_named("pulsatile", "k");
    pack(record, sample);
    PulsatileFlow beat;
    unpack(record, beat);
    EXPECT_EQ(beat.model, sample.model);
    EXPECT_TRUE(beat.converged());
    EXPECT_EQ(beat.cycles, 5);
    EXPECT_EQ(beat.status.residual, sample.status.residual);
    EXPECT_EQ(beat.heart_rate_bpm.source, sample.heart_rate_bpm.source);
    EXPECT_EQ(beat.pulse_pressure_mmhg.origin, Origin::defaulted);
    EXPECT_EQ(beat.wave_free_end, sample.wave_free_end);
    EXPECT_EQ(beat.time, sample.time);
    EXPECT_EQ(beat.inflow, sample.inflow);
    ASSERT_EQ(beat.probes.size(), 3u);
    EXPECT_EQ(beat.probes[1].kind, PulsatileProbe::Kind::vessel);
    EXPECT_EQ(beat.probes[1].name, "LAD");
    EXPECT_EQ(beat.probes[2].branch, sample.probes[2].branch);
    EXPECT_EQ(beat.probes[2].flow, sample.probes[2].flow);
    EXPECT_EQ(beat.probes[0].diastolic_share, 0.7);
    EXPECT_EQ(beat.mean_pressure_ratio, sample.mean_pressure_ratio);
    EXPECT_EQ(beat.wave_free_ratio, sample.wave_free_ratio);
    EXPECT_EQ(beat.cells, 0);
    EXPECT_TRUE(beat.wall.mean_shear.empty() && beat.lesions.empty());
}

TEST(CaseCodec, AHeartBeatIn3dComesBackBitForBit) {
    const PulsatileFlow sample = test::sample_beat_3d(test::sample_result());
    StageRecord record = record_named("pulsatile", "k");
    pack(record, sample);
    PulsatileFlow beat;
    unpack(record, beat);
    EXPECT_EQ(beat.model, "3d");
    EXPECT_EQ(beat.cells, 4321);
    EXPECT_EQ(beat.largest_courant, 17.5);
    EXPECT_EQ(beat.wall.mean_shear, sample.wall.mean_shear);
    EXPECT_EQ(beat.wall.oscillation, sample.wall.oscillation);
    EXPECT_EQ(beat.wall.residence, sample.wall.residence);
    EXPECT_EQ(beat.mean_field.velocity, sample.mean_field.velocity);
    EXPECT_EQ(beat.mean_field.pressure, sample.mean_field.pressure);
    ASSERT_EQ(beat.lesions.size(), sample.lesions.size());
    EXPECT_EQ(beat.lesions[0].below.largest_residence, 25);
    EXPECT_EQ(beat.lesions[0].within.least_shear, 4);
    EXPECT_TRUE(std::isnan(beat.lesions.back().below.mean_shear));
}

TEST(CaseCodec, FindingsComeBackBitForBit) {
    PlaqueReport plaque;
    plaque.thresholds.calcified_hu = 397.6;
    plaque.total = {{1.1, 2.2, 3.3, 4.4}, 100, 60};
    plaque.lesions = {{{{0.1, 0.2, 0.3, 0.4}, 5, 3}, {true, false, true}}};
    plaque.deposits = {
        {7, Segment::m_lad, 2.5, 9.25, {{1, 2, 3, 4}, 50, 20}, 1.15, 270, {false, true, true}}};
    plaque.segments = {{Segment::p_cx, 31.5, {{5, 6, 7, 8}, 90, 40}}};
    plaque.remarks = {"a remark"};
    CalciumScore score;
    score.measured = true;
    score.kvp = 100, score.slice_mm = 3, score.threshold_hu = 147;
    score.restricted_by = "distance", score.series_hash = "ab", score.remarks = {"x"};
    score.vessels = {{"LM", 1.5, 2.5, 1}, {"RCA", 40.25, 30, 3}};
    score.agatston = 41.75, score.volume_mm3 = 32.5, score.regions = 4;
    StageRecord record = record_named("plaque", "k");
    pack(record, plaque);
    pack(record, score);
    PlaqueReport back;
    CalciumScore scored;
    unpack(record, back);
    unpack(record, scored);
    EXPECT_EQ(back.thresholds.calcified_hu, 397.6);
    EXPECT_EQ(back.total.plaque.fibrous_mm3, 3.3);
    EXPECT_EQ(back.total.lumen_mm3, 60);
    ASSERT_EQ(back.lesions.size(), 1u);
    EXPECT_EQ(back.lesions[0].measure.plaque.calcified_mm3, 0.4);
    EXPECT_TRUE(back.lesions[0].risk.low_attenuation && back.lesions[0].risk.spotty_calcium);
    EXPECT_FALSE(back.lesions[0].risk.positive_remodelling);
    ASSERT_EQ(back.deposits.size(), 1u);
    EXPECT_EQ(back.deposits[0].segment, Segment::m_lad);
    EXPECT_EQ(back.deposits[0].end_mm, 9.25);
    EXPECT_EQ(back.deposits[0].remodelling_index, 1.15);
    EXPECT_EQ(back.deposits[0].measure.vessel_mm3, 50);
    EXPECT_TRUE(back.deposits[0].risk.high_risk());
    ASSERT_EQ(back.segments.size(), 1u);
    EXPECT_EQ(back.segments[0].length_mm, 31.5);
    EXPECT_EQ(back.remarks, plaque.remarks);
    EXPECT_TRUE(scored.measured);
    EXPECT_EQ(scored.agatston, 41.75);
    ASSERT_EQ(scored.vessels.size(), 2u);
    EXPECT_EQ(scored.vessels[1].name, "RCA");
    EXPECT_EQ(scored.vessels[1].regions, 3);
    EXPECT_EQ(scored.restricted_by, "distance");
}

TEST(CaseCodec, HeartScanQualityAndFacts) {
    StageRecord record = record_named("segment", "k");
    HeartFrame heart;
    heart.aorta = {{{1, 2, 3}, 15}, {{4, 5, 6}, 16}};
    heart.lv_found = true;
    heart.lv_mass_g = 123.4;
    heart.lv_apex_lps_mm = {7, 8, 9};
    ScanModel scan{400, 20, 100, -90, 22, 0.7, 0.8};
    const QualityReport quality = test::sample_result().quality;
    PatientFacts facts;
    facts.sex = 'F';
    facts.weight_kg = 61.5;
    Segmentation labels;
    labels.geometry.size = {3, 2, 2};
    labels.geometry.origin_lps_mm = {-1, -2, -3};
    labels.labels = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    labels.method = "classical";
    pack(record, heart);
    pack(record, scan);
    pack(record, quality);
    pack(record, facts);
    pack(record, labels);
    HeartFrame heart2;
    ScanModel scan2;
    QualityReport quality2;
    PatientFacts facts2;
    Segmentation labels2;
    unpack(record, heart2);
    unpack(record, scan2);
    unpack(record, quality2);
    unpack(record, facts2);
    unpack(record, labels2);
    ASSERT_EQ(heart2.aorta.size(), 2u);
    EXPECT_EQ(heart2.aorta[1].center_lps_mm, (Vec3{4, 5, 6}));
    EXPECT_EQ(heart2.lv_apex_lps_mm, (Vec3{7, 8, 9}));
    EXPECT_EQ(heart2.lv_mass_g, 123.4);
    EXPECT_TRUE(heart2.lv_found);
    EXPECT_EQ(scan2.psf_fwhm_z_mm, 0.8);
    ASSERT_EQ(quality2.figures.size(), quality.figures.size());
    EXPECT_EQ(quality2.figures[2].value, 0.91);
    EXPECT_EQ(quality2.grade, Grade::warn);
    EXPECT_EQ(facts2.sex, 'F');
    EXPECT_EQ(facts2.weight_kg, 61.5);
    EXPECT_FALSE(facts2.age_years);
    EXPECT_EQ(labels2.labels, labels.labels);
    EXPECT_EQ(labels2.geometry.origin_lps_mm, labels.geometry.origin_lps_mm);
    EXPECT_EQ(labels2.geometry.size, labels.geometry.size);
}

}  // namespace
}  // namespace ctffr
