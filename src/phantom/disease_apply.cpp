// SPDX-License-Identifier: Apache-2.0
#include "phantom/disease_apply.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr::phantom {

namespace {

constexpr double occluded_radius_mm = 0.05;  // nothing that CT or blood flow could tell from closed
constexpr double least_lumen_mm = 0.15;
constexpr double collateral_filling = 0.75;  // contrast beyond an occlusion
constexpr double least_blood_share = 0.45;   // of the aortic enhancement, far down the tree
constexpr double healthy_ellipse = 0.03;

double smooth_step(double u) {
    u = std::clamp(u, 0.0, 1.0);
    return u * u * u * (10 - 15 * u + 6 * u * u);
}

ArteryTube healthy_tube(const Course& course, double start_from_ostium_mm, const BloodOptions& blood,
                        Random& random) {
    ArteryTube tube;
    tube.side = course.side, tube.parent = course.parent, tube.parent_arc_mm = course.parent_arc_mm;
    const double a2 = random.uniform(0, healthy_ellipse), phi2 = random.uniform(0, pi);
    for (std::size_t i = 0; i < course.curve.size(); ++i) {
        const double arc = Curve::step_mm * static_cast<double>(i);
        Station s;
        s.axis = course.curve[i];
        s.reference_mm = s.lumen_mm = course.radius_at(arc);
        s.wall_mm = healthy_wall_mm(s.reference_mm);
        s.outer_mm = s.reference_mm + s.wall_mm;
        s.cos2 = a2 * std::cos(2 * phi2), s.sin2 = a2 * std::sin(2 * phi2);
        s.blood_hu = std::max(least_blood_share * blood.aorta_hu,
                              blood.aorta_hu - blood.drop_hu_per_10mm * (start_from_ostium_mm + arc) / 10);
        tube.stations.push_back(s);
    }
    return tube;
}

double plaque_hu(PlaqueKind kind, Random& random) {
    switch (kind) {
        case PlaqueKind::soft: return random.uniform(-30, 60);
        case PlaqueKind::fibrous: return random.uniform(60, 150);
        case PlaqueKind::calcified: return random.uniform(60, 150);
        case PlaqueKind::mixed: return random.uniform(-10, 120);
        case PlaqueKind::stent: return random.uniform(40, 90);
    }
    return 60;
}

// Spotty, nodular, sheet-like or all-round calcium, inside the plaque of the lesion.
Calcium draw_calcium(const LesionPlan& lesion, double outer_mm, bool spotty_only, Random& random) {
    Calcium body;
    body.arc_mm = lesion.throat_mm + random.uniform(-0.3, 0.3) * lesion.length_mm;
    body.angle_rad = lesion.direction_rad + random.uniform(-0.7, 0.7);
    body.hu = random.uniform(400, 1800);
    const double kind = spotty_only ? 0 : random.uniform();
    if (kind < 0.35) {  // spotty: under 3 mm
        body.half_length_mm = random.uniform(0.5, 1.4);
        body.half_angle_rad = random.uniform(0.5, 1.2) / outer_mm;
        body.half_depth = random.uniform(0.25, 0.5), body.depth = random.uniform(0.35, 0.75);
    } else if (kind < 0.6) {  // nodule that reaches the lumen
        body.half_length_mm = random.uniform(1.2, 2.5);
        body.half_angle_rad = random.uniform(0.35, 0.7);
        body.half_depth = random.uniform(0.5, 0.7), body.depth = random.uniform(0.3, 0.6);
    } else if (kind < 0.92) {  // sheet
        body.half_length_mm = random.uniform(0.25, 0.45) * lesion.length_mm;
        body.half_angle_rad = random.uniform(0.6, 1.5);
        body.half_depth = random.uniform(0.2, 0.4), body.depth = random.uniform(0.4, 0.8);
    } else {  // all around
        body.half_length_mm = random.uniform(0.2, 0.35) * lesion.length_mm;
        body.half_angle_rad = 2 * pi;
        body.half_depth = random.uniform(0.2, 0.35), body.depth = random.uniform(0.5, 0.8);
    }
    return body;
}

Plaque make_plaque(const LesionPlan& lesion, double outer_mm, Random& random) {
    Plaque plaque;
    plaque.kind = plaque_name(lesion.plaque);
    plaque.start_mm = std::max(0.0, lesion.start_mm()), plaque.end_mm = lesion.end_mm();
    plaque.hu = plaque_hu(lesion.plaque, random);
    int bodies = 0;
    if (lesion.plaque == PlaqueKind::calcified)
        bodies = random.integer(1, 3) + static_cast<int>(lesion.length_mm / 10);
    if (lesion.plaque == PlaqueKind::mixed) bodies = random.integer(1, 3);
    for (int k = 0; k < bodies; ++k)
        plaque.calcium.push_back(draw_calcium(lesion, outer_mm, lesion.plaque == PlaqueKind::mixed, random));
    return plaque;
}

void narrow(Station& s, const LesionPlan& lesion, double envelope) {
    const double healthy_outer = s.reference_mm + s.wall_mm;
    const double narrowed = s.reference_mm * (1 - lesion.stenosis * envelope);
    s.lumen_mm = lesion.occluded ? std::max(occluded_radius_mm, s.reference_mm * (1 - envelope))
                                 : std::max(least_lumen_mm, narrowed);
    s.cos2 += lesion.cos2 * envelope, s.sin2 += lesion.sin2 * envelope;
    s.cos3 += lesion.cos3 * envelope, s.sin3 += lesion.sin3 * envelope;
    const double wanted = healthy_outer * (1 + (std::sqrt(lesion.remodelling) - 1) * envelope);
    const double bulge = 1 + std::hypot(s.cos2, s.sin2) + std::hypot(s.cos3, s.sin3);
    s.outer_mm = std::max(wanted, s.lumen_mm * bulge + 0.6 * s.wall_mm);
    // Opposite the plaque at least half of the healthy wall stays.
    const double room = std::max(0.0, s.outer_mm - s.lumen_mm * bulge - 0.5 * s.wall_mm);
    const double shift = lesion.eccentricity * room * envelope * (2 - envelope);
    s.shift_normal_mm = shift * std::cos(lesion.direction_rad);
    s.shift_binormal_mm = shift * std::sin(lesion.direction_rad);
}

void apply_lesion(ArteryTube& tube, const LesionPlan& lesion, Random& random) {
    for (std::size_t i = 0; i < tube.stations.size(); ++i) {
        const double arc = Curve::step_mm * static_cast<double>(i);
        if (const double envelope = lesion_envelope(lesion, arc); envelope > 0)
            narrow(tube.stations[i], lesion, envelope);
        if (lesion.occluded && arc > lesion.throat_mm) tube.stations[i].blood_hu *= collateral_filling;
    }
    const Station& throat = tube.stations[tube.index_at(lesion.throat_mm)];
    tube.plaques.push_back(make_plaque(lesion, throat.outer_mm, random));
    if (lesion.plaque == PlaqueKind::stent) {
        Stent stent;
        stent.start_mm = std::max(0.0, lesion.start_mm()), stent.end_mm = lesion.end_mm();
        stent.strut_mm = random.uniform(0.08, 0.12), stent.hu = random.uniform(2000, 4000);
        stent.pitch_mm = random.uniform(1.4, 2.0), stent.amplitude_mm = random.uniform(0.4, 0.65);
        stent.crowns = 6;
        tube.stents.push_back(stent);
    }
}

void compress_bridge(ArteryTube& tube, const Course& course, double compression) {
    for (std::size_t i = 0; i < tube.stations.size(); ++i) {
        const double arc = Curve::step_mm * static_cast<double>(i);
        const double inside = std::min(arc - course.bridge_start_mm, course.bridge_end_mm - arc);
        const double envelope = smooth_step(0.5 + inside / 6);
        Station& s = tube.stations[i];
        s.lumen_mm *= 1 - compression * envelope;
        s.outer_mm =
            std::max(s.lumen_mm + 0.5 * s.wall_mm, s.outer_mm - compression * envelope * s.reference_mm);
    }
}

// A branch starts inside its parent, also where the parent is narrowed.
void fit_start(ArteryTube& tube, const ArteryTube& parent) {
    const Station& origin = parent.stations[parent.index_at(tube.parent_arc_mm)];
    const double inside = 0.9 * origin.lumen_mm, reach = 1.5 * origin.outer_mm;
    for (std::size_t i = 0; i < tube.stations.size(); ++i) {
        Station& s = tube.stations[i];
        const double free = smooth_step(Curve::step_mm * static_cast<double>(i) / reach);
        if (free >= 1) break;
        s.lumen_mm = std::min(s.lumen_mm, inside + free * std::max(0.0, s.lumen_mm - inside));
        s.outer_mm =
            std::min(s.outer_mm, origin.outer_mm + free * std::max(0.0, s.outer_mm - origin.outer_mm));
    }
}

double from_ostium_mm(const std::vector<Course>& courses, const Course& course) {
    double sum = 0;
    for (const Course* c = &course; c->parent >= 0; c = &courses[static_cast<std::size_t>(c->parent)])
        sum += c->parent_arc_mm;
    return sum;
}

}  // namespace

double lesion_envelope(const LesionPlan& lesion, double arc_mm) {
    const double u = 2 * (arc_mm - lesion.throat_mm) / lesion.length_mm;
    if (std::abs(u) >= 1) return 0;
    switch (lesion.shape) {
        case LesionShape::cosine: return 0.5 * (1 + std::cos(pi * u));
        case LesionShape::gaussian: {
            const double floor = std::exp(-4.5);
            return (std::exp(-4.5 * u * u) - floor) / (1 - floor);
        }
        case LesionShape::plateau: return smooth_step((1 - std::abs(u)) / 0.55);
        case LesionShape::diffuse:
            // Uneven along its length, narrowest at the throat.
            return smooth_step((1 - std::abs(u)) / 0.35) * (0.85 + 0.15 * std::cos(3 * pi * u));
    }
    return 0;
}

std::vector<ArteryTube> make_tubes(const std::vector<Course>& courses, const TreePlan& plan,
                                   const std::vector<LesionPlan>& lesions, const BloodOptions& blood,
                                   std::uint64_t seed) {
    std::vector<ArteryTube> tubes;
    for (std::size_t c = 0; c < courses.size(); ++c) {
        Random random(seed, disease_stream + 0x100 + c);
        tubes.push_back(healthy_tube(courses[c], from_ostium_mm(courses, courses[c]), blood, random));
        if (courses[c].bridge_end_mm > courses[c].bridge_start_mm)
            compress_bridge(tubes.back(), courses[c], plan.bridge_compression);
    }
    for (std::size_t k = 0; k < lesions.size(); ++k) {
        Random random(seed, disease_stream + 0x200 + k);
        apply_lesion(tubes[static_cast<std::size_t>(lesions[k].course)], lesions[k], random);
    }
    for (std::size_t c = 0; c < tubes.size(); ++c) {
        if (tubes[c].parent < 0) continue;
        const ArteryTube& parent = tubes[static_cast<std::size_t>(tubes[c].parent)];
        fit_start(tubes[c], parent);
        // Beyond an occlusion of the parent its branches fill from collaterals too.
        for (const LesionPlan& lesion : lesions)
            if (lesion.occluded && lesion.course == tubes[c].parent &&
                lesion.throat_mm < tubes[c].parent_arc_mm)
                for (Station& s : tubes[c].stations) s.blood_hu *= collateral_filling;
    }
    return tubes;
}

}  // namespace ctffr::phantom
