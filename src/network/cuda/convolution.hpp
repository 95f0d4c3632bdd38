// SPDX-License-Identifier: Apache-2.0
// Convolutions of channels-last images by cuDNN.
#pragma once

#include <optional>

#include "ctffr/kernels/network_nhwc.hpp"
#include "network/cuda/backend.hpp"

namespace ctffr::network::cudnn {

// Identifiers of the tensors of a convolution plan.
inline constexpr std::int64_t convolution_x = 1, convolution_filter = 2, convolution_y = 3;

// A plan for y = filter * x, or, transposed, for x from y; element type float (computed without TF32) or
// bfloat16, sums in float32. None when cuDNN has no engine for it.
std::optional<Plan> make_convolution(const Descriptor& device, const kernels::NhwcConvolution& convolution,
                                     bool transposed, bool bfloat16);

}  // namespace ctffr::network::cudnn
