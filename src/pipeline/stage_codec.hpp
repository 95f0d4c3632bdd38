// SPDX-License-Identifier: Apache-2.0
// What each stage leaves, into and out of its record in the case file.
#pragma once

#include "ctffr/io/case_codec.hpp"
#include "ctffr/stages/centerline.hpp"
#include "ctffr/stages/flow.hpp"
#include "ctffr/stages/flow3d.hpp"
#include "ctffr/stages/lumen.hpp"
#include "ctffr/stages/segment.hpp"

namespace ctffr {

inline void pack(StageRecord& record, const SegmentResult& result) {
    pack(record, result.segmentation);
    pack(record, result.heart);
    pack(record, result.scan);
    pack(record, result.quality);
}
inline void unpack(const StageRecord& record, SegmentResult& result) {
    unpack(record, result.segmentation);
    unpack(record, result.heart);
    unpack(record, result.scan);
    unpack(record, result.quality);
}

inline void pack(StageRecord& record, const CenterlineResult& result) {
    pack(record, result.tree);
    pack(record, result.ostia);
    pack(record, "remarks", result.remarks);
    pack(record, "method", {result.method});
    std::vector<double> support;
    for (const BranchSupport& branch : result.support)
        for (double value : {static_cast<double>(branch.segment), branch.length_mm, branch.seen})
            support.push_back(value);
    record.arrays["network_support"] = {support, {static_cast<Index>(support.size())}};
    record.arrays["quality_score"] = {std::vector<double>{result.quality_score}, {1}};
}
inline void unpack(const StageRecord& record, CenterlineResult& result) {
    unpack(record, result.tree);
    unpack(record, result.ostia);
    unpack(record, "remarks", result.remarks);
    std::vector<std::string> method;
    unpack(record, "method", method);
    result.method = method.at(0);
    const std::vector<double>& support = record.values<double>("network_support");
    for (std::size_t i = 0; i + 3 <= support.size(); i += 3)
        result.support.push_back(
            {static_cast<Segment>(static_cast<int>(support[i])), support[i + 1], support[i + 2]});
    result.quality_score = record.values<double>("quality_score").at(0);
}

inline void pack(StageRecord& record, const LumenResult& result) {
    pack(record, result.lumen);
    pack(record, result.tree);
    pack(record, "remarks", result.remarks);
    std::vector<double> agreement{result.score, result.other_score};
    for (const BranchAgreement& branch : result.agreement)
        for (double value : {static_cast<double>(branch.segment), branch.mean_radius_mm, branch.mean_mm,
                             branch.mean_abs_mm, branch.largest_mm, branch.expected_mm})
            agreement.push_back(value);
    record.arrays["lumen_scores_agreement"] = {agreement, {static_cast<Index>(agreement.size())}};
}
inline void unpack(const StageRecord& record, LumenResult& result) {
    unpack(record, result.lumen);
    unpack(record, result.tree);
    unpack(record, "remarks", result.remarks);
    const std::vector<double>& agreement = record.values<double>("lumen_scores_agreement");
    result.score = agreement.at(0), result.other_score = agreement.at(1);
    for (std::size_t i = 2; i + 6 <= agreement.size(); i += 6)
        result.agreement.push_back({static_cast<Segment>(static_cast<int>(agreement[i])), agreement[i + 1],
                                    agreement[i + 2], agreement[i + 3], agreement[i + 4], agreement[i + 5]});
}

// A reduced solution has empty fields.
inline void pack(StageRecord& record, const SteadyFlow& result) {
    pack(record, result.solution);
    pack(record, result.field);
    pack(record, result.wall);
}
inline void unpack(const StageRecord& record, SteadyFlow& result) {
    unpack(record, result.solution);
    unpack(record, result.field);
    unpack(record, result.wall);
}

inline void pack(StageRecord& record, const FfrOutcome& result) {
    pack(record, result.map);
    pack(record, result.lesions);
    pack(record, result.vessels);
    pack(record, "remarks", result.remarks);
    pack(record, result.uncertainty);
    pack(record, result.resting);
    record.arrays["reduced_misfit_before_after"] = {
        std::vector<double>{result.reduced_misfit.before, result.reduced_misfit.after}, {2}};
    record.arrays["excluded_segments"] = {std::vector<std::uint8_t>{result.excluded_segments}, {1}};
}
inline void unpack(const StageRecord& record, FfrOutcome& result) {
    unpack(record, result.map);
    unpack(record, result.lesions);
    unpack(record, result.vessels);
    unpack(record, "remarks", result.remarks);
    unpack(record, result.uncertainty);
    unpack(record, result.resting);
    const auto& misfit = record.values<double>("reduced_misfit_before_after");
    result.reduced_misfit = {misfit.at(0), misfit.at(1)};
    result.excluded_segments = record.values<std::uint8_t>("excluded_segments").at(0) != 0;
}

}  // namespace ctffr
