// SPDX-License-Identifier: Apache-2.0
#include "io/volume_raw.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "io/inflate.hpp"
#include "io/volume_limits.hpp"

namespace ctffr {

static_assert(std::endian::native == std::endian::little, "voxels are turned into little endian order");

namespace {

// deflate cannot shrink data more than 1032 times (zlib technical notes).
constexpr std::uint64_t most_inflation = 1032;
// Raw voxels in memory at a time.
constexpr std::size_t batch_bytes = std::size_t{1} << 25;
// Axes further from right angles than this (cosine) are a shear.
constexpr double shear_tolerance = 1e-3;

ImageGeometry geometry_of(const RawImage& image, bool& flipped) {
    const std::string where = image.header.string();
    check_size(image.size, where);
    if (image.size.x < 2 || image.size.y < 2 || image.size.z < 2)
        throw Error(ExitCode::input_geometry, "{} has {} x {} x {} voxels, which is a slice and no volume.",
                    where, image.size.x, image.size.y, image.size.z);
    ImageGeometry geometry;
    geometry.size = image.size;
    Vec3 unit[3];
    for (int a = 0; a < 3; ++a) {
        check_spacing(norm(image.axis_lps_mm[a]), where);
        geometry.spacing_mm[a] = norm(image.axis_lps_mm[a]);
        unit[a] = image.axis_lps_mm[a] / geometry.spacing_mm[a];
        if (!std::isfinite(image.origin_lps_mm[a]))
            throw Error(ExitCode::input_geometry, "The origin of {} is not finite: the header is broken.",
                        where);
    }
    const double shear = std::max(
        {std::abs(dot(unit[0], unit[1])), std::abs(dot(unit[0], unit[2])), std::abs(dot(unit[1], unit[2]))});
    if (shear > shear_tolerance)
        throw Error(
            ExitCode::input_geometry,
            "The axes of {} are not at right angles (off by {:.2f} degrees): resample it to a regular grid.",
            where, std::asin(std::min(1.0, shear)) * 57.29577951308232);
    const Vec3 k = normalized(cross(unit[0], unit[1]));
    flipped = dot(k, unit[2]) < 0;
    geometry.direction = Mat3::from_columns(unit[0], cross(k, unit[0]), k);
    geometry.origin_lps_mm = image.origin_lps_mm;
    if (flipped) geometry.origin_lps_mm += (image.size.z - 1.0) * image.axis_lps_mm[2];
    return geometry;
}

void check_bytes(const RawImage& image, const ByteFile& data) {
    const std::uint64_t needed = static_cast<std::uint64_t>(image.size.count()) * bytes_of(image.type);
    const std::uint64_t present = data.size() - std::min(data.size(), image.offset);
    const bool too_few = image.deflated ? needed / most_inflation > present : needed > present;
    if (too_few)
        throw Error(
            ExitCode::input_truncated,
            "{} has {} bytes{} where {} x {} x {} voxels need {}: the file is not complete; copy it again.",
            data.path().string(), present, image.deflated ? " of compressed voxels" : " of voxels",
            image.size.x, image.size.y, image.size.z, needed);
}

template <class T>
T value_at(const std::uint8_t* bytes, bool big_endian) {
    std::uint8_t ordered[sizeof(T)];
    for (std::size_t b = 0; b < sizeof(T); ++b) ordered[b] = bytes[big_endian ? sizeof(T) - 1 - b : b];
    T value;
    std::memcpy(&value, ordered, sizeof(T));
    return value;
}

std::int16_t clamp_hu(double hu) {
    constexpr double low = std::numeric_limits<std::int16_t>::min(),
                     high = std::numeric_limits<std::int16_t>::max();
    return static_cast<std::int16_t>(std::lround(std::clamp(hu, low, high)));
}

// Converts one slice; returns the first voxel that is not finite, or -1.
template <class T>
Index convert(const RawImage& image, const std::uint8_t* bytes, Index count, std::int16_t* hu) {
    for (Index i = 0; i < count; ++i) {
        const double value =
            image.slope * static_cast<double>(value_at<T>(bytes + static_cast<std::size_t>(i) * sizeof(T),
                                                          image.big_endian)) +
            image.intercept;
        if constexpr (std::is_floating_point_v<T>)
            if (!std::isfinite(value)) return i;
        hu[i] = clamp_hu(value);
    }
    return -1;
}

Index convert_slice(const RawImage& image, const std::uint8_t* bytes, Index count, std::int16_t* hu) {
    switch (image.type) {
        case VoxelType::i8: return convert<std::int8_t>(image, bytes, count, hu);
        case VoxelType::u8: return convert<std::uint8_t>(image, bytes, count, hu);
        case VoxelType::i16: return convert<std::int16_t>(image, bytes, count, hu);
        case VoxelType::u16: return convert<std::uint16_t>(image, bytes, count, hu);
        case VoxelType::i32: return convert<std::int32_t>(image, bytes, count, hu);
        case VoxelType::u32: return convert<std::uint32_t>(image, bytes, count, hu);
        case VoxelType::i64: return convert<std::int64_t>(image, bytes, count, hu);
        case VoxelType::u64: return convert<std::uint64_t>(image, bytes, count, hu);
        case VoxelType::f32: return convert<float>(image, bytes, count, hu);
        case VoxelType::f64: return convert<double>(image, bytes, count, hu);
    }
    throw Error(ExitCode::internal, "Unknown voxel type {}.", static_cast<int>(image.type));
}

}  // namespace

std::size_t bytes_of(VoxelType type) {
    switch (type) {
        case VoxelType::i8:
        case VoxelType::u8: return 1;
        case VoxelType::i16:
        case VoxelType::u16: return 2;
        case VoxelType::i32:
        case VoxelType::u32:
        case VoxelType::f32: return 4;
        case VoxelType::i64:
        case VoxelType::u64:
        case VoxelType::f64: return 8;
    }
    throw Error(ExitCode::internal, "Unknown voxel type {}.", static_cast<int>(type));
}

std::string inflate_head(ByteFile& file, std::size_t count) {
    ByteStream stream(file, 0, true);
    std::string head(count, '\0');
    head.resize(stream.read_some({reinterpret_cast<std::uint8_t*>(head.data()), count}));
    return head;
}

Volume load_raw(const RawImage& image, const Run& run) {
    if (!std::isfinite(image.slope) || !std::isfinite(image.intercept) || image.slope == 0)
        throw Error(ExitCode::input_no_rescale,
                    "{} scales its voxels by {} and {}, so they are not Hounsfield units.",
                    image.header.string(), image.slope, image.intercept);
    bool flipped = false;
    Volume volume;
    volume.geometry = geometry_of(image, flipped);
    const ByteFile data(image.data);
    check_bytes(image, data);
    const Index slice = Index{image.size.x} * image.size.y;
    const std::size_t slice_bytes = static_cast<std::size_t>(slice) * bytes_of(image.type);
    volume.hu.resize(static_cast<std::size_t>(image.size.count()));
    ByteStream stream(data, image.offset, image.deflated);
    stream.skip(image.skip);
    // Inflating is serial; slices are converted a batch at a time in parallel.
    const int batch = static_cast<int>(std::clamp<std::size_t>(batch_bytes / slice_bytes, 1, 32));
    std::vector<std::uint8_t> bytes(slice_bytes * static_cast<std::size_t>(batch));
    std::vector<Index> bad(static_cast<std::size_t>(batch), -1);
    for (int first = 0; first < image.size.z; first += batch) {
        run.progress("reading slices", static_cast<double>(first) / image.size.z);
        const int count = std::min(batch, image.size.z - first);
        stream.read(std::span(bytes).first(slice_bytes * static_cast<std::size_t>(count)));
        parallel_for_uneven(Cpu{run.profiler}, "voxels to HU", count, 1, [&](Index s) {
            const Index k = flipped ? image.size.z - 1 - first - s : first + s;
            bad[static_cast<std::size_t>(s)] =
                convert_slice(image, bytes.data() + static_cast<std::size_t>(s) * slice_bytes, slice,
                              volume.hu.data() + k * slice);
        });
        for (int s = 0; s < count; ++s)
            if (const Index at = bad[static_cast<std::size_t>(s)]; at >= 0)
                throw Error(ExitCode::input_not_finite,
                            "{} has a voxel that is no number (NaN or infinity) at index ({}, {}, {}): "
                            "export it again.",
                            image.header.string(), at % image.size.x, at / image.size.x, first + s);
    }
    stream.check_end();
    if (*std::min_element(volume.hu.begin(), volume.hu.end()) >= 0)
        run.warn("{} has no negative value: are its voxels Hounsfield units?", image.header.string());
    return volume;
}

}  // namespace ctffr
