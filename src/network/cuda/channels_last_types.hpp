// SPDX-License-Identifier: Apache-2.0
// The executors for which each of the channels_last*.cpp files makes its members.
#pragma once

#include "network/cuda/channels_last.hpp"

#if defined(CTFFR_HAVE_CUDA)
#define CTFFR_FOR_CHANNELS_LAST(MEMBERS) \
    MEMBERS(Cpu, float)                  \
    MEMBERS(Cpu, kernels::BFloat16)      \
    MEMBERS(Cuda, float)                 \
    MEMBERS(Cuda, kernels::BFloat16)
#else
#define CTFFR_FOR_CHANNELS_LAST(MEMBERS) MEMBERS(Cpu, float) MEMBERS(Cpu, kernels::BFloat16)
#endif
