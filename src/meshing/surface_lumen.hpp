// SPDX-License-Identifier: Apache-2.0
// A closed triangle surface as an implicit lumen.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/lumen.hpp"
#include "meshing/implicit_lumen.hpp"

namespace ctffr::meshing {

// Signed distance to the wall of a closed, outward oriented surface whose openings (patch 1 + i) are replaced
// by straight extensions along the normals of `openings`. Sign by angle-weighted pseudonormals (Baerentzen,
// Aanaes, "Signed distance computation using the angle weighted pseudonormal", IEEE TVCG 11 (2005)).
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
    struct Node {
        Box box;
        std::int32_t first = 0, count = 0;  // triangles of a leaf; count 0: children first and first + 1
    };
    struct Nearest {
        double square = 1e300;
        std::int32_t triangle = -1;
        int feature = 0;  // 0: face; 1..3: edge k, k + 1; 4..6: corner k
        Vec3 point;
    };

    void extend(const TriangleMesh& surface, double extension_mm);
    void find_normals();
    void build_tree(std::int32_t node, std::int32_t first, std::int32_t last);
    Nearest nearest(Vec3 p) const;

    std::vector<Opening> openings_;
    std::function<double(Vec3)> diameter_mm_;
    std::vector<Vec3> points_;
    std::vector<std::array<std::int32_t, 3>> triangles_;
    std::vector<std::int32_t> opening_of_;     // per triangle: the extension it belongs to, or -1
    std::vector<std::array<Vec3, 7>> normal_;  // per triangle and feature
    std::vector<Node> nodes_;
};

}  // namespace ctffr::meshing
