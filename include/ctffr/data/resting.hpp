// SPDX-License-Identifier: Apache-2.0
// The resting index of an FFR: an estimate, as autoregulation is modelled, not measured.
#pragma once

#include <vector>

namespace ctffr {

// Mean pressure over aortic pressure at rest, the steady counterpart of iFR and resting Pd/Pa
// (docs/theory/hyperaemia.md). Empty: not estimated.
struct RestingRatio {
    double flow_ml_min = 0;                // of the healthy tree at rest
    std::vector<double> lesions, vessels;  // where the FFR is read; NaN: no answer
};

}  // namespace ctffr
