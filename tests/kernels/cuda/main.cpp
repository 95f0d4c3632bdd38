// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include <gtest/gtest.h>

#include "ctffr/parallel/exec.hpp"

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    if (ctffr::list_devices().size() < 2) {
        std::puts("skipped: this machine has no usable CUDA device");
        return 77;
    }
    return RUN_ALL_TESTS();
}
