// SPDX-License-Identifier: Apache-2.0
// The common part of NIfTI, NRRD and MetaImage: a header says where a grid of numbers lies in a file, and the
// grid becomes HU. The parsers are our own because those of VTK believe whatever a header says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "io/byte_file.hpp"

namespace ctffr {

enum class VoxelType { i8, u8, i16, u16, i32, u32, i64, u64, f32, f64 };
std::size_t bytes_of(VoxelType type);

struct RawImage {
    std::filesystem::path header, data;  // the same file, or detached data
    std::uint64_t offset = 0;  // bytes of `data` before the voxels (before the zlib stream when deflated)
    std::uint64_t skip = 0;    // bytes before the voxels inside the deflated stream
    bool deflated = false;     // gzip or zlib
    VoxelType type = VoxelType::i16;
    bool big_endian = false;
    double slope = 1, intercept = 0;  // HU = slope * voxel + intercept
    Int3 size;
    Vec3 axis_lps_mm[3];  // step of one voxel along i, j, k
    Vec3 origin_lps_mm;   // centre of voxel (0,0,0)
};

// Headers to RawImage; throw Error(input_*) naming the file. The file has the right magic already.
RawImage parse_nifti(ByteFile& file, const Run& run);
RawImage parse_nrrd(ByteFile& file, const Run& run);
RawImage parse_metaimage(ByteFile& file, const Run& run);

bool is_nifti(ByteFile& file);  // also gzip-compressed
bool is_nrrd(ByteFile& file);
bool is_metaimage(ByteFile& file);

// Reads the voxels: checks sizes before anything is allocated, turns the grid right-handed by flipping k.
// Throws Error(input_geometry | input_truncated | input_unreadable | input_not_finite | input_missing).
Volume load_raw(const RawImage& image, const Run& run);

// First bytes of a gzip file, inflated; fewer than `count` when the stream is shorter or broken.
std::string inflate_head(ByteFile& file, std::size_t count);

}  // namespace ctffr
