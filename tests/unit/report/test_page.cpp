// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cmath>
#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "ctffr/parallel/exec.hpp"
#include "report/page.hpp"
#include "report/state_page.hpp"
#include "report/tables.hpp"
#include "report/text.hpp"
#include "report/vessel_path.hpp"
#include "report/viewer_assets.hpp"
#include "support/sample_result.hpp"

namespace ctffr::report {
namespace {

// The page without the bundle, whose code may name anything.
std::string without_bundle(std::string page) {
    for (const std::string_view part : {viewer_assets().script, viewer_assets().style}) {
        const std::size_t at = page.find(part);
        if (at != std::string::npos) page.erase(at, part.size());
    }
    return page;
}

std::string page_of(const CaseResult& result, const Volume* volume = nullptr) {
    return make_page(result, volume, "CT-FFR report", {});
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// Pages are long: patterns below have no unbounded repetition, on which std::regex would exhaust the stack.
bool matches(const std::string& text, const char* pattern) {
    return std::regex_search(text, std::regex(pattern, std::regex::icase));
}

// The page without the texts between `begin` and the next quote (base64 may spell any word).
std::string without_quoted(std::string page, std::string_view begin) {
    for (std::size_t at = page.find(begin); at != std::string::npos; at = page.find(begin, at + 1))
        page.erase(at + begin.size(), page.find('"', at + begin.size()) - at - begin.size());
    return page;
}

TEST(ReportPage, ShowsTheHeartBeatWhenThereIsOne) {
    CaseResult result = test::sample_result();
    EXPECT_FALSE(contains(page_of(result), "Heart beat"));
    result.pulsatile = test::sample_beat(result);
    const std::string page = page_of(result);
    for (const std::string_view text : {"<h2>Heart beat</h2>", "Pressure over a heart beat",
                                        "Flow over a heart beat", "wave-free", ">0.770</td>"})
        EXPECT_TRUE(contains(page, text)) << text;
    result.pulsatile->status.reason = SolveStatus::Reason::max_iterations;
    result.pulsatile->status.note = "not periodic after 2 beats";
    const std::string none = page_of(result);
    EXPECT_TRUE(contains(none, "not periodic after 2 beats"));
    EXPECT_FALSE(contains(none, "Pressure over a heart beat"));
}

TEST(ReportPage, HoldsTheFiguresOfTheResult) {
    const CaseResult result = test::sample_result();
    const std::string page = without_bundle(page_of(result));
    EXPECT_TRUE(contains(page, "research use only"));
    EXPECT_TRUE(contains(page, "Not a medical device"));
    for (const Lesion& lesion : result.lesions) {
        EXPECT_TRUE(contains(page, ">" + number(lesion.mld_mm, 2) + "</td>"));
        EXPECT_TRUE(contains(page, ">" + ffr_text(lesion.ffr_20mm_distal) + "</td>"));
        EXPECT_TRUE(contains(page, ">" + number(lesion.delta_ffr, 2) + "</td>"));
    }
    for (const std::string_view text :
         {"0123abc", "CPU, 2 threads", "5f0c3f0d6a3a1f3c", "CCTA 75% Bv40", "DICOM (0018,1088)",
          "population mean", "Edges are softer", "converged", "R-PDA", "class=\"state ok\"",
          "model = &quot;reduced&quot;"})
        EXPECT_TRUE(contains(page, text)) << text;
    for (const Branch& branch : result.tree.branches)
        EXPECT_TRUE(contains(page, ">" + std::string(segment_name(branch.segment)) + "</td>"));
}

// At rest and in exercise the page is another: no word, colour or picture of FFR.
TEST(ReportPage, OtherStatesAreNotFfr) {
    for (FlowState state : {FlowState::rest, FlowState::exercise}) {
        CaseResult result = test::sample_result();
        result.hyperaemia.state = state;
        result.reasons.push_back("FFR is a mean.");
        const std::string page = without_bundle(make_state_page(result, "CT-FFR report"));
        EXPECT_FALSE(contains(page, "FFR"));
        EXPECT_TRUE(contains(page, "NOT fractional flow reserve"));
        EXPECT_TRUE(contains(page, ratio_name(state)));
        EXPECT_FALSE(contains(page, "grey zone"));
        EXPECT_FALSE(contains(page, "<script"));
        EXPECT_EQ(contains(page, "0.92"), state == FlowState::rest);
    }
}

TEST(ReportPage, LoadsNothingAndAllowsNothingToLoad) {
    const CaseResult result = test::sample_result();
    const Volume volume = test::sample_volume(result, 2.0);
    const std::string page = page_of(result, &volume);
    EXPECT_FALSE(matches(page, "https?://(?!www\\.w3\\.org/)"));
    EXPECT_FALSE(matches(without_bundle(page), "(src|href)=\"(?!data:image/png;base64,)"));
    EXPECT_TRUE(contains(page, "default-src 'none'"));
    EXPECT_TRUE(contains(page, std::string("script-src '") + std::string(viewer_assets().script_hash) + "'"));
    // A strict policy refuses style attributes and event handlers, so the page must not count on them.
    EXPECT_FALSE(matches(without_bundle(page), "\\s(style|on[a-z]{1,20})=\""));
    EXPECT_LT(page.size(), 8u << 20);
}

TEST(ReportPage, SameBytesForTheSameResult) {
    const CaseResult result = test::sample_result();
    const Volume volume = test::sample_volume(result, 2.0);
    set_threads(1);
    const std::string one = page_of(result, &volume);
    set_threads(2);
    const std::string two = page_of(result, &volume);
    set_threads(0);
    EXPECT_TRUE(one == two);
}

TEST(ReportPage, NoNumberThatIsNotKnownIsShown) {
    CaseResult result = test::sample_result();
    result.ffr.ffr[3].assign(result.ffr.ffr[3].size(), missing);
    result.solution.pressure[3].back() = missing;
    result.ffr.reference_radius_mm[2][4] = missing;
    result.lesions[0].ffr_20mm_distal = result.lesions[0].delta_ffr = missing;
    result.lesions[1].mla_mm2 = result.lesions[1].distal_read_mm = result.lesions[0].throat_mm = missing;
    result.quality.figures[0].value = missing;
    result.solution.status.residual = INFINITY;
    result.hyperaemia.patient["age_years"].value = missing;
    result.scan.blood_hu = missing;
    const Volume volume = test::sample_volume(test::sample_result(), 2.0);
    const std::string page = without_quoted(
        without_quoted(without_bundle(page_of(result, &volume)), "data:image/png;base64,"), "\"data\":\"");
    EXPECT_FALSE(matches(page, "\\bnan\\b"));
    EXPECT_FALSE(matches(page, "\\binf\\b"));
    EXPECT_TRUE(contains(page, "not available"));
}

TEST(ReportPage, TextFromOutsideStaysText) {
    CaseResult result = test::sample_result();
    const std::string evil = "</script><script>x</script><img src=x onerror=y>'\"\xE4";
    result.acquisition.series_description = result.acquisition.manufacturer = result.acquisition.patient_id =
        evil;
    result.acquisition.selection_reason = result.acquisition.kernel = result.input_kind = result.input_hash =
        evil;
    result.reasons = {evil};
    result.software = {evil, evil, evil};
    result.options_toml = result.lumen.method = result.solution.model = result.solution.status.note = evil;
    result.lesions[0].note = result.lesions[0].segment = result.lesions[0].vessel = evil;
    result.vessels[0].note = result.quality.figures[2].sentence = result.quality.figures[2].name = evil;
    result.quality.figures[2].unit = result.timings_s[0].first = evil;
    result.tree.branches[9].flags[0].reason = evil;
    result.hyperaemia.patient[evil] = {1, Origin::measured, evil};
    const std::string page = without_bundle(make_page(result, nullptr, evil, {}));
    EXPECT_FALSE(contains(page, "<script>x"));
    EXPECT_FALSE(contains(page, "<img"));
    EXPECT_FALSE(contains(page, "\xE4"));
    EXPECT_TRUE(contains(page, "&lt;img src=x onerror=y&gt;&#39;&quot;\xEF\xBF\xBD"));
}

// The FFR of the vessel's end is plain text; only values below lesions are graded.
TEST(ReportPage, TheDistalTipIsNeverGradedLikeALesion) {
    CaseResult result = test::sample_result();
    result.lesions.clear();
    for (auto& branch : result.ffr.ffr)
        for (double& ffr : branch) ffr = 0.62;
    EXPECT_FALSE(matches(vessel_table(result), "class=\"(low|grey|high)\""));
    EXPECT_TRUE(contains(vessel_table(result), ">0.62</td>"));
    EXPECT_TRUE(contains(vessel_cards(result), "no focal lesion"));
    EXPECT_TRUE(contains(vessel_cards(result), "falls without a focal lesion to 0.62"));
    EXPECT_FALSE(contains(vessel_cards(result), "card low"));
}

TEST(ReportPage, LesionTableGradesTheDistalReadingAndSaysWhereItWasRead) {
    CaseResult result = test::sample_result();
    result.lesions[0].ffr_20mm_distal = 0.44, result.lesions[0].ffr_proximal = 0.93;
    result.lesions[1].ffr_20mm_distal = 0.78;
    const std::string table = lesion_table(result);
    EXPECT_TRUE(contains(table, "<td class=\"low\">&lt; 0.50</td>"));
    EXPECT_TRUE(contains(table, "<td>&gt; 0.43</td>"));
    EXPECT_TRUE(contains(table, "<td class=\"grey\">0.78</td>"));
    EXPECT_TRUE(contains(table, "FFR read 15 mm below the lesion."));
    EXPECT_FALSE(contains(table, "0.44"));
}

TEST(ReportPage, RejectedCaseShowsStateAndReasonsAndNoFfr) {
    CaseResult result = test::sample_result();
    result.state = ResultState::rejected;
    result.reasons = {"Motion smears the right coronary artery."};
    const Volume volume = test::sample_volume(result, 2.0);
    const std::string page = without_bundle(page_of(result, &volume));
    EXPECT_TRUE(contains(page, "Rejected: no FFR"));
    EXPECT_TRUE(contains(page, "Motion smears the right coronary artery."));
    EXPECT_TRUE(contains(page, "Edges are softer"));  // the quality figures stay
    EXPECT_FALSE(contains(page, "ctffr-data"));
    EXPECT_FALSE(contains(page, "class=\"pullback\""));
    EXPECT_FALSE(contains(page, ffr_text(result.lesions[0].ffr_20mm_distal)));
}

// A solution that did not converge is never read: geometry is shown, FFR is not.
TEST(ReportPage, UnconvergedSolutionShowsNoFfr) {
    CaseResult result = test::sample_result();
    result.solution.status.reason = SolveStatus::Reason::stalled;
    const std::string page = without_bundle(page_of(result));
    EXPECT_TRUE(contains(page, "the flow solver did not converge (stalled)"));
    EXPECT_TRUE(contains(page, ">" + number(result.lesions[0].mld_mm, 2) + "</td>"));
    EXPECT_FALSE(matches(page, "class=\"(low|grey|high)\""));
    EXPECT_FALSE(matches(page, "\"ffr\":(\\[(null,){0,3})?[0-9]"));
}

TEST(ReportPage, FfrIsHiddenInsideStretchesThatCannotBeAnalysed) {
    CaseResult result = test::sample_result();
    result.state = ResultState::ok_with_excluded_segments;
    result.tree.branches[9].flags.push_back({BranchFlag::Kind::not_analysable, 20, 30, "Motion."});
    EXPECT_TRUE(std::isnan(ffr_at(result, 9, 50)));   // 25 mm
    EXPECT_FALSE(std::isnan(ffr_at(result, 9, 30)));  // 15 mm
    const std::string page = without_bundle(page_of(result));
    EXPECT_TRUE(contains(page, "fill=\"url(#hatch)\""));
    EXPECT_TRUE(contains(page, "state ok-with-excluded-segments"));
    EXPECT_TRUE(contains(page,
                         "not-analysable 20\xE2\x80\x93"
                         "30 mm: Motion."));
}

TEST(ReportPage, AnOccludedVesselComesBeforeItsOtherLesions) {
    CaseResult result = test::sample_result();
    const std::string before = vessel_cards(result);
    EXPECT_FALSE(contains(before, "occluded"));
    Lesion& lesion = result.lesions[0];
    lesion.diameter_stenosis_pct = 100, lesion.mld_mm = 0;
    lesion.ffr_20mm_distal = lesion.delta_ffr = lesion.distal_read_mm = std::nan("");
    const std::string cards = vessel_cards(result);
    EXPECT_TRUE(contains(cards, "<div class=\"value \">occluded</div>"));
    EXPECT_TRUE(contains(cards, lesion.segment + ", no FFR beyond it"));
}

TEST(ReportPage, AWordOfTheCurveDoesNotCoverAnother) {
    const auto words = [](const std::vector<BranchFlag>& flags) {
        CaseResult result = test::sample_result();
        result.tree.branches[9].flags = flags;
        const std::string page = without_bundle(page_of(result));
        std::set<std::string> heights;
        std::size_t count = 0;
        const std::regex word("<text x=\"[0-9.]+\" y=\"([0-9.]+)\"[^>]*>(calcified|gap-bridged)</text>");
        for (std::sregex_iterator at(page.begin(), page.end(), word), end; at != end; ++at)
            heights.insert((*at)[1]), ++count;
        return std::pair(count, heights.size());
    };
    const BranchFlag first{BranchFlag::Kind::calcified, 20, 22, "Calcium."},
        second{BranchFlag::Kind::calcified, 22.5, 23, "Calcium."},
        gap{BranchFlag::Kind::gap_bridged, 22.5, 23, "Gap."};
    EXPECT_EQ(words({first}), (std::pair<std::size_t, std::size_t>{1, 1}));
    EXPECT_EQ(words({first, second}), (std::pair<std::size_t, std::size_t>{1, 1}));
    EXPECT_EQ(words({first, gap}), (std::pair<std::size_t, std::size_t>{2, 2}));
}

TEST(ReportPage, WorksWithoutNamesWithoutLumenAndWithoutAnything) {
    CaseResult unnamed = test::sample_result();
    for (Branch& branch : unnamed.tree.branches) branch.segment = Segment::unknown;
    unnamed.lumen = {};
    EXPECT_TRUE(contains(page_of(unnamed), "data-vessel=\"branch "));
    EXPECT_TRUE(contains(vessel_cards(unnamed), "<div class=\"name\">branch "));

    CaseResult empty;
    const std::string page = without_bundle(page_of(empty));
    EXPECT_TRUE(contains(page, "FFR is not available"));
    EXPECT_FALSE(matches(page, "\\bnan\\b"));
}

TEST(ReportPage, CancelStopsIt) {
    const CaseResult result = test::sample_result();
    std::atomic<bool> cancel = true;
    ctffr::Run run;
    run.cancel = &cancel;
    EXPECT_THROW(make_page(result, nullptr, "", run), Error);
}

}  // namespace
}  // namespace ctffr::report
