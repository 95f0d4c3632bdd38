// SPDX-License-Identifier: Apache-2.0
#include "ctffr/parallel/waiting.hpp"

#include <cstdlib>

#include <unistd.h>

namespace ctffr {

void wait_without_spinning(char** argv) {
    if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
    setenv("OMP_WAIT_POLICY", "passive", 1);
    execv("/proc/self/exe", argv);
}

}  // namespace ctffr
