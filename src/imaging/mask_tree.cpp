// SPDX-License-Identifier: Apache-2.0
#include "imaging/mask_tree.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ctffr/parallel/parallel.hpp"
#include "imaging/fast_marching.hpp"
#include "imaging/smoothing.hpp"

namespace ctffr::imaging {

namespace {

constexpr double min_piece_mm3 = 10;  // smaller pieces are specks
constexpr double aorta_reach_mm =
    6;  // a piece whose nearest voxel is farther from the aortic wall has no ostium

// The box of all voxels that are not background, with room around it.
Box mask_box(const Segmentation& mask) {
    Box box{{1e30, 1e30, 1e30}, {-1e30, -1e30, -1e30}};
    const ImageGeometry& g = mask.geometry;
    for (int k = 0; k < g.size.z; ++k)
        for (int j = 0; j < g.size.y; ++j)
            for (int i = 0; i < g.size.x; ++i) {
                if (mask.labels[as_size(g.offset(i, j, k))] == 0) continue;
                const Vec3 p = g.lps_from_index({double(i), double(j), double(k)});
                for (int a = 0; a < 3; ++a)
                    box.low[a] = std::min(box.low[a], p[a]), box.high[a] = std::max(box.high[a], p[a]);
            }
    constexpr double room_mm = 3;
    return {box.low - Vec3{room_mm, room_mm, room_mm}, box.high + Vec3{room_mm, room_mm, room_mm}};
}

// Trilinear value of the indicator "label is not background" minus one half.
double mask_level(const Segmentation& mask, Vec3 lps) {
    const ImageGeometry& g = mask.geometry;
    const Vec3 at = g.index_from_lps(lps);
    const int x = static_cast<int>(std::floor(at.x)), y = static_cast<int>(std::floor(at.y)),
              z = static_cast<int>(std::floor(at.z));
    double sum = 0;
    for (int c = 0; c < 8; ++c) {
        const int i = x + (c & 1), j = y + (c >> 1 & 1), k = z + (c >> 2 & 1);
        if (i < 0 || j < 0 || k < 0 || i >= g.size.x || j >= g.size.y || k >= g.size.z) continue;
        if (mask.labels[as_size(g.offset(i, j, k))] == 0) continue;
        sum += (c & 1 ? at.x - x : 1 - (at.x - x)) * (c >> 1 & 1 ? at.y - y : 1 - (at.y - y)) *
               (c >> 2 & 1 ? at.z - z : 1 - (at.z - z));
    }
    return sum - 0.5;
}

// Distance of a point to the aortic wall; negative inside.
double to_aorta(const HeartFrame& heart, Vec3 p) {
    double best = 1e30;
    for (const AortaSection& s : heart.aorta)
        best = std::min(best, distance(p, s.center_lps_mm) - s.radius_mm);
    return best;
}

// The mask on the working grid: inside voxels, depth below the surface, front speed.
struct MaskGrid {
    ScalarGrid field;
    Mask inside;
    std::vector<float> depth_mm, speed, evidence;
};

MaskGrid make_grid(const Segmentation& mask, const Run& run) {
    const Vec3 s = mask.geometry.spacing_mm;
    const double spacing = std::clamp(std::min({s.x, s.y, s.z}), 0.2, 0.5);
    MaskGrid grid;
    grid.field.geometry = grid_geometry(mask_box(mask), spacing);
    const auto voxels = as_size(grid.field.geometry.size.count());
    grid.field.values.resize(voxels);
    parallel_for(Cpu{run.profiler}, "mask level", static_cast<Index>(voxels), [&](Index v) {
        grid.field.values[as_size(v)] = static_cast<float>(mask_level(mask, grid.field.position(v)));
    });
    grid.inside.resize(voxels);
    Mask outside(voxels);
    for (std::size_t v = 0; v < voxels; ++v)
        grid.inside[v] = grid.field.values[v] > 0, outside[v] = !grid.inside[v];
    grid.depth_mm = distance_to(grid.field.geometry, outside, 6.0, run);
    grid.speed.resize(voxels);
    grid.evidence.resize(voxels);
    for (std::size_t v = 0; v < voxels; ++v) {
        // Squared depth keeps the way in the middle, round bends too.
        grid.speed[v] = grid.inside[v] ? 0.02f + grid.depth_mm[v] * grid.depth_mm[v] : 0.0f;
        grid.evidence[v] = grid.inside[v] ? 1.0f : 0.0f;
    }
    return grid;
}

// One connected piece of the mask.
struct Piece {
    std::vector<Index> voxels;
    Index root = -1;
    double aorta_mm = 1e30;  // smallest distance to the aortic wall
};

std::vector<GrownPath> grow_from(const MaskGrid& grid, Index seed, const GrowthOptions& options,
                                 const Run& run) {
    const Front front = march(grid.field.geometry, grid.speed, {}, {seed}, {}, run);
    return grow_paths(front, {grid.evidence, grid.evidence, grid.depth_mm, {}, 0}, options, run);
}

// Mean depth over the last millimetres before an end of a line.
double end_depth(const MaskGrid& grid, const std::vector<Vec3>& line, bool at_front) {
    double sum = 0, length = 0;
    int count = 0;
    for (std::size_t n = 0; n < line.size() && length < 6; ++n) {
        const std::size_t i = at_front ? n : line.size() - 1 - n;
        if (n > 0) length += distance(line[i], line[at_front ? i - 1 : i + 1]);
        if (length < 1) continue;  // the rounded end itself is thin
        const Index v = grid.field.voxel_at(line[i]);
        if (v < 0) continue;
        sum += static_cast<double>(grid.depth_mm[as_size(v)]);
        ++count;
    }
    return count > 0 ? sum / count : 0;
}

// The end of the piece round which the vessel is thickest: a front from the deepest voxel finds all ends.
Index thickest_end(const MaskGrid& grid, const Piece& piece, const GrowthOptions& options, const Run& run) {
    const Index deepest = *std::max_element(piece.voxels.begin(), piece.voxels.end(), [&](Index a, Index b) {
        return grid.depth_mm[as_size(a)] < grid.depth_mm[as_size(b)];
    });
    Index best = deepest;
    double best_depth = 0;
    for (const GrownPath& path : grow_from(grid, deepest, options, run))
        if (const double depth = end_depth(grid, path.line, false); depth > best_depth)
            best_depth = depth, best = grid.field.voxel_at(path.line.back());
    return best;
}

std::vector<Piece> find_pieces(const MaskGrid& grid, const HeartFrame& heart, const GrowthOptions& options,
                               std::vector<std::string>& remarks, const Run& run) {
    const Components components = connected_components(grid.field.geometry.size, grid.inside);
    std::vector<Piece> pieces(components.size.size());
    for (std::size_t v = 0; v < components.label.size(); ++v)
        if (const std::int32_t c = components.label[v]; c > 0)
            pieces[as_size(c)].voxels.push_back(static_cast<Index>(v));
    const double voxel_mm3 = std::pow(grid.field.spacing_mm(), 3);
    std::erase_if(pieces, [&](const Piece& p) {
        return static_cast<double>(p.voxels.size()) * voxel_mm3 < min_piece_mm3;
    });
    for (Piece& piece : pieces) {
        run.check_cancel();
        if (heart.aorta.empty()) {
            piece.root = thickest_end(grid, piece, options, run);
            continue;
        }
        for (Index v : piece.voxels)
            if (const double d = to_aorta(heart, grid.field.position(v)); d < piece.aorta_mm)
                piece.aorta_mm = d, piece.root = v;
    }
    if (heart.aorta.empty()) return pieces;
    // One sentence for all: a network may leave dozens of specks.
    std::size_t count = 0, largest = 0;
    double largest_away_mm = 0;
    std::erase_if(pieces, [&](const Piece& p) {
        if (p.aorta_mm <= aorta_reach_mm) return false;
        ++count;
        if (p.voxels.size() > largest) largest = p.voxels.size(), largest_away_mm = p.aorta_mm;
        return true;
    });
    if (count > 0)
        remarks.push_back(
            fmt::format("{} of the mask without connection to the aorta {} left out; the largest ({:.0f} "
                        "mm3) lies {:.0f} mm from it.",
                        count == 1 ? "A piece" : fmt::format("{} pieces", count), count == 1 ? "was" : "were",
                        static_cast<double>(largest) * voxel_mm3, largest_away_mm));
    return pieces;
}

// The side most voxels of the piece are labelled with; by position when the labels do not say.
Side side_of(const Segmentation& mask, const MaskGrid& grid, const Piece& piece, double middle_x) {
    const ScalarGrid frame{mask.geometry, {}};
    long left = 0, right = 0;
    for (Index v : piece.voxels) {
        const Index at = frame.voxel_at(grid.field.position(v));
        if (at < 0) continue;
        left += mask.labels[as_size(at)] == static_cast<std::uint8_t>(Label::coronary_left);
        right += mask.labels[as_size(at)] == static_cast<std::uint8_t>(Label::coronary_right);
    }
    // A mask of ones says nothing about sides: it has "left" everywhere.
    const bool labelled = std::find(mask.labels.begin(), mask.labels.end(),
                                    static_cast<std::uint8_t>(Label::coronary_right)) != mask.labels.end();
    if (labelled && left + right > 0) return left >= right ? Side::left : Side::right;
    return grid.field.position(piece.root).x >= middle_x ? Side::left : Side::right;
}

}  // namespace

MaskPaths find_paths_in_mask(const Segmentation& mask, const HeartFrame& heart, const GrowthOptions& options,
                             const Run& run) {
    if (std::all_of(mask.labels.begin(), mask.labels.end(), [](std::uint8_t label) { return label == 0; }))
        throw Error(
            ExitCode::anatomy_not_found,
            "The mask is empty: no voxel differs from 0. Give a mask with the coronary lumen labelled.");
    run.progress("centerline: mask", 0.1);
    MaskGrid grid = make_grid(mask, run);
    MaskPaths result;
    GrowthOptions growth = options;
    growth.min_radius_mm = 0.5 * options.min_radius_mm;  // depth on a grid is up to half a voxel too small
    const std::vector<Piece> pieces = find_pieces(grid, heart, growth, result.remarks, run);
    if (pieces.empty())
        throw Error(ExitCode::anatomy_not_found,
                    "No piece of the mask of at least {} mm3 {}: check the mask and its geometry.",
                    min_piece_mm3, heart.aorta.empty() ? "was found" : "touches the aorta");
    double middle_x = 0;
    for (const Piece& piece : pieces)
        middle_x += grid.field.position(piece.root).x / static_cast<double>(pieces.size());
    for (std::size_t p = 0; p < pieces.size(); ++p) {
        run.progress("centerline: front",
                     0.2 + 0.6 * static_cast<double>(p) / static_cast<double>(pieces.size()));
        // One vessel alone stands on the side of the heart it lies on.
        const bool alone = pieces.size() == 1 && !heart.aorta.empty();
        const Side side = side_of(mask, grid, pieces[p], alone ? heart.root_center_lps_mm.x : middle_x);
        const int first = static_cast<int>(result.paths.size());
        for (GrownPath& path : grow_from(grid, pieces[p].root, growth, run)) {
            if (path.parent >= 0)
                path.parent += first;
            else
                result.ostia.push_back({side, path.line.front(), 1.0});
            result.side.push_back(side);
            result.paths.push_back(std::move(path));
        }
    }
    if (result.paths.empty())
        throw Error(ExitCode::anatomy_not_found,
                    "No vessel of at least {} mm was found in the mask: check the mask and its geometry.",
                    options.min_branch_mm);
    result.field = std::move(grid.field);
    return result;
}

}  // namespace ctffr::imaging
