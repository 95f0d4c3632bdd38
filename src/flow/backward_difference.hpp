// SPDX-License-Identifier: Apache-2.0
// Second-order backward differences in time (BDF2) on steps of any length.
#pragma once

namespace ctffr {

// dy/dt at the new level = rate * (y_new - (now * y_now + before * y_before)).
struct BackwardDifference {
    double rate = 0;  // 1/s
    double now = 1, before = 0;

    // `step`: s, to the new level; `last`: s, between the two known ones, or 0 where only one is known (then
    // backward Euler). Source: Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, III.5.
    static BackwardDifference of(double step, double last) {
        if (!(last > 0)) return {1 / step, 1, 0};
        const double ratio = step / last;
        return {(1 + 2 * ratio) / ((1 + ratio) * step), (1 + ratio) * (1 + ratio) / (1 + 2 * ratio),
                -ratio * ratio / (1 + 2 * ratio)};
    }
};

}  // namespace ctffr
