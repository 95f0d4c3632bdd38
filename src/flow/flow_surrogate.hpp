// SPDX-License-Identifier: Apache-2.0
// A coronary network in thousandths of a second: the loss of every piece of the tree as a table over its flow
// and, in lesions, over a shift of the wall, made by marching the network at scaled flows. At the base it is
// the network itself. For sampling (docs/theory/uncertainty.md).
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "ctffr/core/run.hpp"
#include "flow/network.hpp"

namespace ctffr {

// Stretches behind `first` up to `last` (points of a branch). The piece that begins a branch also has the
// ostium or junction before it.
struct SurrogatePiece {
    int branch = 0;
    std::size_t first = 0, last = 0;
    int lesion = -1;  // whose shift changes the loss here, in the lesion or in the jet behind it
};

struct SurrogatePlan {
    std::vector<SurrogatePiece> pieces;             // by branch, then along it; they cover every branch
    std::vector<std::vector<int>> lesion;           // [branch][point], that moves this wall; -1: none
    std::vector<std::vector<double>> weight;        // [branch][point], 0..1: its part of the lesion's shift
    std::vector<std::vector<double>> radius_shift;  // per lesion, m, rising, 0 among them; all of one length
};

// What a sample changes.
struct SurrogateInput {
    double aortic_pressure = 0, venous_pressure = 0;  // Pa
    double viscosity_ratio = 1;                       // to that of the network
    std::vector<double> shift;                        // per lesion, m of radius
    std::vector<double> widening;     // per piece, relative change of radius where no lesion is
    std::vector<double> loss_factor;  // per piece
    std::vector<double> outlet;       // conductance per branch, m3/(s Pa); 0 for branches with children
    std::vector<double> leak;         // conductance per piece, taken to be at its end
};

struct SurrogateState {
    bool converged = false;
    std::vector<double> flow;         // into each piece, m3/s
    std::vector<double> start, loss;  // energy at the start of each piece and lost in it, Pa
};

class FlowSurrogate {
   public:
    // `base` is the state of the solved `network`. Marches it some seventy times.
    FlowSurrogate(const Network& network, const NetworkState& base, SurrogatePlan plan, const Run& run);

    // False when the network cannot be marched at its own flows.
    bool valid() const { return valid_; }
    const SurrogatePlan& plan() const { return plan_; }
    // Nothing moved: `solve` then gives the base state back.
    const SurrogateInput& base_input() const { return base_input_; }
    SurrogateState solve(const SurrogateInput& input) const;
    // Static pressure at a point, Pa.
    double pressure(const SurrogateInput& input, const SurrogateState& state, std::size_t branch,
                    std::size_t point) const;
    // Part of a piece's loss that grows with the flow, not its square, at the base: 0..1.
    double viscous_share(std::size_t piece) const;
    // First piece of a branch.
    std::size_t first_piece(std::size_t branch) const { return first_[branch]; }

   private:
    static constexpr std::array<double, 5> flow_nodes{0.3, 0.65, 1, 1.5, 2.2};  // times the base
    struct Loss {
        double value = 0, slope = 0;  // Pa, and by the flow ratio
    };
    struct Behind {
        double by_energy = 0, offset = 0;  // flow = by_energy * energy + offset
    };

    void fill_tables(const Network& network, const NetworkState& base, const Run& run);
    void complete_tables();
    Loss loss(std::size_t piece, double flow_ratio, const SurrogateInput& input) const;
    // Kinetic energy at a point, Pa.
    double kinetic(std::size_t piece, std::size_t point, double flow_ratio,
                   const SurrogateInput& input) const;
    bool ends_branch(std::size_t piece) const {
        return piece + 1 == plan_.pieces.size() ||
               plan_.pieces[piece + 1].branch != plan_.pieces[piece].branch;
    }

    SurrogatePlan plan_;
    bool valid_ = false;
    std::vector<std::size_t> first_;                        // per branch
    std::vector<int> parent_;                               // per branch
    std::vector<std::vector<int>> children_;                // per branch
    std::vector<std::vector<double>> radius_;               // [branch][point], m
    std::vector<std::vector<double>> base_kinetic_, part_;  // [branch][point]; part of the piece's loss
    std::vector<std::vector<std::size_t>> piece_;           // [branch][point]
    std::vector<double> base_flow_;                         // into each piece
    // [piece][shift node][flow node], loss over flow ratio, Pa; one shift node where no lesion is.
    std::vector<std::vector<std::array<double, 5>>> table_;
    SurrogateInput base_input_;
};

}  // namespace ctffr
