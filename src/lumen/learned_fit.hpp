// SPDX-License-Identifier: Apache-2.0
// Lumen contours along the tree by the lumen network.
#pragma once

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/quality.hpp"
#include "ctffr/data/tree.hpp"
#include "lumen/polar_network.hpp"
#include "lumen/psf_fit.hpp"
#include "lumen/ray_fit.hpp"

namespace ctffr::lumen {

// As fit_lumen, with the radii of the network in place of the model of the image. Same points, same order.
// Fills `course` (mend_course.hpp), and a sentence for every stretch that was mended.
PsfFit fit_lumen_learned(const Volume& volume, const ScanModel& scan_model, const CoronaryTree& tree,
                         const PolarNetwork& network, const RayCorrelation& correlation,
                         const PsfFitOptions& options, const Run& run);

}  // namespace ctffr::lumen
