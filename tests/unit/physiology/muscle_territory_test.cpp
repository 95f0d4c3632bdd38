// SPDX-License-Identifier: Apache-2.0
#include "physiology/muscle_territory.hpp"

#include <numeric>

#include <gtest/gtest.h>

#include "support/coronary_fixture.hpp"

namespace ctffr {
namespace {

double sum_of(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
}
double sum_of(const std::vector<std::vector<double>>& values) {
    double sum = 0;
    for (const auto& v : values) sum += sum_of(v);
    return sum;
}

// A straight vessel along z at (x, y), 40 mm long.
Branch line_at(int id, double x, double y, Side side = Side::left) {
    Branch branch;
    branch.id = id, branch.side = side;
    for (int i = 0; i <= 80; ++i) branch.points.push_back({{x, y, 0.5 * i}, {}, 0, 1.5});
    update_arc_and_tangents(branch);
    return branch;
}

CoronaryTree lines(const std::vector<std::pair<double, double>>& places) {
    CoronaryTree tree;
    for (const auto& [x, y] : places)
        tree.branches.push_back(line_at(static_cast<int>(tree.branches.size()), x, y));
    return tree;
}

std::vector<std::vector<double>> radii(const CoronaryTree& tree, double mm = 1.5) {
    std::vector<std::vector<double>> radius;
    for (const Branch& b : tree.branches) radius.emplace_back(b.points.size(), mm);
    return radius;
}

// Labels of 1 mm: a slab x in [0, 60), y in [0, 8), z in [0, 40).
Segmentation slab() {
    Segmentation labels{{{60, 8, 40}, {1, 1, 1}, {0.5, 0.5, 0.5}, {}}, {}, "test"};
    labels.labels.assign(static_cast<std::size_t>(labels.geometry.size.count()),
                         static_cast<std::uint8_t>(Label::lv_myocardium));
    return labels;
}

TEST(MuscleTerritory, PiecesHoldAllTheMass) {
    const Segmentation labels = slab();
    const double mass = 60 * 8 * 40 * 1.05e-3;
    for (double spacing : {1.0, 1.5, 2.0, 3.7}) {
        double sum = 0;
        Vec3 moment;
        for (const MusclePiece& p : muscle_pieces(labels, spacing))
            sum += p.mass_g, moment = moment + p.mass_g * p.center_lps_mm;
        EXPECT_NEAR(sum, mass, 1e-12 * mass);
        EXPECT_NEAR(moment.x / sum, 30, 1e-9);
        EXPECT_NEAR(moment.z / sum, 20, 1e-9);
    }
}

// Lines over a slab at x = 6, 18, 42: borders half way, at 12 and 30, so 12, 18 and 30 of 60 mm.
TEST(MuscleTerritory, ParallelLinesPartASlabHalfWay) {
    const CoronaryTree tree = lines({{6, -4}, {18, -4}, {42, -4}});
    const auto mass = part_muscle(tree, radii(tree), muscle_pieces(slab(), 1), {});
    const double all = sum_of(mass);
    EXPECT_NEAR(all, 60 * 8 * 40 * 1.05e-3, 1e-12 * all);
    EXPECT_NEAR(sum_of(mass[0]) / all, 12.0 / 60, 1e-12);
    EXPECT_NEAR(sum_of(mass[1]) / all, 18.0 / 60, 1e-12);
    EXPECT_NEAR(sum_of(mass[2]) / all, 30.0 / 60, 1e-12);
}

// Lines along a cylindrical shell at 0, 90 and 210 degrees: borders at 45, 150 and 285, so 120, 105 and 135
// of 360 degrees. Half a voxel of 1 mm at 20 mm, at both borders of a part, is 2.9 degrees: 0.8 % of the
// whole.
TEST(MuscleTerritory, LinesOnACylinderPartItByAngle) {
    Segmentation labels{{{70, 70, 41}, {1, 1, 1}, {-34.5, -34.5, 0}, {}}, {}, "test"};
    labels.labels.assign(static_cast<std::size_t>(labels.geometry.size.count()), 0);
    for (int k = 0; k < 41; ++k)
        for (int j = 0; j < 70; ++j)
            for (int i = 0; i < 70; ++i)
                if (const double r = std::hypot(i - 34.5, j - 34.5); r > 20 && r < 30)
                    labels.labels[static_cast<std::size_t>(labels.geometry.offset(i, j, k))] =
                        static_cast<std::uint8_t>(Label::lv_myocardium);
    std::vector<std::pair<double, double>> places;
    for (double degrees : {0.0, 90.0, 210.0})
        places.emplace_back(31 * std::cos(degrees * pi / 180), 31 * std::sin(degrees * pi / 180));
    const CoronaryTree tree = lines(places);
    const auto mass = part_muscle(tree, radii(tree), muscle_pieces(labels, 1), {});
    const double all = sum_of(mass);
    EXPECT_NEAR(sum_of(mass[0]) / all, 120.0 / 360, 0.008);
    EXPECT_NEAR(sum_of(mass[1]) / all, 105.0 / 360, 0.008);
    EXPECT_NEAR(sum_of(mass[2]) / all, 135.0 / 360, 0.008);
}

TEST(MuscleTerritory, ThinVesselsClaimNothing) {
    const CoronaryTree tree = lines({{6, -4}, {42, -4}});
    auto radius = radii(tree);
    for (double& r : radius[0]) r = 0.49;
    const auto mass = part_muscle(tree, radius, muscle_pieces(slab(), 1), {});
    EXPECT_EQ(sum_of(mass[0]), 0);
    for (double& r : radius[1]) r = 0.3;
    EXPECT_TRUE(part_muscle(tree, radius, muscle_pieces(slab(), 1), {}).empty());
}

// A plane of muscle exactly between two lines is shared.
TEST(MuscleTerritory, EqualDistancesShare) {
    const CoronaryTree tree = lines({{0, 0}, {8, 0}});
    const auto mass = part_muscle(tree, radii(tree), {{{4, 0, 20}, 2.0}}, {});
    EXPECT_EQ(sum_of(mass[0]), 1.0);
    EXPECT_EQ(sum_of(mass[1]), 1.0);
}

// The fixture's tree with a cloud of muscle below it.
struct Case {
    test::Fixture fixture = test::make_fixture({});
    MuscleTerritories muscle;

    Case() {
        std::vector<MusclePiece> pieces;
        Random random(3, 1);
        for (const Branch& branch : fixture.tree.branches)
            for (std::size_t i = 0; i < branch.points.size(); i += 4)
                pieces.push_back(
                    {branch.points[i].position_lps_mm +
                         Vec3{random.uniform(-3, 3), random.uniform(-3, 3), random.uniform(-9, 0)},
                     random.uniform(0.1, 0.6)});
        muscle.lv_g = part_muscle(fixture.tree, fixture.healthy_radius_mm, pieces, {});
        muscle.lv_mass_g = sum_of(muscle.lv_g), muscle.rv_mass_g = rv_over_lv_mass * muscle.lv_mass_g;
        muscle.splits_flow = true;
    }
    MuscleFlows flows(bool leak) const {
        return muscle_flows(fixture.tree, fixture.healthy_radius_mm, 1e-5, 2.4, leak, muscle);
    }
};

TEST(MuscleTerritory, FlowIsConservedAndGoesByMass) {
    const Case c;
    for (bool leak : {true, false}) {
        const MuscleFlows f = c.flows(leak);
        EXPECT_FALSE(f.outlet_without_muscle);
        EXPECT_NEAR((sum_of(f.targets.outlet) + sum_of(f.targets.leak)) / 1e-5, 1, 1e-12);
        // A leaf branch feeds its own muscle, through outlet and leak together, when inner branches leak.
        if (!leak) continue;
        const auto d1 = static_cast<std::size_t>(test::branch_of(c.fixture.tree, Segment::d1));
        const double per_g = 1e-5 / (c.muscle.lv_mass_g * (1 + rv_over_lv_mass));
        const auto lm = static_cast<std::size_t>(test::branch_of(c.fixture.tree, Segment::lm));
        const double mine = f.targets.outlet[d1] + sum_of(f.targets.leak[d1]);
        EXPECT_GE(mine, sum_of(c.muscle.lv_g[d1]) * per_g * (1 - 1e-12));
        EXPECT_LE(mine, (sum_of(c.muscle.lv_g[d1]) + sum_of(c.muscle.lv_g[lm])) * per_g);
    }
}

TEST(MuscleTerritory, RightCoronaryBeforeTheCruxFeedsTheRightVentricle) {
    const Case c;
    for (Segment s : {Segment::p_rca, Segment::m_rca})
        EXPECT_EQ(sum_of(c.muscle.lv_g[static_cast<std::size_t>(test::branch_of(c.fixture.tree, s))]), 0);
    const MuscleFlows f = c.flows(true);
    double rv = 0;
    for (Segment s : {Segment::p_rca, Segment::m_rca})
        rv += sum_of(f.targets.leak[static_cast<std::size_t>(test::branch_of(c.fixture.tree, s))]);
    EXPECT_NEAR(rv / 1e-5, rv_over_lv_mass / (1 + rv_over_lv_mass), 1e-12);
}

// The same tree with its branches listed in another order gives every branch the same.
TEST(MuscleTerritory, OrderOfBranchesDoesNotShow) {
    const Case c;
    const CoronaryTree& tree = c.fixture.tree;
    const auto n = tree.branches.size();
    // Breadth first from the right root; parents stay before children.
    std::vector<int> order, roots = tree.roots();
    std::reverse(roots.begin(), roots.end());
    order = roots;
    for (std::size_t k = 0; k < order.size(); ++k) {
        auto children = tree.children_of(order[k]);
        std::reverse(children.begin(), children.end());
        order.insert(order.end(), children.begin(), children.end());
    }
    ASSERT_EQ(order.size(), n);
    std::vector<int> place(n);
    for (std::size_t k = 0; k < n; ++k) place[static_cast<std::size_t>(order[k])] = static_cast<int>(k);
    Case other;
    CoronaryTree& moved = other.fixture.tree;
    for (std::size_t k = 0; k < n; ++k) {
        const auto was = static_cast<std::size_t>(order[k]);
        moved.branches[k] = tree.branches[was];
        moved.branches[k].id = static_cast<int>(k);
        if (const int parent = tree.branches[was].parent; parent >= 0)
            moved.branches[k].parent = place[static_cast<std::size_t>(parent)];
        other.fixture.healthy_radius_mm[k] = c.fixture.healthy_radius_mm[was];
        other.muscle.lv_g[k] = c.muscle.lv_g[was];
    }
    const MuscleFlows a = c.flows(true), b = other.flows(true);
    for (std::size_t k = 0; k < n; ++k) {
        const auto was = static_cast<std::size_t>(order[k]);
        EXPECT_NEAR(b.targets.outlet[k], a.targets.outlet[was], 1e-12 * 1e-5);
        EXPECT_NEAR(sum_of(b.targets.leak[k]), sum_of(a.targets.leak[was]), 1e-12 * 1e-5);
    }
    // The parting itself: bit for bit.
    const auto pieces = muscle_pieces(slab(), 1.5);
    const auto first = part_muscle(tree, c.fixture.healthy_radius_mm, pieces, {});
    const auto second = part_muscle(moved, other.fixture.healthy_radius_mm, pieces, {});
    for (std::size_t k = 0; k < n; ++k) EXPECT_EQ(second[k], first[static_cast<std::size_t>(order[k])]);
}

// An outlet without muscle shares its parent's; a tree in which it cannot says which outlet it is.
TEST(MuscleTerritory, OutletWithoutMuscle) {
    Case c;
    const auto d1 = static_cast<std::size_t>(test::branch_of(c.fixture.tree, Segment::d1));
    const auto plad = static_cast<std::size_t>(test::branch_of(c.fixture.tree, Segment::p_lad));
    c.muscle.lv_g[plad][5] += sum_of(c.muscle.lv_g[d1]);
    for (double& g : c.muscle.lv_g[d1]) g = 0;
    const MuscleFlows f = c.flows(true);
    EXPECT_FALSE(f.outlet_without_muscle);
    EXPECT_GT(f.targets.outlet[d1], 0);
    EXPECT_NE(f.outlet_origin[d1].find("diameter"), std::string::npos);
    EXPECT_NEAR((sum_of(f.targets.outlet) + sum_of(f.targets.leak)) / 1e-5, 1, 1e-12);
    for (auto& along : c.muscle.lv_g)
        for (double& g : along) g = 0;
    EXPECT_TRUE(c.flows(true).outlet_without_muscle);
}

TEST(MuscleTerritory, MuscleBelowAPlace) {
    const Case c;
    const int plad = test::branch_of(c.fixture.tree, Segment::p_lad);
    double below = 0;
    for (Segment s : {Segment::p_lad, Segment::m_lad, Segment::d_lad, Segment::d1, Segment::d2})
        below += sum_of(c.muscle.lv_g[static_cast<std::size_t>(test::branch_of(c.fixture.tree, s))]);
    EXPECT_NEAR(muscle_below_g(c.fixture.tree, c.muscle, plad, -1), below, 1e-12 * below);
    EXPECT_LT(muscle_below_g(c.fixture.tree, c.muscle, plad, 12), below);
}

}  // namespace
}  // namespace ctffr
