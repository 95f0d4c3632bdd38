// SPDX-License-Identifier: Apache-2.0
#include "anatomy/lesion_detect.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ctffr/core/units.hpp"

namespace ctffr {

namespace {

constexpr double border_stenosis = 0.10;  // a lesion ends where the narrowing is less
constexpr double smallest_throat_gap_mm = 5;
constexpr double smoothing_mm = 0.75;  // half width of the triangle that quiets noise before detection

struct Line {
    std::vector<double> arc, stenosis;  // per point of a vessel line; diameter narrowing 0..1
};

Line measure_line(const VesselLine& vessel, const SectionMeasures& sections,
                  const std::vector<std::vector<double>>& reference_mm) {
    Line line;
    std::vector<double> raw;
    for (const VesselPoint& p : vessel.points) {
        const auto b = static_cast<std::size_t>(p.branch), i = static_cast<std::size_t>(p.point);
        line.arc.push_back(p.arc_mm);
        raw.push_back(1 - sections.radius_mm[b][i] / reference_mm[b][i]);
    }
    for (std::size_t i = 0; i < raw.size(); ++i) {
        double sum = 0, weight = 0;
        for (std::size_t k = i; k-- > 0 && line.arc[i] - line.arc[k] < smoothing_mm;) {
            const double w = 1 - (line.arc[i] - line.arc[k]) / smoothing_mm;
            sum += w * raw[k], weight += w;
        }
        for (std::size_t k = i; k < raw.size() && line.arc[k] - line.arc[i] < smoothing_mm; ++k) {
            const double w = 1 - (line.arc[k] - line.arc[i]) / smoothing_mm;
            sum += w * raw[k], weight += w;
        }
        line.stenosis.push_back(sum / weight);
    }
    return line;
}

// Index range [first, last] of one narrowing and its throat.
struct Piece {
    std::size_t first, last, throat;
};

// Arc length between two points where the narrowing crosses the border value.
double border_between(const Line& line, std::size_t outside, std::size_t inside) {
    const double t =
        (border_stenosis - line.stenosis[outside]) / (line.stenosis[inside] - line.stenosis[outside]);
    return line.arc[outside] + t * (line.arc[inside] - line.arc[outside]);
}
// Ends of a piece: at the border value, or at the shared point where two lesions meet.
double start_arc(const Line& line, const Piece& piece) {
    const bool crossed = piece.first > 0 && line.stenosis[piece.first - 1] < border_stenosis;
    return crossed ? border_between(line, piece.first - 1, piece.first) : line.arc[piece.first];
}
double end_arc(const Line& line, const Piece& piece) {
    const bool crossed = piece.last + 1 < line.arc.size() && line.stenosis[piece.last + 1] < border_stenosis;
    return crossed ? border_between(line, piece.last + 1, piece.last) : line.arc[piece.last];
}

Piece piece_of(const Line& line, std::size_t first, std::size_t last) {
    const auto begin = line.stenosis.begin();
    const auto throat = std::max_element(begin + static_cast<std::ptrdiff_t>(first),
                                         begin + static_cast<std::ptrdiff_t>(last) + 1);
    return {first, last, static_cast<std::size_t>(throat - begin)};
}

// Splits a narrowing at its deepest recovery between two throats, where that counts as two lesions.
void split(const Line& line, const Piece& whole, double min_ds, std::vector<Piece>& pieces) {
    const auto& ds = line.stenosis;
    std::size_t best = 0;
    double best_recovery = 0;
    for (std::size_t i = whole.first + 1; i < whole.last; ++i) {
        const Piece left = piece_of(line, whole.first, i), right = piece_of(line, i, whole.last);
        const double milder = std::min(ds[left.throat], ds[right.throat]);
        const bool apart = line.arc[right.throat] - line.arc[left.throat] >= smallest_throat_gap_mm;
        if (!apart || milder < min_ds || ds[i] > milder / 2) continue;
        if (milder - ds[i] > best_recovery) best_recovery = milder - ds[i], best = i;
    }
    if (best == 0) {
        pieces.push_back(whole);
        return;
    }
    split(line, piece_of(line, whole.first, best), min_ds, pieces);
    split(line, piece_of(line, best, whole.last), min_ds, pieces);
}

std::vector<Piece> pieces_of(const Line& line, double min_ds) {
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < line.stenosis.size(); ++i) {
        if (line.stenosis[i] < border_stenosis) continue;
        std::size_t last = i;
        while (last + 1 < line.stenosis.size() && line.stenosis[last + 1] >= border_stenosis) ++last;
        const Piece whole = piece_of(line, i, last);
        if (line.stenosis[whole.throat] >= min_ds) split(line, whole, min_ds, pieces);
        i = last;
    }
    // Throats closer than 5 mm are one lesion even when the lumen opens between them.
    for (std::size_t i = 1; i < pieces.size();) {
        if (line.arc[pieces[i].throat] - line.arc[pieces[i - 1].throat] >= smallest_throat_gap_mm) {
            ++i;
            continue;
        }
        pieces[i - 1] = piece_of(line, pieces[i - 1].first, pieces[i].last);
        pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return pieces;
}

std::vector<LesionStretch> stretches_of(const CoronaryTree& tree, const VesselLine& vessel, double start_mm,
                                        double end_mm) {
    std::vector<LesionStretch> stretches;
    for (const VesselPoint& p : vessel.points) {
        if (!stretches.empty() && stretches.back().branch == p.branch) continue;
        const Branch& branch = tree.branches[static_cast<std::size_t>(p.branch)];
        const double begin = p.arc_mm - branch.points[static_cast<std::size_t>(p.point)].arc_mm;
        const double first = std::max(start_mm - begin, 0.0),
                     last = std::min(end_mm - begin, branch.length_mm());
        if (last > first) stretches.push_back({p.branch, first, last});
    }
    return stretches;
}

}  // namespace

std::vector<VesselLine> vessel_lines(const CoronaryTree& tree) {
    std::vector<Vessel> vessels = vessels_of(tree);
    for (const Branch& branch : tree.branches) {
        if (!tree.children_of(branch.id).empty()) continue;
        const bool reached = std::any_of(vessels.begin(), vessels.end(), [&](const Vessel& v) {
            return std::find(v.branches.begin(), v.branches.end(), branch.id) != v.branches.end();
        });
        if (!reached) vessels.push_back({fmt::format("branch {}", branch.id), tree.path_to(branch.id)});
    }
    std::vector<VesselLine> lines;
    for (const Vessel& vessel : vessels) {
        VesselLine line{vessel.name, {}};
        double offset = 0;
        for (int id : vessel.branches) {
            const Branch& branch = tree.branches[static_cast<std::size_t>(id)];
            for (std::size_t i = line.points.empty() ? 0 : 1; i < branch.points.size(); ++i)
                line.points.push_back({id, static_cast<int>(i), offset + branch.points[i].arc_mm});
            offset += branch.length_mm();
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

std::vector<PlacedLesion> find_lesions(const CoronaryTree& tree, const std::vector<VesselLine>& lines,
                                       const SectionMeasures& sections,
                                       const std::vector<std::vector<double>>& reference_mm,
                                       double min_ds_pct) {
    std::vector<PlacedLesion> found;
    std::vector<bool> covered(tree.branches.size(), false);
    for (std::size_t l = 0; l < lines.size(); ++l) {
        const VesselLine& vessel = lines[l];
        const Line line = measure_line(vessel, sections, reference_mm);
        for (const Piece& piece : pieces_of(line, min_ds_pct / 100)) {
            // Detection ran on smoothed values; the throat is where the exact ones are narrowest against the
            // reference, and the smallest area is taken there: a side branch beyond a junction is smaller
            // anyway.
            std::size_t throat = piece.first;
            const auto narrowing = [&](std::size_t i) {
                const VesselPoint& p = vessel.points[i];
                const auto b = static_cast<std::size_t>(p.branch), k = static_cast<std::size_t>(p.point);
                return 1 - sections.radius_mm[b][k] / reference_mm[b][k];
            };
            for (std::size_t i = piece.first; i <= piece.last; ++i)
                if (narrowing(i) > narrowing(throat)) throat = i;
            const VesselPoint& at = vessel.points[throat];
            const auto b = static_cast<std::size_t>(at.branch);
            if (covered[b]) continue;  // already listed with the vessel that shares this branch
            const Branch& branch = tree.branches[b];
            const double branch_start =
                line.arc[throat] - branch.points[static_cast<std::size_t>(at.point)].arc_mm;
            PlacedLesion placed;
            placed.line = static_cast<int>(l);
            placed.start_arc_mm = start_arc(line, piece), placed.end_arc_mm = end_arc(line, piece);
            placed.throat_arc_mm = line.arc[throat];
            Lesion& lesion = placed.lesion;
            lesion.segment = std::string(segment_name(branch.segment)), lesion.vessel = vessel.name;
            lesion.branch = at.branch;
            lesion.start_mm = std::max(placed.start_arc_mm - branch_start, 0.0);
            lesion.end_mm = std::min(placed.end_arc_mm - branch_start, branch.length_mm());
            lesion.throat_mm = placed.throat_arc_mm - branch_start;
            lesion.length_mm = placed.end_arc_mm - placed.start_arc_mm;
            lesion.stretches = stretches_of(tree, vessel, placed.start_arc_mm, placed.end_arc_mm);
            lesion.reference_diameter_mm = 2 * reference_mm[b][static_cast<std::size_t>(at.point)];
            lesion.mld_mm = 2 * sections.radius_mm[b][static_cast<std::size_t>(at.point)];
            lesion.mla_mm2 = pi * lesion.mld_mm * lesion.mld_mm / 4;
            const double ratio = lesion.mld_mm / lesion.reference_diameter_mm;
            lesion.diameter_stenosis_pct = 100 * (1 - ratio),
            lesion.area_stenosis_pct = 100 * (1 - ratio * ratio);
            if (lesion.length_mm > lesion.end_mm - lesion.start_mm + 1e-9)
                lesion.note = "The lesion reaches into a neighbouring segment.";
            found.push_back(std::move(placed));
        }
        for (const VesselPoint& p : vessel.points) covered[static_cast<std::size_t>(p.branch)] = true;
    }
    return found;
}

}  // namespace ctffr
