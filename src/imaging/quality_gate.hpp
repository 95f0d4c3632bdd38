// SPDX-License-Identifier: Apache-2.0
// Grades of the input: bounds and sentences are in docs/stages/quality-gate.md.
#pragma once

#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/quality.hpp"

namespace ctffr::imaging {

QualityReport grade_quality(const Volume& volume, const ScanModel& scan, const HeartFrame& heart);

}  // namespace ctffr::imaging
