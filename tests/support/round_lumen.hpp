// SPDX-License-Identifier: Apache-2.0
// Trees with round sections of the centerline radius as lumen surfaces, and a straight tube.
#pragma once

#include "ctffr/stages/lumen.hpp"
#include "support/small_tree.hpp"

namespace ctffr::test {

// Sections of 24 directions and the closed surface.
inline LumenSurface round_lumen(const CoronaryTree& tree) {
    LumenSurface lumen;
    for (const Branch& branch : tree.branches) {
        LumenBranch sections{branch.id, frames_along(branch)};
        for (std::size_t i = 0; i < sections.sections.size(); ++i) {
            LumenSection& section = sections.sections[i];
            section.radius_mm.assign(24, static_cast<float>(branch.points[i].radius_mm));
            section.radius_sd_mm.assign(24, 0.0f);
            section.open.assign(24, 0);
            section.area_mm2 = polygon_area_mm2(section);
        }
        lumen.branches.push_back(std::move(sections));
    }
    build_lumen_surface(lumen, tree, {}, ctffr::Run{});
    return lumen;
}

inline CoronaryTree straight_tree(double length_mm, double radius_mm, Vec3 direction = {0.3, -0.5, 0.8}) {
    CoronaryTree tree;
    tree.branches.push_back(
        small_branch(0, -1, {1.2, -0.4, 7.7}, direction, length_mm, radius_mm, radius_mm, 0));
    return tree;
}

}  // namespace ctffr::test
