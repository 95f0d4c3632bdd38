// SPDX-License-Identifier: Apache-2.0
#include "io/volume_limits.hpp"

#include "ctffr/core/error.hpp"

namespace ctffr {

void check_size(Int3 size, const std::string& where) {
    for (int axis = 0; axis < 3; ++axis)
        if (size[axis] < 1 || size[axis] > largest_side)
            throw Error(
                ExitCode::input_geometry,
                "The header of {} says {} x {} x {} voxels; each side must be 1 to {}: the header is broken.",
                where, size.x, size.y, size.z, largest_side);
    if (size.count() > most_voxels)
        throw Error(ExitCode::input_geometry,
                    "The header of {} says {} x {} x {} voxels, more than {}: crop the image.", where, size.x,
                    size.y, size.z, most_voxels);
}

void check_spacing(double spacing_mm, const std::string& where) {
    if (!(spacing_mm >= smallest_spacing_mm && spacing_mm <= largest_spacing_mm))
        throw Error(ExitCode::input_geometry,
                    "The voxel spacing of {} is {} mm; a CT image has {} to {} mm: the header is broken.",
                    where, spacing_mm, smallest_spacing_mm, largest_spacing_mm);
}

}  // namespace ctffr
