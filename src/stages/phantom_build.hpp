// SPDX-License-Identifier: Apache-2.0
// A virtual patient with what only its maker needs: the exact vessels, and the image before noise.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ctffr/stages/phantom.hpp"
#include "phantom/vessel_field.hpp"

namespace ctffr {

struct BuiltPhantom {
    Phantom phantom;  // the surface of the true lumen is left out
    std::unique_ptr<phantom::VesselField> vessels;
    std::vector<std::int16_t> noise_free_hu;  // on the volume's grid; empty unless asked for
};

BuiltPhantom build_phantom(const PhantomOptions& options, bool noise_free, const Run& run);

}  // namespace ctffr
