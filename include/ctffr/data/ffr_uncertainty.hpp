// SPDX-License-Identifier: Apache-2.0
// How sure an FFR is: distribution over samples of its inputs, what would move it across the threshold, and
// what each input does to it (docs/theory/uncertainty.md).
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "ctffr/core/vec3.hpp"

namespace ctffr {

inline constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

// Of one FFR; NaN: not estimated.
struct FfrInterval {
    double sd = no_number, low_90 = no_number, high_90 = no_number;
    double p_below = no_number;  // probability that the FFR is at most the threshold
    Vec3 read_lps_mm;            // where the FFR is read
};

// The smallest change that takes an FFR to the other side of the threshold; NaN: none within the range.
struct FfrFlip {
    double throat_diameter_mm =
        no_number;                // of the lesion, or of all lesions of the vessel; below 0: narrower
    double flow_pct = no_number;  // of the hyperaemic flow
    std::string sentence;
};

// What one input does: FFR with the input moved down and up, all else as it is.
struct FfrSensitivity {
    std::string input, down, up;                 // "hyperaemic flow", "-20 %", "+20 %"
    std::vector<double> lesion_down, lesion_up;  // per lesion, FFR below it; NaN: no answer
    std::vector<double> vessel_down, vessel_up;  // per vessel, distal FFR
};

struct FfrUncertainty {
    enum class State { not_estimated, estimated, no_answer, too_many_failed };
    State state = State::not_estimated;
    double threshold = 0.80;
    int samples = 0, failed = 0;
    std::vector<std::vector<double>> p_below;  // [branch][point]; empty: not estimated
    std::vector<FfrInterval> lesions,
        vessels;  // of the value below each lesion, the distal value of each vessel
    std::vector<FfrFlip> lesion_flips, vessel_flips;
    std::vector<FfrSensitivity> sensitivity;
};
const char* uncertainty_state_name(FfrUncertainty::State state);

}  // namespace ctffr
