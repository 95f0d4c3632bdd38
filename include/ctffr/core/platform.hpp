// SPDX-License-Identifier: Apache-2.0
// The macros that let one source be compiled by g++ (CPU) and by nvcc (GPU).
#pragma once

#if defined(__CUDACC__)
#define CTFFR_HD __host__ __device__
#define CTFFR_DEVICE __device__
#else
#define CTFFR_HD
#define CTFFR_DEVICE
#endif

// The body of a kernel: `parallel_for(exec, "name", n, CTFFR_LAMBDA(Index i) { ... });`
// Under nvcc it is device-only, because a host-device lambda makes the host side 16-20 times slower.
#define CTFFR_LAMBDA [=] CTFFR_DEVICE
