// SPDX-License-Identifier: Apache-2.0
// What a HeartNetwork and its answer are made of, for the stages that use them.
#pragma once

#include "ctffr/stages/heart_network.hpp"
#include "imaging/heart_maps.hpp"
#include "stages/network_file.hpp"

namespace ctffr {

class HeartNetwork {
   public:
    NetworkFile file;
};

class HeartSight {
   public:
    std::string network;  // its name
    imaging::HeartMaps maps;
};

}  // namespace ctffr
