// SPDX-License-Identifier: Apache-2.0
#include "lumen/fit_output.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"

namespace ctffr::lumen {

namespace {

using P = SectionParameters;

double radius_sd(const FitSection& s, double phi) {
    double basis[P::contour_terms] = {1}, variance = 0;
    for (int m = 1; 2 * m < P::contour_terms; ++m)
        basis[2 * m - 1] = std::cos(m * phi), basis[2 * m] = std::sin(m * phi);
    for (std::size_t i = 0; i < P::contour_terms; ++i)
        for (std::size_t j = 0; j < P::contour_terms; ++j)
            variance += basis[i] * basis[j] * s.contour_covariance[i][j];
    return std::sqrt(std::max(variance, 0.0));
}

// Why a section cannot be trusted; empty when it can.
std::string trouble_of(const FitSection& s, const ScanFacts& scan) {
    const double r = s.fit.equivalent_radius(), sd = std::sqrt(std::max(0.0, s.contour_covariance[0][0]));
    if (s.residual_hu > 2.5 * std::hypot(scan.noise_hu, 25.0))
        return "the image does not look like a vessel with wall and surroundings here";
    if (r < 0.15) return "no lumen can be seen here";
    if (sd > 0.3 * r) return "noise or missing data leave the radius uncertain here";
    return {};
}

// Runs of at least min_mm of sections with the same non-empty reason become flags.
template <class Reason>
void add_flags(Branch& branch, const std::vector<const FitSection*>& sections, BranchFlag::Kind kind,
               double min_mm, const Reason& reason) {
    for (std::size_t i = 0; i < sections.size();) {
        const std::string why = reason(*sections[i]);
        std::size_t j = i + 1;
        while (j < sections.size() && reason(*sections[j]) == why) ++j;
        const double start = branch.points[i].arc_mm, end = branch.points[j - 1].arc_mm;
        if (!why.empty() && end - start >= min_mm) branch.flags.push_back({kind, start, end, why});
        i = j;
    }
}

LumenSection section_of(const FitSection& s, int angles, double arc_mm) {
    LumenSection out;
    out.center_lps_mm = s.center, out.tangent = s.tangent, out.normal = s.normal, out.binormal = s.binormal;
    out.arc_mm = arc_mm;
    for (int a = 0; a < angles; ++a) {
        const double phi = 2 * pi * a / angles;
        out.radius_mm.push_back(static_cast<float>(s.fit.radius(phi)));
        out.radius_sd_mm.push_back(static_cast<float>(radius_sd(s, phi)));
        out.outer_mm.push_back(static_cast<float>(std::max(s.fit.radius(phi), s.fit.outer_radius(phi))));
        const auto ray = static_cast<std::size_t>(a * RayGrid::angles / angles);
        out.open.push_back(s.open.empty() ? std::uint8_t{0} : s.open[ray]);
    }
    out.area_mm2 = s.fit.area();
    out.fit_residual_hu = s.residual_hu;
    return out;
}

}  // namespace

void undo_axial_blur(std::vector<FitChain>& chains, const ScanFacts& scan, const ImageGeometry& geometry) {
    const double variance[3] = {scan.sigma_xy_mm * scan.sigma_xy_mm, scan.sigma_xy_mm * scan.sigma_xy_mm,
                                scan.sigma_z_mm * scan.sigma_z_mm};
    for (FitChain& chain : chains) {
        const std::size_t n = chain.sections.size();
        std::vector<double> correction(n, 0.0);
        for (std::size_t i = 2; i + 2 < n; ++i) {
            const FitSection &a = chain.sections[i - 2], &b = chain.sections[i], &c = chain.sections[i + 2];
            const double h0 = b.arc_mm - a.arc_mm, h1 = c.arc_mm - b.arc_mm;
            const double bend = 2 / (h0 + h1) *
                                ((c.fit.value[P::contour] - b.fit.value[P::contour]) / h1 -
                                 (b.fit.value[P::contour] - a.fit.value[P::contour]) / h0);
            double along = 0;
            for (int k = 0; k < 3; ++k)
                along += variance[k] * std::pow(dot(b.tangent, geometry.direction.column(k)), 2);
            const double limit = 0.1 * b.fit.value[P::contour];
            correction[i] = std::clamp(0.5 * along * bend, -limit, limit);
        }
        for (std::size_t i = 0; i < n; ++i) chain.sections[i].fit.value[P::contour] -= correction[i];
    }
}

void write_fit(const std::vector<FitChain>& chains, const std::vector<std::vector<SectionRays>>& rays,
               const ScanFacts& scan, const CoronaryTree& tree, int angles,
               std::vector<LumenBranch>& branches, CoronaryTree& out) {
    out = tree;
    branches.assign(tree.branches.size(), {});
    for (std::size_t c = 0; c < chains.size(); ++c)
        for (std::size_t b = 0; b < chains[c].branches.size(); ++b) {
            const auto id = static_cast<std::size_t>(chains[c].branches[b]);
            Branch& branch = out.branches[id];
            branches[id].branch = static_cast<int>(id);
            std::vector<const FitSection*> sections;
            for (std::size_t i = 0; i < branch.points.size(); ++i) {
                FitSection s = chains[c].sections[chains[c].first_section[b] + i];
                s.open = rays[c][chains[c].first_section[b] + i].open;
                sections.push_back(&chains[c].sections[chains[c].first_section[b] + i]);
                branch.points[i].position_lps_mm = s.center;
                branch.points[i].radius_mm = s.fit.equivalent_radius();
                branches[id].sections.push_back(section_of(s, angles, 0));
            }
            update_arc_and_tangents(branch);
            for (std::size_t i = 0; i < branch.points.size(); ++i) {
                branch.points[i].tangent = sections[i]->tangent;
                branches[id].sections[i].arc_mm = branch.points[i].arc_mm;
            }
            add_flags(branch, sections, BranchFlag::Kind::calcified, 1.0, [](const FitSection& s) {
                return s.calcified ? std::string("calcium or metal blooms into the lumen's image")
                                   : std::string();
            });
            add_flags(branch, sections, BranchFlag::Kind::stent, 1.0, [](const FitSection& s) {
                return s.stent ? std::string("a stent's metal hides part of the lumen") : std::string();
            });
            add_flags(branch, sections, BranchFlag::Kind::not_analysable, 2.0,
                      [&](const FitSection& s) { return trouble_of(s, scan); });
        }
}

}  // namespace ctffr::lumen
