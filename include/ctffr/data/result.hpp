// SPDX-License-Identifier: Apache-2.0
// Everything a finished run knows: what result.json, the VTP files and the report are written from.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ctffr/data/ffr_uncertainty.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/flow_field.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/quality.hpp"
#include "ctffr/data/resting.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

enum class ResultState { ok, ok_with_excluded_segments, rejected };
const char* result_state_name(ResultState state);

struct SoftwareFacts {
    std::string version, commit, device;
};

struct CaseResult {
    ResultState state = ResultState::ok;
    std::vector<std::string> reasons;  // one sentence each, for warnings, exclusions, rejection
    SoftwareFacts software;
    std::string input_kind, input_hash;  // "dicom", "nifti", ...
    ImageGeometry input_geometry;
    Acquisition acquisition;
    QualityReport quality;
    ScanModel scan;
    Hyperaemia hyperaemia;
    std::optional<char> sex;  // 'F' or 'M'; the numbers of the patient are in `hyperaemia`
    std::string sex_source;
    CoronaryTree tree;
    std::string tree_method;  // how it was found
    double tree_score = 0;    // how plausible it is, 0..1; 0: not judged
    std::vector<BranchSupport> tree_support;
    LumenSurface lumen;
    double lumen_score = 0,
           other_lumen_score = 0;  // of the measurement that counts, of the other; 0: not made
    std::vector<BranchAgreement> lumen_agreement;
    FlowProblem problem;
    FlowSolution solution;
    WallField wall;  // of a 3-D solution
    ReducedMisfit reduced_misfit;
    FfrMap ffr;
    FfrUncertainty uncertainty;
    RestingRatio resting;
    std::vector<Lesion> lesions;
    std::vector<VesselSummary> vessels;
    std::vector<std::pair<std::string, double>> timings_s;  // stage, seconds; in order
    std::string options_toml;                               // options as resolved
};

}  // namespace ctffr
