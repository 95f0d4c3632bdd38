// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace ctffr {

// Index over large arrays (volumes have more than 2^31 bytes). Hot loops narrow to 32 bit where it halves
// traffic.
using Index = std::int64_t;

}  // namespace ctffr
