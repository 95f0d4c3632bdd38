// SPDX-License-Identifier: Apache-2.0
// Small volumes and writers of NIfTI, NRRD and MetaImage files for tests, with every field open to be set
// wrong.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "ctffr/data/image.hpp"

namespace ctffr::test {

// 12 x 10 x 8 voxels, oblique axes, different spacings, a bright disc in soft tissue and air, no symmetry.
Volume small_volume();
// Deflated with gzip.
std::string gzip(const std::string& bytes);

// Header of a NIfTI-1 or NIfTI-2 file as bytes; `put` sets a field at its offset.
class NiftiBytes {
   public:
    explicit NiftiBytes(int version, bool big_endian = false);
    // A header for the geometry: sform when `sform`, else qform; data type by its NIfTI code.
    static NiftiBytes of(const ImageGeometry& geometry, int datatype, int version = 1, bool sform = true,
                         bool big_endian = false);

    template <class T>
    NiftiBytes& put(std::size_t offset, T value) {
        const auto* bytes = reinterpret_cast<const char*>(&value);
        for (std::size_t b = 0; b < sizeof(T); ++b)
            bytes_[offset + (big_endian_ ? sizeof(T) - 1 - b : b)] = bytes[b];
        return *this;
    }
    NiftiBytes& put_text(std::size_t offset, const std::string& text);
    const std::string& bytes() const { return bytes_; }

   private:
    std::string bytes_;
    bool big_endian_;
};

// Voxels as bytes of type T.
template <class T>
std::string voxel_bytes(const Volume& volume, bool big_endian = false) {
    std::string out;
    for (const std::int16_t hu : volume.hu) {
        const T value = static_cast<T>(hu);
        const auto* bytes = reinterpret_cast<const char*>(&value);
        for (std::size_t b = 0; b < sizeof(T); ++b) out += bytes[big_endian ? sizeof(T) - 1 - b : b];
    }
    return out;
}

// "key: value" lines of a NRRD header with raw 16-bit voxels attached; fields can be replaced or (empty)
// dropped.
using Fields = std::vector<std::pair<std::string, std::string>>;
Fields nrrd_fields(const ImageGeometry& geometry);
std::string nrrd_header(const Fields& fields);
// "Key = value" lines of a MetaImage header with local raw 16-bit voxels.
Fields metaimage_fields(const ImageGeometry& geometry);
std::string metaimage_header(const Fields& fields);
// The fields with one changed, added (before the last) or, for an empty value, dropped.
Fields with(Fields fields, const std::string& key, const std::string& value);

}  // namespace ctffr::test
