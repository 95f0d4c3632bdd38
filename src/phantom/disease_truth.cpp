// SPDX-License-Identifier: Apache-2.0
#include "phantom/disease_truth.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"

namespace ctffr::phantom {

namespace {

constexpr int plaque_angles = 96;

// Arc lengths of a course made arc lengths of one of its pieces.
double in_piece(const Piece& piece, double arc_mm) {
    return std::clamp(arc_mm, piece.start_mm, piece.end_mm) - piece.start_mm;
}

std::string vessel_name(const CoronaryTree& tree, int branch) {
    for (const Vessel& vessel : vessels_of(tree))
        if (std::find(vessel.branches.begin(), vessel.branches.end(), branch) != vessel.branches.end())
            return vessel.name;
    return "unknown";
}

void flag_range(CutTree& cut, int course, double start_mm, double end_mm, BranchFlag::Kind kind,
                const std::string& reason) {
    for (const Piece& piece : cut.pieces[static_cast<std::size_t>(course)]) {
        if (end_mm <= piece.start_mm || start_mm >= piece.end_mm) continue;
        cut.tree.branches[static_cast<std::size_t>(piece.branch)].flags.push_back(
            {kind, in_piece(piece, start_mm), in_piece(piece, end_mm), reason});
    }
}

// Part of the plaque between lumen and `depth_mm` on a ray that is calcium, by volume.
double calcium_share(const ArteryTube& tube, ArteryPoint ray, double depth_mm) {
    constexpr int steps = 24;
    double calcium = 0, all = 0;
    for (int k = 0; k < steps; ++k) {
        ray.depth_mm = (k + 0.5) * depth_mm / steps;
        const double weight = ray.lumen_radius_mm + ray.depth_mm;
        all += weight;
        if (wall_tissue(tube, ray).label == Label::calcium) calcium += weight;
    }
    return calcium / all;
}

double remodelling_of(const Station& s) {
    const double healthy = s.reference_mm + s.wall_mm;
    return s.outer_mm * s.outer_mm / (healthy * healthy);
}

// Largest less smallest wall thickness, over the largest.
double eccentricity_of(const Station& s) {
    double thickest = 0, thinnest = 1e9;
    for (int a = 0; a < plaque_angles; ++a) {
        const double theta = 2 * pi * a / plaque_angles, c = std::cos(theta), n = std::sin(theta);
        const double thick = outer_radius(s, c, n) - lumen_radius(s, c, n);
        thickest = std::max(thickest, thick), thinnest = std::min(thinnest, thick);
    }
    return thickest > 0 ? (thickest - thinnest) / thickest : 0;
}

// Short along the vessel and not far around it.
bool is_spotty(const Calcium& body) {
    return 2 * body.half_length_mm < 3 && 2 * body.half_angle_rad < pi / 2;
}

}  // namespace

PlaqueSize plaque_size(const TubeField& field, int tube_index, const Plaque& plaque) {
    const ArteryTube& tube = field.tubes()[static_cast<std::size_t>(tube_index)];
    PlaqueSize size;
    double most_mm3 = 0;
    const std::size_t first = tube.index_at(plaque.start_mm), last = tube.index_at(plaque.end_mm);
    for (std::size_t i = first; i <= last; ++i) {
        const Station& station = tube.stations[i];
        const Vec3 binormal = cross(station.axis.tangent, station.axis.normal);
        const double weight = i == first || i == last ? 0.5 : 1;
        int with_plaque = 0;
        double here_mm3 = 0;
        for (int a = 0; a < plaque_angles; ++a) {
            const double theta = 2 * pi * a / plaque_angles, c = std::cos(theta), s = std::sin(theta);
            ArteryPoint ray;
            ray.station = i, ray.cosine = c, ray.sine = s;
            ray.lumen_radius_mm = lumen_radius(station, c, s);
            ray.thickness_mm = outer_radius(station, c, s) - ray.lumen_radius_mm;
            const double depth = plaque_depth_mm(tube, ray);
            if (depth <= 0) continue;
            const Vec3 direction = c * station.axis.normal + s * binormal;
            const double from = ray.lumen_radius_mm, to = from + depth;
            const Vec3 middle = station.axis.position_lps_mm + 0.5 * (from + to) * direction;
            if (field.other_lumen_mm(middle, tube_index) < 0) continue;
            ++with_plaque;
            const double bend = dot(station.axis.curvature_per_mm, direction);
            const double wedge =
                0.5 * (to * to - from * from) - bend * (to * to * to - from * from * from) / 3;
            const double volume = weight * wedge * (2 * pi / plaque_angles) * Curve::step_mm;
            here_mm3 += volume;
            if (!plaque.calcium.empty()) {
                ray.arc_mm = Curve::step_mm * static_cast<double>(i);
                size.calcified_mm3 += volume * calcium_share(tube, ray, depth);
            }
        }
        size.volume_mm3 += here_mm3;
        if (here_mm3 > most_mm3) most_mm3 = here_mm3, size.remodelling_index = remodelling_of(station);
        size.max_arc_rad = std::max(size.max_arc_rad, 2 * pi * with_plaque / plaque_angles);
    }
    return size;
}

std::vector<Lesion> lesion_truth(const std::vector<Course>& courses, const TubeField& field,
                                 const CutTree& cut, const std::vector<LesionPlan>& lesions) {
    std::vector<Lesion> truth;
    for (const LesionPlan& plan : lesions) {
        const Course& course = courses[static_cast<std::size_t>(plan.course)];
        const ArteryTube& tube = field.tubes()[static_cast<std::size_t>(plan.course)];
        const Piece& piece = cut.piece_at(plan.course, plan.throat_mm);
        const Station& throat = tube.stations[tube.index_at(plan.throat_mm)];
        Lesion lesion;
        lesion.segment = segment_name(course.segment_at(0.5 * (piece.start_mm + piece.end_mm)));
        lesion.branch = piece.branch;
        lesion.vessel = vessel_name(cut.tree, piece.branch);
        lesion.start_mm = in_piece(piece, plan.start_mm()), lesion.end_mm = in_piece(piece, plan.end_mm());
        lesion.throat_mm = in_piece(piece, plan.throat_mm);
        lesion.length_mm = std::min(plan.end_mm(), tube.length_mm()) - std::max(0.0, plan.start_mm());
        const double open = plan.occluded ? 0 : throat.lumen_mm, ratio = open / throat.reference_mm;
        lesion.reference_diameter_mm = 2 * throat.reference_mm;
        lesion.mld_mm = 2 * open, lesion.mla_mm2 = pi * open * open;
        lesion.diameter_stenosis_pct = 100 * (1 - ratio);
        lesion.area_stenosis_pct = 100 * (1 - ratio * ratio);
        lesion.remodelling_index = remodelling_of(throat);
        lesion.eccentricity = eccentricity_of(throat);
        lesion.note = plan.note;
        for (const Piece& part : cut.pieces[static_cast<std::size_t>(plan.course)])
            if (plan.end_mm() > part.start_mm && plan.start_mm() < part.end_mm)
                lesion.stretches.push_back(
                    {part.branch, in_piece(part, plan.start_mm()), in_piece(part, plan.end_mm())});
        truth.push_back(lesion);
    }
    return truth;
}

std::vector<PlaqueTruth> plaque_truth(const TubeField& field, const CutTree& cut) {
    std::vector<PlaqueTruth> truth;
    for (std::size_t t = 0; t < field.tubes().size(); ++t)
        for (const Plaque& plaque : field.tubes()[t].plaques) {
            const PlaqueSize size = plaque_size(field, static_cast<int>(t), plaque);
            const Piece& piece = cut.piece_at(static_cast<int>(t), 0.5 * (plaque.start_mm + plaque.end_mm));
            PlaqueTruth item{piece.branch,
                             plaque.kind,
                             in_piece(piece, plaque.start_mm),
                             in_piece(piece, plaque.end_mm),
                             size.volume_mm3,
                             size.max_arc_rad * 180 / pi};
            item.calcified_mm3 = size.calcified_mm3, item.tissue_hu = plaque.hu;
            item.remodelling_index = size.remodelling_index;
            item.spotty = std::any_of(plaque.calcium.begin(), plaque.calcium.end(), is_spotty);
            truth.push_back(std::move(item));
        }
    return truth;
}

// Where an occluding lesion leaves less lumen than blood or CT could use.
std::pair<double, double> closed_stretch(const ArteryTube& tube, const LesionPlan& lesion) {
    constexpr double closed_mm = 0.3;  // radius
    std::size_t first = tube.index_at(lesion.throat_mm), last = first;
    while (first > 0 && tube.stations[first - 1].lumen_mm < closed_mm) --first;
    while (last + 1 < tube.stations.size() && tube.stations[last + 1].lumen_mm < closed_mm) ++last;
    return {Curve::step_mm * static_cast<double>(first), Curve::step_mm * static_cast<double>(last)};
}

void flag_branches(const std::vector<Course>& courses, const TubeField& field,
                   const std::vector<LesionPlan>& lesions, CutTree& cut) {
    for (std::size_t t = 0; t < field.tubes().size(); ++t) {
        const int course = static_cast<int>(t);
        for (const Plaque& plaque : field.tubes()[t].plaques)
            for (const Calcium& body : plaque.calcium)
                flag_range(cut, course, std::max(plaque.start_mm, body.arc_mm - body.half_length_mm),
                           std::min(plaque.end_mm, body.arc_mm + body.half_length_mm),
                           BranchFlag::Kind::calcified, "Calcium in the wall.");
        for (const Stent& stent : field.tubes()[t].stents)
            flag_range(cut, course, stent.start_mm, stent.end_mm, BranchFlag::Kind::stent, "A stent.");
        const Course& way = courses[t];
        if (way.bridge_end_mm > way.bridge_start_mm)
            flag_range(cut, course, way.bridge_start_mm, way.bridge_end_mm,
                       BranchFlag::Kind::myocardial_bridge, "The artery runs inside the heart muscle.");
    }
    for (const LesionPlan& lesion : lesions) {
        if (!lesion.occluded) continue;
        const auto [start_mm, end_mm] =
            closed_stretch(field.tubes()[static_cast<std::size_t>(lesion.course)], lesion);
        flag_range(cut, lesion.course, start_mm, end_mm, BranchFlag::Kind::occluded,
                   "Total occlusion, filled from collaterals beyond.");
    }
}

}  // namespace ctffr::phantom
