// SPDX-License-Identifier: Apache-2.0
// The healthy lumen radius along a course: exponential taper, smooth steps at bifurcations, a flare at the
// ostium.
#pragma once

#include <initializer_list>
#include <vector>

namespace ctffr::phantom {

// D_mother of D_mother^(7/3) = sum D_i^(7/3); Huo and Kassab, J R Soc Interface 2012;9:190. Zeros are left
// out.
double huo_kassab_mother(std::initializer_list<double> daughters);
// The second daughter beside `side`, from the same law; at least 0.6 of the mother.
double huo_kassab_rest(double mother, double side);

// r(s) = r0 exp(-taper s - sum_k extra_k G(s - s_k)) (1 + flare exp(-(s/1.5 mm)^2)) prod_j ratio_j^{S((s -
// s_j)/w_j + 1/2)} with the C2 step S(u) = u^3 (10 - 15 u + 6 u^2) on [0, 1] and the C1 ramp G that is 0
// below -2 mm and x above 2 mm. All lengths in mm, s = arc length from the start of the course.
class RadiusProfile {
   public:
    RadiusProfile() = default;
    RadiusProfile(double radius_mm, double taper_per_mm, double flare)
        : radius_mm_(radius_mm), taper_per_mm_(taper_per_mm), flare_(flare) {}
    // From `position_mm` on the radius is `ratio` times what it would have been.
    void add_step(double position_mm, double ratio, double width_mm);
    // From `position_mm` on the radius falls faster by `extra_per_mm`.
    void add_taper(double position_mm, double extra_per_mm);
    double at(double arc_mm) const;
    // Arc length at which the radius falls to `radius_mm`, at most `longest_mm`.
    double end_at(double radius_mm, double longest_mm) const;

   private:
    struct Step {
        double position_mm, log_ratio, width_mm;
    };
    double radius_mm_ = 1, taper_per_mm_ = 0, flare_ = 0;
    struct Taper {
        double position_mm, extra_per_mm;
    };
    std::vector<Step> steps_;
    std::vector<Taper> tapers_;
};

// Thickness of the healthy wall (mm): 0.9 for the left main, 0.4 for the thinnest branches.
double healthy_wall_mm(double lumen_radius_mm);

}  // namespace ctffr::phantom
