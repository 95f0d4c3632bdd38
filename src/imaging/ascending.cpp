// SPDX-License-Identifier: Apache-2.0
// Which of the chains of bright discs is the ascending aorta.
#include <algorithm>
#include <cmath>

#include "imaging/aorta.hpp"

namespace ctffr::imaging {

namespace {

struct ChainFacts {
    double hu = 0, radius_mm = 0, length_mm = 0, roundness = 0;
    Vec3 middle;
};

ChainFacts facts_of(const DiscChain& chain) {
    ChainFacts f;
    std::vector<double> hu, radius;
    for (const Disc& d : chain.discs) {
        hu.push_back(d.mean_hu), radius.push_back(d.radius_mm);
        f.middle += d.center_lps_mm / static_cast<double>(chain.discs.size());
        f.roundness += d.roundness / static_cast<double>(chain.discs.size());
    }
    f.hu = median_of(hu), f.radius_mm = median_of(radius);
    f.length_mm = chain.top_mm() - chain.bottom_mm();
    return f;
}

// Whether two vessels lie side by side: the median gap between their discs over the slices they share (at
// least 10 mm of them).
bool touch(const DiscChain& a, const DiscChain& b) {
    constexpr double widest_gap_mm = 8, least_shared_mm = 10;  // two walls and the fat between them
    std::vector<double> gaps;
    double low = 1e9, high = -1e9;
    for (const Disc& d : a.discs)
        for (const Disc& e : b.discs) {
            const Vec3 apart = d.center_lps_mm - e.center_lps_mm;
            if (std::abs(apart.z) > 0.1) continue;
            gaps.push_back(std::hypot(apart.x, apart.y) - d.radius_mm - e.radius_mm);
            low = std::min(low, d.center_lps_mm.z), high = std::max(high, d.center_lps_mm.z);
        }
    return high - low >= least_shared_mm && median_of(gaps) < widest_gap_mm;
}

}  // namespace

int choose_ascending(const std::vector<DiscChain>& chains) {
    std::vector<ChainFacts> facts;
    for (const DiscChain& chain : chains) facts.push_back(facts_of(chain));
    double brightest = 0;
    for (const ChainFacts& f : facts)
        if (f.length_mm >= 12) brightest = std::max(brightest, f.hu);
    int foremost = -1;
    for (std::size_t c = 0; c < facts.size(); ++c) {
        const ChainFacts& f = facts[c];
        // The left ventricle reaches far to the front, but its sections are not round.
        constexpr double chamber_roundness = 0.7;
        if (f.length_mm < 20 || f.hu <= 0.8 * brightest || f.radius_mm <= 10 ||
            f.roundness < chamber_roundness)
            continue;
        if (foremost < 0 || f.middle.y < facts[static_cast<std::size_t>(foremost)].middle.y)
            foremost = static_cast<int>(c);
    }
    // Behind the others lie left atrium and descending aorta. A round vessel that touches the foremost one is
    // its neighbour, however large both are: the foremost one is then the pulmonary trunk.
    const auto is_behind = [&](std::size_t c) {
        constexpr double behind_mm = 28, vessel_roundness = 0.85, widest_vessel_mm = 20;
        if (foremost < 0) return false;
        const auto front = static_cast<std::size_t>(foremost);
        if (facts[c].middle.y <= facts[front].middle.y + behind_mm) return false;
        return facts[c].roundness < vessel_roundness || facts[c].radius_mm > widest_vessel_mm ||
               !touch(chains[c], chains[front]);
    };
    int best = -1;
    double best_score = 0;
    for (std::size_t c = 0; c < facts.size(); ++c) {
        const ChainFacts& f = facts[c];
        if (f.radius_mm < 10 || f.radius_mm > 24 || f.length_mm < 12) continue;
        if (is_behind(c)) continue;
        // Long, round and as bright as the other arteries; the pulmonary trunk and the caval vein rarely are.
        // Very wide discs are cardiac chambers more often than aneurysms.
        const double wide = f.radius_mm > 20 ? 0.4 : 1.0;
        const double score = std::min(f.length_mm, 60.0) * std::pow(f.hu / brightest, 4) * f.roundness * wide;
        if (score > best_score) best_score = score, best = static_cast<int>(c);
    }
    return best;
}

bool mostly_within(const ScalarGrid& aorta_mm, const std::vector<Vec3>& points) {
    std::size_t within = 0, counted = 0;
    for (const Vec3 p : points) {
        if (!aorta_mm.geometry.contains(aorta_mm.geometry.index_from_lps(p))) continue;
        ++counted;
        within += aorta_mm.at(p) < 0 ? 1 : 0;
    }
    return 2 * within > counted;
}

int choose_ascending(const std::vector<DiscChain>& chains, const ScalarGrid& aorta_mm) {
    std::vector<DiscChain> seen;
    std::vector<std::size_t> index;
    for (std::size_t c = 0; c < chains.size(); ++c) {
        std::vector<Vec3> centers;
        for (const Disc& disc : chains[c].discs) centers.push_back(disc.center_lps_mm);
        if (!mostly_within(aorta_mm, centers)) continue;
        seen.push_back(chains[c]);
        index.push_back(c);
    }
    const int chosen = choose_ascending(seen);
    return chosen < 0 ? -1 : static_cast<int>(index[static_cast<std::size_t>(chosen)]);
}

}  // namespace ctffr::imaging
