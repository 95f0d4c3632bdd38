// SPDX-License-Identifier: Apache-2.0
#include "phantom/disease_plan.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr::phantom {

namespace {

constexpr double least_radius_mm = 1.0;  // lesions are put where the vessel has at least this radius
constexpr double apart_mm = 3;           // between two lesions of one vessel
constexpr double stent_least_radius_mm = 1.2;

// Relative frequency of lesions by segment.
double prior(Segment segment) {
    switch (segment) {
        case Segment::p_lad: return 0.30;
        case Segment::m_lad: return 0.20;
        case Segment::p_rca: return 0.10;
        case Segment::m_rca: return 0.10;
        case Segment::p_cx: return 0.09;
        case Segment::d_cx: return 0.06;
        case Segment::lm: return 0.05;
        case Segment::d_rca: return 0.03;
        case Segment::d1:
        case Segment::om1: return 0.02;
        case Segment::ramus:
        case Segment::d2:
        case Segment::om2:
        case Segment::d_lad:
        case Segment::r_pda:
        case Segment::l_pda:
        case Segment::r_plb:
        case Segment::l_plb: return 0.005;
        case Segment::unknown: return 0;
    }
    return 0;
}

// A stretch of a course that belongs to one segment and is wide enough.
struct Place {
    int course = 0;
    Segment segment = Segment::unknown;
    double start_mm = 0, end_mm = 0;
};

std::vector<Place> places(const std::vector<Course>& courses) {
    std::vector<Place> found;
    for (std::size_t c = 0; c < courses.size(); ++c) {
        const Course& course = courses[c];
        const double length = course.curve.length_mm();
        for (std::size_t k = 0; k < course.segments.size(); ++k) {
            const double start = course.segments[k].arc_mm;
            double end =
                std::min(length, k + 1 < course.segments.size() ? course.segments[k + 1].arc_mm : length);
            end = std::min(end, course.radius.end_at(least_radius_mm, length));
            if (prior(course.segments[k].segment) > 0 && end - start > 2)
                found.push_back({static_cast<int>(c), course.segments[k].segment, start, end});
        }
    }
    return found;
}

const Place& draw_place(const std::vector<Place>& all, Random& random) {
    double total = 0;
    for (const Place& place : all) total += prior(place.segment);
    double u = random.uniform() * total;
    for (const Place& place : all)
        if ((u -= prior(place.segment)) <= 0) return place;
    return all.back();
}

LesionShape draw_shape(double length_mm, Random& random) {
    const double u = random.uniform();
    if (length_mm >= 20) return u < 0.5 ? LesionShape::diffuse : LesionShape::plateau;
    if (u < 0.5) return LesionShape::cosine;
    return u < 0.8 ? LesionShape::gaussian : LesionShape::plateau;
}

PlaqueKind draw_plaque(const DiseaseOptions& options, Random& random) {
    if (random.chance(options.calcified_chance))
        return random.chance(0.55) ? PlaqueKind::calcified : PlaqueKind::mixed;
    return random.chance(0.45) ? PlaqueKind::soft : PlaqueKind::fibrous;
}

// A lesion with everything but its place.
LesionPlan draw_lesion(const DiseaseOptions& options, Random& random) {
    LesionPlan lesion;
    lesion.length_mm = snapped(random.uniform(options.length_mm.low, options.length_mm.high));
    lesion.stenosis =
        random.uniform(options.diameter_stenosis_pct.low, options.diameter_stenosis_pct.high) / 100;
    lesion.shape = draw_shape(lesion.length_mm, random);
    lesion.plaque = draw_plaque(options, random);
    lesion.eccentricity =
        random.chance(options.eccentric_chance) ? random.uniform(0.5, 1.0) : random.uniform(0, 0.15);
    lesion.direction_rad = random.uniform(0, 2 * pi);
    lesion.remodelling = random.normal_in(1.08, 0.12, 0.8, 1.4);
    const double a2 = random.uniform(0, 0.12), phi2 = random.uniform(0, pi);
    const double a3 = random.uniform(0, 0.05), phi3 = random.uniform(0, 2 * pi / 3);
    lesion.cos2 = a2 * std::cos(2 * phi2), lesion.sin2 = a2 * std::sin(2 * phi2);
    lesion.cos3 = a3 * std::cos(3 * phi3), lesion.sin3 = a3 * std::sin(3 * phi3);
    return lesion;
}

bool fits(const std::vector<Course>& courses, const std::vector<LesionPlan>& lesions,
          const LesionPlan& lesion) {
    const Course& course = courses[static_cast<std::size_t>(lesion.course)];
    // The throat stays off the very ends; the shoulders may be cut by the ostium.
    if (lesion.throat_mm < 1 || lesion.end_mm() > course.curve.length_mm() - 3) return false;
    return std::none_of(lesions.begin(), lesions.end(), [&](const LesionPlan& other) {
        return other.course == lesion.course && lesion.start_mm() < other.end_mm() + apart_mm &&
               other.start_mm() < lesion.end_mm() + apart_mm;
    });
}

// Moves a lesion onto a bifurcation of its course; a daughter may get an ostial lesion of its own.
void at_bifurcation(const std::vector<Course>& courses, std::vector<LesionPlan>& lesions, LesionPlan lesion,
                    const DiseaseOptions& options, Random& random) {
    std::vector<int> daughters;
    for (std::size_t c = 0; c < courses.size(); ++c)
        if (courses[c].parent == lesion.course && courses[c].radius_at(2) >= 0.75)
            daughters.push_back(static_cast<int>(c));
    if (daughters.empty()) return;
    const int chosen =
        daughters[static_cast<std::size_t>(random.integer(0, static_cast<int>(daughters.size()) - 1))];
    const double at = courses[static_cast<std::size_t>(chosen)].parent_arc_mm;
    const int medina = random.integer(0, 3);
    const char* names[] = {"1,1,1", "1,1,0", "1,0,0", "0,1,0"};
    const double shift[] = {0, 0, -0.45, 0.45};
    lesion.throat_mm = snapped(at + shift[medina] * lesion.length_mm);
    lesion.note = fmt::format("bifurcation (Medina {})", names[medina]);
    if (!fits(courses, lesions, lesion)) return;
    lesions.push_back(lesion);
    if (medina != 0) return;
    LesionPlan side = draw_lesion(options, random);
    side.course = chosen, side.length_mm = std::min(side.length_mm, 8.0), side.shape = LesionShape::cosine;
    side.throat_mm = snapped(courses[static_cast<std::size_t>(lesion.course)].radius_at(at) + 2.0);
    side.note = lesion.note + ", side branch";
    if (fits(courses, lesions, side)) lesions.push_back(side);
}

void make_stent(LesionPlan& lesion, Random& random) {
    lesion.plaque = PlaqueKind::stent;
    lesion.shape = LesionShape::plateau;
    lesion.length_mm = snapped(random.uniform(12, 24));
    lesion.stenosis = random.uniform(0.02, 0.35);  // what has grown back inside
    lesion.eccentricity = 0, lesion.remodelling = 1.1;
    lesion.cos2 *= 0.3, lesion.sin2 *= 0.3, lesion.cos3 = lesion.sin3 = 0;
    lesion.note = "stent";
}

void make_occlusion(LesionPlan& lesion, Random& random) {
    lesion.occluded = true;
    lesion.shape = LesionShape::plateau;
    lesion.length_mm = snapped(random.uniform(10, 20));
    lesion.note = "total occlusion, filled distally";
}

}  // namespace

const char* shape_name(LesionShape shape) {
    switch (shape) {
        case LesionShape::cosine: return "cosine";
        case LesionShape::gaussian: return "gaussian";
        case LesionShape::plateau: return "plateau";
        case LesionShape::diffuse: return "diffuse";
    }
    return "unknown";
}

const char* plaque_name(PlaqueKind kind) {
    switch (kind) {
        case PlaqueKind::soft: return "soft";
        case PlaqueKind::fibrous: return "fibrous";
        case PlaqueKind::calcified: return "calcified";
        case PlaqueKind::mixed: return "mixed";
        case PlaqueKind::stent: return "stent";
    }
    return "unknown";
}

std::vector<LesionPlan> make_disease_plan(const std::vector<Course>& courses, const DiseaseOptions& options,
                                          std::uint64_t seed) {
    Random random(seed, disease_stream);
    std::vector<LesionPlan> lesions;
    const std::vector<Place> all = places(courses);
    const int wanted = all.empty() ? 0 : random.poisson(options.lesions_mean);
    for (int n = 0; n < wanted; ++n) {
        LesionPlan lesion = draw_lesion(options, random);
        const bool stent = random.chance(options.stent_chance),
                   occluded = random.chance(options.occlusion_chance);
        const bool forked = random.chance(options.bifurcation_chance),
                   serial = random.chance(options.serial_chance);
        if (stent) make_stent(lesion, random);
        if (occluded && !stent) make_occlusion(lesion, random);
        for (int attempt = 0; attempt < 30; ++attempt) {
            const Place& place = draw_place(all, random);
            lesion.course = place.course;
            const Course& course = courses[static_cast<std::size_t>(place.course)];
            if (forked && !stent && !occluded && attempt < 10) {
                const std::size_t before = lesions.size();
                at_bifurcation(courses, lesions, lesion, options, random);
                if (lesions.size() > before) break;
                continue;
            }
            lesion.throat_mm = snapped(random.uniform(place.start_mm, place.end_mm));
            if ((stent && course.radius_at(lesion.end_mm()) < stent_least_radius_mm) ||
                (lesion.occluded && lesion.throat_mm < 12))
                continue;
            if (course.parent < 0 && lesion.throat_mm < 5 && lesion.note.empty()) lesion.note = "ostial";
            if (!fits(courses, lesions, lesion)) continue;
            lesions.push_back(lesion);
            if (!serial || stent || occluded) break;
            LesionPlan second = draw_lesion(options, random);
            second.course = lesion.course;
            second.throat_mm = snapped(lesion.end_mm() + random.uniform(5, 20) + 0.5 * second.length_mm);
            second.note = "serial";
            if (fits(courses, lesions, second) && course.radius_at(second.throat_mm) >= 0.85)
                lesions.push_back(second);
            break;
        }
    }
    return lesions;
}

}  // namespace ctffr::phantom
