// SPDX-License-Identifier: Apache-2.0
#include "flow/profile_march.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ctffr/core/units.hpp"

namespace ctffr {

namespace {

// Rings are nearly even in r, for the jets of tight throats, and crowd towards the wall as 1 - r = (1 -
// eta)^clustering.
constexpr double clustering = 1.15;
constexpr int max_newton = 40;
// Diagonal of the two-stage, second-order, L-stable Runge-Kutta method (Alexander 1977).
constexpr double diagonal_weight = 1 - 0.70710678118654752440;

double& at(std::vector<double>& v, int i) { return v[static_cast<std::size_t>(i)]; }
double at(const std::vector<double>& v, int i) { return v[static_cast<std::size_t>(i)]; }

// Area of the unit disc's concentric circle of radius r beyond the chord x = c.
double beyond_chord(double r, double c) {
    if (c >= r) return 0;
    if (c <= -r) return pi * r * r;
    return r * r * std::acos(c / r) - c * std::sqrt(r * r - c * c);
}

struct Part {
    double flow = 0, energy = 0;
};

// Flow and energy flux beyond the chord, both for unit mean speed and unit area.
Part part_beyond(const ProfileGrid& grid, const Profile& profile, double chord) {
    Part part;
    double inner = 0;
    for (int i = 0; i < grid.rings(); ++i) {
        const double outer = beyond_chord(std::sqrt(at(grid.face, i + 1)), chord) / pi;
        const double u = std::max(at(profile.value, i), 0.0);
        part.flow += u * (outer - inner);
        part.energy += u * u * u * (outer - inner);
        inner = outer;
    }
    return part;
}

}  // namespace

ProfileGrid::ProfileGrid(int rings) {
    const auto n = static_cast<std::size_t>(rings);
    for (std::size_t i = 0; i <= n; ++i) {
        const double from_wall = std::pow(1 - static_cast<double>(i) / static_cast<double>(n), clustering);
        face.push_back((1 - from_wall) * (1 - from_wall));
    }
    for (std::size_t i = 0; i < n; ++i) width.push_back(face[i + 1] - face[i]);
    for (std::size_t i = 0; i + 1 < n; ++i) {
        gap.push_back((width[i] + width[i + 1]) / 2);
        blend.push_back(width[i] / (width[i] + width[i + 1]));
    }
    gap.push_back(width[n - 1] / 2);
    blend.push_back(0);
}

Profile Profile::flat(const ProfileGrid& grid) { return {std::vector<double>(grid.width.size(), 1.0)}; }

Profile Profile::parabola(const ProfileGrid& grid) {
    Profile profile;
    for (int i = 0; i < grid.rings(); ++i)
        profile.value.push_back(2 - at(grid.face, i) - at(grid.face, i + 1));
    return profile;
}

double energy_factor(const ProfileGrid& grid, const Profile& profile) {
    double sum = 0;
    for (int i = 0; i < grid.rings(); ++i) sum += at(grid.width, i) * std::pow(at(profile.value, i), 3);
    return sum;
}

double energy_factor_of_part(const ProfileGrid& grid, const Profile& profile, double fraction) {
    const Part whole = part_beyond(grid, profile, -1);
    const double wanted = std::min(fraction, 1.0) * whole.flow;
    // Flow beyond the chord falls from `low` to `high`: regula falsi with the Illinois rule, to round-off.
    double low = -1, high = 1, above = whole.flow - wanted, below = -wanted;
    Part part = whole;
    int last = 0;
    for (int i = 0; i < 100 && above > 0; ++i) {
        const double chord = std::clamp((low * below - high * above) / (below - above), low, high);
        part = part_beyond(grid, profile, chord);
        const double excess = part.flow - wanted;
        if (std::abs(excess) <= 1e-14 * whole.flow || high - low < 1e-15) break;
        const int side = excess > 0 ? 1 : -1;
        (excess > 0 ? low : high) = chord, (excess > 0 ? above : below) = excess;
        if (side == last) (excess > 0 ? below : above) /= 2;
        last = side;
    }
    return part.flow > 0 ? part.energy / part.flow : 0;
}

ProfileMarch::ProfileMarch(const ProfileGrid& grid) : grid_(grid) {
    const auto n = grid.width.size();
    for (auto* v : {&start_, &base_, &base_sum_, &now_, &sum_, &upper_, &response_, &right_}) v->resize(n);
}

// One Newton step for the ring speeds and the pressure gradient (over density). The unknowns are the flows
// inside each ring, sum_i = int_0^i u dxi, because the cross-flow through a face depends on them alone; then
// row i holds only sum_{i-2} ... sum_{i+1}. The whole flow (last sum) is given. Returns the largest change of
// speed.
double ProfileMarch::newton_update(const Stage& s, double& gradient) {
    const int n = grid_.rings();
    const double growth = s.area_slope + s.area / s.length;  // -d(cross-flow)/d(sum)
    const auto cross_flow = [&](int i) {                     // through face i+1, volume per length over pi
        return -(s.area_slope * at(sum_, i) + s.area * (at(sum_, i) - at(base_sum_, i)) / s.length);
    };
    double inner_cross = 0;
    for (int i = 0; i < n; ++i) {
        const bool last = i + 1 == n;
        const double u = at(now_, i), width = at(grid_.width, i), blend = at(grid_.blend, i);
        const double slope = (u - at(base_, i)) / s.length;
        const double outer_cross = cross_flow(i);
        const double next = last ? 0 : at(now_, i + 1), previous = i > 0 ? at(now_, i - 1) : u;
        const double previous_weight = i > 0 ? 1 - at(grid_.blend, i - 1) : 0;
        const double friction_out = 4 * s.viscosity * at(grid_.face, i + 1) / at(grid_.gap, i);
        const double friction_in = i > 0 ? 4 * s.viscosity * at(grid_.face, i) / at(grid_.gap, i - 1) : 0;
        // Exchange with the neighbours: friction and, central in xi, what the cross-flow carries.
        const double out = friction_out - outer_cross * (last ? 1 : blend);
        const double in = friction_in + inner_cross * previous_weight;
        const double carried = s.area * width * std::max(u, 0.0);
        const double value =
            carried * slope + s.area * width * gradient - out * (next - u) + in * (u - previous);
        const double own = carried / s.length + (u > 0 ? s.area * width * slope : 0) + out + in;

        double to_next = last ? 0 : -out / at(grid_.width, i + 1);
        double diagonal = own / width - to_next - growth * (last ? 0 : blend * (next - u));
        double to_inner =
            i > 0 ? -own / width - in / at(grid_.width, i - 1) - growth * previous_weight * (u - previous)
                  : 0;
        double to_inner2 = i > 1 ? in / at(grid_.width, i - 1) : 0;
        double g = s.area * width, r = -value;
        if (i > 1) {
            to_inner -= to_inner2 * at(upper_, i - 2);
            g -= to_inner2 * at(response_, i - 2), r -= to_inner2 * at(right_, i - 2);
        }
        if (i > 0) {
            diagonal -= to_inner * at(upper_, i - 1);
            g -= to_inner * at(response_, i - 1), r -= to_inner * at(right_, i - 1);
        }
        if (last) diagonal = 1;  // the last sum is known: this row gives the gradient
        at(upper_, i) = to_next / diagonal, at(response_, i) = g / diagonal, at(right_, i) = r / diagonal;
        inner_cross = outer_cross;
    }
    const double gradient_change = at(right_, n - 1) / at(response_, n - 1);
    gradient += gradient_change;
    // Back substitution; speeds follow from differences of the sums.
    double outer_change = 0, largest = 0;
    for (int i = n - 1; i >= 0; --i) {
        const double inner_change = i > 0 ? at(right_, i - 1) - at(response_, i - 1) * gradient_change -
                                                at(upper_, i - 1) * outer_change
                                          : 0;
        const double change = (outer_change - inner_change) / at(grid_.width, i);
        at(now_, i) += change, at(sum_, i) += outer_change;
        largest = std::max(largest, std::abs(change));
        outer_change = inner_change;
    }
    return largest;
}

bool ProfileMarch::solve(const Stage& stage, double& gradient) {
    // The first guess keeps the shape of the profile and carries the right flow.
    double sum = 0, base_sum = 0;
    for (int i = 0; i < grid_.rings(); ++i) {
        sum += at(grid_.width, i) * at(now_, i), base_sum += at(grid_.width, i) * at(base_, i);
        at(sum_, i) = sum, at(base_sum_, i) = base_sum;
    }
    const double scale = stage.mean_speed / sum;
    for (int i = 0; i < grid_.rings(); ++i) at(now_, i) *= scale, at(sum_, i) *= scale;
    double before = 1e300;
    for (int iteration = 0; iteration < max_newton; ++iteration) {
        const double change = newton_update(stage, gradient) / stage.mean_speed;
        if (!std::isfinite(change)) return false;
        // Quadratic convergence: the step after a small one is at round-off.
        if (before < 1e-4 && change < 1e-7) return true;
        if (change < 1e-13) return true;
        before = change;
    }
    return false;
}

double ProfileMarch::advance(const MarchStep& step, Profile& profile) {
    constexpr double failed = std::numeric_limits<double>::quiet_NaN();
    if (!(step.flow0 > 0) || !(step.flow1 > 0)) return failed;
    const int n = grid_.rings();
    const double nu = step.viscosity / step.density;
    const auto stage_at = [&](double t) {
        const double h = step.length, t2 = t * t, t3 = t2 * t;
        const double r = (2 * t3 - 3 * t2 + 1) * step.radius0 + (t3 - 2 * t2 + t) * h * step.slope0 +
                         (3 * t2 - 2 * t3) * step.radius1 + (t3 - t2) * h * step.slope1;
        const double dr = (6 * t2 - 6 * t) * (step.radius0 - step.radius1) / h +
                          (3 * t2 - 4 * t + 1) * step.slope0 + (3 * t2 - 2 * t) * step.slope1;
        const double flow = step.flow0 + t * (step.flow1 - step.flow0);
        return Stage{diagonal_weight * h, r * r, 2 * r * dr, flow / (pi * r * r), nu};
    };
    const double speed = step.flow0 / (pi * step.radius0 * step.radius0);
    for (int i = 0; i < n; ++i) at(start_, i) = at(base_, i) = at(now_, i) = speed * at(profile.value, i);
    double first = 0;
    if (!solve(stage_at(diagonal_weight), first)) return failed;
    for (int i = 0; i < n; ++i)
        at(base_, i) =
            at(start_, i) + (1 - diagonal_weight) / diagonal_weight * (at(now_, i) - at(start_, i));
    double second = first;
    const Stage end = stage_at(1);
    if (!solve(end, second)) return failed;
    for (int i = 0; i < n; ++i) at(profile.value, i) = at(now_, i) / end.mean_speed;
    return step.density * step.length * ((1 - diagonal_weight) * first + diagonal_weight * second);
}

}  // namespace ctffr
