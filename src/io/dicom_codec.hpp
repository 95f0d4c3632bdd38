// SPDX-License-Identifier: Apache-2.0
// Pixels of one DICOM frame: layout, compression, decompression.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ctffr/io/dicom_write.hpp"

namespace ctffr::dicom {

// How the pixels of a frame are stored (PS3.3 C.7.6.3); one sample per pixel.
struct PixelLayout {
    int rows = 0, columns = 0;
    int bits_allocated = 16, bits_stored = 16, high_bit = 15;
    bool is_signed = false;

    std::size_t pixels() const { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns); }
    std::size_t bytes() const { return pixels() * static_cast<std::size_t>(bits_allocated / 8); }
};

// How a transfer syntax stores pixels.
enum class Coding { native_little, native_big, rle, jpeg, jpeg_ls, jpeg_2000, unknown };
Coding coding_of(std::string_view transfer_syntax);
// True for syntaxes whose decoded pixels may differ from the measured ones.
bool is_lossy_syntax(std::string_view transfer_syntax);

std::string_view transfer_syntax_of(DicomCompression compression);

// One compressed frame (no item header) of 16-bit pixels; lossless. Throws Error(internal) when the codec
// fails.
std::string compress_frame(std::span<const std::uint16_t> pixels, const PixelLayout& layout,
                           DicomCompression compression);

// PackBits of PS3.5 annex G; `out` gets layout.bytes() little endian bytes. False when the stream is damaged.
bool decode_rle(std::string_view stream, const PixelLayout& layout, std::span<std::uint8_t> out);

// JPEG, JPEG-LS and JPEG 2000 through GDCM. Its codecs may abort the process on a damaged stream, so this is
// called in a process of its own (io/dicom_decode.cpp). False when the codec refuses.
bool decode_with_library(std::string_view stream, const PixelLayout& layout, std::string_view transfer_syntax,
                         std::span<std::uint8_t> out);

}  // namespace ctffr::dicom
