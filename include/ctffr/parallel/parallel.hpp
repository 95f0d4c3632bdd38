// SPDX-License-Identifier: Apache-2.0
// The whole vocabulary of parallel code: for, rows, sum, scan, sort, select. Included by kernels (compiled by
// g++ for Cpu and by nvcc for Cuda) and by host code that loops on the CPU. The name of a launch feeds the
// profile table and error messages. Every function gives the same bits for any number of threads.
#pragma once

#include "ctffr/core/index.hpp"
#include "ctffr/parallel/array.hpp"
#include "ctffr/parallel/exec.hpp"
#include "ctffr/parallel/parallel_cpu.hpp"
#if defined(__CUDACC__)
#include "ctffr/parallel/parallel_cuda.cuh"
#endif

// The executor of the present compilation pass: kernels instantiate themselves for it.
#if defined(__CUDACC__)
#define CTFFR_EXEC ::ctffr::Cuda
#else
#define CTFFR_EXEC ::ctffr::Cpu
#endif
