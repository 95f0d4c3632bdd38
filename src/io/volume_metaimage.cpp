// SPDX-License-Identifier: Apache-2.0
// MetaImage headers (.mha, .mhd; https://itk.org/Wiki/ITK/MetaIO/Documentation). Coordinates are LPS, as ITK
// writes.
#include <algorithm>
#include <cctype>
#include <map>
#include <string>

#include "ctffr/core/error.hpp"
#include "io/header_text.hpp"
#include "io/volume_raw.hpp"

namespace ctffr {

namespace {

constexpr std::size_t longest_header = 65536;

struct MetaHeader {
    std::map<std::string, std::string> fields;  // names as they stand
    std::uint64_t end = 0;                      // byte after the ElementDataFile line
    bool complete = false;

    std::string value(std::initializer_list<const char*> names) const {
        for (const char* name : names)
            if (const auto found = fields.find(name); found != fields.end()) return found->second;
        return {};
    }
    bool is_true(std::initializer_list<const char*> names) const {
        const std::string text = lower_case(value(names));
        return text == "true" || text == "1" || text == "t";
    }
};

MetaHeader read_fields(ByteFile& file) {
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(longest_header, file.size()));
    const std::string_view text(reinterpret_cast<const char*>(file.view(0, count)), count);
    MetaHeader header;
    for (std::size_t at = 0; at < text.size() && !header.complete;) {
        const std::size_t newline = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, newline - at);
        at = newline + 1;
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string name(trim(line.substr(0, equals)));
        header.fields[name] = std::string(trim(line.substr(equals + 1)));
        header.complete = name == "ElementDataFile";
        header.end = std::min<std::uint64_t>(at, file.size());
    }
    return header;
}

VoxelType type_of(const std::string& type, const std::string& where) {
    static const std::map<std::string, VoxelType> types = {
        {"MET_CHAR", VoxelType::i8},       {"MET_UCHAR", VoxelType::u8},       {"MET_SHORT", VoxelType::i16},
        {"MET_USHORT", VoxelType::u16},    {"MET_INT", VoxelType::i32},        {"MET_UINT", VoxelType::u32},
        {"MET_LONG_LONG", VoxelType::i64}, {"MET_ULONG_LONG", VoxelType::u64}, {"MET_FLOAT", VoxelType::f32},
        {"MET_DOUBLE", VoxelType::f64}};
    const auto found = types.find(type);
    if (found == types.end())
        throw Error(ExitCode::input_unsupported, "{} has voxels of type '{}', which ctffr does not read.",
                    where, type);
    return found->second;
}

void take_size(const MetaHeader& header, RawImage& image) {
    const std::string where = image.header.string();
    const std::vector<std::string_view> words = split_words(header.fields.at("DimSize"));
    if (header.fields.at("NDims") != "3" || words.size() != 3)
        throw Error(ExitCode::input_unsupported, "{} has {} axes; a CT volume has three.", where,
                    words.size());
    const std::string channels = header.value({"ElementNumberOfChannels"});
    if (!channels.empty() && channels != "1")
        throw Error(ExitCode::input_unsupported, "{} has {} numbers per voxel; a CT image has one.", where,
                    channels);
    image.size = sides_of(header.fields.at("DimSize"), where);
}

// Numbers of a field; `fallback` when the field is absent.
std::vector<double> numbers_or(const MetaHeader& header, std::initializer_list<const char*> names,
                               std::vector<double> fallback, const std::string& where) {
    const std::string text = header.value(names);
    if (text.empty()) return fallback;
    const std::vector<double> values = numbers_of(text, fallback.size());
    if (values.empty())
        throw Error(ExitCode::input_geometry, "The header of {} says {} = '{}', expected {} numbers.", where,
                    *names.begin(), text, fallback.size());
    return values;
}

void take_axes(const MetaHeader& header, RawImage& image) {
    const std::string where = image.header.string();
    if (header.value({"ElementSpacing", "ElementSize"}).empty())
        throw Error(ExitCode::input_geometry, "{} has no ElementSpacing.", where);
    const std::vector<double> spacing =
        numbers_or(header, {"ElementSpacing", "ElementSize"}, {1, 1, 1}, where);
    // Three numbers per axis: the direction of i, then of j, then of k.
    const std::vector<double> matrix = numbers_or(header, {"TransformMatrix", "Orientation", "Rotation"},
                                                  {1, 0, 0, 0, 1, 0, 0, 0, 1}, where);
    const std::vector<double> origin = numbers_or(header, {"Offset", "Position", "Origin"}, {0, 0, 0}, where);
    for (std::size_t a = 0; a < 3; ++a)
        image.axis_lps_mm[a] =
            spacing[a] * normalized(Vec3{matrix[3 * a], matrix[3 * a + 1], matrix[3 * a + 2]});
    image.origin_lps_mm = {origin[0], origin[1], origin[2]};
    const bool negative = std::any_of(spacing.begin(), spacing.end(), [](double s) { return s < 0; });
    if (negative)
        throw Error(ExitCode::input_geometry, "{} has a negative ElementSpacing: the header is broken.",
                    where);
}

void take_data(const MetaHeader& header, RawImage& image) {
    const std::string where = image.header.string(), name = header.value({"ElementDataFile"});
    if (!header.value({"BinaryData"}).empty() && !header.is_true({"BinaryData"}))
        throw Error(ExitCode::input_unsupported,
                    "{} stores its voxels as text: save it with BinaryData = True.", where);
    image.deflated = header.is_true({"CompressedData"});
    image.big_endian = header.is_true({"BinaryDataByteOrderMSB", "ElementByteOrderMSB"});
    if (lower_case(name) == "local") {
        image.offset = header.end;
        return;
    }
    if (name.starts_with("LIST") || name.find('%') != std::string::npos)
        throw Error(ExitCode::input_unsupported,
                    "{} spreads its voxels over several files: save it as one file.", where);
    image.data = beside(image.header, name);
    const std::string header_size = header.value({"HeaderSize"});
    const std::int64_t skip = header_size.empty() ? 0 : whole_number_of(header_size).value_or(-2);
    if (skip < -1 || (skip == -1 && image.deflated))
        throw Error(ExitCode::input_geometry, "{} says HeaderSize = '{}'.", where, header_size);
    if (skip == -1) {  // the voxels are the last bytes of the file
        const std::uint64_t needed = static_cast<std::uint64_t>(image.size.count()) * bytes_of(image.type);
        const ByteFile data(image.data);
        image.offset = data.size() - std::min(data.size(), needed);
    } else {
        image.offset = static_cast<std::uint64_t>(skip);
    }
}

}  // namespace

bool is_metaimage(ByteFile& file) {
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(256, file.size()));
    const std::uint8_t* bytes = file.view(0, count);
    if (!bytes) return false;
    const std::string_view head(reinterpret_cast<const char*>(bytes), count);
    const std::string_view first = trim(head.substr(0, head.find('=')));
    return head.find('=') != std::string_view::npos &&
           (first == "ObjectType" || first == "NDims" || first == "Comment" || first == "ObjectSubType");
}

RawImage parse_metaimage(ByteFile& file, const Run&) {
    const MetaHeader header = read_fields(file);
    const std::string where = file.path().string();
    for (const char* needed : {"NDims", "DimSize", "ElementType", "ElementDataFile"})
        if (header.value({needed}).empty())
            throw Error(
                header.complete ? ExitCode::input_unreadable : ExitCode::input_truncated,
                "The MetaImage header of {} has no {}: {}.", where, needed,
                header.complete ? "the header is broken" : "the file ends inside its header; copy it again");
    RawImage image;
    image.header = image.data = file.path();
    image.type = type_of(header.value({"ElementType"}), where);
    take_size(header, image);
    take_axes(header, image);
    take_data(header, image);
    return image;
}

}  // namespace ctffr
