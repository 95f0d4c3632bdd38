// SPDX-License-Identifier: Apache-2.0
// 200 healthy trees against the published tables: what is there, how wide, how long, and that nothing
// touches.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "phantom/tree_plan.hpp"
#include "phantom/tree_route.hpp"
#include "unit/phantom/tree_support.hpp"

namespace ctffr::phantom {
namespace {

constexpr int patients = 200;

struct Patient {
    TreePlan plan;
    std::vector<Course> courses;
    const HeartAnatomy* heart = nullptr;

    const Course* find(CourseKind kind) const {
        for (const Course& course : courses)
            if (course.kind == kind) return &course;
        return nullptr;
    }
};

const std::vector<Patient>& cohort() {
    static const std::vector<Patient> all = [] {
        const PhantomOptions options;
        std::vector<Patient> list;
        for (std::uint64_t seed = 1; seed <= patients; ++seed) {
            Patient patient;
            patient.heart = &shared_heart(seed);
            patient.plan = make_tree_plan(options.tree, options.disease.bridge_chance, BodySize{}, seed);
            patient.courses = lay_out_tree(*patient.heart, patient.plan, options.tree.min_radius_mm, seed);
            list.push_back(std::move(patient));
        }
        return list;
    }();
    return all;
}

bool right_dominant(const Patient& p) { return p.plan.dominance == Dominance::right; }

// Count within 3.3 standard deviations (one in a thousand) of a binomial draw.
void expect_share(const char* what, double probability, const std::function<bool(const Patient&)>& has) {
    const auto count = std::count_if(cohort().begin(), cohort().end(), has);
    const double mean = patients * probability, sd = std::sqrt(mean * (1 - probability));
    EXPECT_NEAR(static_cast<double>(count), mean, 3.3 * sd + 0.5) << what;
}

TEST(TreeStatistics, BranchesAreAsFrequentAsInPublishedCounts) {
    const auto with = [](CourseKind kind) {
        return [kind](const Patient& p) { return p.find(kind) != nullptr; };
    };
    expect_share("D1", 0.97, with(CourseKind::d1));
    expect_share("D2", 0.57, with(CourseKind::d2));
    expect_share("OM1", 0.83, with(CourseKind::om1));
    expect_share("OM2", 0.29, with(CourseKind::om2));
    expect_share("ramus", 0.25, with(CourseKind::ramus));
    expect_share("right dominance", 0.84, right_dominant);
    expect_share("left dominance", 0.09,
                 [](const Patient& p) { return p.plan.dominance == Dominance::left; });
    expect_share("absent left main", 0.014, [](const Patient& p) { return p.plan.absent_left_main; });
    expect_share("PDA from the RCA", 0.91, [](const Patient& p) {
        return std::any_of(p.courses.begin(), p.courses.end(), [](const Course& c) {
            return std::any_of(c.segments.begin(), c.segments.end(),
                               [](const SegmentStart& s) { return s.segment == Segment::r_pda; });
        });
    });
    for (const Patient& p : cohort())
        for (CourseKind kind : {CourseKind::lad, CourseKind::lcx, CourseKind::rca})
            ASSERT_NE(p.find(kind), nullptr);
}

// Mean over right-dominant patients of a diameter `after_mm` beyond the start of a segment.
double mean_diameter(Segment segment, double after_mm, bool left = false) {
    double sum = 0;
    int n = 0;
    for (const Patient& p : cohort()) {
        if (left ? p.plan.dominance != Dominance::left : !right_dominant(p)) continue;
        for (const Course& course : p.courses)
            for (const SegmentStart& start : course.segments)
                if (start.segment == segment && start.arc_mm + after_mm < course.curve.length_mm())
                    sum += 2 * course.radius_at(start.arc_mm + after_mm), ++n;
    }
    return sum / n;
}

TEST(TreeStatistics, DiametersAreWithinTenPercentOfTheTable) {
    struct Row {
        Segment segment;
        double after_mm, table_mm;
    };
    // Where catheter laboratories measure: near the start of a segment, for the distal LCX in its middle.
    // Dodge 1992, men, right dominance; the smaller branches from the generator table of
    // docs/theory/phantom-tree.md.
    const Row rows[] = {{Segment::lm, 3, 4.5},    {Segment::p_lad, 5, 3.7},  {Segment::p_cx, 3, 3.4},
                        {Segment::p_rca, 5, 3.9}, {Segment::m_lad, 3, 2.8},  {Segment::d_lad, 5, 1.9},
                        {Segment::m_rca, 5, 3.4}, {Segment::d_rca, 10, 3.1}, {Segment::d1, 0, 2.1},
                        {Segment::d2, 0, 1.8},    {Segment::om1, 0, 2.2},    {Segment::ramus, 0, 2.2},
                        {Segment::r_pda, 0, 2.1}, {Segment::r_plb, 3, 2.0},  {Segment::d_cx, 22, 1.6}};
    for (const Row& row : rows)
        EXPECT_NEAR(mean_diameter(row.segment, row.after_mm), row.table_mm, 0.1 * row.table_mm)
            << segment_name(row.segment);
    EXPECT_NEAR(mean_diameter(Segment::p_cx, 3, true), 4.2, 0.42);
    EXPECT_NEAR(mean_diameter(Segment::p_rca, 3, true), 2.8, 0.28);
}

double mean_length(const std::function<double(const Patient&)>& length) {
    double sum = 0;
    int n = 0;
    for (const Patient& p : cohort())
        if (const double l = length(p); l > 0) sum += l, ++n;
    return sum / n;
}

TEST(TreeStatistics, LengthsAreNearTheTable) {
    const auto course = [](CourseKind kind) {
        return [kind](const Patient& p) {
            return p.find(kind) && right_dominant(p) ? p.find(kind)->curve.length_mm() : 0;
        };
    };
    EXPECT_NEAR(mean_length([](const Patient& p) { return p.plan.lm_length_mm; }), 10.5, 1.0);
    EXPECT_NEAR(mean_length([](const Patient& p) {
                    return p.find(CourseKind::lad)->curve.length_mm() - p.plan.lm_length_mm;
                }),
                140, 14);
    EXPECT_NEAR(mean_length(course(CourseKind::lcx)), 80, 8);
    EXPECT_NEAR(mean_length(course(CourseKind::d1)), 60, 6);
    EXPECT_NEAR(mean_length(course(CourseKind::om1)), 60, 6);
    EXPECT_NEAR(mean_length(course(CourseKind::pda)), 45, 5);
    // All named and unnamed vessels together: 600 to 900 mm.
    const double total = mean_length([](const Patient& p) {
        double sum = 0;
        for (const Course& c : p.courses) sum += c.curve.length_mm();
        return sum;
    });
    EXPECT_GT(total, 600);
    EXPECT_LT(total, 900);
}

TEST(TreeStatistics, BifurcationsKeepTheLawWithinItsMeasuredSpread) {
    double sum = 0, squares = 0;
    int n = 0;
    for (const Patient& p : cohort())
        for (const Course& course : p.courses) {
            if (course.parent < 0 || course.kind == CourseKind::lcx || course.kind == CourseKind::ramus)
                continue;
            const Course& mother = p.courses[static_cast<std::size_t>(course.parent)];
            const double s = course.parent_arc_mm;
            const double ratio =
                mother.radius_at(s - 2.5) / huo_kassab_mother({mother.radius_at(s + 3), course.radius_at(0)});
            EXPECT_GT(ratio, 0.85) << course_name(course.kind);
            EXPECT_LT(ratio, 1.15) << course_name(course.kind);
            sum += ratio, squares += ratio * ratio, ++n;
        }
    const double mean = sum / n, sd = std::sqrt(squares / n - mean * mean);
    EXPECT_NEAR(mean, 1, 0.03);
    EXPECT_GT(sd, 0.01);  // real bifurcations scatter
    EXPECT_LT(sd, 0.08);
}

TEST(TreeStatistics, BranchesLeaveAtPublishedAngles) {
    std::map<CourseKind, std::pair<double, int>> sums;
    for (const Patient& p : cohort())
        for (const Course& course : p.courses) {
            if (course.parent < 0 || course.curve.length_mm() < 6) continue;
            const Curve& mother = p.courses[static_cast<std::size_t>(course.parent)].curve;
            const Vec3 origin = course.curve[0].position_lps_mm;
            const Vec3 on = mother[mother.index_at(course.parent_arc_mm + 6)].position_lps_mm - origin;
            const Vec3 off = course.curve[course.curve.index_at(6)].position_lps_mm - origin;
            auto& [sum, n] = sums[course.kind];
            sum += std::acos(dot(normalized(on), normalized(off))) * 180 / pi, ++n;
        }
    const auto mean = [&](CourseKind kind) { return sums[kind].first / sums[kind].second; };
    EXPECT_NEAR(mean(CourseKind::d1), 52.5, 7.5);   // 45 to 60
    EXPECT_NEAR(mean(CourseKind::om1), 55, 10);     // 45 to 65
    EXPECT_NEAR(mean(CourseKind::pda), 67.5, 7.5);  // 60 to 75
    EXPECT_NEAR(mean(CourseKind::lcx), 75, 23);     // 75 +- 23 without ramus, 89 +- 21 with
}

TEST(TreeStatistics, VesselsBendGentlyAndLieInTheFat) {
    for (std::size_t k = 0; k < cohort().size(); ++k) {
        const Patient& p = cohort()[k];
        for (const Course& course : p.courses)
            for (std::size_t i = 0; i < course.curve.size(); i += 2) {
                const double s = Curve::step_mm * static_cast<double>(i), r = course.radius_at(s);
                const Vec3 x = course.curve[i].position_lps_mm;
                ASSERT_LT(norm(course.curve[i].curvature_per_mm) * r, 0.5)
                    << course_name(course.kind) << ' ' << k + 1;
                if (course.kind == CourseKind::septal || s < 20 || p.plan.bridge || i % 8 != 0) continue;
                const double height = p.heart->epicardium(x) - r;
                ASSERT_GT(height, 0.3) << course_name(course.kind) << " at " << s << " of patient " << k + 1;
                ASSERT_LT(height, 3.0) << course_name(course.kind) << " at " << s << " of patient " << k + 1;
                ASSERT_GT(p.heart->aorta(x) - r, 1.2) << course_name(course.kind) << " of patient " << k + 1;
            }
    }
}

TEST(TreeStatistics, BridgesRunInsideTheMuscle) {
    int bridges = 0;
    for (const Patient& p : cohort()) {
        const Course& lad = *p.find(CourseKind::lad);
        const double start = lad.bridge_start_mm, end = lad.bridge_end_mm;
        if (end <= start || end > lad.curve.length_mm()) continue;
        ++bridges;
        const double middle = 0.5 * (start + end);
        const double depth = -p.heart->epicardium(lad.curve[lad.curve.index_at(middle)].position_lps_mm);
        EXPECT_GT(depth, 0.6);  // the axis is below the surface of the muscle
        EXPECT_LT(depth, 5.5);
    }
    EXPECT_NEAR(bridges, 0.2 * patients, 3.3 * std::sqrt(0.16 * patients) + 1);
}

TEST(TreeStatistics, VesselsKeepTheirDistance) {
    // Outer wall to outer wall, every 1 mm, without the first 20 mm beside the vessel from which a branch
    // leaves.
    constexpr double near_origin_mm = 20;
    const auto outer = [](const Course& c, double s) {
        return c.radius_at(s) + healthy_wall_mm(c.radius_at(s));
    };
    for (std::size_t k = 0; k < cohort().size(); k += 2) {
        const auto& courses = cohort()[k].courses;
        for (std::size_t a = 0; a < courses.size(); ++a)
            for (std::size_t b = 0; b < a; ++b) {
                const Course &one = courses[a], &two = courses[b];
                if (one.kind == CourseKind::septal || two.kind == CourseKind::septal) continue;
                const bool child = one.parent == static_cast<int>(b);
                const bool twins = one.parent >= 0 && one.parent == two.parent &&
                                   std::abs(one.parent_arc_mm - two.parent_arc_mm) < 3;
                double gap = 1e9;
                for (std::size_t i = child || twins ? 80 : 0; i < one.curve.size(); i += 4)
                    for (std::size_t j = twins ? 80 : 0; j < two.curve.size(); j += 4)
                        gap = std::min(gap,
                                       distance(one.curve[i].position_lps_mm, two.curve[j].position_lps_mm) -
                                           outer(one, Curve::step_mm * static_cast<double>(i)) -
                                           outer(two, Curve::step_mm * static_cast<double>(j)));
                EXPECT_GT(gap, clearance_mm - 0.15) << course_name(one.kind) << ' ' << course_name(two.kind)
                                                    << " of patient " << k + 1 << ", " << near_origin_mm;
            }
    }
}

TEST(TreeStatistics, SameSeedGivesTheSameBits) {
    const PhantomOptions options;
    for (std::uint64_t seed : {3u, 77u}) {
        const Patient& p = cohort()[seed - 1];
        const TreePlan plan = make_tree_plan(options.tree, options.disease.bridge_chance, BodySize{}, seed);
        const auto again = lay_out_tree(*p.heart, plan, options.tree.min_radius_mm, seed);
        ASSERT_EQ(again.size(), p.courses.size());
        for (std::size_t c = 0; c < again.size(); ++c) {
            ASSERT_EQ(again[c].curve.size(), p.courses[c].curve.size());
            EXPECT_TRUE(again[c].curve.back().position_lps_mm == p.courses[c].curve.back().position_lps_mm);
            EXPECT_EQ(again[c].radius_at(7.3), p.courses[c].radius_at(7.3));
        }
    }
}

TEST(TreeStatistics, DiametersFollowTheMuscleTheyFeed) {
    const TreeOptions options;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const TreePlan man = make_tree_plan(options, 0, {'M', 1.9, 125}, seed);
        const TreePlan woman = make_tree_plan(options, 0, {'F', 1.7, 95}, seed);
        EXPECT_NEAR(woman.lad_diameter_mm / man.lad_diameter_mm, std::pow(95.0 / 125, 0.375), 1e-12);
    }
}

}  // namespace
}  // namespace ctffr::phantom
