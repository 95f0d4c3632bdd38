// SPDX-License-Identifier: Apache-2.0
// The heart in its own frame: x from the LV axis to the right ventricle (septal side), y to the anterior
// wall, z from the LV base to the apex; origin at the centre of the LV base. Unit: 1/scale mm, so that one
// shape serves hearts of every size.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/random.hpp"
#include "ctffr/core/vec3.hpp"
#include "phantom/implicit.hpp"

namespace ctffr::phantom {

// Thickness of the wall of the aortic root, heart unit.
inline constexpr double root_wall = 1.4;

// Drawn sizes of one heart. Defaults are those of an adult with 125 g of LV muscle.
struct HeartSizes {
    double lv_cavity_radius = 23.5, lv_wall = 9.6, lv_length = 88;  // base plane to the outer apex
    double base = -6, equator = 12;  // z of the LV base plane, of the widest section
    double rv_depth = 29, rv_wall = 3.0;
    double atrium_wall = 2.0;
    double root_radius = 12.5, sinus_radius = 10.5, ascending_radius = 14.5;
    double trunk_radius = 12.5;
    double groove_twist = 1.6;
};

// Every solid at one point, heart frame and unit; negative inside.
struct HeartValues {
    double lv_outer = 0;   // LV muscle with cavity, cut at the base
    double lv_cavity = 0;  // blood with the papillary muscles and the outflow tract
    double papillary = 0;  // papillary muscles in the cavity
    double rv_outer = 0;   // RV with its free wall and the outflow tract
    double rv_cavity = 0;
    double left_atrium = 0;   // blood, with pulmonary veins and appendage
    double right_atrium = 0;  // blood, with appendage and caval veins
    double root = 0;          // blood of sinuses and ascending aorta
    double aorta = 0;         // the same with arch and descending aorta
    double trunk = 0;         // blood of the pulmonary trunk and its branches
    double epicardium = 0;
    double sac = 0;  // outer side of the epicardial fat
};

class HeartShape {
   public:
    HeartShape(const HeartSizes& sizes, Random& random);

    HeartValues values(Vec3 p) const;
    // Single solids, as above.
    double lv_outer(Vec3 p) const;
    double root(Vec3 p) const;
    double epicardium(Vec3 p) const;
    // Muscle of the left ventricle: 1.05 g/mL times this volume is the LV mass.
    double lv_myocardium(Vec3 p) const;

    // Angle (rad) of the anterior and posterior interventricular grooves about the LV axis at the fraction v
    // of the way from base (0) to apex (1); 0 = +x, pi/2 = +y.
    double anterior_angle(double v) const;
    double posterior_angle(double v) const;
    // A point of the LV's outer surface.
    Vec3 on_lv(double angle, double v) const;
    Vec3 apex() const { return {0, 0, sizes.base + sizes.lv_length}; }
    // Start of the search for the atrioventricular groove at an angle about the LV axis.
    Vec3 groove_guess(double angle) const;

    HeartSizes sizes;
    std::vector<TubeNode> aorta_axis;    // from the annulus to the arch
    Vec3 root_axis, sinus_direction[3];  // unit; left, right, non-coronary

   private:
    double lv_ellipsoid(Vec3 p) const;
    double lv_cavity(Vec3 p) const;
    double papillary(Vec3 p) const;
    double rv_bulge(Vec3 p) const;  // outer RV surface without outflow tract and base
    double rv_outer(Vec3 p) const;
    double rv_blood(Vec3 p, double root_blood) const;
    double la_body(Vec3 p, double root_blood) const;
    double ra_body(Vec3 p, double root_blood, double la) const;
    double la_blood(Vec3 p, double body, double aorta_blood, double trunk_blood) const;
    double ra_blood(Vec3 p, double body, double root_blood, double la, double rv_surface) const;
    double trunk_blood(Vec3 p, double root_blood, double la) const;
    double epicardium_of(double lv, double rv, double la, double ra, double trunk_blood) const;
    double trabeculae(Vec3 p, int count, double height) const;

    Vec3 annulus_, la_center_, la_semi_, ra_center_, ra_semi_;
    Tube aorta_, descending_, mitral_, tricuspid_, la_neck_, ra_neck_, conus_, trunk_, right_pulmonary_,
        left_pulmonary_;
    std::vector<Tube> pulmonary_veins_;
    Tube la_appendage_, ra_appendage_, cava_superior_, cava_inferior_, outflow_;
    std::vector<Tube> papillary_;
    double phase_ = 0;
    Tube corridor_left_, corridor_right_;  // proximal coronary courses, kept free of blood pools
};

}  // namespace ctffr::phantom
