// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/lumen.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "anatomy/label_tree.hpp"
#include "anatomy/occlusions.hpp"
#include "anatomy/thin_ends.hpp"
#include "anatomy/wide_ends.hpp"
#include "anatomy/widening.hpp"
#include "ctffr/core/units.hpp"
#include "lumen/build_surface.hpp"
#include "lumen/learned_fit.hpp"
#include "lumen/measured.hpp"
#include "lumen/paint.hpp"
#include "lumen/psf_fit.hpp"
#include "stages/lumen_agreement.hpp"
#include "stages/lumen_network.hpp"

namespace ctffr {

namespace {

using PointKey = std::array<double, 3>;
PointKey key_of(Vec3 p) { return {p.x, p.y, p.z}; }

// The sections of a tree whose branches were cut, merged and split, found again by the positions of their
// points. Two sections share the point of a junction: that of the branch the neighbouring point belongs to is
// meant.
std::vector<LumenBranch> sections_of(const CoronaryTree& tree, const std::vector<LumenBranch>& fitted) {
    std::map<PointKey, std::vector<std::pair<std::size_t, std::size_t>>> places;
    for (std::size_t b = 0; b < fitted.size(); ++b)
        for (std::size_t i = 0; i < fitted[b].sections.size(); ++i)
            places[key_of(fitted[b].sections[i].center_lps_mm)].emplace_back(b, i);
    const auto is_at = [&](std::size_t b, std::size_t i, Vec3 p) {
        return i < fitted[b].sections.size() && fitted[b].sections[i].center_lps_mm == p;
    };
    std::vector<LumenBranch> result;
    for (const Branch& branch : tree.branches) {
        LumenBranch sections;
        sections.branch = branch.id;
        for (std::size_t i = 0; i < branch.points.size(); ++i) {
            const auto& found = places.at(key_of(branch.points[i].position_lps_mm));
            const auto place = std::find_if(found.begin(), found.end(), [&](const auto& at) {
                return i == 0 ? is_at(at.first, at.second + 1, branch.points[1].position_lps_mm)
                              : is_at(at.first, at.second - 1, branch.points[i - 1].position_lps_mm);
            });
            CTFFR_CHECK(place != found.end());
            sections.sections.push_back(fitted[place->first].sections[place->second]);
            sections.sections.back().arc_mm = branch.points[i].arc_mm;
        }
        result.push_back(std::move(sections));
    }
    return result;
}

std::size_t points_of(const CoronaryTree& tree) {
    std::size_t points = 0;
    for (const Branch& branch : tree.branches) points += branch.points.size();
    return points;
}

// The fitted radius shows what the first estimate could not see: leaks into veins and chambers, and paths
// without lumen. Names are given again after that, because they follow the course of what is left.
void cut_what_is_no_artery(LumenResult& result, const HeartFrame& heart) {
    const std::vector<LumenBranch> fitted = std::move(result.lumen.branches);
    const auto note = [&](const std::vector<std::string>& remarks) {
        result.remarks.insert(result.remarks.end(), remarks.begin(), remarks.end());
    };
    note(anatomy::cut_widening(result.tree));
    // A side path that is dropped makes one branch of two, whose thin end then shows as a whole.
    for (std::size_t before = 0; before != points_of(result.tree);) {
        before = points_of(result.tree);
        note(anatomy::trim_thin_ends(result.tree));
        anatomy::label_tree(result.tree, heart);
    }
    note(anatomy::flag_wide_ends(result.tree));
    result.lumen.branches = sections_of(result.tree, fitted);
    // Radii that were doubted (lumen_agreement.hpp) are those of the sections again.
    for (std::size_t b = 0; b < result.tree.branches.size(); ++b)
        for (std::size_t i = 0; i < result.tree.branches[b].points.size(); ++i)
            result.tree.branches[b].points[i].radius_mm =
                std::sqrt(result.lumen.branches[b].sections[i].area_mm2 / pi);
    note(anatomy::flag_occlusions(result.tree));
}

// True over stated deviation of the radius at throats (docs/theory/uncertainty.md, Calibration): both
// measurements state too much.
constexpr double true_deviation = 0.65;

void correct_deviations(LumenResult& result) {
    for (LumenBranch& branch : result.lumen.branches)
        for (LumenSection& section : branch.sections)
            for (float& sd : section.radius_sd_mm) sd *= static_cast<float>(true_deviation);
}

// What the options ask for, with the network there is.
struct Choice {
    bool classical = true, learned = true;
};
Choice choice_of(const LumenOptions& options, const LumenNetwork* network) {
    if (options.segmentation == "classical") return {true, false};
    check_segmentation(options.segmentation, network);
    if (options.segmentation == "auto") return {true, network != nullptr};
    return {false, true};
}

// Scores rest on what each measurement states of itself, which is not comparable to a few hundredths: the
// network states too much, the fit's model errors are not in its statement. By so much the network may be
// behind and still counts, as it is the closer one to the truth on virtual patients
// (docs/theory/segmentation.md, section 4).
constexpr double trust_in_network = 0.1;

// The two measurements of one lumen; the one that counts ends in `result`.
void choose(std::optional<lumen::PsfFit> classical, std::optional<lumen::PsfFit> learned,
            const LumenNetwork* network, LumenResult& result, const Run& run) {
    const double classical_score = classical ? fit_score(*classical) : 0,
                 learned_score = learned ? fit_score(*learned) : 0;
    const bool take_learned = learned && (!classical || learned_score >= classical_score - trust_in_network);
    lumen::PsfFit& chosen = take_learned ? *learned : *classical;
    const std::string learned_name = learned ? "network " + network_name(*network) : "";
    result.lumen.method = take_learned ? learned_name : "psf-fit";
    result.score = take_learned ? learned_score : classical_score;
    if (classical && learned) {
        lumen::PsfFit& other = take_learned ? *classical : *learned;
        result.other_score = take_learned ? classical_score : learned_score;
        result.agreement = compare_fits(chosen, other);
        widen_by_disagreement(chosen, other);
        doubt_gross_disagreement(chosen, other);
        run.info("lumen: {} (score {:.3f}) rather than {} (score {:.3f})", result.lumen.method, result.score,
                 take_learned ? "psf-fit" : learned_name, result.other_score);
    }
    result.tree = std::move(chosen.tree), result.remarks = std::move(chosen.remarks);
    result.lumen.branches = std::move(chosen.branches);
    for (std::string& remark : remarks_on_agreement(result.agreement))
        result.remarks.push_back(std::move(remark));
}

}  // namespace

void check_segmentation(const std::string& segmentation, const LumenNetwork* network) {
    if (segmentation != "auto" && segmentation != "learned" && segmentation != "classical")
        throw Error(ExitCode::usage, "--segmentation is '{}'; valid values are auto, learned, classical.",
                    segmentation);
    if (segmentation == "learned" && network == nullptr)
        throw Error(
            ExitCode::usage,
            "--segmentation is learned, but this build has no lumen network: give one with --lumen-network.");
}

LumenResult run_lumen(const Volume& volume, const ScanModel& scan, const HeartFrame& heart,
                      const CoronaryTree& tree, const LumenNetwork* network, const LumenOptions& options,
                      const Run& run) {
    lumen::PsfFitOptions fit_options;
    fit_options.angles = options.angles, fit_options.recentre_iterations = options.recentre_iterations;
    const Choice wanted = choice_of(options, network);
    std::optional<lumen::PsfFit> classical, learned;
    std::string failure;
    try {
        if (wanted.learned)
            learned = lumen::fit_lumen_learned(volume, scan, tree, polar_network(*network, run),
                                               network->correlation, fit_options, run);
    } catch (const Error& error) {
        // The fit stands on its own.
        if (!wanted.classical || error.code() != ExitCode::lumen_failed) throw;
        failure = fmt::format("The lumen is that of the classical fit: {}", error.what());
    }
    if (wanted.classical)
        classical = lumen::fit_lumen(volume, scan, learned ? learned->course : tree, fit_options, run);
    LumenResult result;
    choose(std::move(classical), std::move(learned), network, result, run);
    correct_deviations(result);
    if (!failure.empty()) result.remarks.push_back(failure);
    cut_what_is_no_artery(result, heart);
    build_lumen_surface(result.lumen, result.tree, options, run);
    return result;
}

LumenResult run_lumen_from_surface(const TriangleMesh& surface, const CoronaryTree& tree,
                                   const LumenOptions& options, const Run& run) {
    lumen::Measured measured = lumen::measure_surface(surface, tree, options.angles, run);
    LumenResult result;
    result.lumen = std::move(measured.lumen), result.tree = std::move(measured.tree);
    result.remarks = std::move(measured.remarks);
    return result;
}

LumenResult run_lumen_from_mask(const Segmentation& mask, const CoronaryTree& tree,
                                const LumenOptions& options, const Run& run) {
    lumen::Measured measured = lumen::measure_mask(mask, tree, options.angles, run);
    LumenResult result;
    result.lumen = std::move(measured.lumen), result.tree = std::move(measured.tree);
    result.remarks = std::move(measured.remarks);
    build_lumen_surface(result.lumen, result.tree, options, run);
    return result;
}

void paint_coronaries(Segmentation& segmentation, const LumenSurface& lumen, const CoronaryTree& tree) {
    lumen::paint(segmentation, lumen, tree);
}

void build_lumen_surface(LumenSurface& lumen, const CoronaryTree& tree, const LumenOptions& options,
                         const Run& run) {
    lumen::build_surface(lumen, tree, {options.surface_spacing_mm, options.blend_fraction}, run);
}

}  // namespace ctffr
