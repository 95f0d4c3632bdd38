// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/evaluate.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/exec.hpp"
#include "stages/evaluate_parts.hpp"

namespace ctffr {
namespace {

// A left system of two straight branches with a narrowing in the second.
EvaluationSide left_system() {
    EvaluationSide side;
    for (int b = 0; b < 2; ++b) {
        Branch branch;
        branch.id = b, branch.parent = b - 1;
        branch.segment = b == 0 ? Segment::lm : Segment::p_lad;
        for (int i = 0; i <= 40 + 40 * b; ++i) {
            CenterlinePoint point;
            point.position_lps_mm = {0.5 * i + 20 * b, 0, 0};
            point.radius_mm = b == 1 && i >= 36 && i <= 44 ? 0.8 : 1.6;
            branch.points.push_back(point);
        }
        update_arc_and_tangents(branch);
        side.tree.branches.push_back(branch);
        side.ffr.emplace_back(branch.points.size(), b == 0 ? 0.98 : 0.85);
    }
    Lesion lesion;
    lesion.segment = "pLAD", lesion.branch = 1, lesion.start_mm = 15, lesion.end_mm = 25;
    side.lesions.push_back(lesion);
    return side;
}

TEST(Evaluate, ATreeAgainstItselfIsPerfect) {
    const EvaluationSide side = left_system();
    const Evaluation e = run_evaluate(side, side, {}, ctffr::Run{});
    EXPECT_EQ(e.left_ostium_mm, 0);
    EXPECT_EQ(e.right_ostium_mm, -1);
    ASSERT_FALSE(e.vessels.empty());
    EXPECT_EQ(e.vessels[0].name, "LAD");
    EXPECT_NEAR(e.vessels[0].overlap, 1, 1e-12);
    EXPECT_EQ(e.vessels[0].true_ffr, 0.85);
    EXPECT_EQ(e.vessels[0].found_ffr, 0.85);
    EXPECT_EQ(e.radius.mean_abs_mm, 0);
    EXPECT_EQ(e.false_positive_mm, 0);
    ASSERT_EQ(e.lesions.size(), 1u);
    EXPECT_EQ(e.lesions[0].true_mld_mm, 1.6);
    EXPECT_EQ(e.lesions[0].found_mld_mm, 1.6);
}

TEST(Evaluate, KnownErrorsComeOutAsPutIn) {
    const EvaluationSide truth = left_system();
    EvaluationSide found = truth;
    for (Branch& branch : found.tree.branches)
        for (CenterlinePoint& point : branch.points) {
            point.position_lps_mm.y += 0.3;
            point.radius_mm *= 1.05;
        }
    for (auto& values : found.ffr)
        for (double& v : values) v += 0.02;
    const Evaluation e = run_evaluate(found, truth, {}, ctffr::Run{});
    EXPECT_NEAR(e.left_ostium_mm, 0.3, 1e-12);
    EXPECT_NEAR(e.radius.bias_pct, 5, 1e-9);
    EXPECT_GT(e.radius.mean_abs_mm, 0.05 * 0.8);
    EXPECT_LT(e.radius.mean_abs_mm, 0.05 * 1.6);
    EXPECT_NEAR(e.lesions[0].found_mld_mm, 1.68, 1e-9);
    EXPECT_NEAR(e.vessels[0].found_ffr - e.vessels[0].true_ffr, 0.02, 1e-12);
    EXPECT_NEAR(e.vessels[0].inside_mm, 0.3, 0.02);
}

TEST(Evaluate, AMissingDistalHalfShowsInOverlapAndLesion) {
    const EvaluationSide truth = left_system();
    EvaluationSide found = truth;
    found.tree.branches[1].points.resize(20);  // ends 9.5 mm into the second branch, before the lesion
    found.ffr[1].resize(20);
    const Evaluation e = run_evaluate(found, truth, {}, ctffr::Run{});
    EXPECT_LT(e.vessels[0].overlap, 0.7);
    EXPECT_EQ(e.lesions[0].found_mld_mm, -1);
    EXPECT_EQ(e.vessels[0].found_ffr, 0.85);  // compared where the found vessel ends
    const std::string lines = evaluation_lines(e, "case");
    EXPECT_NE(lines.find("case lesion-0-pLAD-found-MLD -1.0000 mm - info"), std::string::npos) << lines;
}

TEST(Evaluate, FiguresOfALesionComeOutAsPutIn) {
    EvaluationSide truth = left_system();
    truth.lesions[0].reference_diameter_mm = 3.2, truth.lesions[0].vessel = "LAD";
    truth.plaque.push_back({1, "soft", 2, 6, 10, 90});
    truth.plaque.push_back({1, "fibrous", 14, 24, 10, 90});
    truth.plaque.push_back({0, "calcified", 14, 24, 10, 90});
    for (std::size_t i = 0; i < truth.ffr[1].size(); ++i) truth.ffr[1][i] = i > 50 ? 0.70 : 0.9;
    EvaluationSide found = truth;
    for (CenterlinePoint& point : found.tree.branches[1].points) point.radius_mm += 0.1;
    for (double& v : found.ffr[1]) v += 0.05;
    found.tree.branches[1].flags.push_back({BranchFlag::Kind::calcified, 24, 30, "Calcium."});
    const LesionFigures lesion = run_evaluate(found, truth, {}, ctffr::Run{}).lesions.at(0);
    EXPECT_EQ(lesion.kind, "soft");
    EXPECT_NEAR(lesion.true_area_stenosis_pct, 75, 1e-9);
    EXPECT_NEAR(lesion.found_area_stenosis_pct, 100 * (1 - 1.8 * 1.8 / (3.2 * 3.2)), 1e-9);
    EXPECT_TRUE(lesion.found_calcified);
    EXPECT_FALSE(lesion.found_not_analysable);
    EXPECT_EQ(lesion.distal_read_mm, 15);  // the vessel ends 15 mm below the lesion
    EXPECT_EQ(lesion.true_distal_ffr, 0.70);
    EXPECT_NEAR(lesion.found_distal_ffr, 0.75, 1e-12);
}

TEST(Evaluate, TheMouthOfASideBranchIsNotTakenForALesion) {
    EvaluationSide truth = left_system();
    // A thin branch leaves within the lesion, and runs 0.1 mm nearer to the true line than the found vessel.
    EvaluationSide found = truth;
    for (CenterlinePoint& point : found.tree.branches[1].points) point.position_lps_mm.y += 0.2;
    Branch side = truth.tree.branches[1];
    side.id = 2, side.segment = Segment::d1;
    side.points.clear();
    for (int i = 0; i < 20; ++i) {
        CenterlinePoint point;
        point.position_lps_mm = {37 + 0.5 * i, -0.1 - 0.5 * std::max(0, i - 8), 0}, point.radius_mm = 0.4;
        side.points.push_back(point);
    }
    update_arc_and_tangents(side);
    found.tree.branches.push_back(side), found.ffr.emplace_back(side.points.size(), 0.9);
    const Evaluation e = run_evaluate(found, truth, {}, ctffr::Run{});
    EXPECT_EQ(e.lesions[0].found_mld_mm, 1.6);
}

TEST(Evaluate, ALesionIsNotReadPastTheNextOne) {
    EvaluationSide truth = left_system();
    Lesion second;
    second.segment = "pLAD", second.branch = 1, second.start_mm = 32, second.end_mm = 36;
    truth.lesions.push_back(second);
    const Evaluation e = run_evaluate(truth, truth, {}, ctffr::Run{});
    EXPECT_EQ(e.lesions[0].distal_read_mm, 6.5);
    EXPECT_EQ(e.lesions[1].distal_read_mm, 4);
}

TEST(Evaluate, DecisionsAreCountedOverVesselsAndInTheGreyZone) {
    EvaluationSide truth = left_system();
    for (double& v : truth.ffr[1]) v = 0.79;
    const auto decide = [&](double ffr) {
        EvaluationSide found = truth;
        for (double& v : found.ffr[1]) v = ffr;
        return run_evaluate(found, truth, {}, ctffr::Run{});
    };
    EXPECT_EQ(decide(0.80).main_decisions.agree, 1);
    EXPECT_EQ(decide(0.81).main_decisions.missed, 1);
    EXPECT_EQ(decide(0.81).grey_decisions.missed, 1);
    EXPECT_EQ(decide(0.81).decisions.vessels, 1);
    EvaluationSide unsolved = truth;
    unsolved.ffr.clear();
    EXPECT_EQ(run_evaluate(unsolved, truth, {}, ctffr::Run{}).decisions.undecided, 1);
    // A found artery that ends before the drop does not agree by being read where the truth is still good.
    for (std::size_t i = 0; i < truth.ffr[1].size(); ++i) truth.ffr[1][i] = i > 40 ? 0.6 : 0.95;
    EvaluationSide cut = truth;
    cut.tree.branches[1].points.resize(30), cut.ffr[1].resize(30);
    const Evaluation e = run_evaluate(cut, truth, {}, ctffr::Run{});
    EXPECT_EQ(e.vessels[0].true_ffr, 0.95);
    EXPECT_EQ(e.vessels[0].true_distal_ffr, 0.6);
    EXPECT_EQ(e.main_decisions.missed, 1);
    EXPECT_EQ(e.grey_decisions.vessels, 0);
}

TEST(Evaluate, AnOccludedVesselIsTreatedAndHasNoFfr) {
    EvaluationSide truth = left_system();
    const auto occlude = [](EvaluationSide side) {
        side.tree.branches[1].flags.push_back({BranchFlag::Kind::occluded, 18, 23, ""});
        for (std::size_t i = 36; i < side.ffr[1].size(); ++i) side.ffr[1][i] = std::nan("");
        return side;
    };
    const EvaluationSide occluded = occlude(truth);
    const auto decide = [](const EvaluationSide& found, const EvaluationSide& of) {
        return run_evaluate(found, of, {}, ctffr::Run{});
    };
    const Evaluation both = decide(occluded, occluded);
    EXPECT_TRUE(both.vessels[0].true_occluded && both.vessels[0].found_occluded);
    EXPECT_EQ(both.vessels[0].true_ffr, -1);
    EXPECT_EQ(both.main_decisions.agree, 1);
    // Seen where there is none, at 0.85; and not seen where there is one.
    EXPECT_EQ(decide(occluded, truth).main_decisions.excess, 1);
    EXPECT_EQ(decide(truth, occluded).main_decisions.missed, 1);
    for (double& v : truth.ffr[1]) v = 0.4;
    EXPECT_EQ(decide(truth, occluded).main_decisions.agree, 1);
    EXPECT_EQ(decide(occluded, truth).main_decisions.agree, 1);
}

TEST(Evaluate, FfrThatIsNotReadIsLookedForNearerToTheOstium) {
    const EvaluationSide truth = left_system();
    EvaluationSide found = truth;
    for (std::size_t i = 20; i < found.ffr[1].size(); ++i) found.ffr[1][i] = std::nan("");
    found.ffr[1][19] = 0.9;
    const Evaluation e = run_evaluate(found, truth, {}, ctffr::Run{});
    EXPECT_EQ(e.vessels[0].found_ffr, 0.9);
}

const RadiusFigures& radius_class(const Evaluation& e, const std::string& name) {
    static const RadiusFigures none;
    for (const RadiusFigures& r : e.radius_classes)
        if (r.name == name) return r;
    ADD_FAILURE() << "no class " << name;
    return none;
}

TEST(Evaluate, RadiusErrorsFallIntoTheirClasses) {
    EvaluationSide truth = left_system();
    auto& points = truth.tree.branches[1].points;
    for (std::size_t i = 0; i < points.size(); ++i)
        points[i].radius_mm = i < 20 ? 1.6 : i < 40 ? 1.2 : i < 60 ? 0.8 : 0.6;
    truth.tree.branches[1].flags.push_back({BranchFlag::Kind::stent, 5, 9.5, "A stent."});
    EvaluationSide found = truth;
    for (std::size_t i = 0; i < points.size(); ++i)
        found.tree.branches[1].points[i].radius_mm += i < 20 ? 0.16 : i < 40 ? -0.12 : i < 60 ? 0.04 : 0.06;
    found.tree.branches[1].flags.push_back({BranchFlag::Kind::not_analysable, 30, 60, "Too dense."});
    const Evaluation e = run_evaluate(found, truth, {}, ctffr::Run{});
    EXPECT_NEAR(radius_class(e, "r-1.00-1.50").bias_pct, -10, 1e-9);
    EXPECT_EQ(radius_class(e, "r-1.00-1.50").points, 20);
    EXPECT_NEAR(radius_class(e, "r-0.75-1.00").bias_pct, 5, 1e-9);
    EXPECT_NEAR(radius_class(e, "r-0.50-0.75").mean_abs_mm, 0.06, 1e-9);
    EXPECT_EQ(radius_class(e, "r-below-0.50").points, 0);
    EXPECT_EQ(radius_class(e, "stent").points, 10);
    EXPECT_NEAR(radius_class(e, "stent").mean_abs_mm, 0.16, 1e-9);
    EXPECT_NEAR(radius_class(e, "not-analysable").mean_abs_mm, 0.06, 1e-9);
    EXPECT_EQ(radius_class(e, "not-analysable").points, 21);
    // The first two diameters of the root count as a junction.
    EXPECT_EQ(radius_class(e, "junction").points, 7);
    EXPECT_EQ(e.radius.points, 34 + 60);
}

// A straight vessel along x whose lower half is calcified over its middle third.
EvaluationSide calcified_vessel() {
    EvaluationSide side;
    Branch branch;
    branch.segment = Segment::p_lad;
    for (int i = 0; i <= 60; ++i) {
        CenterlinePoint point;
        point.position_lps_mm = {10 + 0.5 * i, 10, 10}, point.radius_mm = 1.2;
        branch.points.push_back(point);
    }
    update_arc_and_tangents(branch);
    side.tree.branches.push_back(branch);
    ImageGeometry& g = side.labels.geometry;
    g.size = {125, 50, 50}, g.spacing_mm = {0.4, 0.4, 0.4};
    side.labels.labels.assign(static_cast<std::size_t>(g.size.count()), 0);
    for (int k = 0; k < g.size.z; ++k)
        for (int j = 0; j < g.size.y; ++j)
            for (int i = 0; i < g.size.x; ++i) {
                const Vec3 p = g.lps_from_index({double(i), double(j), double(k)});
                const double r = std::hypot(p.y - 10, p.z - 10);
                auto& label = side.labels.labels[static_cast<std::size_t>(g.offset(i, j, k))];
                if (p.x >= 10 && p.x <= 40 && r < 1.2)
                    label = 1;
                else if (p.x >= 20 && p.x <= 30 && r < 2 && p.z < 10)
                    label = static_cast<std::uint8_t>(Label::calcium);
            }
    return side;
}

TEST(Evaluate, CalciumArcFollowsTheVoxels) {
    const EvaluationSide side = calcified_vessel();
    const auto arcs = evaluation::calcium_arc_deg(side, ctffr::Run{});
    ASSERT_EQ(arcs.size(), 1u);
    EXPECT_EQ(arcs[0][5], 0);
    EXPECT_EQ(arcs[0][55], 0);
    for (std::size_t i = 24; i <= 36; ++i) EXPECT_NEAR(arcs[0][i], 180, 25) << i;
    const Evaluation e = run_evaluate(side, side, {}, ctffr::Run{});
    const long half = radius_class(e, "calcium-90-180").points + radius_class(e, "calcium-above-180").points;
    EXPECT_NEAR(static_cast<double>(half), 21, 2);
    EXPECT_EQ(half + radius_class(e, "calcium-0").points + radius_class(e, "calcium-below-90").points,
              e.radius.points);
}

TEST(Evaluate, SameBitsOnOneAndTwoThreads) {
    const EvaluationSide truth = calcified_vessel();
    EvaluationSide found = truth;
    found.labels.geometry.origin_lps_mm.x += 0.3;
    set_threads(1);
    const std::string one = evaluation_lines(run_evaluate(found, truth, {}, ctffr::Run{}), "c");
    set_threads(2);
    EXPECT_EQ(evaluation_lines(run_evaluate(found, truth, {}, ctffr::Run{}), "c"), one);
}

TEST(Evaluate, LabelsOnAnotherGridAreMovedAndSaid) {
    const EvaluationSide truth = calcified_vessel();
    EvaluationSide found = truth;
    EXPECT_TRUE(run_evaluate(found, truth, {}, ctffr::Run{}).remarks.empty());
    // Every second voxel along x.
    ImageGeometry& g = found.labels.geometry;
    g.size.x = 63, g.spacing_mm.x = 0.8;
    found.labels.labels.clear();
    for (int row = 0; row < 50 * 50; ++row)
        for (int i = 0; i < 63; ++i)
            found.labels.labels.push_back(truth.labels.labels[static_cast<std::size_t>(125 * row + 2 * i)]);
    const Evaluation e = run_evaluate(found, truth, {}, ctffr::Run{});
    EXPECT_EQ(e.remarks.size(), 1u);
    EXPECT_GT(e.masks.at(0).dice, 0.97);
    g.origin_lps_mm = {500, 0, 0};
    try {
        run_evaluate(found, truth, {}, ctffr::Run{});
        ADD_FAILURE() << "volumes of different places were compared";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input_geometry);
    }
}

TEST(Evaluate, RelevantVoxelsLeaveThinTrueVesselsOut) {
    EvaluationSide truth = calcified_vessel();
    for (CenterlinePoint& p : truth.tree.branches[0].points)
        if (p.arc_mm > 20) p.radius_mm = 0.6;  // thin from x = 30 on
    EvaluationSide found = truth;
    const ImageGeometry& g = truth.labels.geometry;
    for (int k = 0; k < g.size.z; ++k)
        for (int j = 0; j < g.size.y; ++j)
            for (int i = 76; i < g.size.x; ++i)
                found.labels.labels[static_cast<std::size_t>(g.offset(i, j, k))] = 0;
    const Evaluation e = run_evaluate(found, truth, {}, ctffr::Run{});
    EXPECT_LT(e.masks[2].dice, 0.85);
    EXPECT_EQ(e.masks[3].name, "relevant");
    EXPECT_GT(e.masks[3].dice, 0.97);  // the cut is that of the nearest centerline point
    // What is beside every true vessel is not excused.
    for (int i = 80; i < 100; ++i)
        for (int j = 35; j < 45; ++j) found.labels.labels[static_cast<std::size_t>(g.offset(i, j, 25))] = 1;
    EXPECT_LT(run_evaluate(found, truth, {}, ctffr::Run{}).masks[3].dice, 0.96);
}

// A whole virtual patient on a coarse grid, with an FFR that falls along the vessels.
EvaluationSide make_virtual_patient() {
    PhantomOptions options = phantom_preset("diseased");
    options.seed = 301;
    options.scanner.matrix = 96, options.scanner.slices = 72;
    Phantom phantom = run_phantom(options, ctffr::Run{});
    EvaluationSide side;
    side.tree = phantom.truth.tree, side.lesions = phantom.truth.lesions, side.plaque = phantom.truth.plaque;
    side.scan = phantom.truth.scan, side.surface = phantom.truth.lumen.mesh,
    side.labels = phantom.truth.labels;
    for (const Branch& branch : side.tree.branches) {
        side.ffr.emplace_back();
        for (const CenterlinePoint& point : branch.points)
            side.ffr.back().push_back(1 - 0.1 / point.radius_mm);
    }
    return side;
}

// Made once: the true surface is the expensive part.
const EvaluationSide& virtual_patient() {
    static const EvaluationSide side = make_virtual_patient();
    return side;
}

TEST(Evaluate, AVirtualPatientAgainstItselfIsPerfect) {
    const EvaluationSide& side = virtual_patient();
    const Evaluation e = run_evaluate(side, side, {}, ctffr::Run{});
    EXPECT_EQ(e.left_ostium_mm, 0);
    EXPECT_EQ(e.right_ostium_mm, 0);
    EXPECT_EQ(e.tree_overlap, 1);
    EXPECT_EQ(e.tree_relevant_overlap, 1);
    EXPECT_EQ(e.tree_until_first_error, 1);
    EXPECT_EQ(e.false_positive_mm, 0);
    EXPECT_TRUE(e.remarks.empty());
    ASSERT_EQ(e.masks.size(), 4u);
    EXPECT_LT(e.masks[3].true_mm3, e.masks[2].true_mm3);
    for (const MaskFigures& m : e.masks) {
        EXPECT_EQ(m.dice, 1);
        EXPECT_EQ(m.hd95_mm, 0);
        EXPECT_EQ(m.assd_mm, 0);
        EXPECT_EQ(m.cl_dice, 1);
        EXPECT_EQ(m.betti0_error, 0);
        EXPECT_EQ(m.betti1_error, 0);
    }
    for (const OrganFigures& o : e.organs) EXPECT_EQ(o.dice, 1) << o.name;
    ASSERT_EQ(e.surfaces.size(), 2u);
    for (const SurfaceFigures& s : e.surfaces) {
        EXPECT_NEAR(s.max_mm, 0, 1e-6);
        EXPECT_NEAR(s.signed_mean_mm, 0, 1e-6);
        EXPECT_GT(s.true_area_mm2, 500);
    }
    EXPECT_LT(e.surfaces[0].true_area_mm2, e.surfaces[1].true_area_mm2);
    EXPECT_GT(e.radius.points, 100);
    EXPECT_EQ(e.radius.mean_abs_mm, 0);
    EXPECT_EQ(e.radius.not_found, 0);
    EXPECT_EQ(e.label_agreement, 1);
    for (const SegmentFigures& s : e.segments) EXPECT_TRUE(s.found && s.named && s.false_branches == 0);
    EXPECT_EQ(e.decisions.agree, e.decisions.vessels);
    EXPECT_EQ(e.decisions.vessels, static_cast<int>(e.vessels.size()));
    for (const LesionFigures& l : e.lesions) {
        EXPECT_EQ(l.found_mld_mm, l.true_mld_mm);
        EXPECT_NE(l.kind, "unknown");
    }
    EXPECT_GT(e.true_scan.noise_sd_hu, 5);
    // Every figure has a line or no value.
    const std::string lines = evaluation_lines(e, "c"), table = evaluation_table(e, "c");
    EXPECT_NE(lines.find("c lumen-both-dice 1.0000 - - info"), std::string::npos);
    EXPECT_EQ(lines.find(" nan "), std::string::npos);
    EXPECT_NE(table.find("surface-covered-mean"), std::string::npos);
}

TEST(Evaluate, AWiderLumenAndAMissingBranchShowWhereTheyShould) {
    const EvaluationSide& truth = virtual_patient();
    EvaluationSide found = truth;
    // The right side is not found at all.
    std::vector<int> kept(found.tree.branches.size(), -1);
    CoronaryTree left;
    left.dominance = found.tree.dominance;
    std::vector<std::vector<double>> ffr;
    for (Branch branch : truth.tree.branches) {
        if (branch.side == Side::right) continue;
        const int old = branch.id;
        kept[static_cast<std::size_t>(old)] = branch.id = static_cast<int>(left.branches.size());
        if (branch.parent >= 0) branch.parent = kept[static_cast<std::size_t>(branch.parent)];
        left.branches.push_back(branch);
        ffr.push_back(truth.ffr[static_cast<std::size_t>(old)]);
    }
    found.tree = left, found.ffr = ffr;
    for (std::uint8_t& label : found.labels.labels)
        if (label == static_cast<std::uint8_t>(Label::coronary_right)) label = 0;
    const Evaluation e = run_evaluate(found, truth, {}, ctffr::Run{});
    EXPECT_TRUE(std::isinf(e.right_ostium_mm));
    EXPECT_LT(e.tree_overlap, 0.9);
    EXPECT_EQ(e.masks[0].dice, 1);             // left
    EXPECT_TRUE(std::isnan(e.masks[1].dice));  // right: nothing to compare
    EXPECT_LT(e.masks[2].dice, 0.9);
    EXPECT_LT(e.masks[2].betti0_error, 0);
    EXPECT_GT(e.decisions.undecided, 0);
    EXPECT_GT(e.radius.not_found, 50);
    EXPECT_EQ(e.radius.mean_abs_mm, 0);
    const auto rca = std::find_if(e.segments.begin(), e.segments.end(),
                                  [](const SegmentFigures& s) { return s.segment == "pRCA"; });
    ASSERT_NE(rca, e.segments.end());
    EXPECT_FALSE(rca->found);
}

}  // namespace
}  // namespace ctffr
