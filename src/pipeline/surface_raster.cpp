// SPDX-License-Identifier: Apache-2.0
#include "pipeline/surface_raster.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr {

namespace {

// Where the line of a voxel row meets the surface: `sign` is +1 where the line enters.
struct Crossing {
    double i = 0;
    int sign = 0;
};

// Twice the signed area of (a, b, point) in the (j, k) plane. Always evaluated with the endpoints in one
// order, so that the two triangles of an edge agree about which side a point is on, to the last bit.
int side_of_edge(Vec3 a, Vec3 b, double j, double k) {
    const bool swap = b.y < a.y || (b.y == a.y && b.z < a.z);
    const Vec3 p = swap ? b : a, q = swap ? a : b;
    const double area = (q.y - p.y) * (k - p.z) - (q.z - p.z) * (j - p.y);
    const int side = area >= 0 ? 1 : -1;
    return swap ? -side : side;
}

// Rows of crossings: a row is (j, k).
class CrossingTable {
   public:
    explicit CrossingTable(Int3 size)
        : size_(size), rows_(static_cast<std::size_t>(size.y) * static_cast<std::size_t>(size.z)) {}

    // Adds the crossings of a triangle given in voxel coordinates.
    void add(const std::array<Vec3, 3>& t) {
        const auto [j_low, j_high] = std::minmax({t[0].y, t[1].y, t[2].y});
        const auto [k_low, k_high] = std::minmax({t[0].z, t[1].z, t[2].z});
        const int j0 = std::max(0, static_cast<int>(std::ceil(j_low)));
        const int j1 = std::min(size_.y - 1, static_cast<int>(std::floor(j_high)));
        const int k0 = std::max(0, static_cast<int>(std::ceil(k_low)));
        const int k1 = std::min(size_.z - 1, static_cast<int>(std::floor(k_high)));
        const Vec3 normal = cross(t[1] - t[0], t[2] - t[0]);
        if (normal.x == 0) return;  // seen edge-on: its neighbours carry the crossing
        for (int k = k0; k <= k1; ++k)
            for (int j = j0; j <= j1; ++j) {
                const int side = side_of_edge(t[0], t[1], j, k);
                if (side_of_edge(t[1], t[2], j, k) != side || side_of_edge(t[2], t[0], j, k) != side)
                    continue;
                const double i = t[0].x - (normal.y * (j - t[0].y) + normal.z * (k - t[0].z)) / normal.x;
                // The outward normal points against the line where the line enters.
                rows_[row(j, k)].push_back({i, normal.x < 0 ? 1 : -1});
            }
    }

    std::vector<InsideRun> runs() {
        std::vector<InsideRun> result;
        for (int k = 0; k < size_.z; ++k)
            for (int j = 0; j < size_.y; ++j) append_runs(j, k, result);
        return result;
    }

   private:
    std::size_t row(int j, int k) const {
        return static_cast<std::size_t>(j) + static_cast<std::size_t>(size_.y) * static_cast<std::size_t>(k);
    }

    void append_runs(int j, int k, std::vector<InsideRun>& result) {
        std::vector<Crossing>& crossings = rows_[row(j, k)];
        std::sort(crossings.begin(), crossings.end(), [](const Crossing& a, const Crossing& b) {
            return a.i < b.i || (a.i == b.i && a.sign > b.sign);
        });
        int winding = 0;
        double entered = 0;
        for (const Crossing& crossing : crossings) {
            if (winding == 0) entered = crossing.i;
            winding += crossing.sign;
            if (winding != 0) continue;
            const int first = std::max(0, static_cast<int>(std::ceil(entered)));
            const int last = std::min(size_.x - 1, static_cast<int>(std::floor(crossing.i)));
            if (first <= last) result.push_back({j, k, first, last});
        }
    }

    Int3 size_;
    std::vector<std::vector<Crossing>> rows_;
};

// The side of the centerline point nearest to `point`.
Side nearest_side(const CoronaryTree& tree, Vec3 point) {
    Side side = Side::left;
    double best = std::numeric_limits<double>::max();
    for (const Branch& branch : tree.branches)
        for (const CenterlinePoint& candidate : branch.points) {
            const Vec3 d = candidate.position_lps_mm - point;
            if (const double distance2 = dot(d, d); distance2 < best) best = distance2, side = branch.side;
        }
    return side;
}

struct Box {
    Vec3 low{1e300, 1e300, 1e300}, high{-1e300, -1e300, -1e300};

    void add(Vec3 p) {
        low = {std::min(low.x, p.x), std::min(low.y, p.y), std::min(low.z, p.z)};
        high = {std::max(high.x, p.x), std::max(high.y, p.y), std::max(high.z, p.z)};
    }
};

}  // namespace

std::vector<InsideRun> voxels_inside(const TriangleMesh& mesh, const ImageGeometry& geometry) {
    CrossingTable table(geometry.size);
    std::vector<Vec3> points;
    points.reserve(mesh.points_lps_mm.size());
    for (Vec3 p : mesh.points_lps_mm) points.push_back(geometry.index_from_lps(p));
    for (const auto& t : mesh.triangles)
        table.add({points[static_cast<std::size_t>(t[0])], points[static_cast<std::size_t>(t[1])],
                   points[static_cast<std::size_t>(t[2])]});
    return table.runs();
}

void paint_coronaries(const TriangleMesh& mesh, const CoronaryTree& tree, Segmentation& segmentation) {
    const ImageGeometry& g = segmentation.geometry;
    for (const InsideRun& run : voxels_inside(mesh, g)) {
        const Vec3 middle = g.lps_from_index({0.5 * (run.first + run.last), double(run.j), double(run.k)});
        const Label label =
            nearest_side(tree, middle) == Side::left ? Label::coronary_left : Label::coronary_right;
        for (int i = run.first; i <= run.last; ++i) {
            std::uint8_t& voxel = segmentation.labels[static_cast<std::size_t>(g.offset(i, run.j, run.k))];
            const auto old = static_cast<Label>(voxel);
            if (old != Label::calcium && old != Label::stent) voxel = static_cast<std::uint8_t>(label);
        }
    }
}

Segmentation mask_of_surface(const TriangleMesh& mesh, double spacing_mm) {
    Box box;
    for (Vec3 p : mesh.points_lps_mm) box.add(p);
    const double margin = 3 * spacing_mm;
    Segmentation mask;
    ImageGeometry& g = mask.geometry;
    g.spacing_mm = {spacing_mm, spacing_mm, spacing_mm};
    g.origin_lps_mm = box.low - Vec3{margin, margin, margin};
    const Vec3 extent = box.high - box.low;
    const auto cells = [&](double length) {
        return static_cast<int>(std::ceil((length + 2 * margin) / spacing_mm)) + 1;
    };
    if (!(std::max({extent.x, extent.y, extent.z}) < 500))
        throw Error(
            ExitCode::input_geometry,
            "The surface is {:.0f} x {:.0f} x {:.0f} mm, too large for coronary arteries: is it in mm?",
            extent.x, extent.y, extent.z);
    g.size = {cells(extent.x), cells(extent.y), cells(extent.z)};
    mask.labels.assign(static_cast<std::size_t>(g.size.count()), 0);
    for (const InsideRun& run : voxels_inside(mesh, g))
        for (int i = run.first; i <= run.last; ++i)
            mask.labels[static_cast<std::size_t>(g.offset(i, run.j, run.k))] =
                static_cast<std::uint8_t>(Label::coronary_left);
    mask.method = "user surface";
    return mask;
}

std::vector<double> values_at(const std::vector<TreePlace>& places,
                              const std::vector<std::vector<double>>& values) {
    std::vector<double> result;
    result.reserve(places.size());
    for (const TreePlace& place : places) {
        const double a = values[place.branch][place.point], b = values[place.branch][place.point + 1];
        result.push_back(a + place.fraction * (b - a));
    }
    return result;
}

}  // namespace ctffr
