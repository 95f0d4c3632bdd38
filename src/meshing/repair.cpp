// SPDX-License-Identifier: Apache-2.0
#include "meshing/repair.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "meshing/join_quality.hpp"
#include "meshing/merge_faces.hpp"
#include "meshing/poly_geometry.hpp"

namespace ctffr::meshing {

namespace {

using Ids = std::vector<std::int32_t>;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

// First only good joins of small cells; when these are done, any that helps.
struct Effort {
    double largest;     // joined cells may have this part of the local cube
    double least_gain;  // part of the badness of the cell that a join must gain
};
constexpr Effort efforts[] = {{2, 0.3}, {4, 0.05}};
constexpr int rings = 6;  // of cells around bad faces that may change

Ids bad_faces(const JoinQuality& quality, double limit, const Cpu& exec) {
    const PolyMesh& mesh = quality.mesh;
    const PolyGeometry& g = quality.geometry;
    Ids bad(at(mesh.faces()));
    const Index count = parallel_select(
        exec, "mesh bad faces", mesh.faces(),
        [&](Index f) {
            const auto face = static_cast<std::int32_t>(f);
            const std::int32_t a = mesh.owner[at(face)], b = mesh.neighbour[at(face)];
            if (g.cell_volume[at(a)] <= 0) return true;
            return b >= 0 && (g.cell_volume[at(b)] <= 0 ||
                              quality.badness(face, g.cell_centre[at(a)], g.cell_centre[at(b)]) > limit);
        },
        View<std::int32_t>(bad.data(), mesh.faces()));
    bad.resize(static_cast<std::size_t>(count));
    return bad;
}

// A part of the mesh with its own numbers. The cells of its last ring are known by centre and volume only.
struct Region {
    PolyMesh mesh;
    Ids cell;  // of the whole mesh, ascending
    std::vector<char> fixed;
    std::vector<Vec3> centre;
    std::vector<double> volume;
};

Region region_around(const JoinQuality& whole, const Ids& bad) {
    const PolyMesh& mesh = whole.mesh;
    std::vector<std::int8_t> ring(at(mesh.cells), -1);
    Region region;
    const auto add = [&](std::int32_t c, int r) {
        if (c >= 0 && ring[at(c)] < 0) ring[at(c)] = static_cast<std::int8_t>(r), region.cell.push_back(c);
    };
    for (std::int32_t f : bad) add(mesh.owner[at(f)], 0), add(mesh.neighbour[at(f)], 0);
    std::size_t done = 0;
    for (int r = 1; r <= rings; ++r)
        for (const std::size_t end = region.cell.size(); done < end; ++done)
            for (std::int32_t f : whole.cell_faces.of(region.cell[done]))
                add(mesh.owner[at(f)], r), add(mesh.neighbour[at(f)], r);
    std::sort(region.cell.begin(), region.cell.end());
    Ids faces;
    for (std::int32_t c : region.cell) {
        region.fixed.push_back(ring[at(c)] == rings);
        region.centre.push_back(whole.geometry.cell_centre[at(c)]);
        region.volume.push_back(whole.geometry.cell_volume[at(c)]);
        if (ring[at(c)] < rings)
            for (std::int32_t f : whole.cell_faces.of(c)) faces.push_back(f);
    }
    std::sort(faces.begin(), faces.end());
    faces.erase(std::unique(faces.begin(), faces.end()), faces.end());
    const auto local = [&](std::int32_t c) {
        if (c < 0) return c;
        return static_cast<std::int32_t>(std::lower_bound(region.cell.begin(), region.cell.end(), c) -
                                         region.cell.begin());
    };
    region.mesh.points = mesh.points;
    region.mesh.size_mm = mesh.size_mm;
    region.mesh.cells = static_cast<std::int32_t>(region.cell.size());
    for (std::int32_t f : faces)
        region.mesh.add_face(
            {mesh.corner.begin() + mesh.start[at(f)], mesh.corner.begin() + mesh.start[at(f) + 1]},
            local(mesh.owner[at(f)]), local(mesh.neighbour[at(f)]));
    return region;
}

// One round on a region; returns how many cells joined, and how many faces were bad.
class Round {
   public:
    Round(const Region& region, double limit, const Run& run)
        : region_(region),
          faces_(region.mesh),
          g_(geometry_of(region.mesh, faces_, run)),
          quality_{region.mesh, faces_, g_},
          limit_(limit) {
        for (std::size_t c = 0; c < region.fixed.size(); ++c)
            if (region.fixed[c]) g_.cell_centre[c] = region.centre[c], g_.cell_volume[c] = region.volume[c];
        bad_ = bad_faces(quality_, limit, Cpu{run.profiler});
    }

    std::int32_t bad() const { return static_cast<std::int32_t>(bad_.size()); }
    std::int32_t join(Ids& group, const Effort& effort) {
        const PolyMesh& mesh = region_.mesh;
        std::int32_t joined = 0;
        std::vector<char> locked = region_.fixed;
        for (std::int32_t f : bad_)
            for (std::int32_t c : {mesh.owner[at(f)], mesh.neighbour[at(f)]}) {
                if (c < 0 || locked[at(c)]) continue;
                const std::int32_t mate = best_mate(c, locked, effort);
                if (mate < 0) continue;
                group[at(std::max(c, mate))] = std::min(c, mate);
                ++joined;
                // What was weighed must stay as it is until the mesh is measured again.
                for (std::int32_t d : {c, mate})
                    for (std::int32_t face : faces_.of(d))
                        for (std::int32_t e : {mesh.owner[at(face)], mesh.neighbour[at(face)]})
                            if (e >= 0) locked[at(e)] = 1;
                break;
            }
        return joined;
    }

   private:
    double cube(std::int32_t cell) const {
        const PolyMesh& mesh = region_.mesh;
        double size = 0;
        for (std::int32_t f : faces_.of(cell))
            size = std::max(size, static_cast<double>(mesh.size_mm[at(mesh.corner[at(mesh.start[at(f)])])]));
        return size * size * size;
    }
    std::int32_t best_mate(std::int32_t cell, const std::vector<char>& locked, const Effort& effort) const {
        const PolyMesh& mesh = region_.mesh;
        std::int32_t mate = -1;
        const double alone = quality_.excess(cell, -1, limit_);
        double best = effort.least_gain * alone;
        for (std::int32_t f : faces_.of(cell)) {
            const std::int32_t own = mesh.owner[at(f)], other = own == cell ? mesh.neighbour[at(f)] : own;
            if (other < 0 || locked[at(other)]) continue;
            if (g_.cell_volume[at(cell)] + g_.cell_volume[at(other)] >
                effort.largest * std::max(cube(cell), cube(other)))
                continue;
            // A bad face between the two counts twice, and goes.
            const double gain =
                alone + quality_.excess(other, -1, limit_) - quality_.excess(cell, other, limit_);
            if (gain > best) best = gain, mate = other;
        }
        return mate;
    }

    const Region& region_;
    CellFaces faces_;
    PolyGeometry g_;
    JoinQuality quality_;
    double limit_;
    Ids bad_;
};

}  // namespace

Repair repair(const PolyMesh& mesh, const RepairOptions& options, const Run& run) {
    Repair result;
    result.group.resize(at(mesh.cells));
    std::iota(result.group.begin(), result.group.end(), 0);
    const double limit = 1 - std::cos(options.limit_deg * pi / 180);
    const CellFaces cell_faces(mesh);
    const PolyGeometry geometry = geometry_of(mesh, cell_faces, run);
    const JoinQuality whole{mesh, cell_faces, geometry};
    const Ids bad = bad_faces(whole, limit, Cpu{run.profiler});
    result.bad_before = result.bad_after = static_cast<std::int32_t>(bad.size());
    if (bad.empty()) return result;
    Region region = region_around(whole, bad);
    Ids total(at(region.mesh.cells));
    std::iota(total.begin(), total.end(), 0);
    std::size_t effort = 0;
    for (int round = 0; round <= options.rounds; ++round) {
        Ids group(at(region.mesh.cells));
        std::iota(group.begin(), group.end(), 0);
        Round now(region, limit, run);
        result.bad_after = now.bad();
        if (round == options.rounds) break;
        const std::int32_t joined = now.join(group, efforts[effort]);
        if (joined == 0 && ++effort == std::size(efforts)) break;
        if (joined == 0) continue;
        result.joined += joined;
        region.mesh = merge_faces(std::move(region.mesh), group, run);
        for (std::int32_t& g : total) g = group[at(g)];
    }
    for (std::size_t c = 0; c < total.size(); ++c)
        result.group[at(region.cell[c])] = region.cell[at(total[c])];
    return result;
}

}  // namespace ctffr::meshing
