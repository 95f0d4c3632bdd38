// SPDX-License-Identifier: Apache-2.0
// The figures of an evaluation by name, as lines and as a table.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ctffr/stages/evaluate.hpp"
#include "stages/evaluate_parts.hpp"

namespace ctffr {

namespace {

class FigureList {
   public:
    void section(std::string title) { section_ = std::move(title); }
    void add(std::string name, double value, const char* unit) {
        list_.push_back({section_, std::move(name), unit, value});
    }
    std::vector<Figure> take() { return std::move(list_); }

   private:
    std::string section_;
    std::vector<Figure> list_;
};

void add_tree(const Evaluation& e, FigureList& list) {
    list.section("Ostia and tree");
    list.add("left-ostium-error", e.left_ostium_mm, "mm");
    list.add("right-ostium-error", e.right_ostium_mm, "mm");
    for (const VesselFigures& vessel : e.vessels) {
        list.add(vessel.name + "-relevant-length", vessel.relevant_length_mm, "mm");
        list.add(vessel.name + "-OV", vessel.overlap, "-");
        list.add(vessel.name + "-OT", vessel.relevant_overlap, "-");
        list.add(vessel.name + "-OF", vessel.until_first_error, "-");
        list.add(vessel.name + "-AI", vessel.inside_mm, "mm");
        if (vessel.true_ffr >= 0) {
            list.add(vessel.name + "-true-FFR", vessel.true_ffr, "-");
            list.add(vessel.name + "-found-FFR", vessel.found_ffr, "-");
        }
        if (vessel.true_distal_ffr >= 0)
            list.add(vessel.name + "-true-distal-FFR", vessel.true_distal_ffr, "-");
        if (vessel.true_occluded || vessel.found_occluded) {
            list.add(vessel.name + "-occluded-true", vessel.true_occluded, "-");
            list.add(vessel.name + "-occluded-found", vessel.found_occluded, "-");
        }
    }
    list.add("tree-OV", e.tree_overlap, "-");
    list.add("tree-OT", e.tree_relevant_overlap, "-");
    list.add("tree-OF", e.tree_until_first_error, "-");
    list.add("tree-AI", e.tree_inside_mm, "mm");
    list.add("false-positive-length", e.false_positive_mm, "mm");
    list.add("false-positive-fraction", e.false_positive_fraction, "-");
    list.add("found-length", e.found_length_mm, "mm");
}

void add_segments(const Evaluation& e, FigureList& list) {
    list.section("Segments (SCCT)");
    int all = 0, found = 0, named = 0, wrong = 0;
    int labels_true = 0, labels_recalled = 0, labels_reached = 0, labels_named = 0, labels_found = 0,
        labels_right = 0;
    for (const SegmentFigures& s : e.segments) {
        wrong += s.false_branches;
        if (s.counts) {
            ++all, found += s.found, named += s.named;
            list.add("segment-" + s.segment + "-found", s.found, "-");
            list.add("segment-" + s.segment + "-covered", s.true_mm > 0 ? s.covered_mm / s.true_mm : 0, "-");
            list.add("segment-" + s.segment + "-named", s.named, "-");
        }
        if (s.label_true) list.add("segment-" + s.segment + "-label-recalled", s.label_recalled, "-");
        if (s.label_found) list.add("segment-" + s.segment + "-label-right", s.label_right, "-");
        labels_true += s.label_true, labels_recalled += s.label_recalled;
        labels_reached += s.label_reached, labels_named += s.label_named;
        labels_found += s.label_found, labels_right += s.label_right;
        if (s.false_branches > 0) list.add("segment-" + s.segment + "-false", s.false_branches, "branches");
    }
    list.add("segments-true", all, "segments");
    list.add("segments-found", found, "segments");
    list.add("segments-missed", all - found, "segments");
    list.add("segments-named", named, "segments");
    list.add("branches-false", wrong, "branches");
    list.add("labels-true", labels_true, "segments");
    list.add("labels-recalled", labels_recalled, "segments");
    list.add("labels-reached", labels_reached, "segments");
    list.add("labels-named", labels_named, "segments");
    list.add("labels-found", labels_found, "segments");
    list.add("labels-right", labels_right, "segments");
    list.add("label-recall", e.label_recall, "-");
    list.add("label-precision", e.label_precision, "-");
    list.add("label-F1", e.label_f1, "-");
    list.add("label-F1-of-reached", e.label_named_f1, "-");
    list.add("label-agreement", e.label_agreement, "-");
    list.add("dominance-right", e.dominance_right, "-");
    list.add("dominance-confidence", e.dominance_confidence, "-");
}

void add_radius(const RadiusFigures& r, FigureList& list) {
    const std::string name = r.name.empty() ? "radius" : "radius-" + r.name;
    list.add(name + "-points", static_cast<double>(r.points), "-");
    list.add(name + "-not-found", static_cast<double>(r.not_found), "-");
    list.add(name + "-mean-abs-error", r.mean_abs_mm, "mm");
    list.add(name + "-p95-abs-error", r.p95_abs_mm, "mm");
    list.add(name + "-bias", r.bias_pct, "%");
}

void add_lesions(const Evaluation& e, FigureList& list) {
    list.section("Lesions");
    for (std::size_t i = 0; i < e.lesions.size(); ++i) {
        const LesionFigures& l = e.lesions[i];
        const std::string name = fmt::format("lesion-{}-{}", i, l.segment);
        const double error = l.found_mld_mm >= 0 ? l.found_mld_mm - l.true_mld_mm : no_figure;
        list.add(name + "-kind-" + l.kind, 1, "-");
        list.add(name + "-true-MLD", l.true_mld_mm, "mm");
        list.add(name + "-found-MLD", l.found_mld_mm, "mm");
        list.add(name + "-MLD-error", error, "mm");
        list.add(name + "-true-AS", l.true_area_stenosis_pct, "%");
        list.add(name + "-AS-error", l.found_area_stenosis_pct - l.true_area_stenosis_pct, "pp");
        list.add(name + "-flagged-calcified", l.found_calcified, "-");
        list.add(name + "-flagged-not-analysable", l.found_not_analysable, "-");
        list.add(name + "-listed", l.listed, "-");
        list.add(name + "-true-DS", l.true_stenosis_pct, "%");
        list.add(name + "-DS-error", l.found_stenosis_pct - l.true_stenosis_pct, "pp");
        list.add(name + "-listed-MLD-error", l.listed_mld_mm - l.true_mld_mm, "mm");
        list.add(name + "-reference-error", l.reference_error_mm, "mm");
        list.add(name + "-remodelling-error", l.found_remodelling - l.true_remodelling, "-");
        list.add(name + "-FFR-read-below", l.distal_read_mm, "mm");
        list.add(name + "-FFR-below-true", l.true_distal_ffr, "-");
        list.add(name + "-FFR-below-error", l.found_distal_ffr - l.true_distal_ffr, "-");
    }
}

void add_findings(const Evaluation& e, FigureList& list) {
    list.section("Detection of stenoses, plaque, CAD-RADS");
    const DetectionFigures& d = e.detection;
    list.add("stenosis-true", d.significant, "lesions");
    list.add("stenosis-detected", d.detected, "lesions");
    list.add("stenosis-nearly-detected", d.nearly_detected, "lesions");
    list.add("stenosis-found", d.found, "lesions");
    list.add("stenosis-right", d.right, "lesions");
    list.add("stenosis-nearly-right", d.nearly_right, "lesions");
    list.add("stenosis-nowhere", d.found_nowhere, "lesions");
    if (!e.true_cad_rads.empty() && !e.found_cad_rads.empty()) {
        list.add("cad-rads-true", evaluation::cad_rads_rank(e.true_cad_rads), "rank");
        list.add("cad-rads-found", evaluation::cad_rads_rank(e.found_cad_rads), "rank");
        list.add("cad-rads-agrees", e.true_cad_rads == e.found_cad_rads, "-");
    }
    list.add("agatston-true", e.true_agatston, "-");
    list.add("agatston-found", e.found_agatston, "-");
    if (!e.plaque_compared) return;
    list.add("plaque-true", e.true_plaque.total_mm3(), "mm3");
    list.add("plaque-found", e.found_plaque.total_mm3(), "mm3");
    list.add("plaque-false", e.false_plaque_mm3, "mm3");
    list.add("plaque-true-calcified", e.true_plaque.calcified_mm3, "mm3");
    list.add("plaque-found-calcified", e.found_plaque.calcified_mm3, "mm3");
    list.add("plaque-true-low", e.true_plaque.low_attenuation_mm3, "mm3");
    list.add("plaque-found-low", e.found_plaque.low_attenuation_mm3, "mm3");
    for (std::size_t i = 0; i < e.plaque.size(); ++i) {
        const PlaqueFigures& p = e.plaque[i];
        const std::string name = fmt::format("plaque-{}-{}", i, p.kind);
        list.add(name + "-true", p.true_mm3, "mm3");
        list.add(name + "-found", p.found_mm3, "mm3");
        list.add(name + "-true-calcified", p.true_calcified_mm3, "mm3");
        list.add(name + "-found-calcified", p.found_calcified_mm3, "mm3");
        list.add(name + "-found-low", p.found_low_mm3, "mm3");
    }
}

void add_image(const Evaluation& e, FigureList& list) {
    list.section("Lumen voxels and organs");
    for (const MaskFigures& m : e.masks) {
        const std::string name = "lumen-" + m.name;
        list.add(name + "-found-volume", m.found_mm3, "mm3");
        list.add(name + "-true-volume", m.true_mm3, "mm3");
        list.add(name + "-dice", m.dice, "-");
        list.add(name + "-hd95", m.hd95_mm, "mm");
        list.add(name + "-assd", m.assd_mm, "mm");
        list.add(name + "-cldice", m.cl_dice, "-");
        list.add(name + "-betti0-error", static_cast<double>(m.betti0_error), "-");
        list.add(name + "-betti1-error", static_cast<double>(m.betti1_error), "-");
    }
    for (const OrganFigures& o : e.organs) list.add(o.name + "-dice", o.dice, "-");
    list.section("Lumen surface");
    for (const SurfaceFigures& s : e.surfaces) {
        const std::string name = "surface-" + s.extent;
        list.add(name + "-mean", s.mean_mm, "mm");
        list.add(name + "-p95", s.p95_mm, "mm");
        list.add(name + "-max", s.max_mm, "mm");
        list.add(name + "-signed-mean", s.signed_mean_mm, "mm");
        list.add(name + "-true-area", s.true_area_mm2, "mm2");
    }
}

void add_decisions(const char* name, const DecisionFigures& d, FigureList& list) {
    const std::string start = fmt::format("treat-{}-", name);
    list.add(start + "vessels", d.vessels, "vessels");
    list.add(start + "agree", d.agree, "vessels");
    list.add(start + "missed", d.missed, "vessels");
    list.add(start + "excess", d.excess, "vessels");
    list.add(start + "undecided", d.undecided, "vessels");
}

void add_scan(const char* name, const ScanModel& scan, FigureList& list) {
    if (scan.blood_hu == 0) return;
    const std::string start = fmt::format("{}-", name);
    list.add(start + "blood", scan.blood_hu, "HU");
    list.add(start + "noise", scan.noise_sd_hu, "HU");
    list.add(start + "psf-xy", scan.psf_fwhm_xy_mm, "mm");
    list.add(start + "psf-z", scan.psf_fwhm_z_mm, "mm");
}

}  // namespace

std::vector<Figure> figures_of(const Evaluation& evaluation) {
    FigureList list;
    list.section("Scan");
    add_scan("scan-true", evaluation.true_scan, list);
    add_scan("scan-found", evaluation.found_scan, list);
    add_tree(evaluation, list);
    add_segments(evaluation, list);
    list.section("Radius");
    add_radius(evaluation.radius, list);
    for (const RadiusFigures& r : evaluation.radius_classes) add_radius(r, list);
    add_lesions(evaluation, list);
    add_findings(evaluation, list);
    list.section("Treat at FFR <= 0.80");
    add_decisions("all", evaluation.decisions, list);
    add_decisions("main", evaluation.main_decisions, list);
    add_decisions("grey", evaluation.grey_decisions, list);
    add_image(evaluation, list);
    return list.take();
}

std::string evaluation_lines(const Evaluation& evaluation, const std::string& case_name) {
    std::string text;
    for (const Figure& f : figures_of(evaluation))
        if (!std::isnan(f.value))
            text += fmt::format("{} {} {:.4f} {} - info\n", case_name, f.name, f.value, f.unit);
    return text;
}

std::string evaluation_table(const Evaluation& evaluation, const std::string& case_name) {
    const std::vector<Figure> figures = figures_of(evaluation);
    std::size_t width = 0;
    for (const Figure& f : figures) width = std::max(width, f.name.size());
    std::string text = fmt::format("{} (research use only, not a medical device)\n", case_name), section;
    for (const Figure& f : figures) {
        if (f.section != section) text += fmt::format("\n{}\n", section = f.section);
        const std::string value = std::isnan(f.value) ? "no value" : fmt::format("{:.4g}", f.value);
        text += fmt::format("  {:<{}}  {:>10} {}\n", f.name, width, value, f.unit == "-" ? "" : f.unit);
    }
    for (const std::string& remark : evaluation.remarks) text += "\n" + remark + "\n";
    return text;
}

}  // namespace ctffr
