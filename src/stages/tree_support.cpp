// SPDX-License-Identifier: Apache-2.0
#include "stages/tree_support.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "imaging/heart_guidance.hpp"
#include "imaging/heart_image.hpp"

namespace ctffr {

using namespace imaging;

bool sees_both_trees(const HeartMaps& maps) {
    // A small right artery of an adult holds 300 mm3, a left tree more than 1 cm3.
    constexpr double least_mm3 = 150, voxel_mm3 = heart_spacing_mm * heart_spacing_mm * heart_spacing_mm;
    for (const HeartMaps::Map map : {HeartMaps::lumen_left, HeartMaps::lumen_right}) {
        double sum = 0;
        for (const float p : maps.maps[map].values)
            if (p > 0.5f) sum += static_cast<double>(p);
        if (sum * voxel_mm3 < least_mm3) return false;
    }
    return true;
}

std::vector<BranchSupport> support_of(const CoronaryTree& tree, const HeartMaps& maps) {
    std::vector<BranchSupport> result;
    for (const Branch& branch : tree.branches) {
        std::vector<Vec3> line;
        for (const CenterlinePoint& point : branch.points) line.push_back(point.position_lps_mm);
        const SideSupport support = side_support(maps, line);
        result.push_back({branch.segment, support.length_mm,
                          std::min(1.0, support.share(Side::left) + support.share(Side::right))});
    }
    return result;
}

std::vector<std::string> remarks_on_support(const std::vector<BranchSupport>& support) {
    constexpr double doubtful = 0.25, shortest_mm = 8;
    struct Sum {
        double length_mm = 0, seen_mm = 0;
    };
    std::map<Segment, Sum> segments;
    for (const BranchSupport& branch : support) {
        Sum& sum = segments[branch.segment];
        sum.length_mm += branch.length_mm, sum.seen_mm += branch.seen * branch.length_mm;
    }
    std::vector<std::string> remarks;
    for (const auto& [segment, sum] : segments)
        if (segment != Segment::unknown && sum.length_mm > shortest_mm &&
            sum.seen_mm < doubtful * sum.length_mm)
            remarks.push_back(fmt::format(
                "{} was found in the image, but the heart network sees hardly any artery there: check "
                "that it is one.",
                segment_name(segment)));
    return remarks;
}

}  // namespace ctffr
