// SPDX-License-Identifier: Apache-2.0
// A closed triangle surface as an implicit lumen.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/triangle_tree.hpp"
#include "meshing/implicit_lumen.hpp"

namespace ctffr::meshing {

// Signed distance to the wall of a closed, outward oriented surface whose openings (patch 1 + i) are replaced
// by straight extensions along the normals of `openings`.
class SurfaceLumen : public ImplicitLumen {
   public:
    // `diameter_mm`: local width of the lumen near a point, thread-safe. Throws Error(mesh_failed) where the
    // surface is not closed.
    SurfaceLumen(const TriangleMesh& surface, std::vector<Opening> openings, double extension_mm,
                 std::function<double(Vec3)> diameter_mm);

    Sample sample(Vec3 p) const override { return {value(p), diameter_mm_(p)}; }
    double value(Vec3 p) const override;
    std::vector<Box> boxes() const override;
    const std::vector<Opening>& openings() const override { return openings_; }
    bool leaves_through(std::size_t opening, Vec3 p) const override;

   private:
    void extend(const TriangleMesh& surface, double extension_mm, std::vector<Vec3>& points,
                std::vector<TriangleTree::Triangle>& triangles);

    std::vector<Opening> openings_;
    std::function<double(Vec3)> diameter_mm_;
    std::vector<std::int32_t> opening_of_;  // per triangle: the extension it belongs to, or -1
    TriangleTree tree_;
};

}  // namespace ctffr::meshing
