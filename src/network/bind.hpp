// SPDX-License-Identifier: Apache-2.0
// From a graph as read to one that can be executed for given input shapes.
#pragma once

#include <string>
#include <vector>

#include "network/graph.hpp"

namespace ctffr::network {

// Fixes the input shapes, infers all others, folds what depends on constants alone, drops what no output
// needs, replaces exporters' patterns by GroupNormalization, InstanceNormalization and Gelu, folds
// BatchNormalization into convolutions and activations into epilogues. Every value of the result has a known
// shape. Throws Error(input_unreadable) that names the node when a shape does not fit.
//
// What executors may rely on in the result:
// * Every output is made by a node; an output that is an input or a constant comes out of an Identity. No
// other
//   Identity is left, no Shape and (unless its result would be very large) no node with constant inputs only.
// * Flatten, Squeeze and Unsqueeze have become Reshape.
// * Convolutions and pools: kernel_shape, strides, dilations, pads (and group, output_padding, ceil_mode) are
//   set; auto_pad and output_shape are gone. The shape of a pool's result already accounts for ceil_mode.
// * Axes (Concat, Softmax, Split, ArgMax, Gather, perm of Transpose) count from the front.
// * These inputs are constants: pads of Pad (all axes, no fourth input), starts, ends, axes, steps of Slice
// (one
//   entry per axis; starts and ends inside the input, an end of -extent-1 means "past the first element"),
//   split of Split, axes of reductions (sorted; none: nothing is reduced), indices of Gather, shapes and
//   repeats.
// * Resize has the attribute `scales` (floats, one per axis, as the sampling positions need them); axes is
// gone.
// * GroupNormalization has scale and bias per channel.
// * Epilogues stand at Conv, ConvTranspose, Add (of floats), Instance-, Batch- and GroupNormalization; gelu
// is
//   the exact form, a bound that clip lacks is an infinity.
// * Opset-18 form else; Cast's `to` is 1 (float), 7 (int64) or 9 (bool).
Graph bind(const Graph& graph, const std::vector<Shape>& input_shapes);

}  // namespace ctffr::network
