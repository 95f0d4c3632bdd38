// SPDX-License-Identifier: Apache-2.0
// Small trees with known sections for the lumen tests.
#pragma once

#include <functional>

#include "ctffr/core/units.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr::test {

// A branch along curve(s), s in [0, length_mm], points every ~0.5 mm, tangents from the curve.
inline Branch make_branch(int id, int parent, double length_mm, const std::function<Vec3(double)>& curve,
                          const std::function<double(double)>& radius) {
    Branch branch;
    branch.id = id, branch.parent = parent;
    const int n = std::max(2, static_cast<int>(length_mm / 0.5) + 1);
    for (int i = 0; i < n; ++i) {
        const double s = length_mm * i / (n - 1);
        CenterlinePoint point;
        point.position_lps_mm = curve(s);
        point.radius_mm = radius(s);
        branch.points.push_back(point);
    }
    update_arc_and_tangents(branch);
    for (int i = 0; i < n; ++i) {
        const double s = length_mm * i / (n - 1);
        branch.points[static_cast<std::size_t>(i)].tangent = normalized(curve(s + 1e-4) - curve(s - 1e-4));
    }
    return branch;
}

// Circular sections of the given tree.
inline LumenSurface circular_lumen(const CoronaryTree& tree, int angles = 32) {
    LumenSurface lumen;
    for (const Branch& branch : tree.branches) {
        LumenBranch out;
        out.branch = branch.id;
        out.sections = frames_along(branch);
        for (std::size_t i = 0; i < out.sections.size(); ++i) {
            const auto n = static_cast<std::size_t>(angles);
            out.sections[i].radius_mm.assign(n, static_cast<float>(branch.points[i].radius_mm));
            out.sections[i].radius_sd_mm.assign(n, 0.0F);
            out.sections[i].open.assign(n, 0);
        }
        lumen.branches.push_back(out);
    }
    return lumen;
}

}  // namespace ctffr::test
