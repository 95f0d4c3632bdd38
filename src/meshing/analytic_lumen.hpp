// SPDX-License-Identifier: Apache-2.0
// Lumens with a closed formula: straight tubes of varying radius joined by a smooth union, and the elliptic
// tube. They are the geometries on which mesher and flow solver are verified.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "meshing/implicit_lumen.hpp"

namespace ctffr::meshing {

// A straight tube along axis(s) = origin_mm + s * direction.
struct Tube {
    Vec3 origin_mm, direction;                // unit
    double start_mm = 0, end_mm = 0;          // meshed range of s
    std::function<double(double)> radius_mm;  // of s
    bool round_start = false;                 // a half ball before s = start_mm; otherwise it goes on
    std::string start_name, end_name;         // of the openings; empty: no opening
    std::function<Vec3(double)> shift_mm;     // of the centre of the section, across the axis; empty: none
};

// Union of tubes, in order, with smin(a, b) = min(a, b) - max(k - |a - b|, 0)^2 / (4 k). Openings
// whose name begins with "inlet" are inlets. Blood runs away from them; a tube without one is fed by the tube
// around its origin.
class TubeLumen : public ImplicitLumen {
   public:
    TubeLumen(std::vector<Tube> tubes, double blend_mm);
    Sample sample(Vec3 p) const override;
    std::vector<Box> boxes() const override;
    const std::vector<Opening>& openings() const override { return openings_; }

   private:
    struct Widths {
        std::vector<double> arc_mm, width_mm;  // along the flow: what the spacing follows (jet_width.hpp)
    };
    void find_widths();
    double width_mm(std::size_t tube, double s) const;

    std::vector<Tube> tubes_;
    double blend_mm_;
    std::vector<Opening> openings_;
    std::vector<Widths> widths_;  // per tube
};

// A tube of elliptic section with half axes a (along `major`) and b.
class EllipticLumen : public ImplicitLumen {
   public:
    EllipticLumen(Vec3 origin_mm, Vec3 direction, Vec3 major, double length_mm, double a_mm, double b_mm);
    Sample sample(Vec3 p) const override;
    std::vector<Box> boxes() const override;
    const std::vector<Opening>& openings() const override { return openings_; }

   private:
    Vec3 origin_mm_, direction_, major_, minor_;
    double length_mm_, a_mm_, b_mm_;
    std::vector<Opening> openings_;
};

// Circular pipe, openings "inlet" and "outlet".
TubeLumen pipe_lumen(Vec3 origin_mm, Vec3 direction, double length_mm, double radius_mm);
// Pipe of radius r0 from z = before to z = after with R = r0 [1 - depth/2 (1 - cos(2 pi z / length))] for
// 0 < z < length; `depth` is the diameter reduction. The sections' centres are off the axis by `off_axis` (a
// vector across it) times r0 - R: length 1 leaves the wall straight on one side.
TubeLumen cosine_stenosis_lumen(Vec3 origin_mm, Vec3 direction, double r0_mm, double depth, double length_mm,
                                double before_mm, double after_mm, Vec3 off_axis = {});
// A tapered vessel of 60 mm along x with a 60 % stenosis and two side branches of 1.1 and 0.9 mm radius,
// openings inlet, outlet_main, outlet_b1, outlet_b2, smooth union of 0.4 mm.
TubeLumen stenosed_tree_lumen();
// Two equal daughters (radius r1, `half_angle_rad` off the parent's axis) of a parent along `direction`.
TubeLumen symmetric_fork_lumen(Vec3 fork_mm, Vec3 direction, Vec3 side, double half_angle_rad, double r0_mm,
                               double r1_mm, double parent_mm, double daughter_mm);

}  // namespace ctffr::meshing
