// SPDX-License-Identifier: Apache-2.0
// Planar views of the CT volume along a vessel. Source of the kinds of view: Kanitsar et al., "CPR - curved
// planar reformation", IEEE Visualization 2002.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/data/image.hpp"
#include "ctffr/parallel/exec.hpp"
#include "report/vessel_path.hpp"

namespace ctffr::report {

// HU at a point by separable Catmull-Rom interpolation over 4x4x4 voxels (exact for polynomials up to degree
// 2 along each axis; edge voxels are repeated). NaN outside the volume.
double sample_hu(const Volume& volume, Vec3 lps_mm);

// Grey levels of a picture: `low_hu` and below is black, `high_hu` and above white; outside the volume is
// black.
struct GreyWindow {
    double low_hu = -160, high_hu = 640;
};
// A window that keeps calcium apart from contrast-filled blood: the top is 1.6 times the blood level.
GreyWindow window_for(const ScanModel& scan);

struct GreyImage {
    int width = 0, height = 0;
    std::vector<std::uint8_t> grey;  // row by row from the top
};

// Straightened view: column x is the cut through the vessel at arc length (x + 0.5) pixel_mm from the ostium,
// along cos(angle) normal + sin(angle) binormal, which points upwards in the picture.
GreyImage straightened(const Volume& volume, const VesselPath& path, double angle, double half_width_mm,
                       double pixel_mm, GreyWindow window, const Cpu& exec);
// Direction of the cut at a point of the path.
Vec3 cut_direction(const PathPoint& at, double angle);

// Stretched view: the surface swept by lines along one direction `up` through the centerline, unrolled, so
// that lengths are true. A point of the vessel at `at` lies at (across_mm, up_mm) in the picture.
struct StretchedView {
    Vec3 up;  // unit
    std::vector<double>
        across_mm;              // per path point: length along the path's projection on the plane across `up`
    std::vector<double> up_mm;  // per path point: height, positive upwards, relative to the picture's middle
    double width_mm = 0, height_mm = 0;
    GreyImage image;
};
// The direction is the one of least foreshortening: of 200 directions the one with the largest 5th percentile
// of the projected length per length.
StretchedView stretched(const Volume& volume, const VesselPath& path, double margin_mm, double pixel_mm,
                        GreyWindow window, const Cpu& exec);

// Cut at right angles to the vessel: right = normal, up = binormal, centred on the path.
GreyImage cross_section(const Volume& volume, const PathPoint& at, double half_width_mm, double pixel_mm,
                        GreyWindow window, const Cpu& exec);

// A PNG file (8 bit grey) in memory. Throws Error(internal) when libpng fails.
std::vector<std::uint8_t> png(const GreyImage& image);
// The same as a data URI for <image href="...">.
std::string png_uri(const GreyImage& image);

}  // namespace ctffr::report
