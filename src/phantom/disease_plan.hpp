// SPDX-License-Identifier: Apache-2.0
// Which lesions a patient has, and of what kind. Priors and ranges with sources: docs/theory/phantom-tree.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ctffr/stages/phantom_options.hpp"
#include "phantom/tree_layout.hpp"

namespace ctffr::phantom {

enum class LesionShape { cosine, gaussian, plateau, diffuse };
enum class PlaqueKind { soft, fibrous, calcified, mixed, stent };
const char* shape_name(LesionShape shape);
const char* plaque_name(PlaqueKind kind);

// A lesion on one course. The throat lies on a tree point (a whole 0.5 mm).
struct LesionPlan {
    int course = 0;
    double throat_mm = 0, length_mm = 10;
    double stenosis = 0.5;  // 1 - lumen / healthy radius at the throat
    LesionShape shape = LesionShape::cosine;
    PlaqueKind plaque = PlaqueKind::fibrous;
    double eccentricity = 0;   // 0: plaque all around, 1: healthy wall opposite the plaque
    double direction_rad = 0;  // of the plaque, from the section's normal
    double remodelling = 1;    // outer area against the healthy one
    double cos2 = 0, sin2 = 0, cos3 = 0, sin3 = 0;  // lumen shape at the throat
    bool occluded = false;
    std::string note;  // "ostial", "bifurcation (Medina 1,1,1)", "serial", ...

    double start_mm() const { return throat_mm - 0.5 * length_mm; }
    double end_mm() const { return throat_mm + 0.5 * length_mm; }
};

inline constexpr std::uint64_t disease_stream = 0x7d0000;

std::vector<LesionPlan> make_disease_plan(const std::vector<Course>& courses, const DiseaseOptions& options,
                                          std::uint64_t seed);

}  // namespace ctffr::phantom
