// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/image.hpp"

#include <cmath>

#include <fmt/format.h>

namespace ctffr {

std::vector<std::string> check(const ImageGeometry& geometry) {
    std::vector<std::string> broken;
    for (int a = 0; a < 3; ++a) {
        if (geometry.size[a] < 1)
            broken.push_back(
                fmt::format("size along axis {} is {}, must be at least 1", a, geometry.size[a]));
        const double spacing = geometry.spacing_mm[a];
        if (!(spacing > 0) || !std::isfinite(spacing))
            broken.push_back(fmt::format("spacing along axis {} is {} mm, must be positive", a, spacing));
        if (!std::isfinite(geometry.origin_lps_mm[a])) broken.push_back("the origin is not finite");
        for (int b = 0; b <= a; ++b) {
            const double product = dot(geometry.direction.column(a), geometry.direction.column(b));
            if (!(std::abs(product - (a == b ? 1.0 : 0.0)) < 1e-3))
                broken.push_back(fmt::format("direction columns {} and {} are not orthonormal (product {})",
                                             b, a, product));
        }
    }
    if (broken.empty() && determinant(geometry.direction) < 0)
        broken.push_back("the direction matrix is left-handed");
    return broken;
}

std::vector<std::string> check(const Volume& volume) {
    std::vector<std::string> broken = check(volume.geometry);
    if (static_cast<Index>(volume.hu.size()) != volume.geometry.size.count())
        broken.push_back(
            fmt::format("{} voxels, geometry says {}", volume.hu.size(), volume.geometry.size.count()));
    return broken;
}

std::vector<std::string> check(const Segmentation& segmentation) {
    std::vector<std::string> broken = check(segmentation.geometry);
    if (static_cast<Index>(segmentation.labels.size()) != segmentation.geometry.size.count())
        broken.push_back(fmt::format("{} labels, geometry says {}", segmentation.labels.size(),
                                     segmentation.geometry.size.count()));
    return broken;
}

}  // namespace ctffr
