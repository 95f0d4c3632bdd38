// SPDX-License-Identifier: Apache-2.0
#include "meshing/repair.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "meshing/join_quality.hpp"
#include "meshing/poly_geometry.hpp"

namespace ctffr::meshing {

namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

constexpr double largest = 2;  // joined cells may have this part of the local cube

class Repairer {
   public:
    Repairer(const PolyMesh& mesh, double limit_deg, const Run& run)
        : mesh_(mesh),
          faces_(mesh),
          g_(geometry_of(mesh, faces_, run)),
          quality_{mesh_, faces_, g_},
          exec_{run.profiler} {
        limit_ = 1 - std::cos(limit_deg * pi / 180);
    }

    Repair run() {
        Repair result;
        result.group.resize(at(mesh_.cells));
        for (std::int32_t c = 0; c < mesh_.cells; ++c) result.group[at(c)] = c;
        std::vector<std::int32_t> bad(at(mesh_.faces()));
        const Index count = parallel_select(
            exec_, "mesh bad faces", mesh_.faces(),
            [&](Index f) {
                const auto face = static_cast<std::int32_t>(f);
                const std::int32_t a = mesh_.owner[at(face)], b = mesh_.neighbour[at(face)];
                return g_.cell_volume[at(a)] <= 0 ||
                       (b >= 0 &&
                        (g_.cell_volume[at(b)] <= 0 ||
                         quality_.badness(face, g_.cell_centre[at(a)], g_.cell_centre[at(b)]) > limit_));
            },
            View<std::int32_t>(bad.data(), mesh_.faces()));
        result.bad_faces = static_cast<std::int32_t>(count);
        std::vector<char> locked(at(mesh_.cells), 0);
        for (Index i = 0; i < count; ++i) {
            const std::int32_t f = bad[static_cast<std::size_t>(i)];
            for (std::int32_t c : {mesh_.owner[at(f)], mesh_.neighbour[at(f)]}) {
                if (c < 0 || locked[at(c)]) continue;
                const std::int32_t mate = best_mate(c, locked);
                if (mate < 0) continue;
                result.group[at(std::max(c, mate))] = std::min(c, mate);
                ++result.joined;
                // What was weighed must stay as it is until the mesh is measured again.
                for (std::int32_t d : {c, mate})
                    for (std::int32_t face : faces_.of(d))
                        for (std::int32_t e : {mesh_.owner[at(face)], mesh_.neighbour[at(face)]})
                            if (e >= 0) locked[at(e)] = 1;
                break;
            }
        }
        return result;
    }

   private:
    double cube(std::int32_t cell) const {
        double size = 0;
        for (std::int32_t f : faces_.of(cell))
            size =
                std::max(size, static_cast<double>(mesh_.size_mm[at(mesh_.corner[at(mesh_.start[at(f)])])]));
        return size * size * size;
    }
    std::int32_t best_mate(std::int32_t cell, const std::vector<char>& locked) const {
        const double alone = quality_.excess(cell, -1, limit_);
        double best = 0.3 * alone;
        std::int32_t mate = -1;
        for (std::int32_t f : faces_.of(cell)) {
            const std::int32_t own = mesh_.owner[at(f)], other = own == cell ? mesh_.neighbour[at(f)] : own;
            if (other < 0 || locked[at(other)]) continue;
            if (g_.cell_volume[at(cell)] + g_.cell_volume[at(other)] >
                largest * std::max(cube(cell), cube(other)))
                continue;
            // A bad face between the two counts twice, and goes.
            const double gain =
                alone + quality_.excess(other, -1, limit_) - quality_.excess(cell, other, limit_);
            if (gain > best) best = gain, mate = other;
        }
        return mate;
    }

    const PolyMesh& mesh_;
    CellFaces faces_;
    PolyGeometry g_;
    JoinQuality quality_;
    Cpu exec_;
    double limit_ = 0;
};

}  // namespace

Repair repair(const PolyMesh& mesh, double limit_deg, const Run& run) {
    return Repairer(mesh, limit_deg, run).run();
}

}  // namespace ctffr::meshing
