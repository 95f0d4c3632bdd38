// SPDX-License-Identifier: Apache-2.0
#include "imaging/left_ventricle.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Eigenvalues>

#include "imaging/chambers.hpp"

namespace ctffr::imaging {

namespace {

constexpr double least_cavity_mm3 = 10e3, largest_mm3 = 600e3;
// Below this ratio of the second to the first principal length there is a long axis.
constexpr double longest_round = 0.95;
// The ends of the axis are sought within this distance of it.
constexpr double beside_axis_mm = 8;

// Share of a voxel that lies within a surface, from the signed distance of its middle.
double share(float distance_mm, double spacing_mm) {
    return std::clamp(0.5 - static_cast<double>(distance_mm) / spacing_mm, 0.0, 1.0);
}

struct Moments {
    double weight = 0;
    Eigen::Vector3d first = Eigen::Vector3d::Zero();
    Eigen::Matrix3d second = Eigen::Matrix3d::Zero();

    void add(Vec3 p, double w) {
        const Eigen::Vector3d v(p.x, p.y, p.z);
        weight += w, first += w * v, second += w * v * v.transpose();
    }
    Eigen::Vector3d middle() const { return first / weight; }
    Eigen::Matrix3d spread() const { return second / weight - middle() * middle().transpose(); }
};

}  // namespace

std::optional<LeftVentricle> left_ventricle(const HeartMaps& maps, Vec3 root_lps_mm) {
    const ScalarGrid &outer = maps.maps[HeartMaps::lv_outer_mm], &blood = maps.maps[HeartMaps::lv_blood_mm];
    const double h = outer.spacing_mm();
    // The ventricle is the largest piece; others are mistakes.
    Mask inside(outer.values.size());
    for (std::size_t n = 0; n < inside.size(); ++n) inside[n] = outer.values[n] < 0.5 * h;
    const Components pieces = connected_components(maps.geometry().size, inside);
    if (pieces.size.size() < 2) return std::nullopt;
    const auto largest = static_cast<std::int32_t>(
        std::max_element(pieces.size.begin() + 1, pieces.size.end()) - pieces.size.begin());

    double muscle = 0;
    Moments cavity;
    for (std::size_t n = 0; n < inside.size(); ++n) {
        if (pieces.label[n] != largest) continue;
        const double all = share(outer.values[n], h), hollow = std::min(all, share(blood.values[n], h));
        muscle += all - hollow;
        if (hollow > 0) cavity.add(outer.position(static_cast<Index>(n)), hollow);
    }
    const double voxel_mm3 = h * h * h;
    if (cavity.weight * voxel_mm3 < least_cavity_mm3 || (muscle + cavity.weight) * voxel_mm3 > largest_mm3)
        return std::nullopt;

    // Eigenvalues rise: the last vector is the long axis.
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> principal(cavity.spread());
    if (std::sqrt(principal.eigenvalues()[1]) > longest_round * std::sqrt(principal.eigenvalues()[2]))
        return std::nullopt;
    const Eigen::Vector3d m = cavity.middle(), v = principal.eigenvectors().col(2);
    const Vec3 middle{m.x(), m.y(), m.z()};
    Vec3 axis{v.x(), v.y(), v.z()};
    if (dot(root_lps_mm - middle, axis) > 0) axis = -1.0 * axis;

    LeftVentricle found;
    found.mass_g = muscle * voxel_mm3 * muscle_g_per_mm3;
    double base = 0, apex = 0;
    for (std::size_t n = 0; n < inside.size(); ++n) {
        if (pieces.label[n] != largest || outer.values[n] > 0) continue;
        const Vec3 d = outer.position(static_cast<Index>(n)) - middle;
        const double along = dot(d, axis);
        if (norm(d - along * axis) > beside_axis_mm) continue;
        apex = std::max(apex, along);
        if (blood.values[n] < 0) base = std::min(base, along);
    }
    found.base_lps_mm = middle + base * axis;
    found.apex_lps_mm = middle + apex * axis;
    return found;
}

}  // namespace ctffr::imaging
