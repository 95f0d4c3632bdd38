// SPDX-License-Identifier: Apache-2.0
#include "phantom/tree_plan.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"
#include "phantom/tree_radius.hpp"

namespace ctffr::phantom {

namespace {

// Share of hearts in which a branch is seen by CT (ImageCAS-X counts).
constexpr double d1_presence = 0.97, d2_presence = 0.57, om1_presence = 0.83, om2_presence = 0.29;
// Dodge's diameters are those of men with a left ventricle of about this mass.
constexpr double reference_lv_mass_g = 125;

Dominance draw_dominance(const TreeOptions& options, Random& random) {
    const double u = random.uniform();
    if (u < options.right_dominant) return Dominance::right;
    return u < options.right_dominant + options.left_dominant ? Dominance::left : Dominance::balanced;
}

// A diameter of the table, with the patient's scale and the spread of single vessels about it.
double diameter(const TreePlan& plan, double mean_mm, Random& random) {
    return mean_mm * plan.scale * std::exp(random.normal_in(0, 0.07, -0.18, 0.18));
}

void draw_main_vessels(TreePlan& plan, bool ramus, Random& random) {
    const bool left = plan.dominance == Dominance::left;
    plan.lad_diameter_mm = diameter(plan, ramus ? 3.5 : 3.65, random);
    plan.lcx_diameter_mm = diameter(plan, left ? 4.1 : (ramus ? 3.05 : 3.25), random);
    plan.rca_diameter_mm = diameter(plan, left ? 2.8 : 3.9, random);
    plan.lm_length_mm = plan.absent_left_main ? 0 : random.normal_in(10.5, 4.3, 4, 20);
    plan.lad_length_mm = random.normal_in(140, 18, 100, 180);
    plan.lcx_length_mm = left ? random.normal_in(120, 15, 95, 150) : random.normal_in(84, 20, 50, 120);
    plan.lm_angle_deg = random.normal_in(ramus ? 66 : 36, 24, ramus ? 45 : 12, 100);
    plan.lad_taper_per_mm = random.uniform(0.0012, 0.0026);
    plan.lcx_taper_per_mm = left ? random.uniform(0.0015, 0.003) : random.uniform(0.005, 0.008);
    plan.rca_taper_per_mm = random.uniform(0.008, 0.011);
    plan.rca_share_to_margin = random.normal_in(0.55, 0.03, 0.48, 0.62);
}

void draw_left_sides(TreePlan& plan, bool ramus, Random& random) {
    const double lm = plan.lm_length_mm;
    if (ramus)
        plan.sides.push_back({CourseKind::ramus, CourseKind::lad, lm,
                              plan.lm_angle_deg * random.uniform(0.5, 0.62), diameter(plan, 2.2, random),
                              0.008, random.normal_in(65, 15, 35, 95), random.uniform(0.95, 1.15), 0.8});
    const double d1_at = lm + random.normal_in(25, 7, 12, 42);
    if (random.chance(d1_presence))
        plan.sides.push_back({CourseKind::d1, CourseKind::lad, d1_at, random.uniform(45, 60),
                              diameter(plan, 2.1, random), random.uniform(0.007, 0.011),
                              random.normal_in(60, 17, 25, 95), random.uniform(0.6, 0.8), 0.8});
    const double d2_at = d1_at + random.uniform(18, 32);
    if (random.chance(d2_presence))
        plan.sides.push_back({CourseKind::d2, CourseKind::lad, d2_at, random.uniform(42, 58),
                              diameter(plan, 1.75, random), random.uniform(0.008, 0.012),
                              random.normal_in(45, 12, 20, 70), random.uniform(0.45, 0.6), 0.95});
    const double om1_at = random.normal_in(26, 7, 14, 42);
    if (random.chance(om1_presence))
        plan.sides.push_back({CourseKind::om1, CourseKind::lcx, om1_at, random.uniform(45, 65),
                              diameter(plan, 2.2, random), random.uniform(0.007, 0.010),
                              random.normal_in(60, 17, 25, 95), random.uniform(1.45, 1.65), 0.85});
    const double om2_at = om1_at + random.uniform(16, 26);
    if (random.chance(om2_presence)) {
        plan.lcx_length_mm = std::max(plan.lcx_length_mm, om2_at + 20);
        plan.sides.push_back({CourseKind::om2, CourseKind::lcx, om2_at, random.uniform(45, 65),
                              diameter(plan, 1.75, random), random.uniform(0.008, 0.012),
                              random.normal_in(45, 12, 20, 70), random.uniform(1.95, 2.15), 0.75});
    }
}

void draw_inferior_wall(TreePlan& plan, Random& random) {
    const bool left = plan.dominance == Dominance::left;
    plan.pda_diameter_mm = diameter(plan, left ? 2.35 : 2.1, random);
    plan.plb_diameter_mm = diameter(plan, left ? 2.25 : 2.0, random);
    plan.pda_length_mm = random.normal_in(45, 13, 22, 75),
    plan.plb_length_mm = random.normal_in(50, 12, 28, 75);
    const double crux_angle = random.uniform(60, 75), plb_angle = random.uniform(50, 70);
    if (plan.dominance == Dominance::right) {
        plan.sides.push_back({CourseKind::pda, CourseKind::rca, -1, crux_angle, plan.pda_diameter_mm, 0.009,
                              plan.pda_length_mm, pi, 0.9});
        return;
    }
    // Room for the posterolateral branch beyond the last marginal.
    for (const SideBranch& side : plan.sides)
        if (side.parent == CourseKind::lcx)
            plan.lcx_length_mm = std::max(plan.lcx_length_mm, side.position_mm + 34);
    plan.sides.push_back({CourseKind::plb, CourseKind::lcx, -1, plb_angle, plan.plb_diameter_mm, 0.010,
                          plan.plb_length_mm, 2.55, 0.75});
}

void draw_right_sides(TreePlan& plan, Random& random) {
    if (random.chance(0.6))
        plan.sides.push_back({CourseKind::conus, CourseKind::rca, random.uniform(10, 17),
                              random.uniform(55, 80), diameter(plan, 1.2, random), 0.010,
                              random.uniform(20, 38), 0.55, 0.4});
    plan.sides.push_back({CourseKind::right_ventricular, CourseKind::rca, random.uniform(32, 45),
                          random.uniform(60, 85), diameter(plan, 1.3, random), 0.010, random.uniform(25, 45),
                          0.25, 0.6});
    plan.sides.push_back({CourseKind::acute_marginal, CourseKind::rca, -1, random.uniform(50, 70),
                          diameter(plan, 1.5, random), 0.009, random.uniform(35, 60), 0.1, 0.85});
}

// Moves a place on a vessel onward until no other branch leaves near it.
double spaced(const TreePlan& plan, CourseKind parent, double position_mm) {
    const auto crowded = [&](const SideBranch& side) {
        return side.parent == parent && std::abs(side.position_mm - position_mm) < 7;
    };
    while (std::any_of(plan.sides.begin(), plan.sides.end(), crowded)) position_mm += 1;
    return position_mm;
}

void draw_septals(TreePlan& plan, Random& random) {
    const SideBranch* d1 = plan.find(CourseKind::d1);
    const double first = d1 ? d1->position_mm + 6 : plan.lm_length_mm + 28;
    const int septals = random.integer(2, 3);
    for (int i = 0; i < septals; ++i) {
        const double position = spaced(plan, CourseKind::lad, first + 13 * i + random.uniform(-2, 2));
        plan.sides.push_back({CourseKind::septal, CourseKind::lad, position, random.uniform(70, 85),
                              diameter(plan, 1.05, random), 0.008, random.uniform(12, 24), 0, 0});
    }
}

}  // namespace

const char* course_name(CourseKind kind) {
    switch (kind) {
        case CourseKind::lad: return "LAD";
        case CourseKind::lcx: return "LCX";
        case CourseKind::rca: return "RCA";
        case CourseKind::ramus: return "RI";
        case CourseKind::d1: return "D1";
        case CourseKind::d2: return "D2";
        case CourseKind::om1: return "OM1";
        case CourseKind::om2: return "OM2";
        case CourseKind::pda: return "PDA";
        case CourseKind::plb: return "PLB";
        case CourseKind::septal: return "septal";
        case CourseKind::conus: return "conus";
        case CourseKind::right_ventricular: return "RV branch";
        case CourseKind::acute_marginal: return "acute marginal";
    }
    return "unknown";
}

const SideBranch* TreePlan::find(CourseKind kind) const {
    const auto at =
        std::find_if(sides.begin(), sides.end(), [&](const SideBranch& s) { return s.kind == kind; });
    return at == sides.end() ? nullptr : &*at;
}

TreePlan make_tree_plan(const TreeOptions& options, double bridge_chance, const BodySize& body,
                        std::uint64_t seed) {
    Random random(seed, tree_stream);
    TreePlan plan;
    plan.dominance = draw_dominance(options, random);
    plan.absent_left_main = random.chance(options.absent_left_main);
    const bool ramus = random.chance(options.ramus) && !plan.absent_left_main;
    plan.tortuosity = random.uniform(options.tortuosity.low, options.tortuosity.high);
    // Diameters go with the muscle they feed: D ~ M^(3/8).
    plan.scale = options.diameter_scale * std::pow(body.lv_mass_g / reference_lv_mass_g, 3.0 / 8.0) *
                 std::exp(random.normal_in(0, 0.08, -0.2, 0.2));
    draw_main_vessels(plan, ramus, random);
    draw_left_sides(plan, ramus, random);
    draw_inferior_wall(plan, random);
    draw_right_sides(plan, random);
    draw_septals(plan, random);
    const double ramus_mm = ramus ? plan.sides.front().diameter_mm : 0;
    plan.lm_diameter_mm = huo_kassab_mother({plan.lad_diameter_mm, plan.lcx_diameter_mm, ramus_mm}) *
                          std::exp(random.normal_in(0, 0.03, -0.08, 0.08));
    for (SideBranch& side : plan.sides) side.law_residual = std::exp(random.normal_in(0, 0.03, -0.09, 0.09));
    plan.bridge = random.chance(bridge_chance);
    plan.bridge_start_mm = plan.lm_length_mm + random.uniform(38, 60);
    plan.bridge_length_mm = random.uniform(10, 30);
    plan.bridge_depth_mm = random.uniform(1, 3);
    plan.bridge_compression = random.uniform(0.0, 0.2);
    return plan;
}

}  // namespace ctffr::phantom
