// SPDX-License-Identifier: Apache-2.0
// Stage: CT volume -> heart and aorta labels, scan model (blood, noise, PSF), quality gate.
#pragma once

#include <string>

#include "ctffr/core/run.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/quality.hpp"

namespace ctffr {

struct SegmentOptions {
    double working_spacing_mm = 1.0;  // grid on which the large structures are found
    std::string network_labels;       // of a user's voxel network that are coronary lumen, between commas
};

struct SegmentResult {
    Segmentation segmentation;  // on the input grid; coronaries are added after the lumen stage
    HeartFrame heart;
    ScanModel scan;
    QualityReport quality;
};

class HeartSight;  // heart_network.hpp

// `sight`: of the whole image; then only what the network sees as aorta can be the aorta. Null: grey levels
// alone decide. Throws Error(anatomy_not_found) when there is no contrast-filled ascending aorta. Never
// throws for poor quality: the grade says it.
SegmentResult run_segment(const Volume& volume, const SegmentOptions& options, const HeartSight* sight,
                          const Run& run);

}  // namespace ctffr
