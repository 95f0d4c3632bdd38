// SPDX-License-Identifier: Apache-2.0
#include "pipeline/case_run.hpp"

#include <algorithm>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/volume.hpp"
#include "pipeline/case_outputs.hpp"
#include "pipeline/surface_raster.hpp"

namespace ctffr {

namespace {

// Layout of the data sets in case.h5 and of the keys: another number means that nothing of an old file is
// taken.
constexpr int case_schema = 8;

void append(std::vector<std::string>& all, const std::vector<std::string>& more) {
    all.insert(all.end(), more.begin(), more.end());
}

// Stages promise sound data; a broken promise is a bug, and is found here rather than three stages later.
void require_sound(const std::vector<std::string>& broken, const std::string& stage) {
    if (!broken.empty())
        throw Error(ExitCode::internal, "Stage {} left broken data: {}. Please report this.", stage,
                    broken.front());
}

// Where no FFR is read because an occlusion lies before, the solver's pressure and flow say nothing either.
void hide_beyond_occlusions(CaseResult& result) {
    const OpenTree open = open_tree(result.tree);
    if (open.whole()) return;
    for (auto* values : {&result.solution.pressure, &result.solution.flow})
        for (std::size_t b = 0; b < values->size(); ++b)
            for (std::size_t i = open.points[b]; i < (*values)[b].size(); ++i) (*values)[b][i] = no_number;
}

}  // namespace

CaseRun::CaseRun(const RunRequest& request, const Run& run, const CaseHooks& hooks,
                 const OutputFolder& folder)
    : request_(request),
      run_(run),
      hooks_(hooks),
      folder_(folder),
      case_file_(folder / "case.h5"),
      request_text_(request_json(request)) {
    result_.software = request.software;
    result_.options_toml = resolved_toml(request);
    // Also a case that fails says in which state it was run; the boundary conditions refuse an unknown one.
    result_.hyperaemia.state = flow_state_from_name(request.boundary.state).value_or(FlowState::hyperaemia);
}

void CaseRun::begin(const std::string& stage, const std::string& options) {
    run_.check_cancel();
    stage_ = stage;
    options_ = options;
    key_before_ = key_;
    redo_ = redo_ || request_.redo_from == stage;
    key_ = sha256_hex(fmt::format("{}\n{}\n{}\n{}\n{} {}\n{}\n", case_schema, key_before_, stage, options,
                                  request_.software.version, request_.software.commit,
                                  run_.device == DeviceKind::cuda ? "cuda" : "cpu"));
    stage_start_ = std::chrono::steady_clock::now();
}

std::optional<StageRecord> CaseRun::stored() const {
    if (redo_ || case_file_.key_of(stage_) != key_) return std::nullopt;
    return case_file_.load(stage_);
}

StageRecord CaseRun::new_record() const {
    StageRecord record;
    record.stage = stage_;
    record.schema = case_schema;
    record.key = key_;
    record.input_hash = key_before_;
    record.options = options_;
    record.version = request_.software.version + " " + request_.software.commit;
    return record;
}

void CaseRun::finish_stored(const StageRecord& record) {
    run_.info("{}: taken from the case file ({:.1f} s when it was made)", stage_, record.seconds);
    result_.timings_s.emplace_back(stage_, record.seconds);
    if (hooks_.stage_finished) hooks_.stage_finished();
}

void CaseRun::finish_computed(StageRecord record) {
    record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - stage_start_).count();
    case_file_.save(record, request_text_);
    run_.info("{}: done in {:.1f} s", stage_, record.seconds);
    result_.timings_s.emplace_back(stage_, record.seconds);
    if (hooks_.stage_finished) hooks_.stage_finished();
}

// Makes sure that the case file is of this input, so that no result of another patient is mixed in or
// replaced unasked.
void CaseRun::claim_folder() {
    if (request_.overwrite && case_file_.exists() && !holds_this_input()) {
        run_.warn("Replacing the case of another input in {}, as --overwrite says.", folder_.path().string());
        remove_outputs(folder_);
        std::filesystem::remove(folder_ / "case.h5");
    }
    if (const auto old = case_file_.load("read"); old && old->input_hash != inputs_.hash)
        throw Error(ExitCode::case_incompatible,
                    "{} holds a case of another input (its hash is {:.12}..., this one's is {:.12}...): "
                    "choose another "
                    "folder, or say --overwrite to replace it.",
                    folder_.path().string(), old->input_hash, inputs_.hash);
    owns_folder_ = true;
}

bool CaseRun::holds_this_input() const {
    try {
        const auto old = case_file_.load("read");
        return old && old->input_hash == inputs_.hash;
    } catch (const Error&) {
        return false;  // a damaged file is nobody's
    }
}

// The input is always read: its hash decides what of the case file still holds.
void CaseRun::read() {
    stage_ = "read";
    const auto start = std::chrono::steady_clock::now();
    inputs_ = read_inputs(request_, run_);
    claim_folder();
    result_.input_kind = inputs_.kind;
    result_.input_hash = inputs_.hash;
    if (inputs_.volume) {
        result_.input_geometry = inputs_.volume->geometry;
        result_.acquisition = inputs_.volume->acquisition;
        facts_ = image_facts(inputs_.volume->patient, inputs_.kind, run_);
        folder_.require_space(static_cast<std::uint64_t>(inputs_.volume->geometry.size.count() / 4) +
                              20'000'000);
    } else if (inputs_.mask) {
        result_.input_geometry = inputs_.mask->geometry;
    }
    facts_ = merged(facts_, request_.facts);
    check_facts(facts_);
    result_.sex = facts_.facts.sex;
    if (result_.sex) result_.sex_source = facts_.sources.at("sex");

    begin("read", inputs_.hash);
    stage_start_ = start;
    if (const auto record = stored()) return finish_stored(*record);
    StageRecord record = new_record();
    record.input_hash = inputs_.hash;
    pack(record, result_.input_geometry);
    pack(record, result_.acquisition);
    pack(record, facts_.facts);
    finish_computed(std::move(record));
}

// The classical methods outlive a network that fails.
void CaseRun::see(const HeartFrame& heart, const ScanModel& scan) {
    if (!inputs_.heart_network || !blind_.empty()) return;
    try {
        sight_ = see_heart(*inputs_.heart_network, *inputs_.volume, heart, scan, run_);
    } catch (const Error& error) {
        if (error.code() != ExitCode::anatomy_not_found) throw;
        blind_ = fmt::format("The tree was found without the heart network: {}", error.what());
        run_.warn("{}", blind_);
    }
}

// What the heart network sees; made again in a run that took the segmentation from the case file, which is
// quicker than storing it. Null without the network.
const HeartSight* CaseRun::heart_sight() {
    if (!sight_) see(segment_.heart, segment_.scan);
    return sight_.get();
}

// A pulmonary trunk as bright as the aorta passes for it by grey levels. The second opinion counts when the
// network still agrees with itself in the box of that heart.
void CaseRun::take_seen_aorta(SegmentResult& result) {
    try {
        const HeartNetwork& network = *inputs_.heart_network;
        const auto whole = see_image(network, *inputs_.volume, result.scan, run_);
        SegmentResult second = run_segment(*inputs_.volume, request_.segment, whole.get(), run_);
        auto sight = see_heart(network, *inputs_.volume, second.heart, second.scan, run_);
        if (sees_aorta(*sight, second.heart)) {
            run_.warn(
                "What grey levels alone give as aorta is none to the heart network; the vessel that it takes "
                "for the aorta was used. Check the aorta in the segmentation.");
            result = std::move(second), sight_ = std::move(sight);
            return;
        }
    } catch (const Error& error) {
        if (error.code() != ExitCode::anatomy_not_found) throw;
    }
    run_.warn(
        "What grey levels give as aorta is none to the heart network, and it sees no other: check the aorta "
        "in "
        "the segmentation.");
}

SegmentResult CaseRun::compute_segment() {
    SegmentResult result = run_segment(*inputs_.volume, request_.segment, nullptr, run_);
    see(result.heart, result.scan);
    if (sight_ && !sees_aorta(*sight_, result.heart)) take_seen_aorta(result);
    // A run that resumes sees the heart in the box of the frame that is stored; so must this one.
    if (sight_ && take_left_ventricle(*sight_, result.heart, run_)) sight_.reset();
    return result;
}

std::string CaseRun::heart_network_text() const {
    return inputs_.heart_network ? "network = " + network_digest(*inputs_.heart_network) + "\n"
                                 : std::string();
}

void CaseRun::segment() {
    if (!inputs_.volume) return;
    try {
        stage("segment", options_text(request_, "segment") + heart_network_text(), segment_,
              [&] { return compute_segment(); });
        segmented_ = true;
    } catch (const Error& error) {
        // With a lumen of the user's own the image only adds the heart and the quality figures.
        const bool own_lumen = !inputs_.lumen_from_image() || inputs_.voxel_network;
        if (error.code() != ExitCode::anatomy_not_found || !own_lumen) throw;
        result_.reasons.push_back(fmt::format("The heart was not found in the image: {}", error.what()));
        return;
    }
    require_sound(check(segment_.segmentation), stage_);
    result_.quality = segment_.quality;
    result_.scan = segment_.scan;
}

// False when the image is too poor to go on.
bool CaseRun::quality_allows() {
    if (!segmented_) return true;
    const bool decides = inputs_.lumen_from_image();
    for (const Grade grade : {Grade::reject, Grade::warn})
        for (const QualityFigure& figure : segment_.quality.figures)
            if (figure.grade == grade) result_.reasons.push_back(figure.sentence);
    return !(decides && segment_.quality.grade == Grade::reject);
}

void CaseRun::segment_by_network() {
    mask_ = inputs_.mask;
    if (!inputs_.voxel_network) return;
    mask_.emplace();
    stage("network", "network = " + network_digest(*inputs_.voxel_network) + "\n", *mask_,
          [&] { return segment_with(*inputs_.voxel_network, *inputs_.volume, segment_.heart, run_); });
}

CenterlineResult CaseRun::compute_centerline() {
    if (inputs_.tree) {
        CenterlineResult result;
        result.method = "given";
        result.tree = *inputs_.tree;
        const bool labelled = std::any_of(result.tree.branches.begin(), result.tree.branches.end(),
                                          [](const Branch& b) { return b.segment != Segment::unknown; });
        if (!labelled) label_segments(result.tree, segment_.heart);
        for (int root : result.tree.roots()) {
            const Branch& branch = result.tree.branches[static_cast<std::size_t>(root)];
            result.ostia.push_back({branch.side, branch.points.front().position_lps_mm, 1.0});
        }
        return result;
    }
    if (mask_) return run_centerline_from_mask(*mask_, segment_.heart, request_.centerline, run_);
    if (inputs_.surface) {
        // Fine enough for three voxels across the thinnest vessel that is tracked.
        const double spacing_mm = std::clamp(request_.centerline.min_radius_mm / 2, 0.2, 0.4);
        return run_centerline_from_mask(mask_of_surface(*inputs_.surface, spacing_mm), segment_.heart,
                                        request_.centerline, run_);
    }
    CenterlineResult result =
        run_centerline(*inputs_.volume, segment_, heart_sight(), request_.centerline, run_);
    if (!blind_.empty()) result.remarks.push_back(blind_);
    return result;
}

void CaseRun::centerline() {
    stage("centerline", options_text(request_, "centerline") + heart_network_text(), centerline_,
          [&] { return compute_centerline(); });
    if (centerline_.tree.branches.empty())
        throw Error(ExitCode::anatomy_not_found,
                    "No coronary artery was found: is this a contrast-enhanced coronary CT angiogram?");
    require_sound(check(centerline_.tree), stage_);
    append(result_.reasons, centerline_.remarks);
    result_.tree_method = centerline_.method, result_.tree_score = centerline_.quality_score;
    result_.tree_support = centerline_.support;
}

LumenResult CaseRun::compute_lumen() const {
    if (inputs_.surface)
        return run_lumen_from_surface(*inputs_.surface, centerline_.tree, request_.lumen, run_);
    if (mask_) {
        LumenResult result = run_lumen_from_mask(*mask_, centerline_.tree, request_.lumen, run_);
        if (inputs_.voxel_network) result.lumen.method = mask_->method;
        return result;
    }
    if (inputs_.volume)
        return run_lumen(*inputs_.volume, segment_.scan, segment_.heart, centerline_.tree,
                         inputs_.lumen_network.get(), request_.lumen, run_);
    // Centerlines alone: round sections of the given radius.
    LumenResult result;
    result.tree = centerline_.tree;
    for (const Branch& branch : result.tree.branches) {
        LumenBranch sections{branch.id, frames_along(branch)};
        for (std::size_t i = 0; i < sections.sections.size(); ++i) {
            LumenSection& section = sections.sections[i];
            const auto angles = static_cast<std::size_t>(request_.lumen.angles);
            section.radius_mm.assign(angles, static_cast<float>(branch.points[i].radius_mm));
            section.radius_sd_mm.assign(angles, 0.0f);
            section.open.assign(angles, 0);
            section.area_mm2 = polygon_area_mm2(section);
        }
        result.lumen.branches.push_back(std::move(sections));
    }
    build_lumen_surface(result.lumen, result.tree, request_.lumen, run_);
    result.lumen.method = "centerline radius";
    return result;
}

void CaseRun::lumen() {
    // Another network measures another lumen.
    const std::string network =
        inputs_.lumen_network ? "network = " + network_digest(*inputs_.lumen_network) + "\n" : std::string();
    stage("lumen", options_text(request_, "lumen") + network, lumen_, [&] { return compute_lumen(); });
    require_sound(check(lumen_.tree), stage_);
    require_sound(check(lumen_.lumen), stage_);
    append(result_.reasons, lumen_.remarks);
    take_given_labels();
    // A tree that was given is the user's own to judge.
    if (!inputs_.tree) {
        append(result_.reasons, remarks_on_tree(lumen_.tree));
        append(result_.reasons, remarks_on_labels(lumen_.tree));
    }
    result_.tree = lumen_.tree;
    result_.lumen = lumen_.lumen;
    result_.lumen_score = lumen_.score, result_.other_lumen_score = lumen_.other_score;
    result_.lumen_agreement = lumen_.agreement;
}

// Cheap enough not to be stored; what follows depends on it all the same.
void CaseRun::take_given_labels() {
    begin("labels", options_text(request_, "labels"));
    append(result_.reasons, apply_labels(parse_labels(request_.labels), lumen_.tree));
}

void CaseRun::write() {
    hide_beyond_occlusions(result_);
    begin("report", options_text(request_, "report"));
    const auto record = stored();
    remove_outputs(folder_, request_.in_3d());
    const Segmentation* labels = segmented_ ? &segment_.segmentation : mask_ ? &*mask_ : nullptr;
    write_geometry(folder_, result_, labels, run_);
    const Volume* volume = inputs_.volume ? &*inputs_.volume : nullptr;
    write_text_atomically(folder_ / "report.html", run_report(result_, volume, request_.report, run_));
    run_.check_cancel();
    StageRecord fresh = new_record();
    if (request_.in_3d()) write_flow_field(fresh);
    // The time of this stage is kept in the case file as well, so that a resumed run ends with the same
    // numbers.
    if (record) {
        finish_stored(*record);
        // The input may lie somewhere else by now: the commands that redo a stage must find it.
        if (case_file_.request() != request_text_) case_file_.save(*record, request_text_);
    } else {
        finish_computed(std::move(fresh));
    }
    write_text_atomically(folder_ / "result.json", result_json(result_));
}

void CaseRun::execute() {
    read();
    segment();
    if (!quality_allows()) {
        result_.state = ResultState::rejected;
        write_rejection(folder_, result_, ResultFailure{ExitCode::quality_rejected, stage_});
        return;
    }
    segment_by_network();
    centerline();
    lumen();
    boundary();
    mesh();
    solve();
    ffr();
    pulsatile();
    plaque();
    calcium_score();
    // Of the flow, CAD-RADS takes FFR alone.
    std::vector<Lesion> lesions = result_.lesions;
    if (result_.hyperaemia.state != FlowState::hyperaemia)
        for (Lesion& lesion : lesions) lesion.ffr_20mm_distal = no_number;
    const std::vector<std::string> lost =
        inputs_.tree ? std::vector<std::string>{} : lost_main_arteries(result_.tree);
    result_.cad_rads = run_cad_rads(result_.tree, lost, result_.ffr, lesions, result_.plaque, result_.calcium,
                                    request_.findings);
    write();
}

}  // namespace ctffr
