// SPDX-License-Identifier: Apache-2.0
// The virtual patient's heart and chest as implicit functions, and the landmarks on which coronary arteries
// lie.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ctffr/core/vec3.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/stages/phantom_options.hpp"

namespace ctffr::phantom {

// Body size of the patient that sets the size of everything.
struct BodySize {
    char sex = 'M';
    double bsa_m2 = 1.85, lv_mass_g = 125;
};

// Where a coronary artery leaves the aorta.
struct OstiumSite {
    Vec3 position_lps_mm;  // on the aortic wall
    Vec3 outward;          // unit, out of the aorta
};

class HeartShape;

// Frame: LPS mm of the patient, origin in the middle of the heart. Signed distances are negative inside and
// change by about 1 mm per mm near the surface
// (0.7 at the bottom of the grooves, where surfaces are joined by fillets).
class HeartAnatomy {
   public:
    // `pose`: rotation of the patient on the table about the origin; everything is then in the scanner's LPS
    // frame.
    HeartAnatomy(const BodySize& body, std::uint64_t seed, const Mat3& pose = {});

    // Outer surface of heart muscle, chambers and the start of the pulmonary trunk (epicardium); arteries run
    // in the fat just outside it.
    double epicardium(Vec3 p) const;
    Vec3 epicardium_normal(Vec3 p) const;                // unit, outward
    Vec3 on_epicardium(Vec3 p, double offset_mm) const;  // nearest point with epicardium() == offset_mm
    // Distance to the aortic root and ascending aorta (outer side of the blood).
    double aorta(Vec3 p) const;

    // The atrioventricular groove, a closed curve on the epicardium: angle 0 under the left main bifurcation,
    // positive towards the obtuse margin (course of the LCX), negative towards the right (course of the RCA),
    // +-pi at the crux.
    Vec3 av_groove(double angle_rad) const;
    // The interventricular grooves: t = 0 at the AV groove, t = 1 at the apex.
    Vec3 anterior_groove(double t) const;   // course of the LAD
    Vec3 posterior_groove(double t) const;  // course of the PDA
    Vec3 apex() const;

    OstiumSite left_ostium() const;
    OstiumSite right_ostium() const;
    HeartFrame frame() const;

    // The solids in the heart's own frame and unit; a value there times unit_mm() is in mm.
    const HeartShape& shape() const { return *shape_; }
    Vec3 to_heart(Vec3 p) const { return (1.0 / scale_) * (axes_.transposed() * (p - base_lps_mm_)); }
    Vec3 to_lps(Vec3 heart) const { return base_lps_mm_ + scale_ * (axes_ * heart); }
    double unit_mm() const { return scale_; }

   private:
    OstiumSite ostium(int sinus) const;
    void trace_grooves();

    BodySize body_;
    std::shared_ptr<const HeartShape> shape_;
    double scale_ = 1;
    Mat3 axes_;
    Vec3 base_lps_mm_;
    std::vector<Vec3> av_groove_, anterior_, posterior_;  // even steps of angle from -pi, of t from 0
};

}  // namespace ctffr::phantom
