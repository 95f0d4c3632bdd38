// SPDX-License-Identifier: Apache-2.0
#include "imaging/far_pieces.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

#include "imaging/smoothing.hpp"

namespace ctffr::imaging {

namespace {

struct Piece {
    std::vector<Vec3> points;  // LPS mm, of its voxels on the network's grid
    bool left = false;
};

// What the network sees as artery, outside the aorta: 0 nothing, 1 followed by a path, 2 not.
std::vector<std::uint8_t> seen_voxels(const HeartMaps& maps, const std::vector<GrownPath>& paths,
                                      double least_seen, const Run& run) {
    constexpr double beside_mm = 3;  // half a wide artery, and a path off its middle
    const ScalarGrid grid{maps.geometry(), {}};
    Mask lines(maps.maps[0].values.size(), 0);
    for (const GrownPath& path : paths)
        for (const Vec3 p : path.line)
            if (const Index at = grid.voxel_at(p); at >= 0) lines[as_size(at)] = 1;
    const std::vector<float> off_mm = distance_to(maps.geometry(), lines, 2 * beside_mm, run);
    std::vector<std::uint8_t> seen(lines.size(), 0);
    for (std::size_t v = 0; v < seen.size(); ++v) {
        const double p = static_cast<double>(maps.maps[HeartMaps::lumen_left].values[v]) +
                         static_cast<double>(maps.maps[HeartMaps::lumen_right].values[v]);
        if (p < least_seen || maps.maps[HeartMaps::aorta_mm].values[v] < 0) continue;
        seen[v] = static_cast<double>(off_mm[v]) < beside_mm ? 1 : 2;
    }
    return seen;
}

bool is_left(const HeartMaps& maps, std::size_t v) {
    return maps.maps[HeartMaps::lumen_left].values[v] > maps.maps[HeartMaps::lumen_right].values[v];
}

std::vector<Piece> pieces_of(const HeartMaps& maps, const std::vector<std::uint8_t>& seen,
                             const FarPieceOptions& options) {
    Mask far(seen.size());
    for (std::size_t v = 0; v < seen.size(); ++v) far[v] = seen[v] == 2;
    const Components components = connected_components(maps.geometry().size, far);
    const double h = maps.maps[0].spacing_mm();
    std::vector<Piece> pieces(components.size.size());
    std::vector<Index> left(components.size.size(), 0);
    for (std::size_t v = 0; v < seen.size(); ++v) {
        const auto c = static_cast<std::size_t>(components.label[v]);
        if (c == 0 || static_cast<double>(components.size[c]) * h * h * h < options.least_volume_mm3)
            continue;
        pieces[c].points.push_back(maps.maps[0].position(static_cast<Index>(v)));
        left[c] += is_left(maps, v);
    }
    for (std::size_t c = 0; c < pieces.size(); ++c)
        pieces[c].left = 2 * left[c] > static_cast<Index>(pieces[c].points.size());
    std::erase_if(pieces, [](const Piece& piece) { return piece.points.empty(); });
    return pieces;
}

Crossing shortest(const std::vector<Vec3>& from, const std::vector<Vec3>& to) {
    Crossing best{{0, 0, 0}, {1e9, 0, 0}};
    for (const Vec3 a : from)
        for (const Vec3 b : to)
            if (norm(b - a) < best.length_mm()) best = {a, b};
    return best;
}

}  // namespace

double far_volume_mm3(const HeartMaps& maps, const std::vector<GrownPath>& paths,
                      const FarPieceOptions& options, const Run& run) {
    const double h = maps.maps[0].spacing_mm();
    double sum = 0;
    for (const Piece& piece : pieces_of(maps, seen_voxels(maps, paths, options.least_seen, run), options))
        sum += static_cast<double>(piece.points.size()) * h * h * h;
    return sum;
}

std::vector<Crossing> crossings_to_far_pieces(const HeartMaps& maps, const std::vector<GrownPath>& paths,
                                              const std::vector<Side>& side, const FarPieceOptions& options,
                                              const Run& run) {
    const std::vector<std::uint8_t> seen = seen_voxels(maps, paths, options.least_seen, run);
    const std::vector<Piece> pieces = pieces_of(maps, seen, options);
    if (pieces.empty()) return {};
    std::vector<Vec3> followed[2];  // right, left
    for (std::size_t v = 0; v < seen.size(); ++v)
        if (seen[v] == 1) followed[is_left(maps, v)].push_back(maps.maps[0].position(static_cast<Index>(v)));
    std::vector<Crossing> crossings;
    const auto add = [&](const std::vector<Vec3>& from, const Piece& piece) {
        const Crossing way = shortest(from, piece.points);
        if (way.length_mm() <= options.longest_mm) crossings.push_back(way);
    };
    for (const Piece& piece : pieces) {
        // Behind an occluded beginning, from the side of the vessel that it leaves; else from where a path
        // ends.
        add(followed[piece.left], piece);
        for (std::size_t p = 0; p < paths.size(); ++p)
            if ((side[p] == Side::left) == piece.left) add({paths[p].line.back()}, piece);
    }
    return crossings;
}

Mask mask_of(const std::vector<Crossing>& crossings, const ImageGeometry& geometry) {
    // An artery bends: the longer the way, the farther it may be from the straight one. Beyond both ends,
    // too, because the front stops and the piece begins where evidence fades.
    constexpr double least_mm = 5, share = 0.3;
    const ScalarGrid grid{geometry, {}};
    const Int3 n = geometry.size;
    Mask mask(as_size(n.count()), 0);
    for (const Crossing& c : crossings) {
        const Vec3 along = c.to_lps_mm - c.from_lps_mm;
        const double reach = std::max(least_mm, share * c.length_mm()),
                     square = std::max(1e-9, dot(along, along));
        Index low[3], high[3];
        for (int k = 0; k < 3; ++k) {
            const double least = std::min(c.from_lps_mm[k], c.to_lps_mm[k]),
                         most = std::max(c.from_lps_mm[k], c.to_lps_mm[k]);
            const double first = (least - reach - geometry.origin_lps_mm[k]) / geometry.spacing_mm[k],
                         last = (most + reach - geometry.origin_lps_mm[k]) / geometry.spacing_mm[k];
            const auto count = static_cast<Index>(k == 0 ? n.x : k == 1 ? n.y : n.z);
            low[k] = std::clamp<Index>(static_cast<Index>(std::floor(first)), 0, count);
            high[k] = std::clamp<Index>(static_cast<Index>(std::ceil(last)) + 1, 0, count);
        }
        for (Index z = low[2]; z < high[2]; ++z)
            for (Index y = low[1]; y < high[1]; ++y)
                for (Index x = low[0]; x < high[0]; ++x) {
                    const Index v = x + n.x * (y + Index{n.y} * z);
                    const Vec3 d = grid.position(v) - c.from_lps_mm;
                    const double t = std::clamp(dot(d, along) / square, 0.0, 1.0);
                    if (norm(d - t * along) <= reach) mask[as_size(v)] = 1;
                }
    }
    return mask;
}

std::vector<std::string> remarks_on_crossings(const std::vector<Crossing>& crossings,
                                              const std::vector<GrownPath>& paths) {
    constexpr double taken_mm = 3, least_mm = 4;
    // One path leads from one end to the other about as straight as the crossing.
    const auto taken = [&](const Crossing& c) {
        return std::any_of(paths.begin(), paths.end(), [&](const GrownPath& path) {
            const auto nearest = [&](Vec3 p) {
                return std::min_element(path.line.begin(), path.line.end(),
                                        [&](Vec3 a, Vec3 b) { return distance(a, p) < distance(b, p); });
            };
            const auto from = nearest(c.from_lps_mm), to = nearest(c.to_lps_mm);
            return distance(*from, c.from_lps_mm) < taken_mm && distance(*to, c.to_lps_mm) < taken_mm &&
                   from < to && length_of({from, to}) < 1.5 * c.length_mm() + taken_mm;
        });
    };
    std::vector<std::string> remarks;
    std::vector<Vec3> named;  // several may lead to one piece
    for (const Crossing& c : crossings) {
        const bool again = std::any_of(named.begin(), named.end(),
                                       [&](Vec3 p) { return distance(p, c.to_lps_mm) < taken_mm; });
        if (again || c.length_mm() < least_mm || !taken(c)) continue;
        named.push_back(c.to_lps_mm);
        remarks.push_back(fmt::format(
            "From ({:.0f}, {:.0f}, {:.0f}) mm on hardly any lumen is seen over {:.0f} mm; the artery was "
            "followed "
            "to what the heart network sees beyond: a very tight narrowing or an occlusion, look there.",
            c.from_lps_mm.x, c.from_lps_mm.y, c.from_lps_mm.z, c.length_mm()));
    }
    return remarks;
}

}  // namespace ctffr::imaging
