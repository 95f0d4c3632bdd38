// SPDX-License-Identifier: Apache-2.0
#include "anatomy/segment_detection.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace ctffr::anatomy {

namespace {

constexpr std::size_t segment_count = 19;

// A centerline point with the length that it stands for.
struct Piece {
    Vec3 position;
    double radius_mm = 0, length_mm = 0;
    Segment segment = Segment::unknown;
};

std::vector<Piece> pieces_of(const Branch& branch) {
    std::vector<Piece> pieces;
    const auto& points = branch.points;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const double before = points[i == 0 ? 0 : i - 1].arc_mm;
        const double after = points[std::min(i + 1, points.size() - 1)].arc_mm;
        pieces.push_back(
            {points[i].position_lps_mm, points[i].radius_mm, 0.5 * (after - before), branch.segment});
    }
    return pieces;
}

std::vector<Piece> pieces_of(const CoronaryTree& tree) {
    std::vector<Piece> all;
    for (const Branch& branch : tree.branches) {
        const auto pieces = pieces_of(branch);
        all.insert(all.end(), pieces.begin(), pieces.end());
    }
    return all;
}

}  // namespace

std::vector<SegmentDetection> detect_segments(const CoronaryTree& found, const CoronaryTree& truth,
                                              const DetectionOptions& options) {
    std::array<SegmentDetection, segment_count> by_segment{};
    for (std::size_t s = 0; s < segment_count; ++s) by_segment[s].segment = static_cast<Segment>(s);
    const std::vector<Piece> all_found = pieces_of(found), all_true = pieces_of(truth);
    for (const Piece& piece : all_true) {
        // Branches that the truth leaves without a name are no SCCT segment.
        if (piece.segment == Segment::unknown || piece.radius_mm < options.relevant_radius_mm) continue;
        SegmentDetection& detection = by_segment[static_cast<std::size_t>(piece.segment)];
        detection.true_mm += piece.length_mm;
        double best = std::numeric_limits<double>::infinity();
        Segment label = Segment::unknown;
        for (const Piece& other : all_found)
            if (const double d = distance(other.position, piece.position); d < best)
                best = d, label = other.segment;
        if (best > std::max(piece.radius_mm, options.min_tolerance_mm)) continue;
        detection.covered_mm += piece.length_mm;
        if (label == piece.segment) detection.named_mm += piece.length_mm;
    }
    for (const Branch& branch : found.branches) {
        if (branch.length_mm() < options.min_length_mm) continue;
        double wrong = 0;
        for (const Piece& piece : pieces_of(branch)) {
            const bool right = std::any_of(all_true.begin(), all_true.end(), [&](const Piece& other) {
                return distance(other.position, piece.position) <=
                       std::max(other.radius_mm, options.min_tolerance_mm);
            });
            if (!right) wrong += piece.length_mm;
        }
        if (wrong <= 0.5 * branch.length_mm()) continue;
        SegmentDetection& detection = by_segment[static_cast<std::size_t>(branch.segment)];
        ++detection.false_branches, detection.false_mm += branch.length_mm();
    }
    std::vector<SegmentDetection> result;
    for (SegmentDetection& detection : by_segment) {
        detection.counts = detection.true_mm >= options.min_length_mm;
        if (detection.counts || detection.false_branches > 0) result.push_back(detection);
    }
    return result;
}

}  // namespace ctffr::anatomy
