// SPDX-License-Identifier: Apache-2.0
// NIfTI-1 and NIfTI-2 headers (nifti1.h, nifti2.h of the NIfTI Data Format Working Group).
#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>

#include "ctffr/core/error.hpp"
#include "io/volume_raw.hpp"

namespace ctffr {

namespace {

constexpr std::size_t size_1 = 348, size_2 = 540;

// The bytes of a header with its byte order.
class HeaderBytes {
   public:
    HeaderBytes(std::string bytes, bool big_endian) : bytes_(std::move(bytes)), big_endian_(big_endian) {}

    template <class T>
    T at(std::size_t offset) const {
        char ordered[sizeof(T)];
        for (std::size_t b = 0; b < sizeof(T); ++b)
            ordered[b] = bytes_[offset + (big_endian_ ? sizeof(T) - 1 - b : b)];
        T value;
        std::memcpy(&value, ordered, sizeof(T));
        return value;
    }
    std::string text(std::size_t offset, std::size_t count) const { return bytes_.substr(offset, count); }

   private:
    std::string bytes_;
    bool big_endian_;
};

// The fields we use, of either version.
struct Header {
    double dim[8], pixdim[8];
    int datatype = 0, units = 0, qform_code = 0, sform_code = 0;
    double vox_offset = 0, slope = 0, intercept = 0;
    double quaternion[3], q_offset[3], rows[3][4];
    bool pair = false;  // voxels in a separate .img file
};

bool is_gzip(ByteFile& file) {
    const std::uint8_t* head = file.view(0, 2);
    return head && head[0] == 0x1F && head[1] == 0x8B;
}

std::string head_of(ByteFile& file) {
    if (is_gzip(file)) return inflate_head(file, size_2);
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(size_2, file.size()));
    const std::uint8_t* bytes = file.view(0, count);
    return bytes ? std::string(reinterpret_cast<const char*>(bytes), count) : std::string();
}

struct Signature {
    bool big_endian = false;
    int version = 0;
};
std::optional<Signature> signature_of(const std::string& head) {
    if (head.size() < 4) return std::nullopt;
    for (const bool big_endian : {false, true}) {
        const auto size = HeaderBytes(head, big_endian).at<std::int32_t>(0);
        if (size == static_cast<int>(size_1)) return Signature{big_endian, 1};
        if (size == static_cast<int>(size_2)) return Signature{big_endian, 2};
    }
    return std::nullopt;
}

Header header_1(const HeaderBytes& b) {
    Header h;
    for (std::size_t i = 0; i < 8; ++i)
        h.dim[i] = b.at<std::int16_t>(40 + 2 * i), h.pixdim[i] = b.at<float>(76 + 4 * i);
    h.datatype = b.at<std::int16_t>(70);
    h.vox_offset = b.at<float>(108), h.slope = b.at<float>(112), h.intercept = b.at<float>(116);
    h.units = b.at<std::uint8_t>(123);
    h.qform_code = b.at<std::int16_t>(252), h.sform_code = b.at<std::int16_t>(254);
    for (std::size_t i = 0; i < 3; ++i) {
        h.quaternion[i] = b.at<float>(256 + 4 * i), h.q_offset[i] = b.at<float>(268 + 4 * i);
        for (std::size_t j = 0; j < 4; ++j) h.rows[i][j] = b.at<float>(280 + 16 * i + 4 * j);
    }
    h.pair = b.text(344, 3) == "ni1";
    return h;
}

Header header_2(const HeaderBytes& b) {
    Header h;
    for (std::size_t i = 0; i < 8; ++i)
        h.dim[i] = static_cast<double>(b.at<std::int64_t>(16 + 8 * i)),
        h.pixdim[i] = b.at<double>(104 + 8 * i);
    h.datatype = b.at<std::int16_t>(12);
    h.vox_offset = static_cast<double>(b.at<std::int64_t>(168));
    h.slope = b.at<double>(176), h.intercept = b.at<double>(184);
    h.units = b.at<std::int32_t>(500);
    h.qform_code = b.at<std::int32_t>(344), h.sform_code = b.at<std::int32_t>(348);
    for (std::size_t i = 0; i < 3; ++i) {
        h.quaternion[i] = b.at<double>(352 + 8 * i), h.q_offset[i] = b.at<double>(376 + 8 * i);
        for (std::size_t j = 0; j < 4; ++j) h.rows[i][j] = b.at<double>(400 + 32 * i + 8 * j);
    }
    h.pair = b.text(4, 3) == "ni2";
    return h;
}

VoxelType type_of(int datatype, const std::string& where) {
    switch (datatype) {
        case 2: return VoxelType::u8;
        case 4: return VoxelType::i16;
        case 8: return VoxelType::i32;
        case 16: return VoxelType::f32;
        case 64: return VoxelType::f64;
        case 256: return VoxelType::i8;
        case 512: return VoxelType::u16;
        case 768: return VoxelType::u32;
        case 1024: return VoxelType::i64;
        case 1280: return VoxelType::u64;
        default: break;
    }
    throw Error(ExitCode::input_unsupported,
                "{} has NIfTI data type {} (colour, complex or unknown); a CT image has one whole or real "
                "number per voxel.",
                where, datatype);
}

double millimetres_per_unit(int units, const std::string& where) {
    switch (units & 7) {
        case 0:
        case 2: return 1;
        case 1: return 1000;
        case 3: return 0.001;
        default: break;
    }
    throw Error(ExitCode::input_geometry, "{} has the unknown length unit {}.", where, units & 7);
}

struct Affine {
    Vec3 axis[3], origin;  // RAS
};

// Rotation from the quaternion, times spacing (nifti1.h, method 2).
Affine from_qform(const Header& h) {
    const double b = h.quaternion[0], c = h.quaternion[1], d = h.quaternion[2];
    const double a = std::sqrt(std::max(0.0, 1 - b * b - c * c - d * d));
    const double flip = h.pixdim[0] < 0 ? -1 : 1;
    Affine out;
    out.axis[0] = h.pixdim[1] * Vec3{a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)};
    out.axis[1] = h.pixdim[2] * Vec3{2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)};
    out.axis[2] =
        flip * h.pixdim[3] * Vec3{2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c};
    out.origin = {h.q_offset[0], h.q_offset[1], h.q_offset[2]};
    return out;
}

Affine from_sform(const Header& h) {
    Affine out;
    for (int a = 0; a < 3; ++a) out.axis[a] = {h.rows[0][a], h.rows[1][a], h.rows[2][a]};
    out.origin = {h.rows[0][3], h.rows[1][3], h.rows[2][3]};
    return out;
}

bool is_sheared(const Affine& affine) {
    for (int a = 0; a < 3; ++a)
        for (int b = 0; b < a; ++b)
            if (std::abs(dot(normalized(affine.axis[a]), normalized(affine.axis[b]))) > 1e-3) return true;
    return false;
}

Affine affine_of(const Header& h, const std::string& where, const Run& run) {
    if (h.sform_code > 0 && !(h.qform_code > 0 && is_sheared(from_sform(h)))) return from_sform(h);
    if (h.qform_code > 0) return from_qform(h);
    run.warn(
        "{} does not say how the patient lies in it (no qform, no sform): left and right may be swapped.",
        where);
    Affine out;
    for (int a = 0; a < 3; ++a) out.axis[a][a] = h.pixdim[a + 1];
    return out;
}

void take_size(const Header& h, RawImage& image) {
    const std::string where = image.header.string();
    if (!(h.dim[0] >= 1 && h.dim[0] <= 7))
        throw Error(ExitCode::input_geometry, "The header of {} says {} dimensions: the header is broken.",
                    where, h.dim[0]);
    for (int a = 1; a <= 3; ++a) {
        const double count = a <= h.dim[0] ? h.dim[a] : 1;
        if (!(count >= 1 && count <= 1e9))
            throw Error(ExitCode::input_geometry,
                        "The header of {} says {} x {} x {} voxels: the header is broken.", where, h.dim[1],
                        h.dim[2], h.dim[3]);
        (a == 1 ? image.size.x : a == 2 ? image.size.y : image.size.z) = static_cast<int>(count);
    }
    for (int a = 4; a <= static_cast<int>(h.dim[0]); ++a)
        if (h.dim[a] > 1)
            throw Error(ExitCode::input_unsupported,
                        "{} holds {} volumes (a time series or vectors): give one volume.", where, h.dim[a]);
}

// The file with the voxels of a header/image pair.
std::filesystem::path image_of_pair(const std::filesystem::path& header) {
    for (const char* extension : {".img", ".img.gz"}) {
        std::filesystem::path candidate = header;
        if (candidate.extension() == ".gz") candidate.replace_extension();
        candidate.replace_extension(extension);
        if (std::filesystem::exists(candidate)) return candidate;
    }
    throw Error(ExitCode::input_missing,
                "The voxels of {} should be in a file of the same name with .img, which is missing.",
                header.string());
}

}  // namespace

bool is_nifti(ByteFile& file) { return signature_of(head_of(file)).has_value(); }

RawImage parse_nifti(ByteFile& file, const Run& run) {
    const std::string head = head_of(file), where = file.path().string();
    const std::optional<Signature> signature = signature_of(head);
    const std::size_t expected = signature && signature->version == 2 ? size_2 : size_1;
    if (!signature || head.size() < expected)
        throw Error(ExitCode::input_truncated, "{} ends inside its NIfTI header ({} bytes): copy it again.",
                    where, file.size());
    const HeaderBytes bytes(head, signature->big_endian);
    const std::string magic = bytes.text(signature->version == 1 ? 344 : 4, 3);
    if (magic != "n+1" && magic != "ni1" && magic != "n+2" && magic != "ni2")
        throw Error(ExitCode::input_unsupported,
                    "{} is an Analyze image or a broken NIfTI file (no NIfTI mark), so its orientation is "
                    "not known: save it as "
                    "NIfTI.",
                    where);
    const Header h = signature->version == 1 ? header_1(bytes) : header_2(bytes);

    RawImage image;
    image.header = image.data = file.path();
    image.big_endian = signature->big_endian;
    take_size(h, image);
    image.type = type_of(h.datatype, where);
    if (h.slope != 0) image.slope = h.slope, image.intercept = h.intercept;
    const double mm = millimetres_per_unit(h.units, where);
    const Affine ras = affine_of(h, where, run);
    const auto lps = [&](Vec3 v) { return mm * Vec3{-v.x, -v.y, v.z}; };
    for (int a = 0; a < 3; ++a) image.axis_lps_mm[a] = lps(ras.axis[a]);
    image.origin_lps_mm = lps(ras.origin);

    const double first_voxel = h.pair ? 0 : static_cast<double>(expected);
    const double offset = h.vox_offset == 0 ? first_voxel : h.vox_offset;
    if (!(offset >= first_voxel && offset <= 1e9))
        throw Error(ExitCode::input_unreadable,
                    "The header of {} puts the voxels at byte {}: the header is broken.", where,
                    h.vox_offset);
    if (h.pair) image.data = image_of_pair(file.path());
    ByteFile data(image.data);
    image.deflated = is_gzip(data);
    (image.deflated ? image.skip : image.offset) = static_cast<std::uint64_t>(offset);
    return image;
}

}  // namespace ctffr
