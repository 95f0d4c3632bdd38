// SPDX-License-Identifier: Apache-2.0
#include "imaging/coronary_roots.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"
#include "imaging/heart_guidance.hpp"
#include "imaging/smoothing.hpp"

namespace ctffr::imaging {

namespace {

// A root path with everything below it.
struct Candidate {
    std::size_t path = 0;
    double length_mm = 0, evidence = 0;
    double radius_mm = 0;  // median over the root path
    Vec3 ostium;
    double prior[2] = {0, 0};  // left, right
    double score(Side side) const {
        return std::min(length_mm, 250.0) * evidence * prior[side == Side::left ? 0 : 1];
    }
};

double median_radius(const std::vector<Vec3>& line, const Vesselness& vessels) {
    const ScalarGrid frame{vessels.geometry, {}};
    std::vector<double> radii;
    for (Vec3 p : line)
        if (const Index v = frame.voxel_at(p); v >= 0 && vessels.radius_mm[as_size(v)] > 0)
            radii.push_back(vessels.radius_mm[as_size(v)]);
    return median_of(radii);
}

std::vector<Candidate> candidates_of(const std::vector<GrownPath>& paths, const Vesselness& vessels,
                                     const HeartFrame& heart, const HeartMaps* maps) {
    std::vector<Candidate> result;
    std::vector<std::size_t> root_of(paths.size());
    std::vector<double> length(paths.size(), 0), evidence(paths.size(), 0);
    std::vector<SideSupport> support(paths.size());
    for (std::size_t p = 0; p < paths.size(); ++p) {
        root_of[p] = paths[p].parent < 0 ? p : root_of[as_size(paths[p].parent)];
        const double l = length_of(paths[p].line);
        length[root_of[p]] += l, evidence[root_of[p]] += l * paths[p].evidence;
        if (maps) support[root_of[p]] += side_support(*maps, paths[p].line);
    }
    for (std::size_t p = 0; p < paths.size(); ++p) {
        if (paths[p].parent >= 0) continue;
        Candidate c{p,
                    length[p],
                    evidence[p] / std::max(length[p], 1e-9),
                    median_radius(paths[p].line, vessels),
                    paths[p].line.front(),
                    {}};
        c.prior[0] = sinus_prior(heart, c.ostium, Side::left),
        c.prior[1] = sinus_prior(heart, c.ostium, Side::right);
        if (maps) {
            c.prior[0] = guided_prior(c.prior[0], support[p].share(Side::left));
            c.prior[1] = guided_prior(c.prior[1], support[p].share(Side::right));
        }
        result.push_back(c);
    }
    return result;
}

// A second artery beside the left ostium is a main vessel when it is long, or a short clear stretch of the
// calibre of one: an LAD or LCX that is occluded or lost after its beginning must not disappear whole.
bool is_second_main(const Candidate& c, const CoronaryOptions& options) {
    return c.length_mm > options.second_tree_mm ||
           (c.evidence > options.stump_evidence && c.radius_mm > options.stump_radius_mm);
}

// The best left and the best right tree, and a second left one where LAD and LCX leave the aorta side by
// side.
std::vector<std::pair<std::size_t, Side>> choose_roots(const std::vector<Candidate>& all,
                                                       const CoronaryOptions& options,
                                                       std::vector<std::string>& remarks) {
    std::vector<std::pair<std::size_t, Side>> chosen;
    for (Side side : {Side::left, Side::right}) {
        const Candidate* best = nullptr;
        for (const Candidate& c : all) {
            const Side other = side == Side::left ? Side::right : Side::left;
            if (c.length_mm < options.min_tree_mm || c.score(side) <= 0 || c.score(side) < c.score(other))
                continue;
            if (!best || c.score(side) > best->score(side)) best = &c;
        }
        if (!best) {
            remarks.push_back(
                fmt::format("No {} coronary ostium was found.", side == Side::left ? "left" : "right"));
            continue;
        }
        chosen.emplace_back(best->path, side);
        if (side == Side::right) continue;
        const Candidate* second = nullptr;
        for (const Candidate& c : all)
            if (c.path != best->path && is_second_main(c, options) &&
                distance(c.ostium, best->ostium) < options.second_ostium_mm &&
                c.score(Side::left) > c.score(Side::right) &&
                (!second || c.score(Side::left) > second->score(Side::left)))
                second = &c;
        if (second) {
            chosen.emplace_back(second->path, side);
            remarks.push_back(
                "Two left ostia were found side by side: LAD and LCX seem to leave the aorta separately.");
        }
    }
    return chosen;
}

Trees trees_below(const std::vector<std::pair<std::size_t, Side>>& chosen,
                  const std::vector<GrownPath>& grown) {
    Trees trees;
    std::vector<int> number(grown.size(), -1);
    for (std::size_t p = 0; p < grown.size(); ++p) {
        const auto root =
            std::find_if(chosen.begin(), chosen.end(), [&](const auto& c) { return c.first == p; });
        if (grown[p].parent < 0 ? root == chosen.end() : number[as_size(grown[p].parent)] < 0) continue;
        number[p] = static_cast<int>(trees.paths.size());
        GrownPath path = grown[p];
        if (path.parent >= 0) path.parent = number[as_size(path.parent)];
        trees.side.push_back(path.parent < 0 ? root->second : trees.side[as_size(path.parent)]);
        trees.paths.push_back(std::move(path));
    }
    return trees;
}

}  // namespace

Trees trees_of(const std::vector<GrownPath>& grown, const Vesselness& vessels, const HeartFrame& heart,
               const HeartMaps* maps, const CoronaryOptions& options, const Run& run) {
    const auto candidates = candidates_of(grown, vessels, heart, maps);
    for (const Candidate& c : candidates)
        run.debug(
            "ostium candidate at ({:.1f}, {:.1f}, {:.1f}): {:.0f} mm, evidence {:.2f}, prior left {:.2f} "
            "right {:.2f}, radius {:.2f} mm",
            c.ostium.x, c.ostium.y, c.ostium.z, c.length_mm, c.evidence, c.prior[0], c.prior[1], c.radius_mm);
    std::vector<std::string> remarks;
    const auto chosen = choose_roots(candidates, options, remarks);
    if (chosen.empty())
        throw Error(
            ExitCode::anatomy_not_found,
            "No coronary artery of at least {} mm leaves the aortic root ({} candidates): check contrast and "
            "coverage of the image.",
            options.min_tree_mm, candidates.size());
    Trees trees = trees_below(chosen, grown);
    trees.remarks = std::move(remarks);
    return trees;
}

}  // namespace ctffr::imaging
