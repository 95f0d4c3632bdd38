// SPDX-License-Identifier: Apache-2.0
// Chains of cross-sections along which the lumen is fitted.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "ctffr/core/vec3.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr::lumen {

// What is fitted in one section; the order is the order in the unknown vector.
struct SectionParameters {
    static constexpr int contour = 0, contour_terms = 7;  // radius: 1, cos, sin, ... cos 3, sin 3 (mm)
    static constexpr int outer = 7, outer_terms = 3;      // outer wall: 1, cos, sin (mm)
    static constexpr int wall = 10;                       // HU of wall or plaque
    static constexpr int outside = 11,
                         outside_terms = 7;  // HU around the wall: 1, cos, sin, ... cos 3, sin 3
    static constexpr int blood = 18;         // HU of blood
    static constexpr int count = 19;
    std::array<double, count> value{};

    double radius(double phi) const;
    double outer_radius(double phi) const;
    // Area of the contour and its centroid relative to the centre, exact for the Fourier contour.
    double area() const;
    double equivalent_radius() const;
    std::pair<double, double> centroid() const;
};

struct FitSection {
    Vec3 center, tangent, normal, binormal;
    double arc_mm = 0;   // along the chain
    double path_mm = 0;  // from the ostium
    SectionParameters fit;
    std::array<std::array<double, 7>, 7> contour_covariance{};
    double residual_hu = 0;
    double data_share = 0;  // part of the rays that carry data, 0..1
    bool calcified = false, stent = false;
    std::vector<std::uint8_t> open;  // per ray
};

struct FitChain {
    std::vector<FitSection> sections;
    std::vector<int> branches;  // of the tree, in order
    std::vector<std::size_t>
        first_section;        // of each branch; its points are consecutive from there, joint included
    int host = -1, root = 0;  // chain it leaves from; root chain of its tree
    std::size_t host_section = 0;
};

// Chains of the tree, centres lightly smoothed, tangents and rotation-minimising frames filled.
std::vector<FitChain> make_fit_chains(const CoronaryTree& tree);
// Smooths the centres of every chain and puts the start of side chains back onto their host; then
// update_frames.
void smooth_and_join(std::vector<FitChain>& chains, double width_mm);
// Arc lengths, path lengths, tangents and frames from the centres (after they have moved).
void update_frames(std::vector<FitChain>& chains);

}  // namespace ctffr::lumen
