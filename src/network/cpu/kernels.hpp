// SPDX-License-Identifier: Apache-2.0
// Loops over values of the CPU executor that oneDNN lacks or does slowly. Pointers are to grid.bytes() bytes
// in the order and number format of the grid; outputs keep the filling of the last channel block at zero.
// Output and input may be the same memory only where said. Same bits for any number of threads.
#pragma once

#include <vector>

#include "ctffr/parallel/exec.hpp"
#include "network/cpu/grid.hpp"
#include "network/graph.hpp"

namespace ctffr::network::cpu {

// --- element by element ---

enum class Unary { identity, sqrt, erf, gelu_tanh };   // gelu_tanh: GELU with tanh in place of erf
enum class Binary { add, sub, mul, div, pow, prelu };  // prelu: b * a below zero, else a

// out = epilogue(op(in)); may be in place when the number formats agree.
void unary(const Cpu& exec, const Grid& grid, Unary op, const Epilogue& epilogue, const void* in,
           Scalar out_type, void* out);

// How the second operand follows the first.
struct Operand {
    enum class Kind {
        same,      // the grid of the result, with number format `type`
        channel,   // float32 [n][c] or, with batch_stride 0, [c]; filling is not read
        position,  // float32 [n][d][h][w] or, with batch_stride 0, [d][h][w]
        scalar,    // one float32
    };
    Kind kind = Kind::same;
    Scalar type = Scalar::float32;
    Index batch_stride = 0;  // elements
};

// out = epilogue(a op b), or epilogue(b op a) when `swapped`; `a` has the order of `grid` in format
// grid.type.
void binary(const Cpu& exec, const Grid& grid, Binary op, bool swapped, const Operand& operand,
            const Epilogue& epilogue, const void* a, const void* b, Scalar out_type, void* out);

// --- statistics and normalisation ---

// Per batch and channel, at [n * c + channel].
struct Moments {
    std::vector<double> mean, squares;  // squares: sum of squared deviations from the mean
};

// Workspace that channel_moments needs, in doubles.
Index moments_workspace(const Grid& grid);
// Means and squared deviations over space: one pass over memory, per tile two passes in cache, tiles merged
// by Chan's formula in a fixed order. `moments` has n * c elements each.
void channel_moments(const Cpu& exec, const Grid& grid, const void* in, double* workspace, Moments& moments);

// out = epilogue((in - mean) * scale + shift), each [n * blocks * block] with anything in the filling; may be
// in place when the number formats agree.
void affine(const Cpu& exec, const Grid& grid, const float* mean, const float* scale, const float* shift,
            const Epilogue& epilogue, const void* in, Scalar out_type, void* out);

// --- copies ---

// Where each index of the written stretch comes from along one axis; -1: the fill value.
using AxisTable = std::vector<std::int32_t>;
struct MoveTables {
    AxisTable n, c, d, h, w;
    float fill = 0;
};
// Where the written stretch starts.
struct Corner {
    Index n = 0, c = 0, d = 0, h = 0, w = 0;
};
// to[corner + i] = from[tables[i]] for all i; the rest of `to` is left as it is. Slices, padding of every
// mode, concatenation, nearest resampling, repeats, changes of order and between the float formats. The
// filling of the last block is cleared when the last channel is written.
class Move {
   public:
    Move(const Grid& from, const Grid& to, const Corner& corner, MoveTables tables);
    void run(const Cpu& exec, const void* in, void* out) const;

   private:
    // Consecutive positions along w that come from consecutive ones, or are all fill (from < 0).
    struct Stretch {
        Index to, from, count;
    };
    void row(Index n, Index block, Index d, Index h, const void* in, void* out) const;

    Grid from_, to_;
    Corner corner_;
    MoveTables tables_;
    std::vector<Index> channel_;  // per channel of the stretch: element of `from` for position 0; -1: fill
    std::vector<Index>
        whole_block_;  // per block of `to`: the same when it is a whole block of `from`, else -1
    std::vector<Stretch> stretches_;
};

// Linear interpolation along one axis: out[i] = (1 - weight[i]) in[low[i]] + weight[i] in[high[i]].
struct AxisWeights {
    std::vector<std::int32_t> low, high;
    std::vector<float> weight;
};
// Blocked or plain; both grids in the same order.
void resize_linear(const Cpu& exec, const Grid& from, const Grid& to, const AxisWeights& d,
                   const AxisWeights& h, const AxisWeights& w, const void* in, void* out);

// --- channel by channel ---

struct Window {
    Index kernel[3], stride[3], dilation[3], pad[3];  // depth, height, width; pad: before
};
// One filter per channel. weights: [blocks][taps][block] with zeros in the filling, bias [blocks][block].
void depthwise(const Cpu& exec, const Grid& from, const Grid& to, const Window& window, const float* weights,
               const float* bias, const Epilogue& epilogue, const void* in, void* out);

// The last step of a transposed convolution whose kernel is as wide as its stride: `in` holds, per tap, whole
// blocks with the result's channels; out[position * kernel + tap] = epilogue(in[tap][position] + bias).
// `bias` is [blocks][block] of `to`.
void spread_taps(const Cpu& exec, const Grid& from, const Grid& to, const Index (&kernel)[3],
                 const float* bias, const Epilogue& epilogue, const void* in, void* out);

// Over the channels of each position.
void softmax_channels(const Cpu& exec, const Grid& grid, const void* in, Scalar out_type, void* out);
// out: int64 [n][position], the channel of the largest value; the first, or with `last` the last, of equals.
void argmax_channels(const Cpu& exec, const Grid& grid, bool last, const void* in, std::int64_t* out);

// --- matrices, plain float32 ---

// c[m][n] = alpha * a[m][k] b[k][n] for each of `count` pairs of matrices; strides in elements, 0 repeats.
// The sum over k is taken in order.
struct MatrixProduct {
    Index count = 1, m = 1, n = 1, k = 1;
    std::vector<Index> a_start, b_start;  // per pair; c is dense
    float alpha = 1;
};
void matrix_product(const Cpu& exec, const MatrixProduct& product, const float* a, const float* b, float* c);

}  // namespace ctffr::network::cpu
