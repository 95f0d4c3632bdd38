// SPDX-License-Identifier: Apache-2.0
// Decoding compressed frames in processes of their own, because the codec libraries end the process
// (assertions, memory faults) on damaged streams.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "io/dicom_codec.hpp"

namespace ctffr::dicom {

struct CompressedFrame {
    std::string stream;  // the compressed bytes
    PixelLayout layout;
    std::string transfer_syntax;
};

// Decodes `frames` with at most `processes` helpers. On return out[i] is the native little endian pixels of
// frame i, or empty where the stream is damaged. Throws Error(out_of_memory) when no helper can be started.
std::vector<std::vector<std::uint8_t>> decode_isolated(const std::vector<CompressedFrame>& frames,
                                                       int processes);

}  // namespace ctffr::dicom
