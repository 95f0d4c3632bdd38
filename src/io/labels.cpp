// SPDX-License-Identifier: Apache-2.0
// Label volumes: written as NIfTI-1 (gzip), read like any volume and checked to be labels.
#include <cstring>

#include <zlib.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/surface.hpp"
#include "ctffr/io/volume.hpp"

namespace ctffr {

namespace {

// The header of a single-file NIfTI-1 image (https://nifti.nimh.nih.gov/nifti-1), little endian, 348 bytes.
class NiftiHeader {
   public:
    template <class T>
    void put(std::size_t offset, T value) {
        std::memcpy(bytes_ + offset, &value, sizeof value);
    }
    void put_text(std::size_t offset, const char* text) {
        std::memcpy(bytes_ + offset, text, std::strlen(text));
    }
    const char* data() const { return bytes_; }
    static constexpr std::size_t size = 352;  // with the four bytes that say "no extension"

   private:
    char bytes_[size] = {};
};

// NIfTI is RAS, we are LPS: the first two rows of the affine change sign.
NiftiHeader label_header(const ImageGeometry& g) {
    NiftiHeader header;
    header.put<std::int32_t>(0, 348);
    const std::int16_t dim[8] = {3,
                                 static_cast<std::int16_t>(g.size.x),
                                 static_cast<std::int16_t>(g.size.y),
                                 static_cast<std::int16_t>(g.size.z),
                                 1,
                                 1,
                                 1,
                                 1};
    for (std::size_t i = 0; i < 8; ++i) header.put(40 + 2 * i, dim[i]);
    header.put<std::int16_t>(68, 1002);  // intent: NIFTI_INTENT_LABEL
    header.put<std::int16_t>(70, 2);     // datatype: unsigned char
    header.put<std::int16_t>(72, 8);     // bits per voxel
    header.put<float>(76, 1.0f);         // qfac
    for (int a = 0; a < 3; ++a)
        header.put<float>(80 + 4 * static_cast<std::size_t>(a), static_cast<float>(g.spacing_mm[a]));
    header.put<float>(108, 352.0f);  // where the voxels start
    header.put<float>(112, 1.0f);    // scl_slope
    header.put<char>(123, 2);        // mm
    header.put_text(148, "ctffr labels, research use only");
    header.put<std::int16_t>(252, 0);  // no quaternion
    header.put<std::int16_t>(254, 1);  // sform: scanner coordinates
    for (int row = 0; row < 3; ++row) {
        const double sign = row < 2 ? -1 : 1;
        for (int column = 0; column < 4; ++column) {
            const double value =
                column < 3 ? g.direction.m[row][column] * g.spacing_mm[column] : g.origin_lps_mm[row];
            header.put<float>(280 + 16 * static_cast<std::size_t>(row) + 4 * static_cast<std::size_t>(column),
                              static_cast<float>(sign * value));
        }
    }
    header.put_text(344, "n+1");
    return header;
}

// One gzip member over both pieces, without a time stamp.
std::string gzip(const char* head, std::size_t head_size, const std::vector<std::uint8_t>& body) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;
    if (deflateInit2(&stream, 4, Z_DEFLATED, gzip_window, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        throw Error(ExitCode::out_of_memory, "No memory left to compress the label volume.");
    std::string out(deflateBound(&stream, head_size + body.size()), '\0');
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(head));
    stream.avail_in = static_cast<uInt>(head_size);
    const int first = deflate(&stream, Z_NO_FLUSH);
    stream.next_in = const_cast<Bytef*>(body.data());
    stream.avail_in = static_cast<uInt>(body.size());
    const int last = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (first != Z_OK || last != Z_STREAM_END)
        throw Error(ExitCode::internal, "zlib could not compress the label volume. Please report this.");
    return out;
}

}  // namespace

void write_labels_nifti(const std::filesystem::path& path, const Segmentation& segmentation) {
    for (const std::string& broken : check(segmentation))
        throw Error(ExitCode::internal, "Label volume: {}.", broken);
    const NiftiHeader header = label_header(segmentation.geometry);
    write_text_atomically(path, gzip(header.data(), NiftiHeader::size, segmentation.labels));
}

Segmentation read_labels(const std::filesystem::path& path) {
    const Volume volume = read_volume(path, {}, Run{});
    Segmentation segmentation;
    segmentation.geometry = volume.geometry;
    segmentation.method = "mask";
    segmentation.labels.reserve(volume.hu.size());
    bool any = false;
    for (std::int16_t value : volume.hu) {
        if (value < 0 || value > 255)
            throw Error(ExitCode::input_unsupported,
                        "The mask {} holds the value {}; a mask holds whole numbers from 0 to 255. Is it the "
                        "CT image?",
                        path.string(), value);
        any = any || value != 0;
        segmentation.labels.push_back(static_cast<std::uint8_t>(value));
    }
    if (!any)
        throw Error(ExitCode::anatomy_not_found, "The mask {} is empty: every voxel is 0.", path.string());
    return segmentation;
}

}  // namespace ctffr
