// SPDX-License-Identifier: Apache-2.0
// Files of training samples, one per patient.
#pragma once

#include <filesystem>

#include "ctffr/core/run.hpp"
#include "ctffr/data/result.hpp"
#include "ctffr/stages/phantom_options.hpp"
#include "ctffr/stages/training_data.hpp"

namespace ctffr {

enum class TrainedNetwork { lumen, heart };

struct TrainingRequest {
    TrainedNetwork network = TrainedNetwork::lumen;
    std::filesystem::path out;  // folder; receives polar- or heart-PRESET-SEED.h5 (or -case.h5)
    std::filesystem::path
        case_path;  // folder of a finished run whose lumen is taken as true; empty: virtual patients
    std::filesystem::path series;  // the images of that case
    PhantomOptions patient;
    int cohort = 1;  // seeds seed .. seed + cohort - 1
    PolarSampleOptions polar;
    HeartSampleOptions heart;
    SoftwareFacts software;
};

// Writes the samples as HDF5 (group `polar` or `heart`, the arrays of PolarSamples or HeartSamples). Patients
// whose file is there already are left alone, so that an interrupted run goes on. A virtual patient whose
// scan model cannot be measured is named and passed over.
void run_training_data(const TrainingRequest& request, const Run& run);

}  // namespace ctffr
