// SPDX-License-Identifier: Apache-2.0
// Lumen contours along the tree from a CT image, with the scanner's blur as part of the model.
#pragma once

#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/quality.hpp"
#include "ctffr/data/tree.hpp"
#include "lumen/chain_solver.hpp"

namespace ctffr::lumen {

struct PsfFitOptions {
    int angles = 32;  // of the sections returned
    int recentre_iterations = 1;
    FitPriors priors;
};

struct PsfFit {
    std::vector<LumenBranch> branches;
    CoronaryTree tree;  // re-centred, radii and flags filled
    std::vector<std::string> remarks;
    CoronaryTree course;  // the centerlines it began with, put back into the lumen where they had left it
};

PsfFit fit_lumen(const Volume& volume, const ScanModel& scan, const CoronaryTree& tree,
                 const PsfFitOptions& options, const Run& run);

}  // namespace ctffr::lumen
