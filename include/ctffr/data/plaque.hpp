// SPDX-License-Identifier: Apache-2.0
// Plaque between lumen and outer wall, coronary calcium of a scan without contrast, and CAD-RADS.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "ctffr/data/tree.hpp"

namespace ctffr {

// Volumes by attenuation, mm3 (docs/theory/plaque.md).
struct PlaqueVolumes {
    double low_attenuation_mm3 = 0, fibro_fatty_mm3 = 0, fibrous_mm3 = 0, calcified_mm3 = 0;

    double non_calcified_mm3() const { return low_attenuation_mm3 + fibro_fatty_mm3 + fibrous_mm3; }
    double total_mm3() const { return non_calcified_mm3() + calcified_mm3; }
    void add(const PlaqueVolumes& other) {
        low_attenuation_mm3 += other.low_attenuation_mm3, fibro_fatty_mm3 += other.fibro_fatty_mm3;
        fibrous_mm3 += other.fibrous_mm3, calcified_mm3 += other.calcified_mm3;
    }
};

// Lower ends of the classes above low attenuation, HU.
struct PlaqueThresholds {
    double fibro_fatty_hu = 30, fibrous_hu = 131, calcified_hu = 350;
};

// Plaque and vessel over some stretch; vessel: everything inside the outer wall.
struct PlaqueMeasure {
    PlaqueVolumes plaque;
    double vessel_mm3 = 0, lumen_mm3 = 0;
    void add(const PlaqueMeasure& other) {
        plaque.add(other.plaque);
        vessel_mm3 += other.vessel_mm3, lumen_mm3 += other.lumen_mm3;
    }
    // Percent of the vessel that is plaque; NaN without a vessel.
    double atheroma_pct() const {
        return vessel_mm3 > 0 ? 100 * plaque.total_mm3() / vessel_mm3
                              : std::numeric_limits<double>::quiet_NaN();
    }
};

// High-risk features of one lesion or deposit; two of them make it high-risk.
struct PlaqueRisk {
    bool low_attenuation = false, positive_remodelling = false, spotty_calcium = false;
    bool high_risk() const {
        return int{low_attenuation} + int{positive_remodelling} + int{spotty_calcium} >= 2;
    }
};

// A stretch of a branch along which the wall holds plaque.
struct PlaqueDeposit {
    int branch = 0;
    Segment segment = Segment::unknown;
    double start_mm = 0, end_mm = 0;  // along the branch
    PlaqueMeasure measure;
    double remodelling_index = 1, largest_arc_deg = 0;
    PlaqueRisk risk;
};

// Of Lesion i: plaque within its borders.
struct LesionPlaque {
    PlaqueMeasure measure;
    PlaqueRisk risk;
};

struct SegmentPlaque {
    Segment segment = Segment::unknown;
    double length_mm = 0;
    PlaqueMeasure measure;
};

struct PlaqueReport {
    std::string why_not;  // empty: measured; else why there is none, one sentence
    PlaqueThresholds thresholds;
    std::vector<LesionPlaque> lesions;  // one per lesion, or empty
    std::vector<PlaqueDeposit> deposits;
    std::vector<SegmentPlaque> segments;  // named ones, in the order of the tree
    PlaqueMeasure total;                  // unnamed branches included
    std::vector<std::string> remarks;
    bool measured() const { return why_not.empty(); }
};

// Calcium of one artery in a scan without contrast.
struct CalciumVessel {
    std::string name;  // LM, LAD, LCX, RCA; "coronary" where arteries cannot be told apart
    double agatston = 0, volume_mm3 = 0;
    int regions = 0;  // connected areas in slices
};

struct CalciumScore {
    bool measured = false;
    double kvp = 0, slice_mm = 0, threshold_hu = 130;
    std::string restricted_by;  // how calcium was told to be coronary
    std::string series_hash;
    std::vector<CalciumVessel> vessels;
    double agatston = 0, volume_mm3 = 0;
    int regions = 0;  // connected areas in slices
    std::vector<std::string> remarks;
};

// CAD-RADS 2.0 (Cury et al. 2022).
struct CadRads {
    std::string category;                // "0", "1", "2", "3", "4A", "4B", "5", "N"; empty: not graded
    std::vector<std::string> modifiers;  // "N", "HRP", "I+", "I-", "I+/-", "S", "G", "E"
    std::string plaque_burden;           // "P1" to "P4"; empty: none
    std::string burden_by;               // "SIS" or "CACS"; empty where there is none
    int segment_involvement = 0, segment_stenosis = 0;  // SIS, SSS
    double worst_stenosis_pct = 0;
    std::string worst_segment;
    std::vector<std::string> notes;

    // "CAD-RADS 3/P2/HRP/I+"; empty where not graded.
    std::string text() const {
        if (category.empty()) return {};
        std::string line = "CAD-RADS " + category;
        if (!plaque_burden.empty()) line += "/" + plaque_burden;
        for (const std::string& modifier : modifiers) line += "/" + modifier;
        return line;
    }
};

}  // namespace ctffr
