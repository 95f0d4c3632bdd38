// SPDX-License-Identifier: Apache-2.0
#include "anatomy/cad_rads.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "anatomy/territories.hpp"

namespace ctffr {

namespace {

constexpr double least_diameter_mm = 1.5;  // thinner segments are not graded
constexpr double least_excluded_mm = 5;    // a shorter stretch that cannot be judged hides no lesion
constexpr double least_stent_mm = 5;       // stents are 8 mm or longer
constexpr double mild_pct = 25, moderate_pct = 50, severe_pct = 70;

struct Stenosis {
    double pct = 0;
    bool left_main = false;
    std::string territory, place;
};

std::vector<Stenosis> graded(const std::vector<Lesion>& lesions) {
    std::vector<Stenosis> all;
    for (const Lesion& lesion : lesions) {
        const Segment segment = segment_from_name(lesion.segment).value_or(Segment::unknown);
        Stenosis s{lesion.diameter_stenosis_pct, segment == Segment::lm, territory_of(segment),
                   lesion.segment};
        if (s.territory.empty()) s.territory = s.place = lesion.vessel;
        all.push_back(std::move(s));
    }
    return all;
}

std::string category_of(const std::vector<Stenosis>& stenoses, bool plaque) {
    double worst = 0;
    bool left_main = false;
    std::set<std::string> severe;
    for (const Stenosis& s : stenoses) {
        worst = std::max(worst, s.pct);
        if (s.left_main && s.pct >= moderate_pct) left_main = true;
        // A severe left main is a disease of both vessels behind it, and 4B anyway.
        if (s.pct >= severe_pct) severe.insert(s.territory);
    }
    if (worst >= 100) return "5";
    if (left_main || severe.size() >= 3) return "4B";
    if (worst >= severe_pct) return "4A";
    if (worst >= moderate_pct) return "3";
    if (worst >= mild_pct) return "2";
    return plaque || !stenoses.empty() ? "1" : "0";
}

double reference_diameter_mm(const CadRadsInput& input, const Branch& branch, double at_mm) {
    const auto b = static_cast<std::size_t>(branch.id);
    if (b >= input.reference_radius_mm.size() || input.reference_radius_mm[b].empty())
        return least_diameter_mm;
    const auto& radius = input.reference_radius_mm[b];
    for (std::size_t i = 0; i < branch.points.size() && i < radius.size(); ++i)
        if (branch.points[i].arc_mm >= at_mm) return 2 * radius[i];
    return 2 * radius.back();
}

// Whether a stretch overlaps an occlusion that is among the stenoses.
bool has_counted_occlusion(const Branch& branch, const BranchFlag& flag, const std::vector<Lesion>& counted) {
    return std::any_of(counted.begin(), counted.end(), [&](const Lesion& lesion) {
        return lesion.diameter_stenosis_pct >= 100 &&
               std::any_of(lesion.stretches.begin(), lesion.stretches.end(), [&](const LesionStretch& s) {
                   return s.branch == branch.id && s.start_mm <= flag.end_mm && s.end_mm >= flag.start_mm;
               });
    });
}

// Named segments with a stretch that is wide enough to matter and cannot be judged, or that are lost beyond
// an end that is still wide. A stretch without lumen is judged where it counts as an occlusion.
std::vector<std::string> not_judged(const CadRadsInput& input, const std::vector<Lesion>& counted) {
    std::vector<std::string> names;
    for (const Branch& branch : input.tree.branches)
        for (const BranchFlag& flag : branch.flags) {
            const bool unseen =
                flag.kind == BranchFlag::Kind::not_analysable || flag.kind == BranchFlag::Kind::gap_bridged;
            const bool blind = unseen && flag.end_mm - flag.start_mm >= least_excluded_mm &&
                               !has_counted_occlusion(branch, flag, counted);
            const bool closed =
                flag.kind == BranchFlag::Kind::occluded && !has_counted_occlusion(branch, flag, counted);
            const bool counts = (blind || closed || flag.kind == BranchFlag::Kind::truncated) &&
                                branch.segment != Segment::unknown;
            if (!counts || reference_diameter_mm(input, branch, flag.end_mm) < least_diameter_mm) continue;
            const std::string name(segment_name(branch.segment));
            if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
        }
    return names;
}

// SSS grade of a segment: 1 below 50 %, 2 below 70 %, 3 from 70 % on (Min et al., JACC 50:1161, 2007).
int severity(double pct) { return pct >= severe_pct ? 3 : pct >= moderate_pct ? 2 : 1; }

bool is_stent(const BranchFlag& flag) {
    return flag.kind == BranchFlag::Kind::stent && flag.end_mm - flag.start_mm >= least_stent_mm;
}

void count_segments(const CadRadsInput& input, const std::vector<Lesion>& lesions, CadRads& out) {
    std::map<int, int> grade;  // by number of the segment
    const auto raise = [&](Segment segment, int value) {
        if (segment == Segment::unknown) return;
        int& held = grade[static_cast<int>(segment)];
        held = std::max(held, value);
    };
    for (const Lesion& lesion : lesions)
        raise(segment_from_name(lesion.segment).value_or(Segment::unknown),
              severity(lesion.diameter_stenosis_pct));
    for (const PlaqueDeposit& deposit : input.plaque.deposits) {
        const Branch& branch = input.tree.branches[static_cast<std::size_t>(deposit.branch)];
        if (reference_diameter_mm(input, branch, 0.5 * (deposit.start_mm + deposit.end_mm)) >=
            least_diameter_mm)
            raise(deposit.segment, 1);
    }
    // Where a stent lies there was disease.
    for (const Branch& branch : input.tree.branches)
        if (std::any_of(branch.flags.begin(), branch.flags.end(), is_stent)) raise(branch.segment, 1);
    out.segment_involvement = static_cast<int>(grade.size());
    for (const auto& [segment, value] : grade) out.segment_stenosis += value;
}

std::string burden(double value, const std::array<double, 3>& up_to) {
    if (!(value > 0)) return {};
    for (std::size_t k = 0; k < up_to.size(); ++k)
        if (value <= up_to[k]) return fmt::format("P{}", k + 1);
    return "P4";
}

void grade_burden(const CadRadsInput& input, CadRads& out) {
    if (input.agatston && *input.agatston > 0) {
        out.plaque_burden = burden(*input.agatston, {100, 300, 999}), out.burden_by = "CACS";
        return;
    }
    // A score of 0 does not exclude plaque without calcium.
    out.plaque_burden = burden(out.segment_involvement, {2, 4, 7});
    if (!out.plaque_burden.empty()) out.burden_by = "SIS";
}

// By the lowest value below a lesion as it is shown, in hundredths: 0.75 and less, 0.76 to 0.80, above.
std::string ischaemia(const std::vector<Lesion>& lesions) {
    double lowest = 2;
    for (const Lesion& lesion : lesions)
        if (std::isfinite(lesion.ffr_20mm_distal)) lowest = std::min(lowest, lesion.ffr_20mm_distal);
    if (lowest > 1.5) return {};
    const long hundredths = std::lround(100 * lowest);
    return hundredths <= 75 ? "I+" : hundredths <= 80 ? "I+/-" : "I-";
}

}  // namespace

bool counts_as_stenosis(const std::vector<Lesion>& lesions, const PlaqueReport& plaque, std::size_t lesion) {
    const bool looked_for = plaque.measured() && plaque.lesions.size() == lesions.size();
    const double pct = lesions[lesion].diameter_stenosis_pct;
    return !looked_for || plaque.lesions[lesion].measure.plaque.total_mm3() > 0 ||
           (pct >= moderate_pct && pct < 100);
}

CadRads grade_cad_rads(const CadRadsInput& input) {
    CadRads out;
    std::vector<Lesion> lesions;
    for (std::size_t i = 0; i < input.lesions.size(); ++i)
        if (input.lesions[i].reference_diameter_mm >= least_diameter_mm &&
            counts_as_stenosis(input.lesions, input.plaque, i))
            lesions.push_back(input.lesions[i]);
    const std::vector<Stenosis> stenoses = graded(lesions);
    for (const Stenosis& s : stenoses)
        if (s.pct > out.worst_stenosis_pct) out.worst_stenosis_pct = s.pct, out.worst_segment = s.place;
    count_segments(input, lesions, out);
    const bool plaque = out.segment_involvement > 0 || (input.agatston && *input.agatston > 0);
    out.category = category_of(stenoses, plaque);
    const std::vector<std::string> hidden = not_judged(input, lesions);
    if (!hidden.empty())
        out.notes.push_back(fmt::format("Not all of {} can be judged.", fmt::join(hidden, ", ")));
    if (!input.lost.empty())
        out.notes.push_back(
            fmt::format("Not found, or only its beginning: {} artery.", fmt::join(input.lost, " artery, ")));
    if (!hidden.empty() || !input.lost.empty()) {
        // What could not be judged can only hide more than what was seen.
        if (out.worst_stenosis_pct >= moderate_pct)
            out.modifiers.push_back("N");
        else
            out.category = std::string(1, 'N');
    }
    grade_burden(input, out);
    const auto risky = [](const auto& item) { return item.risk.high_risk(); };
    if (std::any_of(input.plaque.lesions.begin(), input.plaque.lesions.end(), risky) ||
        std::any_of(input.plaque.deposits.begin(), input.plaque.deposits.end(), risky))
        out.modifiers.push_back("HRP");
    if (const std::string modifier = ischaemia(lesions); !modifier.empty()) out.modifiers.push_back(modifier);
    const bool stent = std::any_of(
        input.tree.branches.begin(), input.tree.branches.end(),
        [](const Branch& branch) { return std::any_of(branch.flags.begin(), branch.flags.end(), is_stent); });
    if (stent) out.modifiers.push_back("S");
    if (input.graft) out.modifiers.push_back("G");
    if (input.exception) out.modifiers.push_back("E");
    if (!input.plaque.measured()) out.notes.push_back("Plaque without narrowing was not looked for.");
    return out;
}

}  // namespace ctffr
