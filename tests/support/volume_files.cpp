// SPDX-License-Identifier: Apache-2.0
#include "support/volume_files.hpp"

#include <cmath>
#include <stdexcept>

#include <fmt/format.h>
#include <zlib.h>

namespace ctffr::test {

namespace {

// Rotation about an axis by Rodrigues' formula; columns are the rotated unit vectors.
Mat3 rotation(Vec3 axis, double angle) {
    axis = normalized(axis);
    const auto turn = [&](Vec3 v) {
        return std::cos(angle) * v + std::sin(angle) * cross(axis, v) +
               (1 - std::cos(angle)) * dot(axis, v) * axis;
    };
    return Mat3::from_columns(turn({1, 0, 0}), turn({0, 1, 0}), turn({0, 0, 1}));
}

// The unit quaternion of a rotation with positive real part; (b, c, d) are stored in NIfTI files.
std::array<double, 3> quaternion_of(const Mat3& r) {
    const double a = 0.5 * std::sqrt(1 + r.m[0][0] + r.m[1][1] + r.m[2][2]);
    return {0.25 * (r.m[2][1] - r.m[1][2]) / a, 0.25 * (r.m[0][2] - r.m[2][0]) / a,
            0.25 * (r.m[1][0] - r.m[0][1]) / a};
}

std::string vector_text(Vec3 v) { return fmt::format("({:.12g},{:.12g},{:.12g})", v.x, v.y, v.z); }
std::string numbers_text(Vec3 v) { return fmt::format("{:.12g} {:.12g} {:.12g}", v.x, v.y, v.z); }

}  // namespace

Volume small_volume() {
    Volume volume;
    volume.geometry.size = {12, 10, 8};
    volume.geometry.spacing_mm = {0.4, 0.45, 0.5};
    volume.geometry.origin_lps_mm = {-31.25, 12.5, 101.75};
    volume.geometry.direction = rotation({0.3, -0.5, 0.8}, 0.35);
    for (int k = 0; k < 8; ++k)
        for (int j = 0; j < 10; ++j)
            for (int i = 0; i < 12; ++i) {
                const double r = std::hypot(i - 5.0, j - 4.0);
                const int hu = r < 2.5 ? 420 : r < 4.5 ? 60 : -900;
                volume.hu.push_back(static_cast<std::int16_t>(hu + 7 * i + 3 * j + 11 * k));
            }
    volume.acquisition.kvp = 100;
    volume.acquisition.slice_thickness_mm = 0.6;
    volume.acquisition.kernel = "Bv40";
    volume.acquisition.series_description = "CCTA 0.6 BestDiast 74%";
    volume.acquisition.manufacturer = "Maker";
    volume.acquisition.model = "Model 1";
    volume.acquisition.patient_id = "P-17";
    volume.acquisition.accession_number = "A-42";
    volume.acquisition.cardiac_phase_pct = 74;
    volume.patient.sex = 'F';
    volume.patient.age_years = 61;
    volume.patient.height_m = 1.68;
    volume.patient.weight_kg = 71.5;
    volume.patient.heart_rate_bpm = 58;
    return volume;
}

std::string gzip(const std::string& bytes) {
    z_stream zlib{};
    if (deflateInit2(&zlib, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("zlib");
    std::string out(deflateBound(&zlib, bytes.size()) + 64, '\0');
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    zlib.avail_in = static_cast<uInt>(bytes.size());
    zlib.next_out = reinterpret_cast<Bytef*>(out.data());
    zlib.avail_out = static_cast<uInt>(out.size());
    if (deflate(&zlib, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("zlib");
    out.resize(zlib.total_out);
    deflateEnd(&zlib);
    return out;
}

NiftiBytes::NiftiBytes(int version, bool big_endian)
    : bytes_(version == 1 ? 352 : 544, '\0'), big_endian_(big_endian) {
    put<std::int32_t>(0, version == 1 ? 348 : 540);
    put_text(version == 1 ? 344 : 4, version == 1 ? "n+1" : "n+2");
}

NiftiBytes& NiftiBytes::put_text(std::size_t offset, const std::string& text) {
    bytes_.replace(offset, text.size(), text);
    return *this;
}

NiftiBytes NiftiBytes::of(const ImageGeometry& g, int datatype, int version, bool sform, bool big_endian) {
    NiftiBytes out(version, big_endian);
    const bool one = version == 1;
    const auto real = [&](std::size_t offset_1, std::size_t offset_2, double value) {
        if (one)
            out.put<float>(offset_1, static_cast<float>(value));
        else
            out.put<double>(offset_2, value);
    };
    const auto whole = [&](std::size_t offset_1, std::size_t offset_2, int value) {
        if (one)
            out.put<std::int16_t>(offset_1, static_cast<std::int16_t>(value));
        else
            out.put<std::int32_t>(offset_2, value);
    };
    const int dims[4] = {3, g.size.x, g.size.y, g.size.z};
    for (std::size_t a = 0; a < 4; ++a) {
        if (one)
            out.put<std::int16_t>(40 + 2 * a, static_cast<std::int16_t>(dims[a]));
        else
            out.put<std::int64_t>(16 + 8 * a, dims[a]);
        real(76 + 4 * a, 104 + 8 * a, a == 0 ? 1.0 : g.spacing_mm[static_cast<int>(a) - 1]);
    }
    out.put<std::int16_t>(one ? 70 : 12, static_cast<std::int16_t>(datatype));
    if (one) out.put<float>(108, 352.0f), out.put<std::uint8_t>(123, 2);
    if (!one) out.put<std::int64_t>(168, 544), out.put<std::int32_t>(500, 2);
    whole(252, 344, sform ? 0 : 1);
    whole(254, 348, sform ? 1 : 0);
    // LPS to RAS: x and y change sign.
    const Mat3& d = g.direction;
    Mat3 ras = d;
    for (int column = 0; column < 3; ++column) ras.m[0][column] *= -1, ras.m[1][column] *= -1;
    const Vec3 origin{-g.origin_lps_mm.x, -g.origin_lps_mm.y, g.origin_lps_mm.z};
    const std::array<double, 3> q = quaternion_of(ras);
    for (std::size_t a = 0; a < 3; ++a) {
        const int row = static_cast<int>(a);
        real(256 + 4 * a, 352 + 8 * a, q[a]);
        real(268 + 4 * a, 376 + 8 * a, origin[row]);
        for (std::size_t c = 0; c < 4; ++c) {
            const int column = static_cast<int>(c);
            real(280 + 16 * a + 4 * c, 400 + 32 * a + 8 * c,
                 c == 3 ? origin[row] : ras.m[row][column] * g.spacing_mm[column]);
        }
    }
    return out;
}

Fields nrrd_fields(const ImageGeometry& g) {
    const auto axis = [&](int a) { return vector_text(g.spacing_mm[a] * g.direction.column(a)); };
    return {{"type", "short"},
            {"dimension", "3"},
            {"space", "left-posterior-superior"},
            {"sizes", fmt::format("{} {} {}", g.size.x, g.size.y, g.size.z)},
            {"space directions", axis(0) + " " + axis(1) + " " + axis(2)},
            {"kinds", "domain domain domain"},
            {"endian", "little"},
            {"encoding", "raw"},
            {"space origin", vector_text(g.origin_lps_mm)}};
}

std::string nrrd_header(const Fields& fields) {
    std::string out = "NRRD0004\n# made by a test\n";
    for (const auto& [key, value] : fields) out += key + ": " + value + "\n";
    return out + "\n";
}

Fields metaimage_fields(const ImageGeometry& g) {
    return {
        {"ObjectType", "Image"},
        {"NDims", "3"},
        {"BinaryData", "True"},
        {"BinaryDataByteOrderMSB", "False"},
        {"CompressedData", "False"},
        {"TransformMatrix", numbers_text(g.direction.column(0)) + " " + numbers_text(g.direction.column(1)) +
                                " " + numbers_text(g.direction.column(2))},
        {"Offset", numbers_text(g.origin_lps_mm)},
        {"ElementSpacing", numbers_text(g.spacing_mm)},
        {"DimSize", fmt::format("{} {} {}", g.size.x, g.size.y, g.size.z)},
        {"ElementType", "MET_SHORT"},
        {"ElementDataFile", "LOCAL"}};
}

std::string metaimage_header(const Fields& fields) {
    std::string out;
    for (const auto& [key, value] : fields) out += key + " = " + value + "\n";
    return out;
}

Fields with(Fields fields, const std::string& key, const std::string& value) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (fields[i].first != key) continue;
        if (value.empty())
            fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(i));
        else
            fields[i].second = value;
        return fields;
    }
    fields.insert(fields.end() - 1, {key, value});
    return fields;
}

}  // namespace ctffr::test
