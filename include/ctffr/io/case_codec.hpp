// SPDX-License-Identifier: Apache-2.0
// The data types between stages as arrays and texts of a StageRecord, bit for bit. `unpack` is the inverse of
// `pack` and throws Error(case_incompatible) when something is missing. A record holds at most one value of
// each type.
#pragma once

#include <string>
#include <vector>

#include "ctffr/data/ffr_uncertainty.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/flow_field.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/quality.hpp"
#include "ctffr/data/resting.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/io/case_file.hpp"

namespace ctffr {

void pack(StageRecord& record, const ImageGeometry& geometry);
void pack(StageRecord& record, const Acquisition& acquisition);
void pack(StageRecord& record, const PatientFacts& facts);
void pack(StageRecord& record, const Segmentation& segmentation);
void pack(StageRecord& record, const HeartFrame& heart);
void pack(StageRecord& record, const ScanModel& scan);
void pack(StageRecord& record, const QualityReport& quality);
void pack(StageRecord& record, const CoronaryTree& tree);
void pack(StageRecord& record, const std::vector<Ostium>& ostia);
void pack(StageRecord& record, const LumenSurface& lumen);
void pack(StageRecord& record, const FlowProblem& problem);
void pack(StageRecord& record, const FlowSolution& solution);
void pack(StageRecord& record, const FlowField& field);
void pack(StageRecord& record, const WallField& wall);
void pack(StageRecord& record, const FfrMap& map);
void pack(StageRecord& record, const std::vector<Lesion>& lesions);
void pack(StageRecord& record, const std::vector<VesselSummary>& vessels);
void pack(StageRecord& record, const FfrUncertainty& uncertainty);
void pack(StageRecord& record, const RestingRatio& resting);
// A list of sentences under its own name.
void pack(StageRecord& record, const std::string& name, const std::vector<std::string>& texts);

void unpack(const StageRecord& record, ImageGeometry& geometry);
void unpack(const StageRecord& record, Acquisition& acquisition);
void unpack(const StageRecord& record, PatientFacts& facts);
void unpack(const StageRecord& record, Segmentation& segmentation);
void unpack(const StageRecord& record, HeartFrame& heart);
void unpack(const StageRecord& record, ScanModel& scan);
void unpack(const StageRecord& record, QualityReport& quality);
void unpack(const StageRecord& record, CoronaryTree& tree);
void unpack(const StageRecord& record, std::vector<Ostium>& ostia);
void unpack(const StageRecord& record, LumenSurface& lumen);
void unpack(const StageRecord& record, FlowProblem& problem);
void unpack(const StageRecord& record, FlowSolution& solution);
void unpack(const StageRecord& record, FlowField& field);
void unpack(const StageRecord& record, WallField& wall);
void unpack(const StageRecord& record, FfrMap& map);
void unpack(const StageRecord& record, std::vector<Lesion>& lesions);
void unpack(const StageRecord& record, std::vector<VesselSummary>& vessels);
void unpack(const StageRecord& record, FfrUncertainty& uncertainty);
void unpack(const StageRecord& record, RestingRatio& resting);
void unpack(const StageRecord& record, const std::string& name, std::vector<std::string>& texts);

}  // namespace ctffr
