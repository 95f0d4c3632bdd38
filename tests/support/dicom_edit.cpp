// SPDX-License-Identifier: Apache-2.0
#include "support/dicom_edit.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

#include "io/dicom_module.hpp"

namespace ctffr::test {

namespace {

std::vector<std::uint16_t> stored_pixels(const Volume& volume, const dicom::StoredValues& stored, int k) {
    const std::size_t count = stored.layout.pixels();
    std::vector<std::uint16_t> pixels(count);
    for (std::size_t i = 0; i < count; ++i)
        pixels[i] =
            static_cast<std::uint16_t>(volume.hu[static_cast<std::size_t>(k) * count + i] - stored.intercept);
    return pixels;
}

std::string frame_bytes(const Volume& volume, const DicomWriteOptions& options, int k) {
    const dicom::StoredValues stored = dicom::stored_values_of(volume);
    const std::vector<std::uint16_t> pixels = stored_pixels(volume, stored, k);
    if (options.compression != DicomCompression::none)
        return dicom::compress_frame(pixels, stored.layout, options.compression);
    return {reinterpret_cast<const char*>(pixels.data()), 2 * pixels.size()};
}

}  // namespace

std::string DicomSlice::bytes() const {
    std::string out = dicom::file_head(sop_class, sop_instance, syntax) + attributes.bytes();
    if (!with_pixels) return out;
    if (encapsulated) return out + dicom::encapsulated_pixels(frames);
    std::size_t length = 0;
    for (const std::string& frame : frames) length += frame.size();
    out += dicom::native_pixel_head(static_cast<std::uint32_t>(length));
    for (const std::string& frame : frames) out += frame;
    return out;
}

std::vector<DicomSlice> dicom_slices(const Volume& volume, const DicomWriteOptions& options,
                                     const Edit& edit) {
    const dicom::SeriesModule module(volume, options);
    std::vector<DicomSlice> out;
    for (int k = 0; k < volume.geometry.size.z; ++k) {
        DicomSlice slice;
        slice.attributes = module.slice(k);
        slice.sop_class = dicom::uid::ct_image;
        slice.sop_instance = module.slice_uid(k);
        slice.syntax = dicom::transfer_syntax_of(options.compression);
        slice.frames = {frame_bytes(volume, options, k)};
        slice.encapsulated = options.compression != DicomCompression::none;
        slice.name = fmt::format("IM{:04}.dcm", k + 1);
        if (edit) edit(slice, k);
        out.push_back(std::move(slice));
    }
    return out;
}

DicomSlice enhanced_file(const Volume& volume, const DicomWriteOptions& options) {
    DicomWriteOptions enhanced = options;
    enhanced.enhanced = true;
    const dicom::SeriesModule module(volume, enhanced);
    DicomSlice file;
    file.attributes = module.multi_frame();
    file.sop_class = dicom::uid::enhanced_ct_image;
    file.sop_instance = module.slice_uid(0);
    file.syntax = dicom::transfer_syntax_of(options.compression);
    file.encapsulated = options.compression != DicomCompression::none;
    file.name = "IM0001.dcm";
    for (int k = 0; k < volume.geometry.size.z; ++k) file.frames.push_back(frame_bytes(volume, options, k));
    return file;
}

std::string recoded(const std::string& file, bool big_endian) {
    const auto at16 = [&](std::size_t at) {
        return std::uint32_t(std::uint8_t(file[at])) | std::uint32_t(std::uint8_t(file[at + 1])) << 8;
    };
    const auto put = [&](std::string& out, std::uint64_t value, std::size_t bytes) {
        for (std::size_t b = 0; b < bytes; ++b)
            out += static_cast<char>(value >> 8 * (big_endian ? bytes - 1 - b : b) & 0xFF);
    };
    const std::size_t meta_end = 144 + at16(140);
    std::string out = file.substr(0, meta_end);
    // The other syntax in the same number of bytes.
    std::string syntax(big_endian ? dicom::uid::explicit_big : dicom::uid::implicit_little);
    syntax.resize(dicom::uid::explicit_little.size(), '\0');
    out.replace(out.find(dicom::uid::explicit_little), syntax.size(), syntax);
    for (std::size_t at = meta_end; at < file.size();) {
        const std::string vr = file.substr(at + 4, 2);
        const bool is_long = vr == "OW" || vr == "OB" || vr == "SQ" || vr == "UN";
        const std::size_t length = is_long ? at16(at + 8) | at16(at + 10) << 16 : at16(at + 6),
                          value = at + (is_long ? 12 : 8);
        put(out, at16(at), 2), put(out, at16(at + 2), 2);
        if (big_endian) {
            out += vr;
            if (is_long) put(out, 0, 2);
            put(out, length, is_long ? 4 : 2);
        } else {
            put(out, length, 4);
        }
        const std::size_t unit = !big_endian                              ? 1
                                 : vr == "OW" || vr == "US" || vr == "SS" ? 2
                                 : vr == "FL" || vr == "UL"               ? 4
                                 : vr == "FD"                             ? 8
                                                                          : 1;
        for (std::size_t first = value; first < value + length; first += unit)
            for (std::size_t b = 0; b < unit; ++b) out += file[first + unit - 1 - b];
        at = value + length;
    }
    return out;
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream out(path, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) throw std::runtime_error("cannot write " + path.string());
}

void write_slices(const std::filesystem::path& folder, const std::vector<DicomSlice>& slices) {
    std::filesystem::create_directories(folder);
    for (const DicomSlice& slice : slices) write_file(folder / slice.name, slice.bytes());
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) throw std::runtime_error("cannot read " + path.string());
    return text.str();
}

void cut_file(const std::filesystem::path& path, long bytes) {
    const auto size = static_cast<long>(std::filesystem::file_size(path));
    std::filesystem::resize_file(
        path, static_cast<std::uintmax_t>(bytes >= 0 ? std::min(bytes, size) : size + bytes));
}

}  // namespace ctffr::test
