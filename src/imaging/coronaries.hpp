// SPDX-License-Identifier: Apache-2.0
// From the image and the aorta to the paths of the coronary arteries.
#pragma once

#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/quality.hpp"
#include "imaging/grid.hpp"
#include "imaging/heart_maps.hpp"
#include "imaging/tree_growth.hpp"
#include "imaging/vesselness.hpp"

namespace ctffr::imaging {

struct CoronaryOptions {
    GrowthOptions growth;
    VesselnessOptions vesselness;
    double roi_spacing_mm = 0.5;
    double noise_share = 0.08;  // of the contrast of blood to muscle: noise above it is smoothed down to it
    double widest_smoothing_mm = 0.8;  // sigma
    double chamber_ball_mm =
        3.4;  // blood that holds a ball of this radius is chamber or great vessel, not coronary
    double root_ball_mm = 4.3;  // the same near the aortic root: a left main may be wide
    double crevice_mm = 10;     // bright voxels that hang together with a pool over this length belong to it
    double min_tree_mm = 25;    // total length below an ostium
    double second_ostium_mm = 14;  // largest distance of separate LAD and LCX ostia
    double second_tree_mm = 40;    // length that makes the second one a main vessel, unless it is a stump:
    double stump_radius_mm = 0.9;  // at least this wide ...
    double stump_evidence = 0.8;   // ... and this clear
};

struct CoronaryPaths {
    std::vector<GrownPath> paths;  // parents before children; only those below chosen ostia
    std::vector<Side> side;        // per path
    std::vector<Ostium> ostia;     // one per root path
    ScalarGrid evidence;           // on the heart box
    std::vector<std::string> remarks;
};

// The box around the heart that holds all coronary arteries, cut to the image.
Box heart_box(const HeartFrame& heart, const Box& image);

// `labels`: aorta labelled; `heart`: with sections of the aorta; `maps` (null: none): of the heart network,
// which then guides the search (heart_guidance.hpp). Throws Error(anatomy_not_found) when no artery leaves
// the aorta.
CoronaryPaths find_coronaries(const Volume& volume, const Segmentation& labels, const HeartFrame& heart,
                              const ScanModel& scan, const HeartMaps* maps, const CoronaryOptions& options,
                              const Run& run);

// How well a direction from the axis of the root fits the left (right) coronary sinus: 1 best, 0 impossible.
// The left ostium faces left and a little back, the right one forward and a little right.
double sinus_prior(const HeartFrame& heart, Vec3 ostium_lps_mm, Side side);

}  // namespace ctffr::imaging
