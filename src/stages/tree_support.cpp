// SPDX-License-Identifier: Apache-2.0
#include "stages/tree_support.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

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

std::vector<std::string> flag_wide_ends(CoronaryTree& tree) {
    // Small arteries fade out at 2 mm of diameter in most scans: named, but not a hole in the result.
    constexpr double wide_mm = 0.9, lost_mm = 1.25, last_mm = 10;
    std::vector<std::string> ends;
    for (Branch& branch : tree.branches) {
        if (branch.segment == Segment::unknown || !tree.children_of(branch.id).empty()) continue;
        std::vector<double> radii;
        for (const CenterlinePoint& point : branch.points)
            if (point.arc_mm > branch.length_mm() - last_mm) radii.push_back(point.radius_mm);
        // The end itself may lie in the narrowing.
        const double radius = quantile_of(std::move(radii), 0.75);
        if (radius <= wide_mm) continue;
        ends.push_back(fmt::format("{} ({:.1f} mm)", segment_name(branch.segment), 2 * radius));
        if (radius > lost_mm)
            branch.flags.push_back({BranchFlag::Kind::truncated, std::max(0.0, branch.length_mm() - last_mm),
                                    branch.length_mm(),
                                    "It ends while still wide: what lies beyond is not assessed."});
    }
    if (ends.empty()) return {};
    return {fmt::format(
        "Ends while still wide: {}. What lies beyond is not assessed, and a tight narrowing may follow: look "
        "there, and compare with the other --centerline-search.",
        fmt::join(ends, ", "))};
}

}  // namespace ctffr
