// SPDX-License-Identifier: Apache-2.0
#include "network/weights.hpp"

// A linked-in file between two symbols of read-only data.
#define CTFFR_LINK_FILE(name, path)                                                                \
    asm(".section .rodata\n.balign 16\n.global " #name "_begin\n" #name "_begin:\n.incbin \"" path \
        "\"\n"                                                                                     \
        ".global " #name "_end\n" #name "_end:\n.byte 0\n.previous\n");                            \
    extern "C" const char name##_begin[], name##_end[];

#if defined(CTFFR_LUMEN_WEIGHTS)
CTFFR_LINK_FILE(ctffr_lumen_onnx, CTFFR_LUMEN_WEIGHTS ".onnx")
CTFFR_LINK_FILE(ctffr_lumen_json, CTFFR_LUMEN_WEIGHTS ".json")
#endif
#if defined(CTFFR_HEART_WEIGHTS)
CTFFR_LINK_FILE(ctffr_heart_onnx, CTFFR_HEART_WEIGHTS ".onnx")
CTFFR_LINK_FILE(ctffr_heart_json, CTFFR_HEART_WEIGHTS ".json")
#endif

namespace ctffr::network {

ShippedWeights shipped_lumen_weights() {
#if defined(CTFFR_LUMEN_WEIGHTS)
    return {{ctffr_lumen_onnx_begin, ctffr_lumen_onnx_end}, {ctffr_lumen_json_begin, ctffr_lumen_json_end}};
#else
    return {};
#endif
}

ShippedWeights shipped_heart_weights() {
#if defined(CTFFR_HEART_WEIGHTS)
    return {{ctffr_heart_onnx_begin, ctffr_heart_onnx_end}, {ctffr_heart_json_begin, ctffr_heart_json_end}};
#else
    return {};
#endif
}

}  // namespace ctffr::network
