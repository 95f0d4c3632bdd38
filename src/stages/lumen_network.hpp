// SPDX-License-Identifier: Apache-2.0
// What a LumenNetwork is made of, for the stages that run it.
#pragma once

#include "ctffr/stages/lumen_network.hpp"
#include "lumen/polar_network.hpp"
#include "lumen/ray_fit.hpp"
#include "stages/network_file.hpp"

namespace ctffr {

class LumenNetwork {
   public:
    NetworkFile file;
    lumen::RayCorrelation correlation;
};

// The network made ready on the device of `run`, which must outlive the result.
lumen::PolarNetwork polar_network(const LumenNetwork& network, const Run& run);

}  // namespace ctffr
