// SPDX-License-Identifier: Apache-2.0
#include "lumen/fit_chain.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "lumen/chains.hpp"

namespace ctffr::lumen {

namespace {

// Value and derivative at arc `at` of a quadratic fitted to points with Gaussian weights of `width_mm`.
struct LocalCurve {
    Vec3 position, derivative;
};
LocalCurve local_quadratic(const std::vector<FitSection>& sections, std::size_t i, double width_mm) {
    double m[5] = {0, 0, 0, 0, 0};
    Vec3 b[3];
    const double at = sections[i].arc_mm;
    for (std::size_t k = 0; k < sections.size(); ++k) {
        const double x = (sections[k].arc_mm - at) / width_mm;
        if (std::abs(x) > 3) continue;
        double w = std::exp(-0.5 * x * x);
        for (int p = 0; p < 5; ++p, w *= x) {
            m[p] += w;
            if (p < 3) b[p] += w * sections[k].center;
        }
    }
    // Symmetric 3 x 3 solve by Cramer's rule on the moments.
    const double a00 = m[2] * m[4] - m[3] * m[3], a01 = m[2] * m[3] - m[1] * m[4],
                 a02 = m[1] * m[3] - m[2] * m[2];
    const double det = m[0] * a00 + m[1] * a01 + m[2] * a02;
    if (!(std::abs(det) > 1e-12)) {
        const std::size_t low = i == 0 ? 0 : i - 1, high = std::min(i + 1, sections.size() - 1);
        return {sections[i].center, sections[high].center - sections[low].center};
    }
    const double a11 = m[0] * m[4] - m[2] * m[2], a12 = m[1] * m[2] - m[0] * m[3];
    const Vec3 c0 = (a00 * b[0] + a01 * b[1] + a02 * b[2]) / det;
    const Vec3 c1 = (a01 * b[0] + a11 * b[1] + a12 * b[2]) / det;
    return {c0, c1 / width_mm};
}

void update_arc(FitChain& chain, double path_start) {
    for (std::size_t i = 0; i < chain.sections.size(); ++i) {
        FitSection& s = chain.sections[i];
        s.arc_mm =
            i == 0 ? 0 : chain.sections[i - 1].arc_mm + distance(s.center, chain.sections[i - 1].center);
        s.path_mm = path_start + s.arc_mm;
    }
}

void smooth_centers(FitChain& chain, double width_mm) {
    update_arc(chain, 0);
    std::vector<Vec3> smooth(chain.sections.size());
    for (std::size_t i = 0; i < smooth.size(); ++i)
        smooth[i] = local_quadratic(chain.sections, i, width_mm).position;
    for (std::size_t i = 0; i < smooth.size(); ++i) chain.sections[i].center = smooth[i];
}

// Circular sections of the tree's own radii, only to find which branches continue each other.
std::vector<LumenBranch> rough_branches(const CoronaryTree& tree) {
    std::vector<LumenBranch> branches;
    for (const Branch& branch : tree.branches) {
        LumenBranch rough;
        rough.branch = branch.id;
        rough.sections = frames_along(branch);
        for (std::size_t i = 0; i < rough.sections.size(); ++i)
            rough.sections[i].radius_mm.assign(
                8, static_cast<float>(std::clamp(branch.points[i].radius_mm, 0.2, 6.0)));
        branches.push_back(std::move(rough));
    }
    return branches;
}

}  // namespace

double SectionParameters::radius(double phi) const {
    double r = value[contour];
    for (int m = 1; 2 * m < contour_terms; ++m)
        r += value[static_cast<std::size_t>(contour + 2 * m - 1)] * std::cos(m * phi) +
             value[static_cast<std::size_t>(contour + 2 * m)] * std::sin(m * phi);
    return std::max(r, 0.05);
}

double SectionParameters::outer_radius(double phi) const {
    return value[outer] + value[outer + 1] * std::cos(phi) + value[outer + 2] * std::sin(phi);
}

double SectionParameters::area() const {
    // The trapezoidal rule is exact for a trigonometric polynomial of degree 6.
    constexpr int n = 64;
    double sum = 0;
    for (int k = 0; k < n; ++k) sum += std::pow(radius(2 * pi * k / n), 2);
    return pi * sum / n;
}

double SectionParameters::equivalent_radius() const { return std::sqrt(area() / pi); }

std::pair<double, double> SectionParameters::centroid() const {
    constexpr int n = 64;
    double u = 0, v = 0, area2 = 0;
    for (int k = 0; k < n; ++k) {
        const double phi = 2 * pi * k / n, r = radius(phi);
        u += r * r * r * std::cos(phi) / 3, v += r * r * r * std::sin(phi) / 3, area2 += 0.5 * r * r;
    }
    return {u / area2, v / area2};
}

void update_frames(std::vector<FitChain>& chains) {
    for (FitChain& chain : chains) {
        double start = 0;
        if (chain.host >= 0) {
            const FitSection& from =
                chains[static_cast<std::size_t>(chain.host)].sections[chain.host_section];
            start = from.path_mm;
            chain.sections.front().center = from.center;
        }
        update_arc(chain, start);
        Branch curve;
        for (std::size_t i = 0; i < chain.sections.size(); ++i) {
            CenterlinePoint point;
            point.position_lps_mm = chain.sections[i].center;
            point.tangent = normalized(local_quadratic(chain.sections, i, 0.7).derivative);
            curve.points.push_back(point);
        }
        const std::vector<LumenSection> frames = frames_along(curve);
        for (std::size_t i = 0; i < frames.size(); ++i) {
            FitSection& s = chain.sections[i];
            s.tangent = frames[i].tangent, s.normal = frames[i].normal, s.binormal = frames[i].binormal;
        }
    }
}

void smooth_and_join(std::vector<FitChain>& chains, double width_mm) {
    for (FitChain& chain : chains) smooth_centers(chain, width_mm);
    update_frames(chains);
}

std::vector<FitChain> make_fit_chains(const CoronaryTree& tree) {
    const ChainSet set = build_chains(rough_branches(tree), tree, true);
    struct End {
        int chain = -1;
        std::size_t section = 0;
    };
    std::vector<End> end_of(tree.branches.size());
    std::vector<FitChain> chains;
    for (const Chain& from : set.chains) {
        FitChain chain;
        chain.branches = from.branches;
        const int parent = tree.branches[static_cast<std::size_t>(from.first_branch)].parent;
        chain.root = static_cast<int>(chains.size());
        if (parent >= 0) {
            chain.host = end_of[static_cast<std::size_t>(parent)].chain;
            chain.host_section = end_of[static_cast<std::size_t>(parent)].section;
            chain.root = chains[static_cast<std::size_t>(chain.host)].root;
        }
        for (int id : from.branches) {
            const Branch& branch = tree.branches[static_cast<std::size_t>(id)];
            // The first point of a following branch is the last of the one before.
            const std::size_t skip = chain.sections.empty() ? 0 : 1;
            chain.first_section.push_back(chain.sections.size() - skip);
            for (std::size_t i = skip; i < branch.points.size(); ++i) {
                FitSection section;
                section.center = branch.points[i].position_lps_mm;
                section.fit.value[SectionParameters::contour] = branch.points[i].radius_mm;
                chain.sections.push_back(section);
            }
            end_of[static_cast<std::size_t>(id)] = {static_cast<int>(chains.size()),
                                                    chain.sections.size() - 1};
        }
        chains.push_back(std::move(chain));
    }
    smooth_and_join(chains, 0.6);
    return chains;
}

}  // namespace ctffr::lumen
