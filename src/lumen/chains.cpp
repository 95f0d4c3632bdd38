// SPDX-License-Identifier: Apache-2.0
#include "lumen/chains.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr::lumen {

namespace {

// Mean direction and radius over the first (or last) few sections of a branch.
struct EndView {
    Vec3 direction;
    double radius_mm = 0;
};
EndView end_view(const LumenBranch& branch, bool at_start) {
    const auto& s = branch.sections;
    const std::size_t n = std::min<std::size_t>(s.size(), 5);
    const std::size_t first = at_start ? 0 : s.size() - n;
    EndView view;
    view.direction = normalized(s[first + n - 1].center_lps_mm - s[first].center_lps_mm);
    for (std::size_t i = 0; i < n; ++i)
        view.radius_mm += equivalent_radius_mm(s[first + i]) / static_cast<double>(n);
    return view;
}

// `sections`: how many of each branch belong to a chain; fewer than 2: none.
int best_continuation(int branch, const std::vector<LumenBranch>& branches, const CoronaryTree& tree,
                      const std::vector<std::size_t>& sections) {
    const EndView parent = end_view(branches[static_cast<std::size_t>(branch)], false);
    int best = -1;
    double best_score = -1e9;
    for (int child : tree.children_of(branch)) {
        if (sections[static_cast<std::size_t>(child)] < 2) continue;
        const EndView view = end_view(branches[static_cast<std::size_t>(child)], true);
        const double score =
            dot(parent.direction, view.direction) + std::min(1.0, view.radius_mm / parent.radius_mm);
        if (score > best_score) best = child, best_score = score;
    }
    return best;
}

// Smallest rotation that takes unit vector a to unit vector b, applied to v.
Vec3 transport(Vec3 v, Vec3 a, Vec3 b) {
    const Vec3 axis = cross(a, b);
    const double c = dot(a, b);
    if (c < -0.999) return v;
    return v + cross(axis, v) + cross(axis, cross(axis, v)) / (1 + c);
}

ChainSection section_of(const LumenSection& from, int branch, double phase) {
    ChainSection to;
    to.center = from.center_lps_mm, to.tangent = normalized(from.tangent);
    to.normal = std::cos(phase) * from.normal + std::sin(phase) * from.binormal;
    to.normal = normalized(to.normal - dot(to.normal, to.tangent) * to.tangent);
    to.binormal = cross(to.tangent, to.normal);
    to.branch = branch, to.branch_arc_mm = from.arc_mm;
    return to;
}

void append_branch(Chain& chain, int angles, const LumenBranch& branch, std::size_t sections) {
    double phase = 0;
    std::size_t first = 0;
    if (!chain.sections.empty()) {
        // The joint is one section: mean of the parent's last and the child's first, in the chain's frame.
        ChainSection& joint = chain.sections.back();
        const LumenSection& start = branch.sections.front();
        const Vec3 carried = transport(joint.normal, joint.tangent, start.tangent);
        phase = std::atan2(dot(carried, start.binormal), dot(carried, start.normal));
        const auto radii = resample_contour(start.radius_mm, angles, phase);
        float* last = &chain.radius_mm[chain.radius_mm.size() - static_cast<std::size_t>(angles)];
        for (int a = 0; a < angles; ++a) last[a] = 0.5F * (last[a] + radii[static_cast<std::size_t>(a)]);
        const Vec3 before = joint.tangent;
        joint.tangent = normalized(before + start.tangent);
        joint.normal = transport(joint.normal, before, joint.tangent);
        joint.normal = normalized(joint.normal - dot(joint.normal, joint.tangent) * joint.tangent);
        joint.binormal = cross(joint.tangent, joint.normal);
        first = 1;
    }
    for (std::size_t i = first; i < sections; ++i) {
        const LumenSection& from = branch.sections[i];
        if (!chain.sections.empty() && distance(from.center_lps_mm, chain.sections.back().center) < 1e-4)
            continue;
        chain.sections.push_back(section_of(from, branch.branch, phase));
        const auto radii = resample_contour(from.radius_mm, angles, phase);
        chain.radius_mm.insert(chain.radius_mm.end(), radii.begin(), radii.end());
    }
    chain.last_branch = branch.branch;
    chain.branches.push_back(branch.branch);
}

// Arc lengths, widths and derivatives along the chain (three-point differences on uneven steps).
void finish(Chain& chain, int angles) {
    const std::size_t n = chain.sections.size(), m = static_cast<std::size_t>(angles);
    chain.slope.assign(n * m, 0.0F), chain.center_slope.assign(n, {});
    for (std::size_t i = 0; i < n; ++i) {
        ChainSection& s = chain.sections[i];
        s.arc_mm =
            i == 0 ? 0 : chain.sections[i - 1].arc_mm + distance(s.center, chain.sections[i - 1].center);
        const float* r = &chain.radius_mm[i * m];
        double sum = 0, narrow = 1e9, widest = 0;
        for (std::size_t a = 0; a < m; ++a) {
            sum += r[a], widest = std::max(widest, double{r[a]});
            narrow = std::min(narrow, 0.5 * (r[a] + r[(a + m / 2) % m]));
        }
        s.mean_radius_mm = sum / static_cast<double>(m), s.half_width_mm = narrow, s.max_radius_mm = widest;
    }
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t low = i == 0 ? 0 : i - 1, high = i + 1 == n ? i : i + 1;
        const double h0 = chain.sections[i].arc_mm - chain.sections[low].arc_mm;
        const double h1 = chain.sections[high].arc_mm - chain.sections[i].arc_mm;
        // Weights of the difference quotients on both sides; one-sided at the ends.
        const double w0 = h0 > 0 ? (h1 > 0 ? h1 / (h0 + h1) / h0 : 1 / h0) : 0;
        const double w1 = h1 > 0 ? (h0 > 0 ? h0 / (h0 + h1) / h1 : 1 / h1) : 0;
        chain.center_slope[i] = w0 * (chain.sections[i].center - chain.sections[low].center) +
                                w1 * (chain.sections[high].center - chain.sections[i].center);
        for (std::size_t a = 0; a < m; ++a) {
            const double r = chain.radius_mm[i * m + a];
            chain.slope[i * m + a] = static_cast<float>(w0 * (r - chain.radius_mm[low * m + a]) +
                                                        w1 * (chain.radius_mm[high * m + a] - r));
        }
    }
}

}  // namespace

void check_sections(const std::vector<LumenBranch>& branches, const CoronaryTree& tree) {
    if (branches.size() != tree.branches.size())
        throw Error(ExitCode::lumen_failed, "The lumen has {} branches but the tree has {}: they must match.",
                    branches.size(), tree.branches.size());
    for (std::size_t b = 0; b < branches.size(); ++b) {
        const auto& sections = branches[b].sections;
        if (sections.size() < 2 || branches[b].branch != static_cast<int>(b))
            throw Error(ExitCode::lumen_failed,
                        "Lumen branch {} has id {} and {} sections; at least 2 are needed.", b,
                        branches[b].branch, sections.size());
        for (const LumenSection& section : sections) {
            bool fine = section.radius_mm.size() >= 8 && std::isfinite(norm(section.center_lps_mm)) &&
                        std::abs(norm(section.tangent) - 1) < 1e-3;
            for (float r : section.radius_mm) fine = fine && std::isfinite(r) && r > 0.02F && r < 30.0F;
            if (!fine)
                throw Error(ExitCode::lumen_failed,
                            "Lumen branch {} has a section at {:.1f} mm with impossible radii or frame.", b,
                            section.arc_mm);
        }
    }
}

std::vector<float> resample_contour(const std::vector<float>& radius_mm, int angles, double phase_rad) {
    const auto n = static_cast<int>(radius_mm.size());
    if (n == angles && std::abs(phase_rad) < 1e-9) return radius_mm;
    std::vector<float> out(static_cast<std::size_t>(angles));
    for (int a = 0; a < angles; ++a) {
        double at = (static_cast<double>(a) / angles + phase_rad / (2 * pi)) * n;
        at -= n * std::floor(at / n);
        const int i = std::min(n - 1, static_cast<int>(at));
        const double t = at - i;
        const auto r = [&](int k) { return double{radius_mm[static_cast<std::size_t>((i + k + n) % n)]}; };
        const double p0 = r(-1), p1 = r(0), p2 = r(1), p3 = r(2);
        out[static_cast<std::size_t>(a)] = static_cast<float>(
            p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0))));
    }
    return out;
}

namespace {

std::vector<std::size_t> sections_of(const std::vector<LumenBranch>& branches, const CoronaryTree& tree,
                                     bool through_occlusions) {
    std::vector<std::size_t> sections;
    if (through_occlusions) {
        for (const LumenBranch& branch : branches) sections.push_back(branch.sections.size());
        return sections;
    }
    const OpenTree open = open_tree(tree);
    for (std::size_t b = 0; b < branches.size(); ++b) {
        const auto root = static_cast<std::size_t>(tree.path_to(static_cast<int>(b)).front());
        // Sections of one branch are as many as its points wherever a tree has flags.
        sections.push_back(!open.flows[root]                                     ? 0
                           : open.reaches(b, tree.branches[b].points.size() - 1) ? branches[b].sections.size()
                                                                                 : open.points[b]);
    }
    return sections;
}

}  // namespace

ChainSet build_chains(const std::vector<LumenBranch>& branches, const CoronaryTree& tree,
                      bool through_occlusions) {
    check_sections(branches, tree);
    ChainSet set;
    for (const LumenBranch& branch : branches)
        for (const LumenSection& section : branch.sections)
            set.angles = std::max(set.angles, static_cast<int>(section.radius_mm.size()));
    struct Joint {
        int chain = -1;
        double arc_mm = 0;
    };
    std::vector<Joint> end_of_branch(branches.size());
    const std::vector<std::size_t> sections = sections_of(branches, tree, through_occlusions);
    std::vector<bool> used;
    for (std::size_t count : sections) used.push_back(count < 2);
    if (std::find(used.begin(), used.end(), false) == used.end())
        throw Error(
            ExitCode::lumen_failed,
            "Every artery that was found is occluded: there is no lumen from an ostium to an end, and "
            "no FFR can be computed. Look at the image.");
    for (std::size_t b = 0; b < branches.size(); ++b) {
        if (used[b]) continue;
        Chain chain;
        chain.first_branch = static_cast<int>(b);
        const int parent = tree.branches[b].parent;
        if (parent >= 0) {
            chain.host = end_of_branch[static_cast<std::size_t>(parent)].chain;
            chain.host_arc_mm = end_of_branch[static_cast<std::size_t>(parent)].arc_mm;
        }
        const int id = static_cast<int>(set.chains.size());
        double arc = 0;
        for (int next = static_cast<int>(b); next >= 0;
             next = best_continuation(next, branches, tree, sections)) {
            const auto at = static_cast<std::size_t>(next);
            const std::size_t before = chain.sections.size();
            append_branch(chain, set.angles, branches[at], sections[at]);
            used[at] = true;
            chain.closed = sections[at] < branches[at].sections.size();
            for (std::size_t i = std::max<std::size_t>(before, 1); i < chain.sections.size(); ++i)
                arc += distance(chain.sections[i].center, chain.sections[i - 1].center);
            end_of_branch[at] = {id, arc};
        }
        // Whole, but with nothing to go on into.
        chain.closed = chain.closed || !tree.children_of(chain.last_branch).empty();
        finish(chain, set.angles);
        set.chains.push_back(std::move(chain));
    }
    return set;
}

}  // namespace ctffr::lumen
