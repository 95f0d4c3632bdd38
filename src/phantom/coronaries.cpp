// SPDX-License-Identifier: Apache-2.0
#include "phantom/coronaries.hpp"

#include <cmath>

#include <fmt/format.h>

#include "ctffr/core/random.hpp"
#include "phantom/disease_apply.hpp"
#include "phantom/disease_plan.hpp"
#include "phantom/disease_truth.hpp"
#include "phantom/tree_branches.hpp"
#include "phantom/tree_layout.hpp"
#include "phantom/tree_plan.hpp"
#include "phantom/vessel_field_tubes.hpp"

namespace ctffr::phantom {

namespace {

constexpr int section_angles = 48;
constexpr std::uint64_t blood_stream = tree_stream + 8;

using Record = std::vector<std::pair<std::string, std::string>>;

void put(Record& record, const std::string& key, double value) {
    record.emplace_back(key, fmt::format("{:.6g}", value));
}
void put_text(Record& record, const std::string& key, std::string_view value) {
    record.emplace_back(key, fmt::format("\"{}\"", value));
}

void record_tree(Record& record, const TreePlan& plan, const std::vector<Course>& courses) {
    put_text(record, "tree.dominance", dominance_name(plan.dominance));
    record.emplace_back("tree.absent_left_main", plan.absent_left_main ? "true" : "false");
    put(record, "tree.tortuosity", plan.tortuosity);
    put(record, "tree.diameter_scale", plan.scale);
    put(record, "tree.lm_length_mm", plan.lm_length_mm);
    put(record, "tree.lm_angle_deg", plan.lm_angle_deg);
    put(record, "tree.lad_taper_per_mm", plan.lad_taper_per_mm);
    put(record, "tree.lcx_taper_per_mm", plan.lcx_taper_per_mm);
    for (std::size_t c = 0; c < courses.size(); ++c) {
        const std::string key = fmt::format("tree.vessel.{}", c);
        put_text(record, key + ".name", course_name(courses[c].kind));
        put(record, key + ".parent", courses[c].parent);
        put(record, key + ".parent_arc_mm", courses[c].parent_arc_mm);
        put(record, key + ".length_mm", courses[c].curve.length_mm());
        put(record, key + ".origin_diameter_mm", 2 * courses[c].radius_at(0));
        put(record, key + ".end_diameter_mm", 2 * courses[c].radius_at(courses[c].curve.length_mm()));
        if (courses[c].bridge_end_mm <= courses[c].bridge_start_mm) continue;
        put(record, key + ".bridge_start_mm", courses[c].bridge_start_mm);
        put(record, key + ".bridge_end_mm", courses[c].bridge_end_mm);
        put(record, key + ".bridge_depth_mm", plan.bridge_depth_mm);
        put(record, key + ".bridge_compression", plan.bridge_compression);
    }
}

void record_disease(Record& record, const std::vector<LesionPlan>& lesions) {
    put(record, "lesions.count", static_cast<double>(lesions.size()));
    for (std::size_t k = 0; k < lesions.size(); ++k) {
        const LesionPlan& lesion = lesions[k];
        const std::string key = fmt::format("lesions.{}", k);
        put(record, key + ".vessel", lesion.course);
        put(record, key + ".throat_mm", lesion.throat_mm);
        put(record, key + ".length_mm", lesion.length_mm);
        put(record, key + ".stenosis_pct", 100 * lesion.stenosis);
        put_text(record, key + ".shape", shape_name(lesion.shape));
        put_text(record, key + ".plaque", plaque_name(lesion.plaque));
        put(record, key + ".eccentricity", lesion.eccentricity);
        put(record, key + ".remodelling", lesion.remodelling);
        record.emplace_back(key + ".occluded", lesion.occluded ? "true" : "false");
        put_text(record, key + ".note", lesion.note);
    }
}

}  // namespace

Coronaries make_coronaries(const HeartAnatomy& anatomy, const PhantomOptions& options, const BodySize& body,
                           double aorta_hu, const Run& run) {
    run.progress("coronary tree", 0);
    const TreePlan plan = make_tree_plan(options.tree, options.disease.bridge_chance, body, options.seed);
    std::vector<Course> courses = lay_out_tree(anatomy, plan, options.tree.min_radius_mm, options.seed);
    run.progress("coronary disease", 0.4);
    const std::vector<LesionPlan> lesions = make_disease_plan(courses, options.disease, options.seed);
    name_by_scct(courses);
    Random random(options.seed, blood_stream);
    BloodOptions blood;
    blood.aorta_hu = aorta_hu;
    blood.drop_hu_per_10mm = random.uniform(options.contrast.distal_drop_hu_per_10mm.low,
                                            options.contrast.distal_drop_hu_per_10mm.high);

    run.progress("coronary field", 0.5);
    auto field = std::make_unique<TubeField>(make_tubes(courses, plan, lesions, blood, options.seed),
                                             [heart = anatomy](Vec3 p) { return heart.aorta(p) < 0; });
    CutTree cut = cut_into_branches(courses, field->tubes(), plan.dominance);
    flag_branches(courses, *field, lesions, cut);

    run.progress("coronary truth", 0.7);
    Coronaries out;
    out.lumen = exact_sections(cut, *field, section_angles);
    out.lesions = lesion_truth(courses, *field, cut, lesions);
    out.plaque = plaque_truth(*field, cut);
    for (const Course& course : courses)
        if (course.parent < 0) out.ostia.push_back({course.side, course.curve[0].position_lps_mm, 1.0});
    record_tree(out.record, plan, courses);
    put(out.record, "contrast.distal_drop_hu_per_10mm", blood.drop_hu_per_10mm);
    record_disease(out.record, lesions);
    out.tree = std::move(cut.tree);
    out.field = std::move(field);
    run.progress("coronary truth", 1);
    return out;
}

}  // namespace ctffr::phantom
