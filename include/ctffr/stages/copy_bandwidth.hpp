// SPDX-License-Identifier: Apache-2.0
// The ceiling of kernels that are bound by memory.
#pragma once

#include "ctffr/core/run.hpp"

namespace ctffr {

// Bytes per second of a copy of 256 MB on the device of the run, reads and writes counted, the best of five.
double copy_bandwidth(const Run& run);

}  // namespace ctffr
