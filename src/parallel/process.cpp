// SPDX-License-Identifier: Apache-2.0
#include "ctffr/parallel/process.hpp"

#include <cstdlib>

#include <malloc.h>
#include <unistd.h>

namespace ctffr {

void wait_without_spinning(char** argv) {
    if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
    setenv("OMP_WAIT_POLICY", "passive", 1);
    execv("/proc/self/exe", argv);
}

void return_freed_memory() { mallopt(M_MMAP_THRESHOLD, 1 << 20); }

}  // namespace ctffr
