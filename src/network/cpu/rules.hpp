// SPDX-License-Identifier: Apache-2.0
// One rule per operator: it adds the steps of a node, or returns false, having added nothing, when the form
// of the node is rare and the reference operator shall run it.
#pragma once

#include "network/cpu/lowering.hpp"

namespace ctffr::network::cpu {

using Rule = bool (*)(Lowering& lowering, const Node& node);

// lower_conv.cpp
bool lower_conv(Lowering& lowering, const Node& node);
bool lower_conv_transpose(Lowering& lowering, const Node& node);
// lower_window.cpp
bool lower_max_pool(Lowering& lowering, const Node& node);
bool lower_average_pool(Lowering& lowering, const Node& node);
bool lower_resize(Lowering& lowering, const Node& node);
// lower_elementwise.cpp
bool lower_unary(Lowering& lowering, const Node& node);
bool lower_binary(Lowering& lowering, const Node& node);
// lower_norm.cpp
bool lower_instance_normalization(Lowering& lowering, const Node& node);
bool lower_group_normalization(Lowering& lowering, const Node& node);
bool lower_batch_normalization(Lowering& lowering, const Node& node);
bool lower_spatial_mean(Lowering& lowering, const Node& node);
// lower_arrange.cpp
bool lower_concat(Lowering& lowering, const Node& node);
bool lower_slice(Lowering& lowering, const Node& node);
bool lower_split(Lowering& lowering, const Node& node);
bool lower_pad(Lowering& lowering, const Node& node);
bool lower_repeat(Lowering& lowering, const Node& node);  // Expand, Tile
bool lower_reshape(Lowering& lowering, const Node& node);
bool lower_identity(Lowering& lowering, const Node& node);
bool lower_transpose(Lowering& lowering, const Node& node);
// lower_reduce.cpp
bool lower_softmax(Lowering& lowering, const Node& node);
bool lower_argmax(Lowering& lowering, const Node& node);
bool lower_matmul(Lowering& lowering, const Node& node);
bool lower_gemm(Lowering& lowering, const Node& node);
// lower_reference.cpp; always succeeds
void lower_by_reference(Lowering& lowering, const Node& node);

}  // namespace ctffr::network::cpu
