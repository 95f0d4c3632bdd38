// SPDX-License-Identifier: Apache-2.0
// One run of one case: the stages in order, each taken from the case file when nothing it depends on has
// changed.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "ctffr/io/case_file.hpp"
#include "ctffr/pipeline/output_folder.hpp"
#include "ctffr/pipeline/run_case.hpp"
#include "pipeline/case_inputs.hpp"
#include "pipeline/stage_codec.hpp"

namespace ctffr {

class CaseRun {
   public:
    CaseRun(const RunRequest& request, const Run& run, const CaseHooks& hooks, const OutputFolder& folder);

    // Everything up to the written result.
    void execute();

    CaseResult& result() { return result_; }
    const std::string& current_stage() const { return stage_; }
    // False while the input is not known to be the one of the case file: then a failure must not touch old
    // results.
    bool owns_folder() const { return owns_folder_; }

   private:
    void read();
    void claim_folder();
    bool holds_this_input() const;
    void segment();
    SegmentResult compute_segment();
    void take_seen_aorta(SegmentResult& result);
    void see(const HeartFrame& heart, const ScanModel& scan);
    const HeartSight* heart_sight();
    std::string heart_network_text() const;
    bool quality_allows();
    void centerline();
    void segment_by_network();
    CenterlineResult compute_centerline();
    void lumen();
    LumenResult compute_lumen() const;
    void take_given_labels();
    void boundary();
    void mesh();
    void make_mesh();
    std::optional<FlowMesh> coarse_mesh();
    PulsatileFlow compute_beat();
    void solve();
    SteadyFlow compute_flow();
    void ffr();
    void pulsatile();
    void plaque();
    void calcium_score();
    void write();
    void write_flow_field(StageRecord& record);

    // Opens the next stage: derives its key from the key before, its name, options and version.
    void begin(const std::string& stage, const std::string& options);
    // The stored record of the present stage when its key fits and it was not asked to be redone.
    std::optional<StageRecord> stored() const;
    void finish_stored(const StageRecord& record);
    void finish_computed(StageRecord record);
    StageRecord new_record() const;
    // Takes `value` from the case file or computes and stores it.
    template <class T, class Compute>
    void stage(const std::string& name, const std::string& options, T& value, Compute&& compute) {
        begin(name, options);
        if (const auto record = stored()) {
            unpack(*record, value);
            finish_stored(*record);
            return;
        }
        value = compute();
        StageRecord record = new_record();
        pack(record, value);
        finish_computed(std::move(record));
    }

    const RunRequest& request_;
    const Run& run_;
    const CaseHooks& hooks_;
    const OutputFolder& folder_;
    CaseFile case_file_;
    std::string request_text_;
    bool owns_folder_ = false, redo_ = false;

    std::string stage_ = "start", key_, key_before_, options_;
    std::chrono::steady_clock::time_point stage_start_;

    CaseInputs inputs_;
    GivenFacts facts_;
    SegmentResult segment_;
    bool segmented_ = false;
    std::shared_ptr<const HeartSight> sight_;  // once made in this run
    std::string blind_;                        // why the heart network could not be used
    std::optional<Segmentation> mask_;         // of the lumen: given, or of the user's network
    CenterlineResult centerline_;
    LumenResult lumen_;
    std::optional<FlowMesh> mesh_;  // once made in this run: a stored solution does not need it
    FlowField field_;
    std::string solve_key_, field_key_;  // of the solution; of the beat
    FfrOutcome ffr_;
    CaseResult result_;
};

}  // namespace ctffr
