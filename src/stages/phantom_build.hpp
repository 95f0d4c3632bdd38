// SPDX-License-Identifier: Apache-2.0
// A virtual patient with what only its maker needs: the exact vessels and tissues, the image before noise,
// and the image on another grid than the scan's own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "ctffr/stages/phantom.hpp"
#include "phantom/render.hpp"
#include "phantom/tissue.hpp"
#include "phantom/vessel_field.hpp"

namespace ctffr {

struct BuiltPhantom {
    Phantom phantom;  // the surface of the true lumen is left out
    std::unique_ptr<phantom::VesselField> vessels;
    phantom::CoarseFields tissues;            // phantom::Field after Field; empty unless a grid was chosen
    std::vector<std::int16_t> noise_free_hu;  // on the volume's grid; empty unless asked for
};

// A grid within the scan's on which the image is wanted, and the blur of reading the scan onto it.
struct PhantomGrid {
    ImageGeometry geometry;
    phantom::ReadingBlur reading;
};
using ChoosePhantomGrid = std::function<PhantomGrid(const ImageGeometry& scan, const HeartFrame& heart)>;

// With `choose`, volume and labels are on the chosen grid. The scan itself is then not made: solids, blur and
// noise are rendered there as they would be behind the reading, which is ten times faster.
BuiltPhantom build_phantom(const PhantomOptions& options, bool noise_free, const Run& run,
                           const ChoosePhantomGrid& choose = {});

}  // namespace ctffr
