// SPDX-License-Identifier: Apache-2.0
// The lumen as an implicit function: negative inside, zero on the wall, close to a signed distance (mm) near
// it.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "ctffr/core/index_map.hpp"
#include "ctffr/core/vec3.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"
#include "lumen/chains.hpp"

namespace ctffr::lumen {

struct FieldOptions {
    double blend_fraction = 0.3;  // smooth-union radius at bifurcations, times the smaller local radius
    double gap_mm = 0.15;         // wall kept between tubes that are near each other but not joined there
    double extension_mm = 0.8;    // tubes go straight on beyond the cap planes by this much
};

// One end of a chain that opens to the outside.
struct OpenEnd {
    int branch = 0;
    bool inlet = false;
    Vec3 center, normal;   // outward unit normal
    double radius_mm = 0;  // largest radius of the end section
};

// A union of tubes swept along chains of polar sections. Thread-safe after construction.
class LumenField {
   public:
    struct Sample {
        double value = 0;          // mm; `far` where no tube is near
        double half_width_mm = 0;  // of the nearest tube at this place
        double spare_mm = 1e9;     // how much farther the next tube is that must stay apart here
        int chain = -1, branch = -1;
        double chain_arc_mm = 0;
        double branch_arc_mm = 0;
        int open_end =
            -1;  // index into open_ends() when the point lies in the extension beyond that cap plane
    };
    static constexpr double far = 1.0;  // value returned far from every tube
    static constexpr double block_mm = 1.6;

    // Throws Error(lumen_failed) when sections and tree do not fit.
    LumenField(const std::vector<LumenBranch>& branches, const CoronaryTree& tree,
               const FieldOptions& options);

    double value(Vec3 p) const { return sample(p).value; }
    Sample sample(Vec3 p) const;
    // Of one chain's tube alone, as if no other were there; `far` where it is not near.
    double chain_value(Vec3 p, int chain) const;
    // Central differences over 0.01 mm; about unit length near the wall.
    Vec3 gradient(Vec3 p) const;

    const std::vector<OpenEnd>& open_ends() const { return open_ends_; }
    const ChainSet& chains() const { return set_; }
    // Corners of a box around all tubes with their extensions.
    std::pair<Vec3, Vec3> bounds() const { return {low_, high_}; }
    // Blocks of side block_mm (integer places relative to bounds().first) near which there are tubes; sorted.
    const std::vector<Int3>& blocks() const { return blocks_; }

   private:
    struct Piece {  // stretch between two sections, or beyond the first (-1) or last section of a chain
        std::int32_t chain = 0, first = 0,
                     kind = 0;  // kind: 0 stretch, -1 before the start, +1 beyond the end
    };
    struct Local {  // one tube at one point
        double value = 1e9, half_width_mm = 0, arc_mm = 0;
        std::int32_t chain = -1, section = 0, kind = 0;
    };

    void find_pieces();
    void find_joined_lengths();
    Local on_piece(const Piece& piece, Vec3 p) const;
    int gather(Vec3 p, Local* found, int capacity) const;
    double contour(const Chain& chain, std::size_t section, double t, double u, double v, double length,
                   double& slope, double& around) const;
    double joined_weight(const Local& a, const Local& b) const;
    double clear_of(const Chain& side, std::size_t section, int other) const;

    ChainSet set_;
    FieldOptions options_;
    std::vector<OpenEnd> open_ends_;
    std::vector<std::int32_t> end_at_start_, end_at_finish_;  // open end of each chain's start and end, or -1
    // Arc from the start of chain i over which it is one lumen with chain j (row-major i * n + j); 0: never.
    std::vector<double> joined_;
    Vec3 low_, high_;
    std::vector<Int3> blocks_;
    IndexMap block_index_;
    std::vector<std::int32_t> block_start_;
    std::vector<Piece> block_pieces_;
};

}  // namespace ctffr::lumen
