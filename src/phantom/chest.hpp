// SPDX-License-Identifier: Apache-2.0
// What surrounds the heart: chest wall, bones, lungs, diaphragm, liver and stomach, as implicit solids.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/vec3.hpp"
#include "phantom/heart_anatomy.hpp"
#include "phantom/implicit.hpp"

namespace ctffr::phantom {

// A piece of a lung vessel.
struct LungSegment {
    TubeNode from, to;
};

// Frame: LPS mm of the scanner, as the heart's. Values are distances near surfaces, negative inside.
class Chest {
   public:
    Chest(const BodySize& body, const HeartAnatomy& heart, std::uint64_t seed, const Mat3& pose);

    double skin(Vec3 p) const { return skin_at(inside(p)); }
    double skin_fat_mm() const { return fat_mm_; }  // thickness of skin and the fat under it
    double cavity(Vec3 p) const {
        return cavity_at(inside(p));
    }                                // of the thorax, above and below the diaphragm
    double bone(Vec3 p) const;       // outer surface of ribs, sternum and vertebrae
    double cartilage(Vec3 p) const;  // front ends of the ribs
    double disc(Vec3 p) const;       // between vertebrae
    double spinal_canal(Vec3 p) const;
    double diaphragm(Vec3 p) const;  // negative below its upper surface
    double liver(Vec3 p) const;
    double stomach(Vec3 p) const;
    double stomach_gas(Vec3 p) const;
    double oesophagus(Vec3 p) const;
    // Fat and vessels between the lungs, without the pericardial sac (distance `sac` of the caller at p).
    double mediastinum(Vec3 p, double sac, double great_vessels) const;

    const std::vector<LungSegment>& lung_vessels() const { return lung_vessels_; }

   private:
    Vec3 inside(Vec3 p) const { return pose_.transposed() * p; }  // scanner to upright body
    double skin_at(Vec3 q) const;
    double cavity_at(Vec3 q) const;
    double ribs_at(Vec3 q) const;
    double sternum_at(Vec3 q) const;
    double vertebra_at(Vec3 q) const;
    void grow_lung_vessels(std::uint64_t seed);

    Mat3 pose_;
    double size_ = 1;  // linear, 1 for an average adult
    double midline_ = -12, front_ = -72, spine_ = 90,
           bottom_ = -60;  // x of the midline, y of the sternum's back
    double fat_mm_ = 15, rib_phase_ = 0, rib_pitch_ = 24;
    Vec3 center_, half_;         // of the thoracic cavity in the body frame
    Tube transverse_, spinous_;  // processes of a vertebra, about the centre of its body
    std::vector<LungSegment> lung_vessels_;
};

}  // namespace ctffr::phantom
