// SPDX-License-Identifier: Apache-2.0
#include "stages/lumen_agreement.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"

namespace ctffr {

namespace {

double mean_sd_mm(const LumenSection& section) {
    double sum = 0;
    for (float sd : section.radius_sd_mm) sum += static_cast<double>(sd);
    return section.radius_sd_mm.empty() ? 0 : sum / static_cast<double>(section.radius_sd_mm.size());
}

bool mostly_open(const LumenSection& section) {
    const auto open = std::count(section.open.begin(), section.open.end(), std::uint8_t{1});
    return 2 * static_cast<std::size_t>(open) > section.open.size();
}

}  // namespace

std::vector<BranchAgreement> compare_fits(const lumen::PsfFit& chosen, const lumen::PsfFit& other) {
    CTFFR_CHECK_OP(chosen.branches.size(), ==, other.branches.size());
    std::vector<BranchAgreement> result;
    for (std::size_t b = 0; b < chosen.branches.size(); ++b) {
        const auto &mine = chosen.branches[b].sections, &theirs = other.branches[b].sections;
        CTFFR_CHECK_OP(mine.size(), ==, theirs.size());
        BranchAgreement branch;
        branch.segment = chosen.tree.branches[b].segment;
        double radius = 0, sd = 0;
        std::size_t count = 0;
        for (std::size_t i = 0; i < mine.size(); ++i) {
            // Inside another vessel the calibre is a matter of definition.
            if (mostly_open(mine[i]) || mostly_open(theirs[i])) continue;
            const double r = equivalent_radius_mm(mine[i]), difference = equivalent_radius_mm(theirs[i]) - r;
            branch.mean_abs_mm += std::abs(difference), branch.mean_mm += difference;
            branch.largest_mm =
                std::abs(difference) > std::abs(branch.largest_mm) ? difference : branch.largest_mm;
            radius += r, sd += std::hypot(mean_sd_mm(mine[i]), mean_sd_mm(theirs[i]));
            ++count;
        }
        if (count > 0) {
            const auto n = static_cast<double>(count);
            branch.mean_abs_mm /= n, branch.mean_mm /= n;
            branch.mean_radius_mm = radius / n, branch.expected_mm = sd / n;
        }
        result.push_back(branch);
    }
    return result;
}

void widen_by_disagreement(lumen::PsfFit& chosen, const lumen::PsfFit& other) {
    for (std::size_t b = 0; b < chosen.branches.size(); ++b)
        for (std::size_t i = 0; i < chosen.branches[b].sections.size(); ++i) {
            LumenSection& mine = chosen.branches[b].sections[i];
            const LumenSection& theirs = other.branches[b].sections[i];
            if (mostly_open(mine) || mostly_open(theirs)) continue;
            const double half = 0.5 * std::abs(equivalent_radius_mm(mine) - equivalent_radius_mm(theirs));
            for (float& sd : mine.radius_sd_mm)
                sd = static_cast<float>(std::hypot(static_cast<double>(sd), half));
        }
}

void doubt_gross_disagreement(lumen::PsfFit& chosen, const lumen::PsfFit& other) {
    for (std::size_t b = 0; b < chosen.tree.branches.size(); ++b)
        for (std::size_t i = 0; i < chosen.tree.branches[b].points.size(); ++i) {
            double& mine = chosen.tree.branches[b].points[i].radius_mm;
            const double theirs = other.tree.branches[b].points[i].radius_mm;
            if (theirs < 0.5 * mine) mine = theirs;
        }
}

std::vector<std::string> remarks_on_agreement(const std::vector<BranchAgreement>& agreement) {
    std::vector<std::string> remarks;
    int unnamed = 0;
    for (const BranchAgreement& branch : agreement) {
        if (!(std::abs(branch.mean_mm) > std::max(0.1 * branch.mean_radius_mm, 2 * branch.expected_mm)))
            continue;
        if (branch.segment == Segment::unknown)
            ++unnamed;
        else
            remarks.push_back(
                fmt::format("{}: the two measurements of the lumen differ by {:+.2f} mm of {:.2f} mm radius "
                            "on average; its "
                            "uncertainty is widened.",
                            segment_name(branch.segment), branch.mean_mm, branch.mean_radius_mm));
    }
    if (unnamed > 0)
        remarks.push_back(
            fmt::format("The two measurements of the lumen differ in {} unnamed branches; where these were "
                        "kept, their uncertainty is "
                        "widened.",
                        unnamed));
    return remarks;
}

double fit_score(const lumen::PsfFit& fit) {
    double length = 0, lost = 0, relative = 0, count = 0;
    for (std::size_t b = 0; b < fit.branches.size(); ++b) {
        const Branch& branch = fit.tree.branches[b];
        length += branch.length_mm();
        for (const BranchFlag& flag : branch.flags)
            if (flag.kind == BranchFlag::Kind::not_analysable) lost += flag.end_mm - flag.start_mm;
        for (const LumenSection& section : fit.branches[b].sections) {
            if (mostly_open(section)) continue;
            relative += std::min(1.0, mean_sd_mm(section) / std::max(0.1, equivalent_radius_mm(section)));
            ++count;
        }
    }
    if (!(length > 0 && count > 0)) return 0;
    return std::clamp(1 - lost / length - relative / count, 0.0, 1.0);
}

}  // namespace ctffr
